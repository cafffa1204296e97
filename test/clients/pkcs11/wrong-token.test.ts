// Another token of the same label in the place of the one that has the keys, and a token from which somebody has erased an object: whoever
// needs what is missing is told that it is not there, in the words of each protocol and without a fault in the log, and served once it is.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { KMS } from '@aws-sdk/client-kms';
import { utf8 } from '../../../src/base/bytes.ts';
import type { Logger } from '../../../src/base/logger.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { make } from '../../../src/wire/ttlv/index.ts';
import { caller, done } from '../../conformance/admin/client.ts';
import { type BarbicanSubject, HELLO, startBarbican } from '../../conformance/barbican/support.ts';
import { CoreSubject } from '../../contract/core-subject.ts';
import { startKeyhold } from '../../support/keyhold.ts';
import { keyProtectWrap, kmipOutcome, signaturePayload } from './refusals.ts';
import { openToken, startSoftHsm, type TestToken, tokenSettings } from './softhsm.ts';

const NOT_THERE =
  'The token has no object of this key: it is another token than the one that made it, or the object was erased.';
const MESSAGE = Buffer.from('a message').toString('base64');

const hsm = startSoftHsm();
const folder = mkdtempSync(join(tmpdir(), 'keyhold-tokens-'));
const errors: string[] = [];
const logger: Logger = {
  log(level, message, fields) {
    if (level === 'error' && fields?.status !== 503) errors.push(`${message} ${JSON.stringify(fields)}`);
  },
};
let subject: BarbicanSubject;
after(async () => {
  await subject?.stop();
  rmSync(folder, { recursive: true, force: true });
  hsm[Symbol.dispose]();
});

/** One of several tokens of one label, of which one at a time is in the slot. */
interface Exchangeable {
  readonly token: TestToken;
  readonly insert: () => void;
  readonly pullOut: () => void;
}

function exchangeable(label: string): Exchangeable {
  const before = new Set(readdirSync(hsm.directory));
  const token = hsm.addToken(label);
  const names = readdirSync(hsm.directory).filter(name => !before.has(name));
  for (const name of names) renameSync(join(hsm.directory, name), join(folder, name));
  const insert = (): void => {
    for (const name of names) renameSync(join(folder, name), join(hsm.directory, name));
    writeFileSync(token.pinFile, `${token.pin}\n`);
  };
  return {
    token,
    insert,
    pullOut: () => {
      for (const name of names) renameSync(join(hsm.directory, name), join(folder, name));
    },
  };
}

/** With something in it: a token without any object counts as one that is away. */
function otherOf(label: string): Exchangeable {
  const other = exchangeable(label);
  other.insert();
  const file = join(folder, 'key.pem');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  const { pin } = other.token;
  const words = [
    '--import',
    file,
    '--token',
    label,
    '--label',
    'of another program',
    '--id',
    '01',
    '--pin',
    pin,
  ];
  execFileSync('softhsm2-util', ['--module', hsm.library, ...words], { stdio: 'ignore', timeout: 30_000 });
  rmSync(file);
  other.pullOut();
  return other;
}

const [first, second] = [exchangeable('keyhold'), otherOf('keyhold')];
const [right, wrong] = [exchangeable('rooted'), otherOf('rooted')];
first.insert();
right.insert();
before(async () => {
  subject = await startBarbican({
    settings: { ...tokenSettings(hsm.library, first.token), kmip: 'on', kmipPort: '0' },
    logger,
  });
});

/** By protocol: what each says of the key that is in the token, and of one that the token wraps. */
async function madeUses() {
  const { keyhold } = subject;
  const core = new CoreSubject(keyhold);
  const { region, ...credentials } = keyhold.credentials.aws;
  const aws = new KMS({ endpoint: keyhold.url, region, credentials, maxAttempts: 1 });
  const admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  const inToken = (await core.run(createKey, { algorithm: 'rsa-2048', location: region, protection: 'hsm' }))
    .key;
  const sealing = (await core.run(createKey, { algorithm: 'aes-256', location: region, protection: 'hsm' }))
    .key;
  const wrappedKey = async (exportable: boolean) =>
    (
      await core.run(createKey, {
        algorithm: 'aes-256',
        location: region,
        protection: 'hsmWrapped',
        exportable,
      })
    ).key;
  const [wrapped, leaving] = [await wrappedKey(false), await wrappedKey(true)];
  const stores = (await subject.expect(200, { path: '/secret-stores' })).json.secret_stores;
  const store = stores[1].secret_store_ref.split('/').at(-1);
  await subject.expect(204, { method: 'POST', path: `/secret-stores/${store}/preferred` });
  const kept = await subject.expect(201, { method: 'POST', path: '/secrets', body: HELLO });
  const secret = String(kept.json.secret_ref.split('/').at(-1));
  const keys = `/projects/${keyhold.credentials.project.id}/keys`;
  const ofAws = (act: Promise<unknown>): Promise<unknown> =>
    act.then(
      () => 'ok',
      (thrown: { name: string; message: string; $metadata: { httpStatusCode: number } }) => [
        thrown.$metadata.httpStatusCode,
        thrown.name,
        thrown.message,
      ],
    );
  const ofAdmin = async (answer: ReturnType<typeof admin>): Promise<unknown> => {
    const { status, body } = await answer;
    return status < 300 ? 'ok' : [status, body.error.code, body.error.message];
  };
  const sign = { mechanism: 'rsassa-pkcs1-v15-sha-256', message: MESSAGE };
  const uses: Readonly<Record<string, () => Promise<unknown>>> = {
    'admin in token': () => ofAdmin(admin('POST', `${keys}/${inToken.id}/sign`, sign)),
    'admin wrapped': () => ofAdmin(admin('POST', `${keys}/${wrapped.id}/encrypt`, { plaintext: MESSAGE })),
    'admin another wrapped': () =>
      ofAdmin(admin('POST', keys, { algorithm: 'aes-256', protection: 'hsmWrapped' })),
    'AWS in token': () => ofAws(aws.encrypt({ KeyId: sealing.id, Plaintext: utf8('m') })),
    'AWS wrapped': () => ofAws(aws.encrypt({ KeyId: wrapped.id, Plaintext: utf8('m') })),
    'Key Protect wrapped': () => keyProtectWrap(keyhold, wrapped.id),
    'Barbican wrapped': async () => {
      const { status, json } = await subject.send({ path: `/secrets/${secret}/payload` });
      return status === 200 ? 'ok' : [status, json?.description];
    },
    'KMIP in token': () => kmipOutcome(keyhold, 'Sign', signaturePayload(inToken.id)),
    'KMIP wrapped': () => kmipOutcome(keyhold, 'Get', [make.textString('UniqueIdentifier', leaving.id)]),
  };
  return { uses, inToken: [inToken.id, sealing.id] };
}

/** What is said while the object is not there. */
const REFUSALS: Readonly<Record<string, unknown>> = {
  'admin in token': [503, 'sealed', NOT_THERE],
  'admin wrapped': [503, 'sealed', NOT_THERE],
  'admin another wrapped': [503, 'sealed', NOT_THERE],
  'AWS in token': [503, 'DependencyTimeoutException', NOT_THERE],
  'AWS wrapped': [503, 'DependencyTimeoutException', NOT_THERE],
  'Key Protect wrapped': [503, `Service Unavailable: ${NOT_THERE}`],
  'Barbican wrapped': [503, NOT_THERE],
  'KMIP in token': ['OperationFailed', 'GeneralFailure', NOT_THERE],
  'KMIP wrapped': ['OperationFailed', 'GeneralFailure', NOT_THERE],
};

async function untilServed(use: (() => Promise<unknown>) | undefined, wanted: unknown): Promise<void> {
  for (let attempt = 0; JSON.stringify(await use?.()) !== JSON.stringify(wanted); attempt += 1) {
    assert.ok(attempt < 100, JSON.stringify(await use?.()));
    await pause(100);
  }
}

test('beside another token of the same label, each protocol says that the object is not there', async () => {
  const { uses, inToken } = await madeUses();
  for (const [name, use] of Object.entries(uses))
    assert.match(JSON.stringify(await use()), /ok|20\d|Success/, name);

  first.pullOut();
  second.insert();
  await untilServed(uses['admin in token'], REFUSALS['admin in token']);
  for (const [name, use] of Object.entries(uses)) assert.deepEqual(await use(), REFUSALS[name], name);
  const { keyhold } = subject;
  const admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  assert.equal((await done(admin('GET', '/system/hardware'))).objects, 0);
  assert.equal((await fetch(`${keyhold.url}/ready`)).status, 200, 'its root key is elsewhere');

  second.pullOut();
  first.insert();
  await untilServed(uses['admin in token'], 'ok');
  for (const [name, use] of Object.entries(uses))
    assert.match(JSON.stringify(await use()), /ok|20\d|Success/, name);
  await eraseObjectsOf(inToken);
  for (const [name, use] of Object.entries(uses)) {
    const outcome = await use();
    if (name.endsWith('in token')) assert.deepEqual(outcome, REFUSALS[name], name);
    else assert.match(JSON.stringify(outcome), /ok|20\d|Success/, name);
  }
  assert.deepEqual(errors, []);
});

/** By somebody else: what the keys have in the token besides public halves is gone. */
async function eraseObjectsOf(keyIds: readonly string[]): Promise<void> {
  const token = openToken(hsm.library, first.token);
  for (const object of await token.run('find', { template: { token: true } }))
    if (object.class !== 'publicKey' && keyIds.some(id => object.label.includes(id)))
      await token.run('destroy', { object });
  await token.close();
}

test('a server whose root key is in a token is not ready beside another one, and is again beside the right one', async () => {
  const keyhold = await startKeyhold({
    settings: { rootKey: 'pkcs11', ...tokenSettings(hsm.library, right.token) },
  });
  const admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  const ready = async () => (await fetch(`${keyhold.url}/ready`)).status;
  // A project of its own makes the root key wrap.
  const wrap = () => admin('POST', '/projects', { name: `p${Math.trunc(performance.now())}` });
  await done(wrap());
  right.pullOut();
  wrong.insert();
  for (let attempt = 0; ; attempt += 1) {
    const { status, body } = await wrap();
    assert.deepEqual([status, body.error.code], [503, 'sealed']);
    if (
      /^The token "rooted" has no key with the CKA_ID [0-9a-f]{32}, which is root key/.test(
        body.error.message,
      )
    )
      break;
    assert.ok(attempt < 100, body.error.message);
    await pause(100);
  }
  assert.equal(await ready(), 503);
  wrong.pullOut();
  right.insert();
  while ((await ready()) !== 200) await pause(100);
  await done(wrap());
  await keyhold.stop();
});
