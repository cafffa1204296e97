// The store's contract for claims: one holder, and none that is gone.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCode, present, type StoreSubject } from './store-samples.ts';

export function claimContract(subject: StoreSubject): void {
  describe(`${subject.name}: claims`, () => {
    it('gives work to one of many, and to the next once it is given back', () =>
      subject.withStore(async store => {
        const asked = await Promise.all(Array.from({ length: 5 }, () => store.claim('work')));
        const [claim, ...others] = asked.filter(given => given !== undefined);
        assert.equal(others.length, 0);
        await present(await store.claim('other work')).release();
        await present(claim).release();
        const next = present(await store.claim('work'));
        await present(claim).release();
        assert.equal(await store.claim('work'), undefined, 'who has given it back takes it from nobody');
        await next.release();
      }));

    it('ends claims with the store, which holds nobody up', () =>
      subject.withPlace(async place => {
        const store = await place.open();
        const claim = present(await store.claim('work'));
        await store.transaction(tx => tx.settings.put('a', 'b'));
        await store.close();
        await claim.release();
        await assert.rejects(store.claim('work'), isCode('storeUnavailable'));
        const again = await place.open();
        assert.ok(await again.claim('work'));
        await again.close();
      }));
  });
}
