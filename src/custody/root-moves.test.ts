// The root key on its way from each kind of provider to each other: killed on the way, the move completes when it is run again, and the
// old provider is needed until then and no longer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { custodyOver, openText, sealText } from '../../test/contract/custody.ts';
import { custodyStore } from '../../test/support/custody-store.ts';
import { generateKey, makeProject, secretText } from '../../test/support/custody-subject.ts';
import { Faults, InjectedFault } from '../../test/support/faults.ts';
import { kmsProvider, preparingShares } from '../../test/support/root-key-providers.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { fileRootKeyProvider } from './root/file.ts';
import { passphraseRootKeyProvider } from './root/passphrase.ts';
import type { RootKeyProvider } from './root/root-key.ts';

const BATCH = { batchRowsMax: 1 };

const MAKERS: Readonly<Record<string, () => Promise<RootKeyProvider>>> = {
  file: async () => fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom }),
  passphrase: async () =>
    passphraseRootKeyProvider({
      readPassphrase: async () => secretText('correct horse battery'),
      random: systemRandom,
      cost: { memoryKiB: 19_456, passes: 1, parallelism: 1 },
    }),
  // Its holders give the shares again after every crash.
  async shares() {
    const { forget: _, ...provider } = preparingShares();
    return provider;
  },
  kms: async () => kmsProvider(),
};

/** Each pair takes its own fifth of the steps: all of them together meet every step. */
const STRIDE = 5;
let pairs = 0;

const KINDS = Object.keys(MAKERS);
const providerOf = async (kind: string): Promise<RootKeyProvider> => {
  const make = MAKERS[kind];
  assert.ok(make);
  return make();
};

for (const from of KINDS) {
  for (const to of KINDS.filter(kind => kind !== from)) {
    test(`from ${from} to ${to}, killed on the way`, async t => {
      let killed = 0;
      for (let failingCall = 1 + (pairs++ % STRIDE); ; failingCall += STRIDE) {
        const [store, old, next] = [await custodyStore(), await providerOf(from), await providerOf(to)];
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
        const isBegun = rows.some(({ provider }) => provider === to);
        if (isBegun && rows.some(({ state }) => state === 'retiring')) {
          // Whoever has the new one alone is told which is missing.
          await assert.rejects(custodyOver(store, next).unseal(), {
            code: 'sealed',
            message: new RegExp(`"${from}"`),
          });
        }
        await again.rotateRoot({ ...BATCH, to: next });

        const last = custodyOver(store, next);
        await last.unseal();
        assert.equal(await openText(last, stored, sealed), 'text');
        const [current, ...others] = (await store.rootKeys.list()).filter(({ state }) => state !== 'retired');
        assert.deepEqual([current?.provider, others], [to, []]);
        await assert.rejects(custodyOver(store, old).unseal(), { code: 'sealed' });
        if (!faults.struck) break;
      }
      t.diagnostic(`killed at ${killed} steps`);
      assert.ok(killed > 4, String(killed));
    });
  }
}

/** Listing the root keys and opening one. */
const CALLS_OF_UNSEAL = 2;
