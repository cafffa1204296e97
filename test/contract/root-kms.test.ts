// The root key wrapped by a key of another KMS: a real other Keyhold over TLS by the protocol of AWS, and a Vault transit server. What is away
// at the start comes later by itself, and until then the server says why it is sealed.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { rootKeyProviders } from '../../src/server/root-key-providers.ts';
import type { SettingTexts } from '../../src/server/settings.ts';
import { readSettings } from '../../src/server/settings.ts';
import { type Caller, caller, done, refused } from '../conformance/admin/client.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { manualClock, systemRandom } from '../support/time-and-chance.ts';
import { startTransit } from '../support/vault-transit.ts';
import { rootProviderContract } from './custody-root-provider.ts';

const scratch = await temporaryDirectory();

async function secretFile(name: string, content: unknown): Promise<string> {
  const path = join(scratch, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
}

/** Another Keyhold with a certificate of its own authority, and a key for our root key. */
const kms = await (async () => {
  const dataDir = await temporaryDirectory();
  const first = await startKeyhold({ dataDir });
  const { certificate, privateKey } = await first.house.authority.serverIdentity(['127.0.0.1'], Date.now());
  const caFile = await secretFile('ca.pem', await first.house.authority.certificate());
  const tls = {
    tlsCertificateFile: await secretFile('tls.pem', certificate),
    tlsKeyFile: await secretFile('tls.key', privateKey),
  };
  const admin = caller(first.url, first.credentials.admin.apiKey);
  const { id: key } = await done(admin('POST', '/projects/default/keys', {}));
  await first.stop();
  let running: TestKeyhold | undefined = await startKeyhold({ dataDir, settings: tls });
  const url = running.url;
  const { accessKeyId, secretAccessKey } = running.credentials.aws;
  return {
    url,
    key,
    settings: {
      rootKey: 'kms',
      rootKmsUrl: url,
      rootKmsKey: key,
      rootKmsCredentialsFile: await secretFile('aws.json', { accessKeyId, secretAccessKey }),
      rootKmsCaFile: caFile,
      rootKmsTimeoutMs: '2000',
    } satisfies SettingTexts,
    async stop() {
      await running?.stop();
      running = undefined;
    },
    async start() {
      running = await startKeyhold({ dataDir, settings: { ...tls, port: new URL(url).port } });
    },
  };
})();
after(() => kms.stop());

const vault = await startTransit();
after(() => vault.stop());

const vaultSettings = async (credential: unknown, name: string): Promise<SettingTexts> => ({
  rootKey: 'kms',
  rootKms: 'vault',
  rootKmsUrl: vault.url,
  rootKmsKey: 'transit/keyhold-root',
  rootKmsCredentialsFile: await secretFile(name, credential),
});

function providerOf(texts: SettingTexts) {
  return rootKeyProviders(
    readSettings({ dataDir: scratch, ...texts }, {}),
    systemRandom,
    manualClock(Date.now()),
  ).provider;
}

rootProviderContract({
  name: 'another Keyhold',
  make: async () => ({ provider: providerOf(kms.settings), other: providerOf(kms.settings) }),
});

const byToken = await vaultSettings(`${vault.token}\n`, 'vault-token');
const byRole = await vaultSettings(vault.role, 'vault-role');
rootProviderContract({
  name: 'a Vault transit server',
  make: async () => ({ provider: providerOf(byToken), other: providerOf(byRole) }),
});

test('the token of an application role is revoked once it was used', () => {
  assert.ok(vault.asked.includes('POST /v1/auth/approle/login'));
  assert.equal(vault.liveTokens.size, 0);
});

const dataDir = await temporaryDirectory();
const start = () => startKeyhold({ dataDir, settings: kms.settings });

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let turns = 0; turns < 400; turns += 1) {
    if (await holds()) return;
    await pause(25);
  }
  assert.fail('it did not come true');
}

test('a server opens by itself with the other KMS, sealed while that is away, and again when it is back', async () => {
  const first = await start();
  const admin: Caller = caller(first.url, first.credentials.admin.apiKey);
  const key = await done(admin('POST', '/projects/default/keys', {}));
  await first.stop();
  await kms.stop();

  const lines: string[] = [];
  const second = await startKeyhold({
    dataDir,
    settings: kms.settings,
    logger: { log: (level, message) => void lines.push(`${level} ${message}`) },
  });
  const again = caller(second.url, second.credentials.admin.apiKey);
  const isSealed = async (): Promise<boolean> => (await done(again('GET', '/system/seal'))).sealed;
  const state = await done(again('GET', '/system/seal'));
  assert.equal(state.sealed, true);
  assert.match(
    state.reason,
    /The KMS at https:\/\/127\.0\.0\.1:\d+, which wraps the root key, cannot be reached: ECONNREFUSED/,
  );
  assert.ok(state.nextAttemptAt > 0);
  assert.match(lines.join('\n'), /^warn sealed, next attempt in 1 s: The KMS at https:/m);
  assert.equal((await fetch(`${second.url}/ready`)).status, 503);
  assert.equal(await refused(again('GET', '/projects')), 'sealed');
  await until(async () => lines.some(line => line.startsWith('warn sealed, next attempt in 2 s')));
  await kms.start();
  await until(async () => !(await isSealed()));
  assert.equal((await done(again('GET', `/projects/default/keys/${key.id}`))).state, 'active');
  assert.ok(lines.includes('info unsealed'));
  const [root] = (await done(again('GET', '/system/custody'))).rootKeys;
  assert.match(root.kept, /^key arn:.+ of an AWS-compatible KMS$/);
  await second.stop();
});

test('sealed on demand it stays sealed until somebody asks, and then opens at once', async () => {
  const server = await start();
  const admin = caller(server.url, server.credentials.admin.apiKey);
  const sealed = await done(admin('POST', '/system/seal'));
  assert.deepEqual([sealed.sealed, sealed.nextAttemptAt], [true, undefined]);
  assert.equal((await done(admin('POST', '/system/unseal', {}))).sealed, false);
  await server.stop();

  // The same for one that was trying again when somebody sealed it.
  await kms.stop();
  const trying = await start();
  const again = caller(trying.url, trying.credentials.admin.apiKey);
  assert.ok((await done(again('GET', '/system/seal'))).nextAttemptAt > 0);
  await done(again('POST', '/system/seal'));
  await kms.start();
  await pause(1_500);
  assert.equal((await done(again('GET', '/system/seal'))).sealed, true);
  assert.equal((await done(again('POST', '/system/unseal', {}))).sealed, false);
  await trying.stop();
});

test('what is wrong with the other KMS is said', async () => {
  const { rootKmsCaFile: _, ...untrusted } = kms.settings;
  const silent = createServer(() => undefined);
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
  after(() => silent.closeAllConnections());
  after(() => silent.close());
  const silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const keyProtectOnly = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x'.repeat(40) };
  const cases: readonly (readonly [SettingTexts, RegExp])[] = [
    [untrusted, /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT|DEPTH_ZERO/],
    [{ ...kms.settings, rootKmsUrl: silentUrl, rootKmsTimeoutMs: '100' }, /no answer within 100 ms/],
    [{ ...kms.settings, rootKmsKey: 'alias/absent' }, /refuses \(HTTP status 400\): .*NotFoundException/],
    [
      { ...kms.settings, rootKmsCredentialsFile: await secretFile('wrong.json', keyProtectOnly) },
      /refuses \(HTTP status 400\): .*UnrecognizedClientException|InvalidClientTokenId|IncompleteSignature/,
    ],
    [
      { ...kms.settings, rootKmsCredentialsFile: join(scratch, 'absent') },
      /absent, which root-kms-credentials-file names, is missing/,
    ],
    [
      { ...kms.settings, rootKmsCredentialsFile: await secretFile('odd.json', '{"a":1}') },
      /does not hold what the other KMS asks for/,
    ],
    [await vaultSettings('hvs.unknown', 'vault-wrong'), /refuses \(HTTP status 403\): permission denied/],
    [
      await vaultSettings({ roleId: 'a', secretId: 'b' }, 'role-wrong'),
      /refuses \(HTTP status 400\): invalid role/,
    ],
    [{ ...byToken, rootKmsKey: 'transit/other' }, /refuses \(HTTP status 404\)/],
  ];
  for (const [texts, message] of cases)
    await assert.rejects(providerOf(texts).create(1), (thrown: Error & { code?: string }) => {
      assert.equal(thrown.code, 'sealed');
      assert.match(thrown.message, message);
      return true;
    });
});

test('an address without TLS is taken for this machine alone', () => {
  for (const url of [
    'http://kms.example.org',
    'https://kms.example.org/path',
    'https://user@kms.example.org',
    'ftp://127.0.0.1',
    'x',
  ])
    assert.throws(
      () => providerOf({ ...kms.settings, rootKmsUrl: url }),
      { code: 'invalidInput', message: /KEYHOLD_ROOT_KMS_URL/ },
      url,
    );
  for (const url of ['https://kms.example.org', 'http://127.0.0.1:8200', 'http://localhost:8200'])
    providerOf({ ...kms.settings, rootKmsUrl: url });
  for (const texts of [{ rootKmsKey: 'noslash' }, { rootKmsKey: '/x' }, { rootKmsKey: 'a/../b?c' }])
    assert.throws(
      () => providerOf({ ...byToken, ...texts }),
      { code: 'invalidInput' },
      JSON.stringify(texts),
    );
});
