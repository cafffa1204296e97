// The store's contract for registrations: filters by code point, windows, counts, revisions.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RegistrationFilter } from '../../src/core/ports/registrations.ts';
import {
  id,
  insertHome,
  insertKeys,
  isCode,
  PROJECT,
  RING,
  type StoreSubject,
  sampleKey,
  sampleRegistration,
} from './store-samples.ts';

const OTHER = { ...PROJECT, id: id(9), name: 'other', accountId: '000000000009' };
const RESOURCES = ['disk/a', 'disk/B', 'Disk/a', 'bücket/a', 'a', '100%_a'];

export function registrationContract(subject: StoreSubject): void {
  describe(`${subject.name}: registrations`, () => {
    it('gives back what was put in and counts revisions', () =>
      subject.withStore(async store => {
        const one = sampleRegistration(id(100), 'disk/a', { preventsDestruction: true, metadata: '{"a":1}' });
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(tx, [sampleKey(100)]);
          await tx.registrations.insert(one);
          await assert.rejects(tx.registrations.insert(one), isCode('alreadyExists'));
          await tx.registrations.update({ ...one, description: 'new', updatedBy: id(8) });
          await assert.rejects(tx.registrations.update(one), isCode('conflict'));
          await assert.rejects(tx.registrations.update({ ...one, resource: 'x' }), isCode('notFound'));
          await assert.rejects(tx.registrations.delete(one.keyId, 'x'), isCode('notFound'));
        });
        const changed = { ...one, description: 'new', updatedBy: id(8), revision: 2 };
        assert.deepEqual(await store.registrations.find(one.keyId, 'disk/a'), changed);
        await store.transaction(tx => tx.registrations.delete(one.keyId, 'disk/a'));
        assert.equal(await store.registrations.find(one.keyId, 'disk/a'), undefined);
        const stray = store.transaction(tx => tx.registrations.insert(sampleRegistration(id(99), 'x')));
        await assert.rejects(stray, isCode('conflict'));
      }));

    it('lists and counts by key, project, resource and what they prevent', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.projects.insert(OTHER);
          await tx.keyRings.insert({ ...RING, id: id(3), projectId: OTHER.id });
          await insertKeys(tx, [
            sampleKey(100),
            sampleKey(101),
            sampleKey(102, { projectId: OTHER.id, keyRingId: id(3) }),
          ]);
          for (const [n, resource] of RESOURCES.entries()) {
            await tx.registrations.insert(
              sampleRegistration(id(100), resource, { preventsDestruction: n % 2 === 0 }),
            );
          }
          await tx.registrations.insert(sampleRegistration(id(101), 'disk/a'));
          await tx.registrations.insert(sampleRegistration(id(102), 'disk/a', { projectId: OTHER.id }));
        });
        const found = async (filter: Omit<RegistrationFilter, 'projectId'>) => {
          const whole = { projectId: PROJECT.id, ...filter };
          const rows = await store.registrations.list(whole, { offset: 0, limit: 100 });
          assert.equal(await store.registrations.count(whole), rows.length);
          return rows.map(row => row.resource);
        };
        // By code point in both engines.
        assert.deepEqual(await found({}), [
          '100%_a',
          'Disk/a',
          'a',
          'bücket/a',
          'disk/B',
          'disk/a',
          'disk/a',
        ]);
        assert.deepEqual(await found({ keyId: id(101) }), ['disk/a']);
        assert.deepEqual(await found({ keyId: id(102) }), []);
        assert.deepEqual(await found({ resource: { by: 'whole', text: 'disk/a' } }), ['disk/a', 'disk/a']);
        assert.deepEqual(await found({ keyId: id(100), resource: { by: 'prefix', text: 'disk/' } }), [
          'disk/B',
          'disk/a',
        ]);
        assert.deepEqual(await found({ resource: { by: 'prefix', text: 'bü' } }), ['bücket/a']);
        assert.deepEqual(await found({ resource: { by: 'suffix', text: 'ücket/a' } }), ['bücket/a']);
        assert.deepEqual(await found({ resource: { by: 'suffix', text: '%_a' } }), ['100%_a']);
        assert.deepEqual(await found({ resource: { by: 'suffix', text: 'longer than any of them' } }), []);
        assert.deepEqual(await found({ keyId: id(100), preventsDestruction: true }), [
          'Disk/a',
          'a',
          'disk/a',
        ]);
        const window = await store.registrations.list({ projectId: PROJECT.id }, { offset: 5, limit: 1 });
        assert.deepEqual(
          window.map(row => [row.resource, row.keyId]),
          [['disk/a', id(100)]],
        );
        await store.transaction(tx => tx.registrations.deleteOfKey(id(100)));
        assert.deepEqual(await found({}), ['disk/a']);
      }));
  });
}
