// Root keys in a token (SoftHSM2) that never came into service: the sweep finds and erases what a rotation that was killed has left, whichever
// step it was at, and no root key that is current, on its way out, or about to come.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { requireUnswept } from '../../../src/core/hardware-sweep.ts';
import { createProject } from '../../../src/core/operations/projects/projects.ts';
import { checkHardware, eraseOrphans } from '../../../src/core/operations/system/hardware-check.ts';
import type { Store } from '../../../src/core/ports/store.ts';
import { createCustody, type SealableCustody } from '../../../src/custody/index.ts';
import { tokenRootKeyProvider } from '../../../src/custody/pkcs11/root-key.ts';
import type { RootKeyProvider } from '../../../src/custody/root/root-key.ts';
import { installationId } from '../../../src/server/installation.ts';
import { CoreSubject } from '../../contract/core-subject.ts';
import { Faults, InjectedFault } from '../../support/faults.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { systemRandom } from '../../support/time-and-chance.ts';
import { openToken, startSoftHsm, tokenSettings } from './softhsm.ts';

const hsm = startSoftHsm();
const { label, pin, pinFile } = hsm.addToken('keyhold');
const token = openToken(hsm.library, { label, pin });
/** Listing the root keys and opening one; and each that is retired is removed once more. */
const CALLS_OF_UNSEAL = 2;
/** Of a rotation, up to the removal of what has retired, of which there is more each time. */
const STEPS = 14;
let keyhold: TestKeyhold;
let core: CoreSubject;
before(async () => {
  keyhold = await startKeyhold({
    settings: { rootKey: 'pkcs11', ...tokenSettings(hsm.library, { label, pin, pinFile }) },
  });
  core = new CoreSubject(keyhold);
});
after(async () => {
  await keyhold?.stop();
  await token.close();
  hsm[Symbol.dispose]();
});

const ofSystem = () => core.context({ projectId: undefined });
const sweep = () => core.run(eraseOrphans, undefined, ofSystem());
const rows = () => keyhold.kms.store.rootKeys.list();
const growOld = () => keyhold.clock.advance(61_000);

/** Another server on the same database and token. */
async function otherServer(
  around: { store?: (store: Store) => Store; provider?: (provider: RootKeyProvider) => RootKeyProvider } = {},
): Promise<SealableCustody> {
  const { store } = keyhold.kms;
  const { clock } = keyhold;
  const random = systemRandom;
  const made = tokenRootKeyProvider({
    token,
    random,
    clock,
    installationId: () => installationId({ store, random }),
  });
  // Without what is told at once: faults are for what takes its time.
  const { refusal: _, ...provider } = made;
  const custody = createCustody({
    store: around.store?.(store) ?? store,
    clock,
    random,
    provider: around.provider?.(provider) ?? provider,
    requireUnswept,
  });
  await custody.unseal();
  return custody;
}

/** In the token are exactly the root keys that rows name, and those of them that count do wrap. */
async function compare(): Promise<void> {
  const found = await token.run('find', { template: { token: true } });
  const ids = found
    .filter(object => object.label.includes('/root/'))
    .map(({ id }) => Buffer.from(id).toString('hex'));
  const known = await rows();
  const named = known.map(({ fingerprint }) => fingerprint);
  assert.deepEqual(
    ids.filter(id => !named.includes(id)),
    [],
  );
  for (const { state, fingerprint } of known)
    if (state !== 'retired') assert.ok(ids.includes(fingerprint), state);
  (await otherServer()).seal();
}

for (const when of ['before', 'after'] as const) {
  test(`a rotation that is killed ${when} any of its steps leaves no root key behind the sweep`, async t => {
    let [killed, erased] = [0, 0];
    for (let failingCall = 1; failingCall <= STEPS; failingCall += 1) {
      const retired = (await rows()).filter(({ state }) => state === 'retired').length;
      const faults = new Faults({ failingCall: failingCall + CALLS_OF_UNSEAL + retired, when });
      const into = <T extends object>(port: T): T => faults.into(port);
      const dying = await otherServer({ store: into, provider: into });
      const [outcome] = await Promise.allSettled([dying.rotateRoot({ batchRowsMax: 1 })]);
      if (outcome.status === 'rejected')
        assert.ok(outcome.reason instanceof InjectedFault, String(outcome.reason));
      const { orphans } = await core.run(checkHardware, undefined, ofSystem());
      // What is young may be a root key that is about to come.
      assert.deepEqual((await sweep()).erased, []);
      growOld();
      const swept = await sweep();
      assert.deepEqual(swept.erased, orphans);
      assert.ok(orphans.every(object => 'rootGeneration' in object));
      erased += orphans.length;
      await compare();
      // It completes what was begun.
      await (await otherServer()).rotateRoot();
      await compare();
      if (faults.struck) killed += 1;
    }
    await core.run(createProject, { name: `after-${when}` }, ofSystem());
    t.diagnostic(`killed at ${killed} steps, ${erased} root keys erased`);
    assert.ok(killed === STEPS && erased > 1, `${killed} ${erased}`);
  });
}

test('a sweep while a root key is on its way leaves it, and one that took longer than a minute is refused', async () => {
  for (const takesLong of [false, true]) {
    let isSwept = false;
    const gated = (store: Store): Store => ({
      ...store,
      async transaction(work) {
        // The first one is that of its row.
        if (!isSwept) {
          isSwept = true;
          if (takesLong) growOld();
          assert.equal((await sweep()).erased.length, takesLong ? 1 : 0);
        }
        return store.transaction(work);
      },
    });
    const server = await otherServer({ store: gated });
    const before = await currentGeneration();
    if (takesLong) {
      await assert.rejects(server.rotateRoot(), { code: 'conflict' });
      assert.equal(await currentGeneration(), before);
      await server.rotateRoot();
    } else await server.rotateRoot();
    assert.equal(await currentGeneration(), before + 1);
    await compare();
  }
});

async function currentGeneration(): Promise<number> {
  return (await rows()).find(({ state }) => state === 'current')?.generation ?? 0;
}
