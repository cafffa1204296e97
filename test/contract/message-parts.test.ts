// Messages in parts behind the one door: whose they are, what ends them, and what the log and the limits say of them.

import assert from 'node:assert/strict';
import { createHash, createHmac, createPublicKey, randomBytes, randomUUID, verify } from 'node:crypto';
import { after, before, test } from 'node:test';
import { must } from '../../src/base/assert.ts';
import { type Bytes, concatBytes, decodeUtf8, hex } from '../../src/base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../src/base/secret-bytes.ts';
import type { Actor } from '../../src/core/context.ts';
import { execute } from '../../src/core/execute.ts';
import type { Operation } from '../../src/core/operation.ts';
import { decryptBy } from '../../src/core/operations/crypto/decrypt-by.ts';
import { encryptBy } from '../../src/core/operations/crypto/encrypt-by.ts';
import { hashPart } from '../../src/core/operations/crypto/hash-part.ts';
import {
  decryptPart,
  encryptPart,
  type MessageStart,
  macPart,
  signPart,
  verifyMacPart,
  verifyPart,
} from '../../src/core/operations/crypto/message-part.ts';
import { readPublicKey } from '../../src/core/operations/crypto/read-public-key.ts';
import { disableKey, enableKey } from '../../src/core/operations/keys/change-state.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { importKey } from '../../src/core/operations/keys/import-key.ts';
import type { MechanismParameters } from '../../src/core/ports/custody.ts';
import type { KeyAlgorithm, Mechanism } from '../../src/domain/algorithms.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import type { UsageLimit } from '../../src/domain/usage-limit.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';

let keyhold: TestKeyhold;
before(async () => {
  keyhold = await startKeyhold();
});
after(() => keyhold.stop());

const actor = (name = 'test'): Actor => ({ type: 'system', name });

function run<Input, Target, Output, Prepared>(
  operation: Operation<Input, Target, Output, Prepared>,
  input: Input,
  by = actor(),
): Promise<Output> {
  const projectId = keyhold.credentials.project.id;
  return execute(
    keyhold.kms,
    operation,
    { requestId: randomUUID(), protocol: 'test', actor: by, projectId },
    input,
  );
}

async function aKey(algorithm: KeyAlgorithm, usageLimit?: Pick<UsageLimit, 'total' | 'unit'>) {
  const { key } = await run(createKey, { algorithm, location: 'here', usageLimit });
  return { by: 'id', id: key.id } as const;
}

type Key = Awaited<ReturnType<typeof aKey>>;

/** The whole message in parts: everything that came out, and the last answer. */
async function inParts(
  operation: typeof encryptPart,
  key: Key,
  mechanism: Mechanism,
  parts: readonly Bytes[],
  { parameters, proof }: { readonly parameters?: MechanismParameters; readonly proof?: Bytes } = {},
): Promise<{ readonly bytes: Bytes; readonly outputs: readonly string[]; readonly valid: unknown }> {
  let stream: string | undefined;
  let valid: unknown;
  const outputs: string[] = [];
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1;
    const of: MessageStart =
      stream === undefined ? { by: 'first', mechanism, parameters } : { by: 'stream', stream };
    const taken = await run(operation, { key, of, part, isLast, proof: isLast ? proof : undefined });
    assert.deepEqual([taken.part, taken.stream === undefined], [at + 1, isLast]);
    outputs.push(hex(revealSecretBytes(taken.output)));
    ({ stream, valid } = taken);
  }
  return { bytes: Uint8Array.from(Buffer.from(outputs.join(''), 'hex')), outputs, valid };
}

const MESSAGE = randomBytes(100);
const PARTS = [MESSAGE.subarray(0, 10), MESSAGE.subarray(10, 40), MESSAGE.subarray(40)];

test('what is encrypted in parts opens in one piece, and the other way round', async () => {
  const key = await aKey('aes-256');
  for (const mechanism of ['aes-gcm', 'aes-cbc-pkcs7', 'aes-ctr', 'aes-ecb-pkcs7', 'aes-cfb'] as const) {
    const parameters =
      mechanism === 'aes-ecb-pkcs7' ? {} : { iv: randomBytes(mechanism === 'aes-gcm' ? 12 : 16) };
    const { bytes } = await inParts(encryptPart, key, mechanism, PARTS, { parameters });
    using whole = (await run(decryptBy, { key, mechanism, ciphertext: bytes, parameters })).plaintext;
    assert.equal(hex(revealSecretBytes(whole)), hex(MESSAGE));
    const { ciphertext } = await run(encryptBy, { key, mechanism, plaintext: MESSAGE, parameters });
    const cut = [ciphertext.subarray(0, 3), ciphertext.subarray(3, 50), ciphertext.subarray(50)];
    const opened = await inParts(decryptPart, key, mechanism, cut, { parameters });
    assert.equal(hex(opened.bytes), hex(MESSAGE));
    // Nothing of an authenticated plaintext before its tag.
    if (mechanism === 'aes-gcm') assert.deepEqual(opened.outputs.slice(0, 2), ['', '']);
  }
});

test('a nonce is made with the first part where none is given, and told with it alone', async () => {
  const id = await aKey('aes-128');
  const [first, second] = [randomBytes(5), randomBytes(6)];
  const begun = await run(encryptPart, {
    key: id,
    of: { by: 'first', mechanism: 'aes-gcm' },
    part: first,
    isLast: false,
  });
  assert.equal(begun.iv?.length, 12);
  const rest = await run(encryptPart, {
    key: id,
    of: { by: 'stream', stream: begun.stream ?? '' },
    part: second,
    isLast: true,
  });
  assert.equal(rest.iv, undefined);
  const ciphertext = concatBytes(revealSecretBytes(begun.output), revealSecretBytes(rest.output));
  using opened = (
    await run(decryptBy, { key: id, mechanism: 'aes-gcm', ciphertext, parameters: { iv: begun.iv } })
  ).plaintext;
  assert.equal(hex(revealSecretBytes(opened)), hex(concatBytes(first, second)));
});

test('a changed ciphertext in parts gives nothing away and is over', async () => {
  const key = await aKey('aes-256');
  const parameters = { iv: randomBytes(12) };
  const { ciphertext } = await run(encryptBy, { key, mechanism: 'aes-gcm', plaintext: MESSAGE, parameters });
  const first = await run(decryptPart, {
    key,
    of: { by: 'first', mechanism: 'aes-gcm', parameters },
    part: ciphertext.subarray(0, 60),
    isLast: false,
  });
  const of = { by: 'stream', stream: first.stream ?? '' } as const;
  const changed = ciphertext.subarray(60).map((byte, at) => (at === 0 ? byte ^ 1 : byte));
  await assert.rejects(run(decryptPart, { key, of, part: changed, isLast: true }), {
    code: 'invalidCiphertext',
  });
  await assert.rejects(run(decryptPart, { key, of, part: changed, isLast: true }), { code: 'notFound' });
});

test('signatures, MACs and hashes of parts are those of the whole, also where the whole is held', async () => {
  for (const [algorithm, mechanism, digest] of [
    ['ec-p256', 'ecdsa-sha-256', 'sha256'],
    ['rsa-2048', 'rsassa-pkcs1-v15-sha-384', 'sha384'],
    ['ed25519', 'ed25519', undefined],
  ] as const) {
    const key = await aKey(algorithm);
    const { bytes } = await inParts(signPart, key, mechanism, PARTS);
    const { publicKey } = await run(readPublicKey, { key });
    const there = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    assert.ok(verify(digest, MESSAGE, there, bytes), mechanism);
    const told = await inParts(verifyPart, key, mechanism, PARTS, { proof: bytes });
    assert.equal(told.valid, true);
    const other = await inParts(verifyPart, key, mechanism, PARTS.slice(1), { proof: bytes });
    assert.equal(other.valid, false);
  }
  using material = SecretBytes.copyOf(randomBytes(32));
  const { key: made } = await run(importKey, {
    algorithm: 'hmac-sha-256',
    location: 'here',
    material: { by: 'plain', material },
  });
  const key = { by: 'id', id: made.id } as const;
  const { bytes } = await inParts(macPart, key, 'hmac-sha-256', PARTS);
  const expected = createHmac('sha256', revealSecretBytes(material)).update(MESSAGE).digest();
  assert.equal(hex(bytes), hex(expected));
  for (const [proof, valid] of [
    [bytes, true],
    [bytes.subarray(0, 16), false],
  ] as const) {
    const told = await inParts(verifyMacPart, key, 'hmac-sha-256', PARTS, { proof });
    assert.equal(told.valid, valid);
  }
  const begun = await run(hashPart, {
    of: { by: 'first', digest: 'sha-256' },
    part: MESSAGE.subarray(0, 9),
    isLast: false,
  });
  assert.equal(begun.output.length, 0);
  const hashed = await run(hashPart, {
    of: { by: 'stream', stream: begun.stream ?? '' },
    part: MESSAGE.subarray(9),
    isLast: true,
  });
  assert.equal(hex(revealSecretBytes(hashed.output)), createHash('sha256').update(MESSAGE).digest('hex'));
});

test('a signature may come with the first part instead of the last, and must come with one of them', async () => {
  const key = await aKey('ec-p256');
  const mechanism = 'ecdsa-sha-256';
  const { bytes } = await inParts(signPart, key, mechanism, PARTS);
  const [first, second, third] = PARTS;
  const begun = async (proof?: Bytes): Promise<string> => {
    const of = { by: 'first', mechanism } as const;
    const given = proof && Uint8Array.from(proof);
    const { stream } = await run(verifyPart, {
      key,
      of,
      part: must(first, 'it is there'),
      isLast: false,
      proof: given,
    });
    given?.fill(0);
    const next = { by: 'stream', stream: must(stream, 'it is there') } as const;
    await run(verifyPart, { key, of: next, part: must(second, 'it is there'), isLast: false });
    return must(stream, 'it is there');
  };
  const ended = async (stream: string, proof?: Bytes) =>
    run(verifyPart, {
      key,
      of: { by: 'stream', stream },
      part: must(third, 'it is there'),
      isLast: true,
      proof,
    });
  assert.equal((await ended(await begun(bytes))).valid, true);
  assert.equal((await ended(await begun(), bytes)).valid, true);
  assert.equal((await ended(await begun(bytes.toReversed()))).valid, false);
  await assert.rejects(ended(await begun()), { code: 'invalidInput' });
});

test('a message goes on for who began it, under its key and for its use, and for nobody else', async () => {
  const [key, other] = [await aKey('aes-256'), await aKey('aes-256')];
  const begun = await run(encryptPart, {
    key,
    of: { by: 'first', mechanism: 'aes-ctr' },
    part: MESSAGE,
    isLast: false,
  });
  const of = { by: 'stream', stream: begun.stream ?? '' } as const;
  const next = { of, part: MESSAGE, isLast: true };
  for (const wrong of [
    () => run(encryptPart, { key, ...next }, actor('somebody')),
    () => run(encryptPart, { key: other, ...next }),
    () => run(decryptPart, { key, ...next }),
    () => run(hashPart, next),
    () => run(encryptPart, { key, ...next, of: { by: 'stream', stream: randomUUID() } }),
  ])
    await assert.rejects(wrong, { code: 'notFound' });
  await run(encryptPart, { key, ...next });
  await assert.rejects(run(encryptPart, { key, ...next }), { code: 'notFound' });
});

test('a message ends with its key: a disabled one takes no part, and an enabled one does not go on', async () => {
  const key = await aKey('aes-256');
  const begun = await run(encryptPart, {
    key,
    of: { by: 'first', mechanism: 'aes-ctr' },
    part: MESSAGE,
    isLast: false,
  });
  const next = {
    key,
    of: { by: 'stream', stream: begun.stream ?? '' },
    part: MESSAGE,
    isLast: false,
  } as const;
  await run(disableKey, { key });
  await assert.rejects(run(encryptPart, next), { code: 'keySuspended' });
  await run(enableKey, { key });
  await assert.rejects(run(encryptPart, next), { code: 'expired' });
});

test('a usage limit counts the bytes of every part, and a message in parts as one operation', async () => {
  const bytes = await aKey('aes-256', { total: 150, unit: 'bytes' });
  const first = { by: 'first', mechanism: 'aes-ctr' } as const;
  const begun = await run(encryptPart, { key: bytes, of: first, part: MESSAGE, isLast: false });
  const of = { by: 'stream', stream: begun.stream ?? '' } as const;
  await assert.rejects(run(encryptPart, { key: bytes, of, part: MESSAGE, isLast: true }), {
    code: 'usageLimitExceeded',
  });
  const once = await aKey('aes-256', { total: 1, unit: 'operations' });
  const { bytes: made } = await inParts(encryptPart, once, 'aes-ctr', PARTS);
  assert.equal(made.length, MESSAGE.length);
  await assert.rejects(run(encryptPart, { key: once, of: first, part: MESSAGE, isLast: false }), {
    code: 'usageLimitExceeded',
  });
});

test('open messages are bounded for each owner, and idle ones make room', async () => {
  const key = await aKey('aes-256');
  const owner = actor('busy');
  const begin = () =>
    run(encryptPart, { key, of: { by: 'first', mechanism: 'aes-ctr' }, part: MESSAGE, isLast: false }, owner);
  for (let at = 0; at < LIMITS.streamsPerPrincipalMax; at += 1) await begin();
  await assert.rejects(begin(), { code: 'limitExceeded' });
  keyhold.clock.advance(LIMITS.streamIdleMsMax + 1);
  await begin();
});

test('the log has an entry for each part, with its number and length, and nothing of the message', async () => {
  const key = await aKey('aes-256');
  await inParts(encryptPart, key, 'aes-gcm', PARTS);
  const filter = { projectId: keyhold.credentials.project.id, operation: 'key.encryptPart' };
  const rows = await keyhold.kms.store.log.search(filter, { limit: 3, newestFirst: true });
  const parts = rows.map(({ leaf }) => JSON.parse(decodeUtf8(leaf)).details);
  assert.deepEqual(parts.reverse(), [
    { mechanism: 'aes-gcm', iv: 'made', part: 1, partBytes: 10, isLast: false },
    { mechanism: 'aes-gcm', iv: 'made', part: 2, partBytes: 30, isLast: false },
    { mechanism: 'aes-gcm', iv: 'made', part: 3, partBytes: 60, isLast: true },
  ]);
});
