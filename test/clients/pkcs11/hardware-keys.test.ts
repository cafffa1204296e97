// Keys in a token (SoftHSM2) through the one door: made, used, rotated and destroyed there, with results that software agrees with, and a
// root key in the same token.

import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { renameSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { utf8 } from '../../../src/base/bytes.ts';
import { revealSecretBytes } from '../../../src/base/secret-bytes.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { destroyKey } from '../../../src/core/operations/keys/destroy-key.ts';
import { exportKey } from '../../../src/core/operations/keys/export-key.ts';
import { rotateKey } from '../../../src/core/operations/keys/rotate-key.ts';
import { checkHardware, eraseOrphans } from '../../../src/core/operations/system/hardware-check.ts';
import type { KeyHandle } from '../../../src/core/ports/custody.ts';
import { mechanismRow } from '../../../src/crypto/algorithms/table.ts';
import { parsePublicKey } from '../../../src/crypto/key-parsing.ts';
import {
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  MECHANISMS,
  type Mechanism,
} from '../../../src/domain/algorithms.ts';
import type { KeyWithVersion } from '../../../src/domain/key.ts';
import { byId, CoreSubject } from '../../contract/core-subject.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { startSoftHsm, tokenSettings } from './softhsm.ts';

const hsm = startSoftHsm();
const token = hsm.addToken('keyhold');
let keyhold: TestKeyhold;
let core: CoreSubject;
before(async () => {
  keyhold = await startKeyhold({
    settings: {
      rootKey: 'pkcs11',
      ...tokenSettings(hsm.library, token),
    },
  });
  core = new CoreSubject(keyhold);
});
after(async () => {
  await keyhold.stop();
  hsm[Symbol.dispose]();
});

const make = (algorithm: KeyAlgorithm): Promise<KeyWithVersion> =>
  core.run(createKey, { algorithm, location: 'here', protection: 'hsm' });

const open = ({ key, version }: KeyWithVersion): Promise<KeyHandle> => keyhold.kms.custody.open(key, version);

const MESSAGE = utf8('a message');
const IV = new Uint8Array(16).fill(3);
const PADDED = new Uint8Array(32).fill(5);

/** Each mechanism of a secret key, with parameters that it takes. */
const CIPHERS: readonly (readonly [Mechanism, object, Uint8Array])[] = [
  ['aes-gcm', { iv: IV.subarray(0, 12), associatedData: MESSAGE }, MESSAGE],
  ['aes-cbc', { iv: IV }, PADDED],
  ['aes-cbc-pkcs7', { iv: IV }, MESSAGE],
  ['aes-ctr', { iv: IV }, MESSAGE],
  ['aes-ecb', {}, PADDED],
  ['aes-kw', {}, PADDED],
];

for (const algorithm of ['aes-128', 'aes-256'] as const) {
  test(`${algorithm} in the token seals, encrypts, wraps and authenticates`, async () => {
    const made = await make(algorithm);
    assert.equal(made.key.protection, 'hsm');
    using handle = await open(made);
    const context = { kind: 'map', entries: { purpose: 'test' } } as const;
    const sealed = await handle.sealMessage({ plaintext: MESSAGE, context });
    using opened = await handle.openMessage({ ciphertext: sealed, context });
    assert.deepEqual(Uint8Array.from(revealSecretBytes(opened)), MESSAGE);
    const other = { kind: 'map', entries: { purpose: 'other' } } as const;
    await assert.rejects(handle.openMessage({ ciphertext: sealed, context: other }), {
      code: 'invalidCiphertext',
    });
    for (const [mechanism, parameters, plaintext] of CIPHERS) {
      const ciphertext = await handle.encrypt(mechanism, plaintext, parameters);
      using back = await handle.decrypt(mechanism, ciphertext, parameters);
      assert.deepEqual(Uint8Array.from(revealSecretBytes(back)), plaintext, mechanism);
    }
    const gcm = await handle.encrypt('aes-gcm', MESSAGE, { iv: IV.subarray(0, 12) });
    gcm[0] = (gcm[0] ?? 0) ^ 1;
    await assert.rejects(handle.decrypt('aes-gcm', gcm, { iv: IV.subarray(0, 12) }), {
      code: 'invalidCiphertext',
    });
    const tag = await handle.mac('aes-cmac', MESSAGE);
    assert.equal(await handle.verify('aes-cmac', MESSAGE, tag), true);
    assert.equal(await handle.verify('aes-cmac', PADDED, tag), false);
  });
}

test('every signature that the token makes verifies in software, and nothing else does', async () => {
  const counts = new Map<string, number>();
  for (const algorithm of ['rsa-2048', 'ec-p256', 'ec-p384', 'ec-p521', 'ec-secp256k1', 'ed25519'] as const) {
    const made = await make(algorithm);
    using handle = await open(made);
    const spki = await handle.publicKey();
    assert.deepEqual(spki, made.version.publicKey);
    const publicKey = parsePublicKey(algorithm, spki);
    for (const mechanism of KEY_ALGORITHMS[algorithm].mechanisms) {
      if (MECHANISMS[mechanism].kind !== 'signature') continue;
      let signature: Uint8Array;
      try {
        signature = await handle.sign(mechanism, MESSAGE);
      } catch (thrown) {
        assert.equal((thrown as { code: string }).code, 'unsupported', `${mechanism}: ${String(thrown)}`);
        continue;
      }
      const row = mechanismRow('signature', mechanism, algorithm);
      assert.equal(await row.verify(publicKey, MESSAGE, signature), true, mechanism);
      assert.equal(await row.verify(publicKey, PADDED, signature), false, mechanism);
      assert.equal(await handle.verify(mechanism, MESSAGE, signature), true, mechanism);
      counts.set(algorithm, (counts.get(algorithm) ?? 0) + 1);
    }
  }
  console.log('signature mechanisms that token and software agree in:', Object.fromEntries(counts));
  assert.ok(
    (counts.get('rsa-2048') ?? 0) >= 8 && (counts.get('ec-p256') ?? 0) >= 4 && counts.get('ed25519') === 1,
  );
});

test('what software encrypts for a pair of the token is opened there, and shared secrets agree', async () => {
  const rsa = await make('rsa-2048');
  using handle = await open(rsa);
  const sealed = await handle.encrypt('rsa-oaep-sha-1', MESSAGE);
  using opened = await handle.decrypt('rsa-oaep-sha-1', sealed);
  assert.deepEqual(Uint8Array.from(revealSecretBytes(opened)), MESSAGE);
  const ec = await make('ec-p256');
  using agreeing = await open(ec);
  const peer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  using shared = await agreeing.agree('ecdh', peer.publicKey.export({ format: 'der', type: 'spki' }));
  const { diffieHellman } = await import('node:crypto');
  const spki = await agreeing.publicKey();
  const expected = diffieHellman({
    privateKey: peer.privateKey,
    publicKey: createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }),
  });
  assert.deepEqual(Buffer.from(revealSecretBytes(shared)), expected);
  const signature = await agreeing.sign('ecdsa-sha-256', MESSAGE);
  const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  assert.equal(verify('sha256', MESSAGE, publicKey, signature), true);
});

test('HMAC keys of every length authenticate', async () => {
  for (const digest of ['sha-224', 'sha-256', 'sha-384', 'sha-512'] as const) {
    using handle = await open(await make(`hmac-${digest}`));
    const tag = await handle.mac(`hmac-${digest}`, MESSAGE);
    assert.equal(await handle.verify(`hmac-${digest}`, MESSAGE, tag), true);
    assert.equal(await handle.verify(`hmac-${digest}`, PADDED, tag), false);
  }
});

test('material neither leaves nor comes in, and algorithms that the token lacks are told', async () => {
  const made = await make('aes-256');
  assert.equal(await core.outcome(exportKey, byId(made.key.id)), 'notExportable');
  for (const algorithm of ['ml-kem-768', 'x25519', 'chacha20'] as const)
    assert.equal(
      await core.outcome(createKey, { algorithm, location: 'here', protection: 'hsm' }),
      'unsupported',
    );
});

test('a key that is rotated and destroyed leaves no object in the token', async () => {
  const made = await make('aes-256');
  const before = await open(made);
  const ciphertext = await before.sealMessage({ plaintext: MESSAGE, context: { kind: 'none' } });
  before[Symbol.dispose]();
  const rotated = await core.run(rotateKey, { ...byId(made.key.id), cause: 'requestedRotation' });
  assert.equal(rotated.key.primaryVersion, 2);
  {
    using old = await open({ ...made, key: rotated.key });
    using opened = await old.openMessage({ ciphertext, context: { kind: 'none' } });
    assert.equal(opened.length, MESSAGE.length);
  }
  await core.run(destroyKey, byId(made.key.id));
  using gone = await open(made);
  await assert.rejects(gone.mac('aes-cmac', MESSAGE), { code: 'sealed' });
  const { objects } = await core.run(checkHardware, undefined, SYSTEM());
  const left = await keyhold.kms.custody.hardwareObjects();
  assert.equal(left.length, objects);
  assert.deepEqual(
    left.filter(object => 'keyId' in object && object.keyId === made.key.id),
    [],
  );
});

const SYSTEM = () => core.context({ projectId: undefined });

test('what a crash has left is found and erased, and nothing else is', async () => {
  const made = await make('ec-p256');
  const before = await core.run(checkHardware, undefined, SYSTEM());
  assert.deepEqual(before.orphans, []);
  // As if the server had ended between the token and the store: a version that no row has, and a second attempt at one that a row has.
  const { projectId, id: keyId, algorithm, exportable } = made.key;
  for (const version of [1, 2])
    await keyhold.kms.custody.generate({ projectId, keyId, version, algorithm, exportable }, 'hsm');
  const found = await core.run(checkHardware, undefined, SYSTEM());
  assert.deepEqual([found.objects - before.objects, found.orphans.length], [4, 4]);
  const early = await core.run(eraseOrphans, undefined, SYSTEM());
  assert.deepEqual([early.erased.length, early.young.length], [0, 4]);
  keyhold.clock.advance(60_001);
  const swept = await core.run(eraseOrphans, undefined, SYSTEM());
  assert.deepEqual([swept.erased.length, swept.young.length, swept.objects], [4, 0, before.objects]);
  using handle = await open(made);
  assert.ok((await handle.sign('ecdsa-sha-256', MESSAGE)).length > 0);
});

test('while the token is away the server is sealed, and serves again when it is back', async () => {
  const made = await make('aes-256');
  renameSync(hsm.directory, `${hsm.directory}-away`);
  using handle = await open(made);
  await assert.rejects(handle.mac('aes-cmac', MESSAGE), { code: 'sealed' });
  const ready = async () => (await fetch(`${keyhold.url}/ready`)).status;
  assert.equal(await ready(), 503);
  assert.equal(await core.outcome(createKey, { algorithm: 'aes-256', location: 'here' }), 'sealed');
  renameSync(`${hsm.directory}-away`, hsm.directory);
  let status = 0;
  for (let attempt = 0; attempt < 100 && status !== 200; attempt += 1) {
    await new Promise(resolve => setTimeout(resolve, 100));
    status = await ready();
  }
  assert.equal(status, 200);
  using again = await open(made);
  assert.equal((await again.mac('aes-cmac', MESSAGE)).length, 16);
});
