// A house on SQLite whose store can be made to fail, with a project, callers that may do everything, and what is needed to see
// afterwards what has happened: every row of the domain, and the audit log entry by entry.

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  appendLeaf,
  EMPTY_FRONTIER,
  type Frontier,
  leafHash,
  serializeFrontier,
} from '../../src/audit/merkle.ts';
import { parseVerifierKey } from '../../src/audit/signed-note.ts';
import { verifyExport } from '../../src/audit/verify.ts';
import { decodeUtf8, hex } from '../../src/base/bytes.ts';
import { SILENT_LOGGER } from '../../src/base/logger.ts';
import { isKeyOf } from '../../src/base/table.ts';
import type { RequestContext } from '../../src/core/context.ts';
import { execute } from '../../src/core/execute.ts';
import type { Kms } from '../../src/core/kms.ts';
import type { Operation } from '../../src/core/operation.ts';
import { bindRole } from '../../src/core/operations/access/bindings.ts';
import { createRule } from '../../src/core/operations/access/rules.ts';
import { createPrincipal } from '../../src/core/operations/identity/principals.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { createName } from '../../src/core/operations/names/names.ts';
import { createProject } from '../../src/core/operations/projects/projects.ts';
import type { SnapshotRow, Store } from '../../src/core/ports/store.ts';
import type { AuditEntry } from '../../src/domain/audit-entry.ts';
import type { Key } from '../../src/domain/key.ts';
import { ALL_ROLES } from '../../src/domain/permission.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { buildHouse, type House } from '../../src/server/build.ts';
import { readSettings, type SettingTexts } from '../../src/server/settings.ts';
import { PRIMARY_KEYS } from '../../src/store/schema.ts';
import { failingAuditLog, failingCustody, failingStore, NthCall } from '../support/fail-nth.ts';

/** Table, then primary key and row as text. */
export type Dump = ReadonlyMap<string, ReadonlyMap<string, SnapshotRow>>;

export class Bench {
  readonly nthCall: NthCall;
  readonly house: House;
  /** The same house with the calls of the audit log and of custody counted as well as those of the store. */
  readonly kms: Kms;
  readonly #raw: Store;
  readonly #directory: string;
  #projectId = '';
  #caller: Principal | undefined;
  #log: Frontier = EMPTY_FRONTIER;

  static async open(settings: SettingTexts = {}): Promise<Bench> {
    const directory = await mkdtemp(join(tmpdir(), 'keyhold-faults-'));
    const nthCall = new NthCall();
    let raw: Store | undefined;
    const house = await buildHouse({
      settings: readSettings({ dataDir: directory, store: 'sqlite', ...settings }, {}),
      logger: SILENT_LOGGER,
      aroundStore(store) {
        raw = store;
        return failingStore(store, nthCall);
      },
      onFatal(error) {
        throw error;
      },
    });
    assert.ok(raw !== undefined);
    const bench = new Bench(house, raw, nthCall, directory);
    await bench.#furnish();
    return bench;
  }

  private constructor(house: House, raw: Store, nthCall: NthCall, directory: string) {
    this.house = house;
    this.#raw = raw;
    this.nthCall = nthCall;
    this.#directory = directory;
    this.kms = {
      ...house.kms,
      auditLog: failingAuditLog(house.auditLog, nthCall),
      custody: failingCustody(house.custody, nthCall),
    };
  }

  async close(): Promise<void> {
    await this.house.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** A request of one who has every role, in the project or in the system. */
  context(where: 'project' | 'system' = 'project'): RequestContext {
    assert.ok(this.#caller !== undefined);
    return {
      requestId: randomUUID(),
      protocol: 'test',
      actor: { type: 'principal', principal: this.#caller, credentialId: randomUUID() },
      projectId: where === 'project' ? this.#projectId : undefined,
    };
  }

  /** Does it without any fault. */
  do<Input, Target, Output, Prepared>(
    operation: Operation<Input, Target, Output, Prepared>,
    input: Input,
    where: 'project' | 'system' = 'project',
  ): Promise<Output> {
    return execute(this.house.kms, operation, this.context(where), input);
  }

  async key(): Promise<Key> {
    return (await this.do(createKey, { algorithm: 'aes-256', location: 'here' })).key;
  }

  async name(keyId: string): Promise<{ readonly namespace: string; readonly text: string }> {
    const name = { namespace: 'test', text: uniqueName() };
    await this.do(createName, { ...name, key: { by: 'id', id: keyId } });
    return name;
  }

  /** Every row but those of the log. */
  async dump(): Promise<Dump> {
    await using snapshot = this.#raw.snapshot();
    const dump = new Map<string, Map<string, SnapshotRow>>();
    for (const table of snapshot.tables.filter(name => !name.startsWith('log_'))) {
      const rows = new Map<string, SnapshotRow>();
      for await (const row of snapshot.rows(table)) rows.set(identityOf(table, row), row);
      dump.set(table, rows);
    }
    return dump;
  }

  /** The entries since the last call, once it is proven that the tree is grown from exactly all entries. */
  async newEntries(): Promise<readonly AuditEntry[]> {
    const rows = await this.#raw.log.leaves(this.#log.size, 100_000);
    for (const row of rows) {
      assert.equal(row.index, this.#log.size, 'entries are numbered without a gap');
      this.#log = appendLeaf(this.#log, leafHash(row.leaf));
    }
    const head = await this.#raw.log.head();
    assert.ok(head !== undefined);
    assert.equal(
      hex(head.tree),
      hex(serializeFrontier(this.#log)),
      'the stored tree is that of the stored entries',
    );
    return rows.map(row => JSON.parse(decodeUtf8(row.leaf)) as AuditEntry);
  }

  /** Verifies the whole log as an auditor would; returns its size. */
  async verifyLog(): Promise<number> {
    const { auditLog } = this.house;
    const lines = async function* () {
      for await (const line of auditLog.export()) yield line;
    };
    const outcome = await verifyExport(lines(), { verifiers: [parseVerifierKey(auditLog.verifierKey)] });
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.verifiedSize;
  }

  async #furnish(): Promise<void> {
    const context: RequestContext = {
      requestId: randomUUID(),
      protocol: 'test',
      actor: { type: 'system', name: 'test' },
    };
    const { kms } = this.house;
    const { project } = await execute(kms, createProject, context, { name: 'bench' });
    this.#projectId = project.id;
    const caller = await execute(kms, createPrincipal, context, { name: 'caller', kind: 'user' });
    for (const role of ALL_ROLES) {
      await execute(kms, bindRole, context, { principal: caller.id, role, scope: { on: 'realm' } });
    }
    // No role takes material out.
    await execute(kms, createRule, context, {
      scope: { on: 'realm' },
      effect: 'allow',
      principals: [caller.id],
      permissions: ['key.export'],
      conditions: [],
    });
    this.#caller = caller;
  }
}

export function uniqueName(): string {
  return `n${hex(randomBytes(8))}`;
}

function identityOf(table: string, row: SnapshotRow): string {
  assert.ok(isKeyOf(PRIMARY_KEYS, table));
  return PRIMARY_KEYS[table].map(column => String(row[column])).join(' ');
}

/**
 * What has changed, without the values: `keys +1`, `names -1`, `keys ~revision,state`. Two runs of one operation on equal ground change
 * the same; a half-done one does not. Empty when nothing has changed.
 */
export function changesBetween(before: Dump, after: Dump): string {
  const changes: string[] = [];
  for (const [table, rowsAfter] of after) {
    const rowsBefore = before.get(table) ?? new Map<string, SnapshotRow>();
    for (const [identity, row] of rowsAfter) {
      const old = rowsBefore.get(identity);
      if (old === undefined) {
        changes.push(`${table} +`);
        continue;
      }
      // Two changes within a millisecond leave the same instant: it says nothing about them.
      const columns = Object.keys(row).filter(name => name !== 'updated_at' && !same(row[name], old[name]));
      if (columns.length > 0) changes.push(`${table} ~${columns.sort()}`);
    }
    for (const identity of rowsBefore.keys()) if (!rowsAfter.has(identity)) changes.push(`${table} -`);
  }
  return changes.sort().join('; ');
}

type Value = SnapshotRow[string] | undefined;

function same(left: Value, right: Value): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) return hex(left) === hex(right);
  return left === right;
}
