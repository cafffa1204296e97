// The store's contract for transport keys.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY_BYTES } from '../../src/base/bytes.ts';
import { insertHome, isCode, PROJECT, type StoreSubject, sampleTransportKey } from './store-samples.ts';

export function transportKeyContract(subject: StoreSubject): void {
  describe(`${subject.name}: transport keys`, () => {
    it('keeps one for each owner, the newest', () =>
      subject.withStore(async store => {
        const [first, second] = [sampleTransportKey(90), sampleTransportKey(91, { owner: 'owner-90' })];
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.transportKeys.replace(first);
          await tx.transportKeys.replace(sampleTransportKey(92));
          await tx.transportKeys.replace(second);
          await assert.rejects(tx.transportKeys.update(first), isCode('notFound'));
          await tx.transportKeys.update({ ...second, readsLeft: 2 });
        });
        assert.deepEqual(await store.transportKeys.find(PROJECT.id, 'owner-90'), { ...second, readsLeft: 2 });
        assert.equal(await store.transportKeys.find(PROJECT.id, 'owner-91'), undefined);
      }));

    it('names those whose time is over and whose private key is there, of enabled projects', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          for (const n of [93, 90, 91, 92]) await tx.transportKeys.replace(sampleTransportKey(n));
          await tx.transportKeys.update({ ...sampleTransportKey(91), wrapped: EMPTY_BYTES });
        });
        const due = async (at: number, limit = 10) =>
          (await store.transportKeys.dueForErasure(at, limit)).map(key => key.owner);
        assert.deepEqual(await due(1_092), ['owner-90', 'owner-92']);
        assert.deepEqual(await due(1_092, 1), ['owner-90']);
        assert.deepEqual(await due(1_089), []);
        await store.transaction(tx => tx.projects.update({ ...PROJECT, enabled: false }));
        assert.deepEqual(await due(1_092), []);
      }));
  });
}
