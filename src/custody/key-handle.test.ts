// The key handle over every algorithm and mechanism: generated, taken out, taken in and used.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { custodyOver } from '../../test/contract/custody.ts';
import { custodyStore } from '../../test/support/custody-store.ts';
import { generateKey, importKey, makeProject, type StoredKey } from '../../test/support/custody-subject.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { BrokenInvariant } from '../base/assert.ts';
import { hex, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { KeyHandle } from '../core/ports/custody.ts';
import {
  ALL_KEY_ALGORITHMS,
  ALL_MECHANISMS,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  MECHANISMS,
  type Mechanism,
  type MechanismKind,
} from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import { NO_CONTEXT } from '../domain/message-context.ts';
import { fileRootKeyProvider } from './root/file.ts';

async function subject() {
  const store = await custodyStore();
  const provider = fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom });
  const custody = custodyOver(store, provider);
  await custody.unseal();
  return { custody, projectId: await makeProject(custody, store) };
}

/** Two handles of the same material under two keys: what the one makes, the other takes. */
interface Pair {
  readonly algorithm: KeyAlgorithm;
  readonly left: KeyHandle;
  readonly right: KeyHandle;
  readonly rightKey: StoredKey;
}

const BLOCKS = new Uint8Array(32).fill(5);
const IV = new Uint8Array(16).fill(3);

const text = (secret: SecretBytes): string => hex(revealSecretBytes(secret));

/** A mechanism of each kind, used through the port. */
const USES: Readonly<Record<MechanismKind, (pair: Pair, mechanism: Mechanism) => Promise<void>>> = {
  aead: async ({ left, right }, mechanism) => {
    const parameters = { iv: IV.subarray(0, 12), associatedData: utf8('with it') };
    const sealed = await left.encrypt(mechanism, BLOCKS, parameters);
    assert.equal(sealed.length, BLOCKS.length + 16);
    using opened = await right.decrypt(mechanism, sealed, parameters);
    assert.equal(text(opened), hex(BLOCKS));
    const other = { ...parameters, associatedData: utf8('without it') };
    await assert.rejects(right.decrypt(mechanism, sealed, other), { code: 'invalidCiphertext' });
    await assert.rejects(right.decrypt(mechanism, sealed.subarray(0, 9), parameters), {
      code: 'invalidCiphertext',
    });
    await assert.rejects(left.encrypt(mechanism, BLOCKS), { code: 'invalidInput' });
  },
  cipher: async ({ left, right }, mechanism) => {
    const { ivBytes } = MECHANISMS[mechanism];
    const parameters = ivBytes === undefined ? {} : { iv: IV.subarray(0, ivBytes.default) };
    using opened = await right.decrypt(
      mechanism,
      await left.encrypt(mechanism, BLOCKS, parameters),
      parameters,
    );
    assert.equal(text(opened), hex(BLOCKS));
  },
  keyWrap: async ({ left, right }, mechanism) => {
    using opened = await right.decrypt(mechanism, await left.encrypt(mechanism, BLOCKS));
    assert.equal(text(opened), hex(BLOCKS));
  },
  mac: async ({ left, right }, mechanism) => {
    const parameters = mechanism === 'aes-gmac' ? { iv: IV.subarray(0, 12) } : {};
    const tag = await left.mac(mechanism, BLOCKS, parameters);
    assert.equal(await right.verify(mechanism, BLOCKS, tag, parameters), true);
    assert.equal(await right.verify(mechanism, IV, tag, parameters), false);
  },
  signature: async ({ left, right }, mechanism) => {
    if (MECHANISMS[mechanism].verifyOnly) {
      await assert.rejects(left.sign(mechanism, BLOCKS), { code: 'unsupported' });
      return;
    }
    const signature = await left.sign(mechanism, BLOCKS);
    assert.equal(await right.verify(mechanism, BLOCKS, signature), true);
    assert.equal(await right.verify(mechanism, IV, signature), false);
  },
  asymmetricEncryption: async ({ left, right }, mechanism) => {
    using opened = await right.decrypt(mechanism, await left.encrypt(mechanism, BLOCKS));
    assert.equal(text(opened), hex(BLOCKS));
  },
  agreement: async ({ left, right, rightKey }, mechanism) => {
    const peer = rightKey.version.publicKey ?? BLOCKS;
    using mine = await left.agree(mechanism, peer);
    using theirs = await right.agree(mechanism, peer);
    assert.equal(text(mine), text(theirs));
    await assert.rejects(left.agree(mechanism, BLOCKS), { code: 'invalidInput' });
  },
  encapsulation: async ({ left, right }, mechanism) => {
    const { ciphertext, sharedSecret } = await left.encapsulate(mechanism);
    using secret = await right.decapsulate(mechanism, ciphertext);
    assert.equal(text(secret), text(sharedSecret));
    sharedSecret[Symbol.dispose]();
  },
  // The port has no call for it.
  derivation: async () => {},
};

const COMPUTED = ALL_KEY_ALGORITHMS.filter(algorithm => KEY_ALGORITHMS[algorithm].kind !== 'opaque');

for (const algorithm of COMPUTED) {
  test(`${algorithm}: generated, taken out, taken in again, and used with each of its mechanisms`, async () => {
    const { custody, projectId } = await subject();
    const made = await generateKey(custody, algorithm, projectId);
    using material = await custody.exportMaterial(made.key, made.version);
    const taken = await importKey(custody, algorithm, projectId, revealSecretBytes(material));
    assert.deepEqual(taken.version.publicKey, made.version.publicKey);
    assert.equal(made.version.publicKey !== undefined, KEY_ALGORITHMS[algorithm].kind === 'asymmetric');
    assert.match(made.version.materialId, /^[0-9a-f]{64}$/);
    assert.notEqual(taken.version.materialId, made.version.materialId);
    using left = await custody.open(made.key, made.version);
    using right = await custody.open(taken.key, taken.version);
    for (const mechanism of KEY_ALGORITHMS[algorithm].mechanisms) {
      await USES[MECHANISMS[mechanism].kind]({ algorithm, left, right, rightKey: taken }, mechanism);
    }
    await assertRefusesOthers(left, algorithm);
  });
}

test('opaque bytes come out as they went in, are not opened, and their id tells nothing of them', async () => {
  const { custody, projectId } = await subject();
  const password = utf8('swordfish');
  const [first, second] = await Promise.all([
    importKey(custody, 'opaque', projectId, password),
    importKey(custody, 'opaque', projectId, password),
  ]);
  using out = await custody.exportMaterial(first.key, first.version);
  assert.equal(hex(revealSecretBytes(out)), hex(password));
  assert.equal(first.version.materialBytes, password.length);
  await assert.rejects(custody.open(first.key, first.version), { code: 'incompatibleAlgorithm' });
  const binding = {
    projectId,
    keyId: first.key.id,
    version: 1,
    algorithm: 'opaque',
    exportable: true,
  } as const;
  using secret = SecretBytes.copyOf(password);
  const again = await custody.importMaterial(binding, secret);
  assert.equal(new Set([first.version.materialId, second.version.materialId, again.materialId]).size, 3);
  const made = await custody.generate(binding, 'software', 100);
  assert.equal(made.materialBytes, 100);
});

async function assertRefusesOthers(handle: KeyHandle, algorithm: KeyAlgorithm): Promise<void> {
  const { mechanisms } = KEY_ALGORITHMS[algorithm];
  for (const mechanism of ALL_MECHANISMS.filter(name => !mechanisms.includes(name))) {
    for (const attempt of [
      () => handle.encrypt(mechanism, BLOCKS),
      () => handle.decrypt(mechanism, BLOCKS),
      () => handle.sign(mechanism, BLOCKS),
      () => handle.verify(mechanism, BLOCKS, BLOCKS),
      () => handle.mac(mechanism, BLOCKS),
      () => handle.agree(mechanism, BLOCKS),
      () => handle.encapsulate(mechanism),
      () => handle.decapsulate(mechanism, BLOCKS),
    ]) {
      await assert.rejects(attempt, { code: 'incompatibleAlgorithm' }, `${mechanism} of ${algorithm}`);
    }
  }
}

test('AES and ChaCha20 keys seal messages, all others are refused', async () => {
  const { custody, projectId } = await subject();
  for (const algorithm of [
    'aes-128',
    'aes-192',
    'aes-256',
    'chacha20',
    'hmac-sha-256',
    'aes-256-xts',
    'ed25519',
  ] as const) {
    const { key, version } = await generateKey(custody, algorithm, projectId);
    using handle = await custody.open(key, version);
    const sealing = handle.sealMessage({ plaintext: BLOCKS, context: NO_CONTEXT });
    if (!/^aes-...$|chacha/.test(algorithm)) {
      await assert.rejects(sealing, { code: 'incompatibleAlgorithm' });
      continue;
    }
    const ciphertext = await sealing;
    assert.deepEqual(custody.readMessageHeader(ciphertext), { keyId: key.id, version: 1 });
    using opened = await handle.openMessage({ ciphertext, context: NO_CONTEXT });
    assert.equal(text(opened), hex(BLOCKS));
    const context = { kind: 'map', entries: { a: 'b' } } as const;
    await assert.rejects(handle.openMessage({ ciphertext, context }), { code: 'invalidCiphertext' });
  }
});

test('a parameter that the mechanism does not take is refused', async () => {
  const { custody, projectId } = await subject();
  const { key, version } = await generateKey(custody, 'aes-256', projectId);
  using handle = await custody.open(key, version);
  for (const attempt of [
    () => handle.encrypt('aes-cbc-pkcs7', BLOCKS, { iv: IV, associatedData: BLOCKS }),
    () => handle.encrypt('aes-gcm', BLOCKS, { iv: IV, context: BLOCKS }),
    () => handle.encrypt('aes-gcm', BLOCKS, { iv: IV, counterBits: 32 }),
    () => handle.encrypt('aes-cbc', BLOCKS, { iv: IV, label: BLOCKS }),
    () => handle.decrypt('aes-kw', BLOCKS, { iv: IV }),
    () => handle.mac('aes-cmac', BLOCKS, { prehashed: true }),
    () => handle.verify('aes-cmac', BLOCKS, BLOCKS, { saltBytes: 1 }),
  ]) {
    await assert.rejects(attempt, (thrown: unknown) => {
      assert.ok(thrown instanceof KmsError);
      assert.equal(thrown.code, 'unsupported');
      return true;
    });
  }
});

test('OAEP takes a label and another hash in MGF1', async () => {
  const { custody, projectId } = await subject();
  const { key, version } = await generateKey(custody, 'rsa-2048', projectId);
  using handle = await custody.open(key, version);
  const parameters = { label: utf8('label'), mgf1Digest: 'sha-1' } as const;
  const sealed = await handle.encrypt('rsa-oaep-sha-256', BLOCKS, parameters);
  using opened = await handle.decrypt('rsa-oaep-sha-256', sealed, parameters);
  assert.equal(text(opened), hex(BLOCKS));
  for (const [name, value] of Object.entries(parameters)) {
    const half = handle.decrypt('rsa-oaep-sha-256', sealed, { [name]: value });
    await assert.rejects(half, { code: 'invalidCiphertext' });
  }
  await assert.rejects(handle.decrypt('rsa-oaep-sha-256', sealed), { code: 'invalidCiphertext' });
});

test('a closed handle is a broken invariant, and closing twice is none', async () => {
  const { custody, projectId } = await subject();
  const { key, version } = await generateKey(custody, 'aes-256', projectId);
  const handle = await custody.open(key, version);
  handle[Symbol.dispose]();
  handle[Symbol.dispose]();
  await assert.rejects(handle.sealMessage({ plaintext: BLOCKS, context: NO_CONTEXT }), BrokenInvariant);
  await assert.rejects(handle.encrypt('aes-ecb', BLOCKS), BrokenInvariant);
  await assert.rejects(handle.mac('aes-cmac', BLOCKS), BrokenInvariant);
});
