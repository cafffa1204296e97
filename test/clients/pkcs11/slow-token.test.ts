// A token that takes its time (SoftHSM2 behind shim.c) under a whole server: whoever needs no token does not notice, the line before it is
// bounded, whoever finds it full is told so by each protocol, and whoever stands in it is served.

import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, afterEach, before, test } from 'node:test';
import { KMS } from '@aws-sdk/client-kms';
import { decodeUtf8, utf8 } from '../../../src/base/bytes.ts';
import { sign } from '../../../src/core/operations/crypto/sign.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import type { AuditEntry } from '../../../src/domain/audit-entry.ts';
import type { KeyWithVersion } from '../../../src/domain/key.ts';
import { type Answered, caller, done } from '../../conformance/admin/client.ts';
import { byId, CoreSubject } from '../../contract/core-subject.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { keyProtectWrap, kmipOutcome, signaturePayload } from './refusals.ts';
import { buildShim, type Shim } from './shim.ts';
import { startSoftHsm, tokenSettings } from './softhsm.ts';

const SESSIONS = 4;
/** As src/server/token.ts has it. */
const WAITING_MAX = 1_024;
const CALL_MS = 300;
const MECHANISM = 'rsassa-pkcs1-v15-sha-256';
/** A call that ends when it is let go. */
const HELD = 'delay C_Sign 600000';

const hsm = startSoftHsm();
const token = hsm.addToken('slow');
const folder = mkdtempSync(join(tmpdir(), 'keyhold-shim-'));
let shim: Shim;
let keyhold: TestKeyhold;
let core: CoreSubject;
let aws: KMS;
let rsa: KeyWithVersion;
let software: string;
let publicKey: KeyObject;
before(async () => {
  shim = buildShim(hsm.library, folder);
  keyhold = await startKeyhold({
    settings: {
      rootKey: 'pkcs11',
      kmip: 'on',
      kmipPort: '0',
      ...tokenSettings(shim.library, token),
      pkcs11Sessions: String(SESSIONS),
      // It is slow and not silent, however long a call is held.
      pkcs11TimeoutMs: '600000',
    },
  });
  core = new CoreSubject(keyhold);
  const { region, ...credentials } = keyhold.credentials.aws;
  aws = new KMS({ endpoint: keyhold.url, region, credentials, maxAttempts: 1 });
  rsa = await core.run(createKey, { algorithm: 'rsa-2048', location: region, protection: 'hsm' });
  software = (await core.newKey({ location: region })).id;
  const spki = rsa.version.publicKey ?? new Uint8Array();
  publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
});
afterEach(() => shim.order());
after(async () => {
  shim.order();
  aws.destroy();
  await keyhold.stop();
  hsm[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const messageOf = (at: number): Uint8Array => utf8(`message ${at}`);

const isSigned = (at: number, signature: Uint8Array): boolean =>
  verify('sha256', messageOf(at), publicKey, signature);

async function signByAdmin(at: number): Promise<Answered> {
  const admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  return admin('POST', `/projects/${keyhold.credentials.project.id}/keys/${rsa.key.id}/sign`, {
    mechanism: MECHANISM,
    message: Buffer.from(messageOf(at)).toString('base64'),
  });
}

/** Begins so many over HTTP: whether each signature holds, and how many there are at this moment. */
function beginSigning(count: number): { readonly all: Promise<readonly boolean[]>; signed(): number } {
  let signed = 0;
  const all = Array.from({ length: count }, async (_, at) => {
    const { signature } = await done(signByAdmin(at));
    signed += 1;
    return isSigned(at, Buffer.from(signature, 'base64'));
  });
  return { all: Promise.all(all), signed: () => signed };
}

const encrypt = (key: string) => aws.encrypt({ KeyId: key, Plaintext: utf8('secret') });

test('a root key in the token is not asked for by those who encrypt, decrypt and make data keys', async () => {
  const { CiphertextBlob } = await encrypt(software);
  shim.order(`journal ${shim.journal}`);
  for (let round = 0; round < 20; round += 1) {
    await encrypt(software);
    await aws.decrypt({ CiphertextBlob });
    await aws.generateDataKey({ KeyId: software, KeySpec: 'AES_256' });
  }
  assert.deepEqual(shim.journaled(), []);
  // The journal is kept: a hardware key is used in the token.
  await signByAdmin(0);
  assert.deepEqual(shim.journaled().slice(-2), ['C_SignInit', 'C_Sign']);
});

test('while the token holds sixty signatures, two hundred encryptions by software are done', async () => {
  shim.order(HELD);
  const signing = beginSigning(60);
  for (let encrypted = 0; encrypted < 200; encrypted += 1) await encrypt(software);
  assert.equal(signing.signed(), 0);
  shim.order();
  assert.deepEqual(await signing.all, Array(60).fill(true));
});

test(`with a token that takes ${CALL_MS} ms for a call, the event loop waits for none of them`, async t => {
  shim.order(`delay C_Sign ${CALL_MS}`);
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  const signing = beginSigning(60);
  const encryptedAt: number[] = [];
  while (signing.signed() < 60) {
    await encrypt(software);
    encryptedAt.push(signing.signed());
  }
  delays.disable();
  assert.deepEqual(await signing.all, Array(60).fill(true));
  const ms = (percentile: number): number => Math.round(delays.percentile(percentile) / 1e6);
  t.diagnostic(
    `${encryptedAt.length} encryptions meanwhile, ${encryptedAt.filter(count => count === 0).length} of them before the first signature; event loop late by ${ms(50)} ms (median), ${ms(99)} ms (99 of 100)`,
  );
  // A loop that waited for the token would do none between two signatures, and be late by a call each time.
  assert.ok(encryptedAt.length > 60, String(encryptedAt.length));
  assert.ok(ms(50) < CALL_MS, String(ms(50)));
});

test('whoever finds the line full is told so by each protocol, and nothing of the line is lost', async () => {
  const aes = await core.run(createKey, {
    algorithm: 'aes-256',
    location: keyhold.credentials.aws.region,
    protection: 'hsm',
  });
  const before = await signatures();
  shim.order(HELD);
  const beyond = 3;
  let refused = 0;
  const full = Promise.withResolvers<void>();
  const line = Array.from({ length: SESSIONS + WAITING_MAX + beyond }, async (_, at) => {
    const input = {
      ...byId(rsa.key.id),
      mechanism: MECHANISM,
      message: messageOf(at),
    } as const;
    try {
      return isSigned(at, (await core.run(sign, input)).signature) ? 'signed' : 'wrong';
    } catch (thrown) {
      refused += 1;
      if (refused === beyond) full.resolve();
      return (thrown as { code: string }).code;
    }
  });
  await full.promise;

  const byAws = await encrypt(aes.key.id).then(
    () => 'done',
    (thrown: { name: string; $metadata: { httpStatusCode: number } }) =>
      `${thrown.$metadata.httpStatusCode} ${thrown.name}`,
  );
  assert.equal(byAws, '400 ThrottlingException');
  const byAdmin = await signByAdmin(0);
  assert.deepEqual([byAdmin.status, byAdmin.body.error.code], [503, 'overloaded']);
  assert.deepEqual(await kmipOutcome(keyhold, 'Sign', signaturePayload(rsa.key.id)), [
    'OperationFailed',
    'GeneralFailure',
    BUSY,
  ]);
  assert.deepEqual(await keyProtectWrap(keyhold, aes.key.id), [
    503,
    'Service Unavailable: The service cannot answer now. Try again later.',
  ]);
  await encrypt(software);

  shim.order();
  const outcomes = await Promise.all(line);
  const countOf = (wanted: string): number => outcomes.filter(outcome => outcome === wanted).length;
  assert.deepEqual([countOf('signed'), countOf('overloaded')], [SESSIONS + WAITING_MAX, beyond]);
  assert.equal((await signatures()) - before, SESSIONS + WAITING_MAX);
});

const BUSY = 'Too many cryptographic operations are waiting. Come back later.';

/** How many the audit log knows to have been made. */
async function signatures(): Promise<number> {
  const rows = await keyhold.kms.store.log.search({}, { limit: 100_000, newestFirst: true });
  return rows
    .map(({ leaf }) => JSON.parse(decodeUtf8(leaf)) as AuditEntry)
    .filter(({ operation, outcome }) => operation === 'key.sign' && outcome === 'ok').length;
}
