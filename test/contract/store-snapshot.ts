// The store's contract for snapshots: one state of everything while writes go on, and back into an empty store.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SnapshotRow, Store, StoreSnapshot, StoreTransaction } from '../../src/core/ports/store.ts';
import {
  id,
  insertHome,
  insertKeys,
  PROJECT,
  type StoreSubject,
  sampleCredential,
  sampleKey,
  sampleLogRow,
  sampleName,
  samplePrincipal,
  sampleRegistration,
  sampleRule,
  sampleTransportKey,
} from './store-samples.ts';
import { insertKept } from './store-secrets.ts';

/** At least one row in every table. */
export async function insertEverything(tx: StoreTransaction): Promise<void> {
  await insertHome(tx);
  await insertKeys(
    tx,
    Array.from({ length: 1_200 }, (_, n) => sampleKey(1_000 + n, { tags: { n: String(n) } })),
  );
  const link = { fromKeyId: id(1_000), type: 'replaces', toKeyId: id(1_001) } as const;
  await tx.keyLinks.insert({ ...link, createdBy: 'somebody', createdAt: 1 });
  await tx.keyMarks.add(id(1_000), ['test/mark']);
  await tx.names.insert(sampleName('a', id(1_000)));
  await tx.principals.insert(samplePrincipal(50, { projectId: undefined }));
  await tx.credentials.insert(sampleCredential(60, id(50)));
  await tx.bindings.insert({
    id: id(70),
    principalId: id(50),
    role: 'admin',
    scope: { level: 'system' },
    createdAt: 1,
  });
  await tx.rules.insert(sampleRule(80));
  await tx.settings.put('a', 'b');
  await tx.facets.put(id(1_000), 'test', '{}');
  await tx.registrations.insert(sampleRegistration(id(1_000), 'disk'));
  await tx.transportKeys.replace(sampleTransportKey(90));
  await tx.wrappingKeys.insert({
    projectId: PROJECT.id,
    generation: 1,
    rootGeneration: 1,
    wrapped: new Uint8Array([0, 255]),
    createdAt: 1,
  });
  await tx.tokenKeys.insert({
    id: id(90),
    publicKey: new Uint8Array([1, 255]),
    wrapped: new Uint8Array([2, 0]),
    createdAt: 1,
    endsAt: 2,
  });
  await tx.tokenRevocations.insert(id(91), 2);
  await insertKept(tx);
  await tx.rootKeys.insert({
    generation: 1,
    provider: 'file',
    parameters: '{}',
    fingerprint: 'f',
    state: 'current',
    createdAt: 1,
  });
  await tx.log.append([
    sampleLogRow(0, { keys: [{ keyId: id(1_000), used: true }] }),
    sampleLogRow(1, { projectId: undefined, principalId: undefined }),
  ]);
  await tx.log.putHead({ tree: new Uint8Array([1]), latestAt: 7, disorderMs: 3 });
  await tx.log.putTile(0, 0, new Uint8Array([2]));
  await tx.log.putCheckpoint(2, 'note');
}

export async function readAll(snapshot: StoreSnapshot): Promise<Record<string, readonly SnapshotRow[]>> {
  const tables: Record<string, readonly SnapshotRow[]> = {};
  for (const table of snapshot.tables) tables[table] = await Array.fromAsync(snapshot.rows(table));
  return tables;
}

async function snapshotOf(store: Store): Promise<Record<string, readonly SnapshotRow[]>> {
  await using snapshot = store.snapshot();
  return await readAll(snapshot);
}

export function snapshotContract(subject: StoreSubject): void {
  describe(`${subject.name}: snapshots`, () => {
    it('holds every row of every table as plain values', () =>
      subject.withStore(async store => {
        await store.transaction(insertEverything);
        const tables = await snapshotOf(store);
        for (const [table, rows] of Object.entries(tables)) assert.ok(rows.length > 0, table);
        assert.equal(tables.keys?.length, 1_200);
        assert.deepEqual(tables.settings, [{ name: 'a', value: 'b' }]);
        assert.deepEqual(tables.wrapping_keys, [
          {
            project_id: PROJECT.id,
            generation: 1,
            root_generation: 1,
            wrapped: new Uint8Array([0, 255]),
            created_at: 1,
          },
        ]);
        assert.equal(tables.principals?.[0]?.project_id, null);
      }));

    it('stays at the state of its beginning while transactions go on', () =>
      subject.withStore(async store => {
        await store.transaction(insertEverything);
        const before = await snapshotOf(store);
        await using snapshot = store.snapshot();
        // The first row fixes nothing that was not fixed before: a table is read here, the others after the writes.
        const settings = await Array.fromAsync(snapshot.rows('settings'));
        let next = 5_000;
        const rows: Record<string, readonly SnapshotRow[]> = {};
        for (const table of snapshot.tables) {
          const read: SnapshotRow[] = [];
          for await (const row of snapshot.rows(table)) {
            if (read.length % 400 === 0) {
              next += 1;
              await store.transaction(async tx => {
                await insertKeys(tx, [sampleKey(next)]);
                await tx.settings.put('a', String(next));
              });
            }
            read.push(row);
          }
          rows[table] = read;
        }
        assert.deepEqual(settings, before.settings);
        assert.deepEqual(rows, before);
        assert.ok(next > 5_010);
      }));

    it('can be left before its end', () =>
      subject.withStore(async store => {
        await store.transaction(insertEverything);
        {
          await using snapshot = store.snapshot();
          for await (const row of snapshot.rows('keys')) {
            assert.ok(row);
            break;
          }
        }
        store.snapshot()[Symbol.asyncDispose]();
        await store.transaction(tx => tx.settings.put('a', 'c'));
      }));
  });
}
