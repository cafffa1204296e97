// The root key on its way from one provider to another: killed on the way, the move completes when it is run again, and the old provider is
// needed until then and no longer. One suite, run on each pair.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RootKeyProvider } from '../../src/custody/root/root-key.ts';
import { custodyStore } from '../support/custody-store.ts';
import { generateKey, makeProject } from '../support/custody-subject.ts';
import { Faults, InjectedFault } from '../support/faults.ts';
import { custodyOver, openText, sealText } from './custody.ts';

export interface MovingSubject {
  readonly from: MovingSide;
  readonly to: MovingSide;
  /** What whoever has the new provider alone is told before the move has completed: which one is missing. */
  readonly missing: RegExp;
}

export interface MovingSide {
  readonly name: string;
  make(): Promise<RootKeyProvider>;
}

const BATCH = { batchRowsMax: 1 };
/** Each pair takes its own fifth of the steps: all of them together meet every step. */
const STRIDE = 5;
/** Listing the root keys and opening one. */
const CALLS_OF_UNSEAL = 2;
let pairs = 0;

/** Without what is told at once: faults are for what takes its time. */
async function make(side: MovingSide): Promise<RootKeyProvider> {
  const { refusal: _, ...provider } = await side.make();
  return provider;
}

export function rootMoveContract({ from, to, missing }: MovingSubject): void {
  const firstCall = 1 + (pairs % STRIDE);
  pairs += 1;
  test(`from ${from.name} to ${to.name}, killed on the way`, async t => {
    let killed = 0;
    for (let failingCall = firstCall; ; failingCall += STRIDE) {
      const [store, old, next] = [await custodyStore(), await make(from), await make(to)];
      const first = custodyOver(store, old);
      await first.unseal();
      const stored = await generateKey(first, 'aes-256', await makeProject(first, store));
      const sealed = await sealText(first, stored, 'text');

      const faults = new Faults({ failingCall: failingCall + CALLS_OF_UNSEAL, when: 'after' });
      const dying = custodyOver(faults.into(store), faults.into(old));
      await dying.unseal();
      const [outcome] = await Promise.allSettled([dying.rotateRoot({ ...BATCH, to: faults.into(next) })]);
      if (outcome.status === 'rejected')
        assert.ok(outcome.reason instanceof InjectedFault, String(outcome.reason));
      if (faults.struck) killed += 1;

      const again = custodyOver(store, old, [next]);
      await again.unseal();
      assert.equal(await openText(again, stored, sealed), 'text');
      const rows = await store.rootKeys.list();
      if (rows.some(({ state }) => state === 'retiring'))
        await assert.rejects(custodyOver(store, next).unseal(), { code: 'sealed', message: missing });
      await again.rotateRoot({ ...BATCH, to: next });

      const last = custodyOver(store, next);
      await last.unseal();
      assert.equal(await openText(last, stored, sealed), 'text');
      const [current, ...others] = (await store.rootKeys.list()).filter(({ state }) => state !== 'retired');
      assert.deepEqual([current?.provider, others], [next.name, []]);
      await assert.rejects(custodyOver(store, old).unseal(), { code: 'sealed' });
      if (!faults.struck) break;
    }
    t.diagnostic(`killed at ${killed} steps`);
    assert.ok(killed > 4, String(killed));
  });
}
