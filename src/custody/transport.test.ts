// Material comes in under a transport key of its own project, whole and with the right nonce, or not at all.

import assert from 'node:assert/strict';
import {
  constants,
  createCipheriv,
  createPublicKey,
  publicEncrypt,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import { test } from 'node:test';
import { custodyOver } from '../../test/contract/custody.ts';
import { custodyStore } from '../../test/support/custody-store.ts';
import { makeProject, NOW } from '../../test/support/custody-subject.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { BrokenInvariant, must } from '../base/assert.ts';
import { hex } from '../base/bytes.ts';
import { revealSecretBytes } from '../base/secret-bytes.ts';
import type { TransportedMaterial, TransportKey } from '../domain/transport-key.ts';
import { fileRootKeyProvider } from './root/file.ts';

async function subject() {
  const store = await custodyStore();
  const provider = fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom });
  const custody = custodyOver(store, provider);
  await custody.unseal();
  const projectId = await makeProject(custody, store);
  const id = randomUUID();
  const binding = { projectId, keyId: id, version: 1, algorithm: 'rsa-2048', exportable: false } as const;
  const { wrapped, publicKey } = await custody.generate(binding, 'software');
  const transportKey: TransportKey = {
    id,
    projectId,
    owner: 'test',
    algorithm: 'rsa-2048',
    wrapped,
    publicKey: must(publicKey, 'a pair has a public key'),
    nonce: randomBytes(12),
    createdBy: 'test',
    createdAt: NOW,
    expiresAt: NOW + 1,
    readsMax: 1,
    readsLeft: 1,
  };
  return { custody, store, transportKey };
}

function wrap({ publicKey }: TransportKey, material: Uint8Array, oaepHash = 'sha256'): Uint8Array {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, material);
}

function proofOf(material: Uint8Array, nonce: Uint8Array): NonNullable<TransportedMaterial['proof']> {
  const iv = randomBytes(12);
  const cipher = createCipheriv(`aes-${8 * material.length}-gcm` as 'aes-256-gcm', material, iv);
  const encryptedNonce = Buffer.concat([cipher.update(nonce), cipher.final(), cipher.getAuthTag()]);
  return { encryptedNonce, iv };
}

test('what was wrapped comes out, with a proof for each length of an AES key and without one for any', async () => {
  const { custody, transportKey } = await subject();
  for (const length of [16, 24, 32]) {
    const material = randomBytes(length);
    const proof = proofOf(material, transportKey.nonce);
    const parcel = { wrapped: wrap(transportKey, material), proof };
    using opened = await custody.openTransported(transportKey, parcel);
    assert.equal(hex(revealSecretBytes(opened)), hex(material));
  }
  using other = await custody.openTransported(transportKey, { wrapped: wrap(transportKey, randomBytes(7)) });
  assert.equal(other.length, 7);
});

test('each part that is wrong is refused by its name', async () => {
  const { custody, transportKey } = await subject();
  const material = randomBytes(32);
  const wrapped = wrap(transportKey, material);
  const proof = proofOf(material, transportKey.nonce);
  const changed = Buffer.from(proof.encryptedNonce);
  changed[0] = (changed[0] ?? 0) ^ 1;
  const attempts: readonly (readonly [part: string, parcel: TransportedMaterial])[] = [
    ['wrapped', { wrapped: wrap(transportKey, material, 'sha1') }],
    ['wrapped', { wrapped: wrapped.subarray(1) }],
    ['wrapped', { wrapped: randomBytes(256) }],
    ['iv', { wrapped, proof: { ...proof, iv: randomBytes(16) } }],
    ['nonce', { wrapped, proof: { ...proof, iv: randomBytes(12) } }],
    ['nonce', { wrapped, proof: { ...proof, encryptedNonce: changed } }],
    ['nonce', { wrapped, proof: { ...proof, encryptedNonce: proof.encryptedNonce.subarray(1) } }],
    ['nonce', { wrapped, proof: proofOf(material, randomBytes(12)) }],
    ['nonce', { wrapped, proof: proofOf(randomBytes(32), transportKey.nonce) }],
    ['nonce', { wrapped: wrap(transportKey, randomBytes(20)), proof }],
  ];
  for (const [part, parcel] of attempts) {
    await assert.rejects(custody.openTransported(transportKey, parcel), {
      code: 'invalidKeyMaterial',
      details: { part },
    });
  }
});

test('a private half that was moved to another key or project does not open', async () => {
  const { custody, store, transportKey } = await subject();
  const parcel = { wrapped: wrap(transportKey, randomBytes(32)) };
  const projectId = await makeProject(custody, store);
  for (const moved of [{ id: randomUUID() }, { projectId }, { algorithm: 'rsa-3072' as const }]) {
    await assert.rejects(custody.openTransported({ ...transportKey, ...moved }, parcel), BrokenInvariant);
  }
});
