// A server without its root key: it starts, says so, takes shares, opens, and can be sealed again. Nothing is done under the root key
// meanwhile, nothing is lost, and everything is in the log.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { utf8 } from '../../src/base/bytes.ts';
import { SILENT_LOGGER } from '../../src/base/logger.ts';
import { SecretBytes } from '../../src/base/secret-bytes.ts';
import { startServer } from '../../src/server/server.ts';
import { readSettings } from '../../src/server/settings.ts';
import { type Caller, caller, done, refused } from '../conformance/admin/client.ts';
import { type MovableClock, movableClock, startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { forgedShare } from '../support/shares.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const dataDir = await temporaryDirectory();
const SHARES = { rootKey: 'shares' } as const;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let keyhold: TestKeyhold | undefined;
after(() => keyhold?.stop());

async function start(clock?: MovableClock): Promise<{ admin: Caller; house: TestKeyhold['house'] }> {
  await keyhold?.stop();
  keyhold = await startKeyhold({ dataDir, settings: SHARES, clock });
  const { url, credentials, house } = keyhold;
  return { admin: caller(url, credentials.admin.apiKey), house };
}

const ready = async (): Promise<{ status: number; rootKey: string }> => {
  const response = await fetch(`${keyhold?.url}/ready`);
  const { checks } = (await response.json()) as { checks: { rootKey: string } };
  return { status: response.status, rootKey: checks.rootKey };
};

const give = (admin: Caller, share: string) => admin('POST', '/system/unseal', { share: base64(share) });

let shares: readonly string[] = [];
/** Its path. */
let keptKey = '';

test('an installation with shares shows them once, and keeps nothing that opens it', async () => {
  const parts = {
    settings: readSettings({ dataDir, port: '0', kmip: 'off', ...SHARES }, {}),
    logger: SILENT_LOGGER,
    onFatal(error: unknown) {
      throw error;
    },
  };
  await assert.rejects(startServer(parts), {
    code: 'conflict',
    message: /keyhold init --shares 5 --threshold 3/,
  });
  const firstShares = {
    sharing: { parts: 5, threshold: 3 },
    show: (text: string) => {
      shares = text.split('\n');
    },
  };
  const server = await startServer({ ...parts, firstShares });
  await server.stop();
  assert.equal(shares.length, 5);
  await assert.rejects(startServer({ ...parts, firstShares }), {
    code: 'conflict',
    message: /keyhold root rekey/,
  });
  const database = await readFile(join(dataDir, 'keyhold.db'), 'latin1');
  for (const share of shares) assert.ok(!database.includes(share.slice(-30)));
});

test('it starts sealed: not ready, refusing with a reason, and recording that it does', async () => {
  const { admin, house } = await start();
  assert.deepEqual(await ready(), { status: 503, rootKey: 'sealed' });
  assert.equal((await fetch(`${keyhold?.url}/health`)).status, 200);
  for (const path of ['/projects', '/system/status', '/audit/checkpoint', '/projects/default/keys'])
    assert.equal(await refused(admin('GET', path)), 'sealed', path);
  assert.equal(await refused(admin('POST', '/system/root-rotations')), 'sealed');
  assert.equal(await refused(admin('POST', '/system/root-shares', { parts: 3, threshold: 2 })), 'sealed');
  const state = await done(admin('GET', '/system/seal'));
  assert.equal(state.sealed, true);
  assert.match(state.reason, /3 shares of the root key/);
  assert.deepEqual([state.shares.length, state.shares[0].given], [1, []]);
  const [root] = (await done(admin('GET', '/system/custody'))).rootKeys;
  assert.deepEqual([root.provider, root.kept, root.wrappingKeys], ['shares', '3 of 5 shares', 2]);
  const [newest] = await house.kms.store.log.search(
    { operation: 'project.list' },
    { limit: 1, newestFirst: true },
  );
  assert.match(Buffer.from(newest?.leaf ?? []).toString(), /"outcome":"sealed"/);
});

test('without a credential that may, nobody gives shares or learns how many are there', async () => {
  const { admin } = await start();
  assert.equal(
    await refused(caller(keyhold?.url ?? '', undefined)('GET', '/system/seal')),
    'unauthenticated',
  );
  const nobody = caller(keyhold?.url ?? '', keyhold?.credentials.keyProtect.apiKey);
  for (const [method, path] of [
    ['GET', '/system/seal'],
    ['POST', '/system/seal'],
    ['POST', '/system/unseal'],
    ['DELETE', '/system/unseal'],
    ['GET', '/system/custody'],
  ] as const)
    assert.equal(await refused(nobody(method, path)), 'denied', path);
  assert.equal((await done(admin('GET', '/system/seal'))).sealed, true);
});

test('shares open it, the progress is visible, and what is not a share changes nothing', async () => {
  const { admin } = await start();
  assert.deepEqual((await done(give(admin, shares[4] ?? ''))).shares[0].given, [5]);
  assert.equal(await refused(give(admin, 'khs1-nonsense')), 'invalidInput');
  assert.equal(await refused(admin('POST', '/system/unseal', { share: '%' })), 'invalidInput');
  assert.equal(await refused(give(admin, shares[4] ?? '')), 'conflict');
  assert.deepEqual((await done(admin('POST', '/system/unseal', {}))).shares[0].given, [5]);
  const two = await done(give(admin, shares[0] ?? ''));
  assert.deepEqual([two.sealed, two.shares[0].given], [true, [1, 5]]);
  assert.deepEqual((await done(admin('DELETE', '/system/unseal'))).shares[0].given, []);
  for (const share of shares.slice(0, 3)) await done(give(admin, share));
  assert.equal((await done(admin('GET', '/system/seal'))).sealed, false);
  assert.deepEqual(await ready(), { status: 200, rootKey: 'ok' });
  const key = await done(admin('POST', '/projects/default/keys', {}));
  keptKey = `/projects/default/keys/${key.id}`;
  assert.equal(key.state, 'active');
  const { items } = await done(admin('GET', '/audit/entries?operation=system.unseal&limit=20'));
  assert.deepEqual(items.map(({ entry }: { entry: { outcome: string } }) => entry.outcome).toReversed(), [
    'denied',
    'ok',
    'invalidInput',
    'conflict',
    'ok',
    'ok',
    'ok',
    'ok',
    'ok',
  ]);
  const text = JSON.stringify(items);
  for (const share of shares) assert.ok(!text.includes(share.slice(-9)));
});

test('sealing on demand forgets everything at once, and the shares open it again', async () => {
  const { admin, house } = await start();
  for (const share of shares.slice(2)) await done(give(admin, share));
  const secret = { plaintext: base64('a secret') };
  const { ciphertext } = await done(admin('POST', `${keptKey}/encrypt`, secret));
  const [project] = (await done(admin('GET', '/projects'))).items;
  const state = await done(admin('POST', '/system/seal'));
  assert.deepEqual([state.sealed, state.shares[0].given], [true, []]);
  assert.match(state.reason, /administrator has sealed/);
  assert.equal(await refused(admin('POST', '/projects/default/decrypt', { ciphertext })), 'sealed');
  await assert.rejects(house.custody.unwrapSecret(project.id, 'any', new Uint8Array(60)), { code: 'sealed' });
  assert.throws(() => house.kms.auditLog.verifierKey, { code: 'sealed' });
  await assert.rejects(house.authority.serverIdentity(['localhost'], 0), { code: 'sealed' });
  assert.deepEqual(await ready(), { status: 503, rootKey: 'sealed' });
  // Two shares of two sealings are not enough.
  await done(give(admin, shares[0] ?? ''));
  await done(admin('POST', '/system/seal'));
  await done(give(admin, shares[1] ?? ''));
  assert.deepEqual((await done(give(admin, shares[2] ?? ''))).shares[0].given, [2, 3]);
  await done(give(admin, shares[4] ?? ''));
  const opened = await done(admin('POST', '/projects/default/decrypt', { ciphertext }));
  assert.equal(opened.plaintext, secret.plaintext);
});

test('a request that is under way when the server is sealed fails or ends, and none is half done', async () => {
  const { admin } = await start();
  for (const share of shares.slice(0, 3)) await done(give(admin, share));
  const before = await keyCount(admin);
  const made = Array.from({ length: 40 }, () => admin('POST', '/projects/default/keys', {}));
  await pause(5);
  await done(admin('POST', '/system/seal'));
  const answers = await Promise.all(made);
  const whole = answers.filter(({ status }) => status === 201).length;
  for (const { status, body } of answers)
    if (status !== 201) assert.equal(body.error.code, 'sealed', JSON.stringify(body));
  for (const share of shares.slice(0, 3)) await done(give(admin, share));
  assert.equal(await keyCount(admin), before + whole);
});

const keyCount = async (admin: Caller): Promise<number> =>
  (await done(admin('GET', '/projects/default/keys?limit=1000'))).items.length;

test('wrong sets of shares are bounded, in time', async () => {
  const clock = movableClock();
  const { admin } = await start(clock);
  for (let set = 0; set < 5; set += 1) {
    await done(give(admin, shares[0] ?? ''));
    await done(give(admin, forgedShare(shares[1] ?? '')));
    assert.equal(await refused(give(admin, shares[2] ?? '')), 'invalidKeyMaterial');
  }
  assert.equal(await refused(give(admin, shares[0] ?? '')), 'throttled');
  clock.advance(900_000);
  for (const share of shares.slice(0, 3)) await done(give(admin, share));
  assert.equal((await done(admin('GET', '/system/seal'))).sealed, false);
});

test('rekeying changes the set of shares: the new ones open it from then on, and the old ones nothing', async () => {
  const { admin } = await start();
  for (const share of shares.slice(0, 3)) await done(give(admin, share));
  // Shares that nobody has brought into service count for nothing.
  await done(admin('POST', '/system/root-shares', { parts: 2, threshold: 2 }));
  const made = await done(admin('POST', '/system/root-shares', { parts: 3, threshold: 2 }));
  const next: readonly string[] = made.shares.split(' ');
  assert.equal(next.length, 3);
  assert.equal(
    await refused(admin('POST', '/system/root-shares', { parts: 3, threshold: 4 })),
    'invalidInput',
  );
  const { body } = await admin('POST', '/system/root-rotations', { to: 'shares' });
  const { outcome } = JSON.parse(body.trimEnd().split('\n').at(-1));
  assert.deepEqual([outcome.provider, outcome.generation, outcome.rotation], ['shares', 2, 'new']);
  // A second rotation has no shares to bring into service.
  const again = await admin('POST', '/system/root-rotations', { to: 'shares' });
  assert.match(again.body, /keyhold root rekey/);
  const restarted = await start();
  for (const share of shares.slice(0, 3))
    assert.equal(await refused(give(restarted.admin, share)), 'invalidInput');
  await done(give(restarted.admin, next[2] ?? ''));
  await done(give(restarted.admin, next[0] ?? ''));
  assert.equal((await done(restarted.admin('GET', keptKey))).state, 'active');
  shares = next;
});

test('a server whose root key is in shares writes backups, each verified anew, and is sealed as before', async () => {
  const { admin } = await start();
  for (const share of shares.slice(0, 2)) await done(give(admin, share));
  for (let count = 0; count < 2; count += 1) {
    const { body } = await admin('POST', '/system/backups');
    const last = JSON.parse(body.trimEnd().split('\n').at(-1));
    assert.equal(last.outcome?.wrappingKeysOpened, 2, body);
  }
  await done(admin('POST', '/system/seal'));
  assert.equal((await done(give(admin, shares[0] ?? ''))).sealed, true);
});

test('the root key moves to another provider while the server works, and nowhere that is not configured', async () => {
  const { admin } = await start();
  for (const share of shares.slice(0, 2)) await done(give(admin, share));
  const nowhere = await admin('POST', '/system/root-rotations', { to: 'kms' });
  assert.deepEqual([nowhere.status, nowhere.body.error.code], [400, 'invalidInput']);
  assert.match(nowhere.body.error.message, /configured are .*file/);
  const { body } = await admin('POST', '/system/root-rotations', { to: 'file' });
  assert.equal(JSON.parse(body.trimEnd().split('\n').at(-1)).outcome.provider, 'file');
  const restarted = await start();
  assert.equal((await done(restarted.admin('GET', '/system/seal'))).sealed, false);
  assert.equal((await done(restarted.admin('GET', keptKey))).state, 'active');
  // Without a name it stays where it is, whatever new installations would get.
  const stays = await restarted.admin('POST', '/system/root-rotations');
  assert.equal(JSON.parse(stays.body.trimEnd().split('\n').at(-1)).outcome.provider, 'file');
  const made = await done(restarted.admin('POST', '/system/root-shares', { parts: 2, threshold: 2 }));
  await restarted.admin('POST', '/system/root-rotations', { to: 'shares' });
  shares = made.shares.split(' ');
});

test('a log that was put back to an older state keeps the server from opening', async () => {
  const { admin, house } = await start();
  await done(give(admin, shares[0] ?? ''));
  await house.kms.store.transaction(tx => tx.log.putCheckpoint(1_000_000, 'no note at all'));
  using share = SecretBytes.own(utf8(shares[1] ?? ''));
  await assert.rejects(house.sealing.giveShare(share));
  assert.equal(house.sealing.isOpen, false);
  assert.equal(await refused(admin('GET', '/projects')), 'sealed');
});
