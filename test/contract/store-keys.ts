// The store's contract for settings, projects, key rings, keys, versions and names.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALL_KEY_STATES } from '../../src/domain/key-state.ts';
import {
  allPages,
  dueAt,
  id,
  insertHome,
  insertKeys,
  isCode,
  PROJECT,
  present,
  RING,
  type StoreSubject,
  sampleKey,
  sampleName,
  samplePrincipal,
  sampleVersion,
} from './store-samples.ts';

export function keyContract(subject: StoreSubject): void {
  describe(`${subject.name}: projects and key rings`, () => {
    it('keeps settings by name and replaces them', () =>
      subject.withStore(async store => {
        assert.equal(await store.settings.get('a'), undefined);
        await store.transaction(tx => tx.settings.put('a', 'one'));
        await store.transaction(tx => tx.settings.put('a', 'two'));
        assert.equal(await store.settings.get('a'), 'two');
      }));

    it('finds a project by identifier, name and account', () =>
      subject.withStore(async store => {
        await store.transaction(insertHome);
        assert.deepEqual(await store.projects.find(PROJECT.id), PROJECT);
        assert.deepEqual(await store.projects.findByName('default'), PROJECT);
        assert.deepEqual(await store.projects.findByAccountId('000000000001'), PROJECT);
        assert.equal(await store.projects.find(id(99)), undefined);
        assert.equal(await store.projects.findByName('Default'), undefined);
      }));

    it('refuses a second project of the same identifier, name or account, and goes on', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await tx.projects.insert(PROJECT);
          const other = { id: id(9), name: 'other', accountId: '000000000009' };
          for (const same of ['id', 'name', 'accountId'] as const) {
            const twin = { ...PROJECT, ...other, [same]: PROJECT[same] };
            await assert.rejects(tx.projects.insert(twin), isCode('alreadyExists'));
          }
          await tx.projects.insert({ ...PROJECT, ...other });
        });
        assert.equal((await store.projects.list({ limit: 10 })).items.length, 2);
      }));

    it('counts revisions, and refuses a change made from another revision', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await tx.projects.insert(PROJECT);
          await tx.projects.update({ ...PROJECT, enabled: false });
          await assert.rejects(tx.projects.update(PROJECT), isCode('conflict'));
          await assert.rejects(tx.projects.update({ ...PROJECT, id: id(9) }), isCode('notFound'));
        });
        assert.deepEqual(await store.projects.find(PROJECT.id), { ...PROJECT, enabled: false, revision: 2 });
      }));

    it('lists projects and key rings page by page', () =>
      subject.withStore(async store => {
        const projects = [10, 11, 12, 13, 14].map(n => ({
          ...PROJECT,
          id: id(n),
          name: `p${n}`,
          accountId: String(n),
        }));
        const rings = ['b', 'a', 'é', 'Z', 'c'].map((name, n) => ({
          ...RING,
          id: id(20 + n),
          projectId: id(10),
          name,
        }));
        await store.transaction(async tx => {
          for (const project of projects) await tx.projects.insert(project);
          for (const ring of rings) await tx.keyRings.insert(ring);
          await tx.keyRings.insert({ ...RING, projectId: id(11) });
        });
        assert.deepEqual(await allPages(2, page => store.projects.list(page)), projects);
        const listed = await allPages(2, page => store.keyRings.list(id(10), page));
        // By code point, whatever the database's own language is.
        assert.deepEqual(
          listed.map(ring => ring.name),
          ['Z', 'a', 'b', 'c', 'é'],
        );
        assert.equal(await store.keyRings.count(id(10)), 5);
        assert.equal(await store.keyRings.count(id(12)), 0);
        // Exactly as many as the page holds: there is no further page.
        assert.equal((await store.projects.list({ limit: 5 })).next, undefined);
      }));

    it('keeps key rings apart by name and deletes only empty ones', () =>
      subject.withStore(async store => {
        await store.transaction(insertHome);
        assert.deepEqual(await store.keyRings.findByName(PROJECT.id, 'default'), RING);
        assert.deepEqual(await store.keyRings.find(RING.id), RING);
        await store.transaction(async tx => {
          await assert.rejects(tx.keyRings.insert({ ...RING, id: id(9) }), isCode('alreadyExists'));
          await assert.rejects(tx.keyRings.delete(id(9)), isCode('notFound'));
          assert.equal(await tx.keyRings.holdsKeys(RING.id), false);
          await insertKeys(tx, [sampleKey(100)]);
          assert.equal(await tx.keyRings.holdsKeys(RING.id), true);
        });
        const refused = store.transaction(tx => tx.keyRings.delete(RING.id));
        await assert.rejects(refused, isCode('conflict'));
        assert.deepEqual(await store.keyRings.find(RING.id), RING);
      }));
  });

  describe(`${subject.name}: keys of rings`, () => {
    it('counts the rings that no service owns, and knows of which one somebody makes his keys in', () =>
      subject.withStore(async store => {
        const owned = { ...RING, id: id(3), name: 'owned', owner: 'service' };
        const account = samplePrincipal(50, { keyRingId: owned.id });
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.keyRings.insert(owned);
          await tx.principals.insert(account);
        });
        assert.equal(await store.keyRings.count(PROJECT.id), 1);
        assert.deepEqual(await store.keyRings.find(owned.id), owned);
        assert.deepEqual(await store.principals.find(account.id), account);
        assert.equal(await store.keyRings.isHome(owned.id), true);
        assert.equal(await store.keyRings.isHome(RING.id), false);
        await assert.rejects(
          store.transaction(tx => tx.keyRings.delete(owned.id)),
          isCode('conflict'),
        );
        await store.transaction(tx => tx.principals.update({ ...account, keyRingId: RING.id }));
        await store.transaction(tx => tx.keyRings.delete(owned.id));
        assert.equal((await store.principals.find(account.id))?.keyRingId, RING.id);
      }));

    it('tells a ring of living keys from one of keys that are gone or going, and moves these together', () =>
      subject.withStore(async store => {
        const other = { ...RING, id: id(3), name: 'other' };
        const keys = [
          sampleKey(100, { state: 'destroyed' }),
          sampleKey(101, { state: 'suspended', destruction: dueAt(500) }),
        ];
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.keyRings.insert(other);
          await insertKeys(tx, [...keys, sampleKey(102, { keyRingId: other.id })]);
        });
        assert.equal(await store.keyRings.holdsLivingKeys(RING.id), false);
        assert.equal(await store.keyRings.holdsLivingKeys(other.id), true);
        await store.transaction(tx => tx.keyRings.moveKeys(RING.id, other.id, 900));
        assert.equal(await store.keyRings.holdsKeys(RING.id), false);
        for (const key of keys) {
          const moved = { ...key, keyRingId: other.id, updatedAt: 900, revision: 2 };
          assert.deepEqual(await store.keys.find(key.id), moved);
        }
        assert.deepEqual(await store.keys.find(id(102)), sampleKey(102, { keyRingId: other.id }));
      }));
  });

  describe(`${subject.name}: keys`, () => {
    it('gives back what was put in, with and without the optional parts', () =>
      subject.withStore(async store => {
        const full = sampleKey(100, {
          serviceOwner: 'aws/s3',
          dualControl: { approval: { by: id(8), at: 5, expiresAt: 6 } },
          description: 'Schlüssel "für" alles \\ 🔑',
          tags: { __proto__tag: 'x', ä: '' },
          rotation: { periodMs: 86_400_000, nextAt: 1_800_000_000_000 },
          replacement: { at: 1_810_000_000_000, by: 'kmip' },
          label: 'Rechnungen',
          state: 'suspended',
          activateAt: 1_600_000_000_000,
          deactivateAt: 1_950_000_000_000,
          suspendedAt: 1_750_000_000_000,
          processStartAt: 1_650_000_000_000,
          protectStopAt: 1_940_000_000_000,
          revocation: { reason: 'keyCompromise', message: 'gefunden', at: 7, occurredAt: 3 },
          usageLimit: { unit: 'bytes', total: Number.MAX_SAFE_INTEGER, left: 0 },
          archivedAt: 1_760_000_000_000,
          rotatedAt: 1_740_000_000_000,
          destruction: dueAt(1_900_000_000_000),
          exportable: true,
          wrappedOnly: true,
        });
        const version = sampleVersion(full.id, 1, {
          materialBytes: 32,
          publicKey: new Uint8Array([9]),
          destroyedAt: 8,
        });
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.keys.insert(full, version);
          await insertKeys(tx, [sampleKey(101)]);
        });
        assert.deepEqual(await store.keys.find(full.id), full);
        assert.deepEqual(await store.keys.findWithVersion(full.id), { key: full, version, project: PROJECT });
        assert.deepEqual(await store.keys.find(id(101)), sampleKey(101));
      }));

    it('reads the primary version, or the one asked for', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(tx, [sampleKey(100)]);
          await tx.keys.insertVersion(sampleVersion(id(100), 2));
          await tx.keys.insertVersion(sampleVersion(id(100), 3));
          await assert.rejects(tx.keys.insertVersion(sampleVersion(id(100), 3)), isCode('alreadyExists'));
          await tx.keys.update(sampleKey(100, { primaryVersion: 2, latestVersion: 3 }));
        });
        assert.equal((await store.keys.findWithVersion(id(100)))?.version.number, 2);
        assert.equal((await store.keys.findWithVersion(id(100), 3))?.version.number, 3);
        assert.equal(await store.keys.findWithVersion(id(100), 4), undefined);
        assert.equal(await store.keys.findWithVersion(id(404)), undefined);
        const versions = await allPages(2, page => store.keys.versions(id(100), page));
        assert.deepEqual(
          versions.map(version => version.number),
          [1, 2, 3],
        );
        await assert.rejects(
          store.keys.versions(id(100), { limit: 1, after: 'no number' }),
          isCode('invalidCursor'),
        );
      }));

    it('changes a key at its revision and a version in place', () =>
      subject.withStore(async store => {
        const key = sampleKey(100);
        const destroyed = sampleVersion(key.id, 1, {
          state: 'destroyed',
          wrapped: new Uint8Array(0),
          destroyedAt: 9,
        });
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(tx, [key]);
          await assert.rejects(tx.keys.insert(key, sampleVersion(key.id)), isCode('alreadyExists'));
          await tx.keys.update({ ...key, state: 'suspended', tags: { a: 'b' } });
          await assert.rejects(tx.keys.update(key), isCode('conflict'));
          await assert.rejects(tx.keys.update(sampleKey(404)), isCode('notFound'));
          await tx.keys.updateVersion(destroyed);
          await assert.rejects(tx.keys.updateVersion(sampleVersion(key.id, 2)), isCode('notFound'));
        });
        assert.deepEqual(await store.keys.findWithVersion(key.id), {
          key: { ...key, state: 'suspended', tags: { a: 'b' }, revision: 2 },
          version: destroyed,
          project: PROJECT,
        });
      }));

    it('counts a usage limit down, and takes nothing where too little is left', () =>
      subject.withStore(async store => {
        const key = sampleKey(100, { usageLimit: { unit: 'bytes', total: 10, left: 10 } });
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(tx, [key, sampleKey(101)]);
          assert.equal(await tx.keys.spendUsage(key.id, 'bytes', 7), true);
          assert.equal(await tx.keys.spendUsage(key.id, 'bytes', 4), false);
          assert.equal(await tx.keys.spendUsage(key.id, 'operations', 1), false);
          assert.equal(await tx.keys.spendUsage(key.id, 'bytes', 3), true);
          assert.equal(await tx.keys.spendUsage(id(101), 'bytes', 1), false);
          assert.equal(await tx.keys.spendUsage(id(404), 'bytes', 1), false);
        });
        const spent = { ...key, usageLimit: { unit: 'bytes', total: 10, left: 0 } };
        assert.deepEqual(await store.keys.find(key.id), spent);
      }));

    it('lists keys by project, location, ring and states, each key once', () =>
      subject.withStore(async store => {
        const otherRing = { ...RING, id: id(3), name: 'other' };
        const keys = Array.from({ length: 40 }, (_, n) =>
          sampleKey(100 + n, {
            state: present(ALL_KEY_STATES[n % ALL_KEY_STATES.length]),
            location: n % 2 === 0 ? 'here' : 'there',
            keyRingId: n % 5 === 0 ? otherRing.id : RING.id,
          }),
        );
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.keyRings.insert(otherRing);
          await tx.projects.insert({ ...PROJECT, id: id(4), name: 'else', accountId: '4' });
          await insertKeys(tx, [...keys].reverse());
          await insertKeys(tx, [sampleKey(500, { projectId: id(4) })]);
        });
        const filters = [
          {},
          { location: 'there' },
          { keyRingId: otherRing.id },
          { keyRingId: otherRing.id, location: 'here' },
          { states: ['destroyed'] as const },
          { states: ['active', 'preActive'] as const, location: 'here' },
          { states: ['suspended'] as const, keyRingId: RING.id },
          { states: [] },
        ];
        for (const filter of filters) {
          const states: readonly string[] | undefined = filter.states;
          const expected = keys.filter(
            key =>
              (filter.location === undefined || key.location === filter.location) &&
              (filter.keyRingId === undefined || key.keyRingId === filter.keyRingId) &&
              (states === undefined || states.includes(key.state)),
          );
          const listed = await allPages(3, page =>
            store.keys.list({ projectId: PROJECT.id, ...filter }, page),
          );
          assert.deepEqual(
            listed.map(key => key.id),
            expected.map(key => key.id),
            JSON.stringify(filter),
          );
        }
      }));

    it('repeats and hides nothing when keys appear and go between pages', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(
            tx,
            [110, 120, 130, 140].map(n => sampleKey(n)),
          );
        });
        const first = await store.keys.list({ projectId: PROJECT.id }, { limit: 2 });
        await store.transaction(tx =>
          insertKeys(
            tx,
            [105, 115, 125].map(n => sampleKey(n)),
          ),
        );
        const second = await store.keys.list({ projectId: PROJECT.id }, { limit: 9, after: first.next });
        assert.deepEqual(
          [...first.items, ...second.items].map(key => key.id),
          [110, 120, 125, 130, 140].map(id),
        );
      }));

    it('names the keys whose cryptoperiod begins or ends, the longest due first', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(tx, [
            sampleKey(100, { state: 'preActive', activateAt: 300 }),
            sampleKey(101, { state: 'preActive', activateAt: 200, deactivateAt: 250 }),
            sampleKey(102, { state: 'preActive', activateAt: 301 }),
            sampleKey(103, { state: 'preActive', activateAt: 100, destruction: dueAt(500) }),
            sampleKey(104, { activateAt: 100, deactivateAt: 300 }),
            sampleKey(105, { deactivateAt: 200 }),
            sampleKey(106, { deactivateAt: 301 }),
            sampleKey(107, { state: 'suspended', deactivateAt: 100 }),
            sampleKey(108),
          ]);
        });
        const idsOf = (keys: readonly { id: string }[]) => keys.map(key => key.id);
        assert.deepEqual(idsOf(await store.keys.dueForActivation(300, 10)), [id(101), id(100)]);
        assert.deepEqual(idsOf(await store.keys.dueForActivation(300, 1)), [id(101)]);
        assert.deepEqual(idsOf(await store.keys.dueForDeactivation(300, 10)), [id(105), id(104)]);
        assert.deepEqual(idsOf(await store.keys.dueForDeactivation(199, 10)), []);
        await store.transaction(tx => tx.projects.update({ ...PROJECT, enabled: false }));
        assert.deepEqual(await store.keys.dueForActivation(300, 10), []);
        assert.deepEqual(await store.keys.dueForDeactivation(300, 10), []);
      }));

    it('names the keys whose rotation, replacement or destruction is due, the longest due first', () =>
      subject.withStore(async store => {
        const rotation = (nextAt: number) => ({ rotation: { periodMs: 1_000, nextAt } });
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(tx, [
            sampleKey(100, rotation(300)),
            sampleKey(101, rotation(200)),
            sampleKey(102, rotation(301)),
            sampleKey(103, { ...rotation(100), state: 'suspended' }),
            sampleKey(104, { ...rotation(100), state: 'deactivated', destruction: dueAt(500) }),
            sampleKey(105),
            sampleKey(106, { state: 'suspended', destruction: dueAt(400) }),
            sampleKey(107, { state: 'destroyed', destruction: dueAt(400) }),
            sampleKey(108, { replacement: { at: 300, by: 'kmip' } }),
            sampleKey(109, { replacement: { at: 301, by: 'kmip' } }),
            sampleKey(110, { replacement: { at: 300, by: 'kmip' }, state: 'suspended' }),
          ]);
        });
        const idsOf = (keys: readonly { id: string }[]) => keys.map(key => key.id);
        assert.deepEqual(idsOf(await store.keys.dueForRotation(300, 10)), [id(101), id(100)]);
        assert.deepEqual(idsOf(await store.keys.dueForRotation(300, 1)), [id(101)]);
        const due = await store.keys.dueForReplacement(300, 10);
        assert.deepEqual(
          due.map(key => [key.id, key.replacement?.by]),
          [[id(108), 'kmip']],
        );
        assert.deepEqual(idsOf(await store.keys.dueForDestruction(500, 10)), [id(106), id(104)]);
        assert.deepEqual(idsOf(await store.keys.dueForDestruction(399, 10)), []);
        // The keys of a disabled project wait, and keep no other project's from their turn meanwhile.
        await store.transaction(tx => tx.projects.update({ ...PROJECT, enabled: false }));
        assert.deepEqual(await store.keys.dueForRotation(300, 10), []);
        assert.deepEqual(await store.keys.dueForDestruction(500, 10), []);
      }));
  });

  describe(`${subject.name}: names`, () => {
    it('finds, lists, points elsewhere and deletes names', () =>
      subject.withStore(async store => {
        const names = [
          sampleName('b', id(100), 'x'),
          sampleName('a', id(101), 'x'),
          sampleName('a"]', id(100), 'y'),
          sampleName('c', id(100), 'x'),
          sampleName('', id(101), 'y'),
        ];
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(tx, [sampleKey(100), sampleKey(101)]);
          for (const name of names) await tx.names.insert(name);
          await assert.rejects(tx.names.insert(sampleName('a', id(100), 'x')), isCode('alreadyExists'));
        });
        assert.deepEqual(await store.names.find('x', PROJECT.id, 'b'), names[0]);
        assert.equal(await store.names.find('z', PROJECT.id, 'b'), undefined);
        const texts = async (filter: { namespace?: string; keyId?: string }) => {
          const found = await allPages(2, page =>
            store.names.list({ projectId: PROJECT.id, ...filter }, page),
          );
          return found.map(name => `${name.namespace}:${name.text}`);
        };
        assert.deepEqual(await texts({}), ['x:a', 'x:b', 'x:c', 'y:', 'y:a"]']);
        assert.deepEqual(await texts({ namespace: 'y' }), ['y:', 'y:a"]']);
        assert.deepEqual(await texts({ keyId: id(100) }), ['x:b', 'x:c', 'y:a"]']);
        assert.deepEqual(await texts({ keyId: id(100), namespace: 'x' }), ['x:b', 'x:c']);
        assert.equal(await store.names.countOfKey(id(100)), 3);
        assert.equal(await store.names.countOfNamespace(PROJECT.id, 'x'), 3);
        assert.equal(await store.names.countOfNamespace(id(100), 'x'), 0);
        for (const after of ['nonsense', '["one"]', '["a","b","c"]', '[1,2]']) {
          const listed = store.names.list({ projectId: PROJECT.id }, { limit: 1, after });
          await assert.rejects(listed, isCode('invalidCursor'), after);
        }

        await store.transaction(async tx => {
          await tx.names.update({ ...sampleName('b', id(101), 'x'), updatedAt: 77 });
          await assert.rejects(tx.names.update(sampleName('zz', id(101), 'x')), isCode('notFound'));
          await tx.names.delete('x', PROJECT.id, 'a');
          await assert.rejects(tx.names.delete('x', PROJECT.id, 'a'), isCode('notFound'));
          await tx.names.deleteOfKey(id(100));
          await tx.names.deleteOfKey(id(100));
        });
        assert.deepEqual(await texts({}), ['x:b', 'y:']);
        assert.equal((await store.names.find('x', PROJECT.id, 'b'))?.updatedAt, 77);
      }));

    it('refuses a name of a key that does not exist', () =>
      subject.withStore(async store => {
        const dangling = store.transaction(async tx => {
          await insertHome(tx);
          await tx.names.insert(sampleName('a', id(404)));
        });
        await assert.rejects(dangling, isCode('conflict'));
        assert.equal(await store.projects.find(PROJECT.id), undefined);
      }));
  });
}
