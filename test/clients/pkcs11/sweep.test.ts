// The sweep of a token while keys are being made in it, by two servers on one store: an object of a key to be is not erased, and where
// making it took too long the key is refused. What was acknowledged works, whatever came first.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { utf8 } from '../../../src/base/bytes.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { rotateKey } from '../../../src/core/operations/keys/rotate-key.ts';
import {
  checkHardware,
  eraseOrphans,
  type SweepReport,
} from '../../../src/core/operations/system/hardware-check.ts';
import type { Store } from '../../../src/core/ports/store.ts';
import { CLASS, KEY_TYPE } from '../../../src/custody/pkcs11/names.ts';
import { newObjectId } from '../../../src/custody/pkcs11/object-id.ts';
import type { KeyWithVersion } from '../../../src/domain/key.ts';
import { byId, CoreSubject, codeOf } from '../../contract/core-subject.ts';
import { movableClock, startKeyhold } from '../../support/keyhold.ts';
import { SEED, SeededRandom } from '../../support/load-random.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { systemRandom } from '../../support/time-and-chance.ts';
import { TokenSession } from './same-key.ts';
import { startSoftHsm, tokenSettings } from './softhsm.ts';

console.log(`TEST_SEED=${SEED}`);

const hsm = startSoftHsm();
const token = hsm.addToken('keyhold');
let postgres: PostgresServer;
/** Makes keys, each of which waits at the gate before it is stored. */
let maker: CoreSubject;
/** Another server on the same store, with a clock of its own. */
let sweeper: CoreSubject;
let gate: () => Promise<unknown> = async () => {};
let openGate = () => {};

before(async () => {
  postgres = await startPostgres();
  const store = await postgres.createDatabase();
  const settings = {
    rootKey: 'pkcs11',
    ...tokenSettings(hsm.library, token),
  };
  const aroundStore = (real: Store): Store => ({
    ...real,
    async transaction(work) {
      await gate();
      return real.transaction(work);
    },
  });
  const first = await startKeyhold({ store, settings, clock: movableClock(), aroundStore });
  maker = new CoreSubject(first);
  const dataDir = first.dataDir;
  sweeper = new CoreSubject(await startKeyhold({ store, settings, dataDir, clock: movableClock() }));
});
after(async () => {
  openGate();
  await sweeper?.keyhold.stop();
  await maker?.keyhold.stop();
  await postgres?.stop();
  hsm[Symbol.dispose]();
});

const ofSystem = (core: CoreSubject) => core.context({ projectId: undefined });
const create = (): Promise<KeyWithVersion> =>
  maker.run(createKey, { algorithm: 'aes-256', location: 'here', protection: 'hsm' });
const rotate = (id: string): Promise<KeyWithVersion> =>
  maker.run(rotateKey, { ...byId(id), cause: 'requestedRotation' });
const sweep = (): Promise<SweepReport> => sweeper.run(eraseOrphans, undefined, ofSystem(sweeper));

async function assertWorks({ key, version }: KeyWithVersion): Promise<void> {
  for (const { keyhold } of [maker, sweeper]) {
    using handle = await keyhold.kms.custody.open(key, version);
    const message = { plaintext: utf8('text'), context: { kind: 'none' } } as const;
    using opened = await handle.openMessage({
      ciphertext: await handle.sealMessage(message),
      context: message.context,
    });
    assert.equal(opened.length, 4);
    assert.equal((await handle.mac('aes-cmac', message.plaintext)).length, 16);
  }
}

/** Begins it, and fulfils once its objects are in the token and nothing of it is stored yet. `openGate` lets it go on. */
async function begun<T>(act: () => Promise<T>): Promise<{ readonly outcome: Promise<T> }> {
  const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  gate = () => {
    reached.resolve();
    return released.promise;
  };
  const outcome = act();
  outcome.catch(() => undefined);
  await reached.promise;
  openGate = () => {
    gate = async () => {};
    released.resolve();
  };
  return { outcome };
}

test('the sweep of another server leaves the objects of a key that is being made, and the key works', async () => {
  const creation = await begun(create);
  const swept = await sweep();
  assert.deepEqual([swept.erased.length, swept.young.length], [0, 2]);
  openGate();
  const made = await creation.outcome;
  await assertWorks(made);
  const rotation = await begun(() => rotate(made.key.id));
  assert.deepEqual((await sweep()).erased, []);
  openGate();
  await assertWorks(await rotation.outcome);
});

test('a key whose making took longer than a minute is refused once it was swept, and its older versions work', async () => {
  const old = await create();
  for (const act of [create, () => rotate(old.key.id)]) {
    const making = await begun(act);
    sweeper.keyhold.clock.advance(61_000);
    const swept = await sweep();
    assert.deepEqual([swept.erased.length, swept.young.length], [2, 0]);
    openGate();
    assert.equal(await codeOf(making.outcome), 'conflict');
    // The clocks of both agree again.
    maker.keyhold.clock.advance(61_000);
    await assertWorks(old);
    await assertWorks(await rotate(old.key.id));
  }
  assert.deepEqual((await sweeper.run(checkHardware, undefined, ofSystem(sweeper))).orphans, []);
});

test('what others have in the token is left, whatever it is and however old', async () => {
  const session = new TokenSession(hsm.library, token.label, token.pin);
  const theirs = `keyhold/${randomUUID()}/${randomUUID()}/1`;
  const secret = {
    token: true,
    class: CLASS.secretKey,
    keyType: KEY_TYPE.genericSecret,
    value: utf8('a secret'),
  };
  session.create({ ...secret, label: utf8(theirs), id: newObjectId(0, systemRandom) });
  session.create({ ...secret, label: utf8('of another program') });
  // CKO_DATA: no key at all.
  session.create({ token: true, class: 0, label: utf8('a document'), value: utf8('its text') });
  for (const { keyhold } of [maker, sweeper]) keyhold.clock.advance(120_000);
  const before = await sweeper.run(checkHardware, undefined, ofSystem(sweeper));
  assert.deepEqual(before.orphans, []);
  assert.deepEqual((await sweep()).erased, []);
  assert.deepEqual(
    [theirs, 'of another program', 'a document'].map(label => session.count(label)),
    [1, 1, 1],
  );
  session.close();
});

/** What is younger is left by the sweeps below. */
const YOUNG_MS = 40;

test('whatever order making, storing and sweeping come in, a key that was acknowledged has its objects', async t => {
  const random = new SeededRandom(SEED);
  gate = () => pause(random.between(0, YOUNG_MS));
  let making = true;
  let [erased, refused] = [0, 0];
  const made: KeyWithVersion[] = [];
  const lane = async (): Promise<void> => {
    for (let turn = 0; turn < 12; turn += 1) {
      const latest = made.at(-1);
      const act = latest !== undefined && random.next() < 0.4 ? () => rotate(latest.key.id) : create;
      const outcome = await act().then(
        key => made.push(key),
        (thrown: { code?: string }) => {
          assert.equal(thrown.code, 'conflict', String(thrown));
          refused += 1;
        },
      );
      assert.notEqual(outcome, 0);
    }
  };
  // As if the clock of this one were a minute ahead of the other, so that whatever is not stored at once may be swept.
  sweeper.keyhold.clock.advance(60_000 - YOUNG_MS - (sweeper.now() - maker.now()));
  const sweeping = (async () => {
    while (making) {
      erased += (await sweep()).erased.length;
      await pause(random.between(0, 12 * YOUNG_MS));
    }
  })();
  await Promise.all([lane(), lane(), lane()]);
  making = false;
  await sweeping;
  gate = async () => {};
  for (const key of made) await assertWorks(key);
  sweeper.keyhold.clock.advance(120_000);
  erased += (await sweep()).erased.length;
  const { objects, orphans } = await sweeper.run(checkHardware, undefined, ofSystem(sweeper));
  assert.deepEqual(orphans, []);
  t.diagnostic(
    `${made.length} keys and versions made, ${refused} refused, ${erased} objects swept, ${objects} left`,
  );
  // However slow the machine is: with clocks that agree again, and nobody sweeping, keys are made.
  maker.keyhold.clock.advance(240_000);
  await assertWorks(await create());
});
