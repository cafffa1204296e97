// Public keys that are keys of their own, on both engines, with everything real behind the one door.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { equalBytes } from '../../src/base/bytes.ts';
import { executeBatch } from '../../src/core/execute-batch.ts';
import { encryptBy } from '../../src/core/operations/crypto/encrypt-by.ts';
import { readPublicKey } from '../../src/core/operations/crypto/read-public-key.ts';
import { sign } from '../../src/core/operations/crypto/sign.ts';
import { verify } from '../../src/core/operations/crypto/verify.ts';
import { compromiseKey } from '../../src/core/operations/keys/compromise-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { exportKey } from '../../src/core/operations/keys/export-key.ts';
import { createKeyPair, importPublicKey } from '../../src/core/operations/keys/public-keys.ts';
import { rotateKey } from '../../src/core/operations/keys/rotate-key.ts';
import { listLinks } from '../../src/core/operations/links/key-links.ts';
import { byId, onBothEngines } from './core-subject.ts';

const EC = { algorithm: 'ec-p256', private: { location: 'here' }, public: { location: 'here' } } as const;
const SIGNED = { mechanism: 'ecdsa-sha-256', message: randomBytes(40) } as const;

onBothEngines('public keys', subject => {
  test('a pair is made as two keys that know each other, each with a life of its own', async () => {
    const core = subject();
    const { privateKey, publicKey } = await core.run(createKeyPair, EC);
    const { key: half } = publicKey;
    assert.deepEqual([privateKey.key.publicOnly, half.publicOnly, half.exportable], [false, true, false]);
    assert.deepEqual(half.usages, ['verify']);
    assert.ok(privateKey.key.usages.includes('sign'));
    const links = async (id: string) =>
      (await core.run(listLinks, byId(id))).links.map(({ type, toKeyId }) => [type, toKeyId]);
    assert.deepEqual(await links(privateKey.key.id), [['publicKey', half.id]]);
    assert.deepEqual(await links(half.id), [['privateKey', privateKey.key.id]]);

    const read = async (id: string) => (await core.run(readPublicKey, byId(id))).publicKey;
    assert.ok(equalBytes(await read(half.id), await read(privateKey.key.id)));
    const { signature } = await core.run(sign, { ...byId(privateKey.key.id), ...SIGNED });
    await core.run(destroyKey, byId(privateKey.key.id));
    // What was signed is verified after the private key is gone, as SP 800-57 has it.
    const verified = await core.run(verify, { ...byId(half.id), ...SIGNED, signature });
    assert.equal(verified.valid, true);
    assert.equal(await core.outcome(sign, { ...byId(half.id), ...SIGNED }), 'incompatibleUsage');
    assert.equal(await core.outcome(exportKey, byId(half.id)), 'notExportable');
    const rotation = { ...byId(half.id), cause: 'requestedRotation', verifiersLearn: 'told' } as const;
    assert.equal(await core.outcome(rotateKey, rotation), 'unsupported');
    assert.equal(await core.outcome(compromiseKey, byId(half.id)), 'ok');
  });

  test('a public key of somebody else encrypts for that one, and is refused where it is no such key', async () => {
    const core = subject();
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const encoded = publicKey.export({ format: 'der', type: 'spki' });
    const input = { algorithm: 'rsa-2048', location: 'here', publicKey: encoded } as const;
    const { key } = await core.run(importPublicKey, { ...input, names: [{ namespace: 'p', text: 'bob' }] });
    assert.deepEqual([key.origin, key.usages], ['imported', ['encrypt', 'wrap', 'verify']]);
    const encrypted = { ...byId(key.id), mechanism: 'rsa-oaep-sha-256', plaintext: randomBytes(9) } as const;
    assert.equal((await core.run(encryptBy, encrypted)).ciphertext.length, 256);
    assert.equal(
      await core.outcome(importPublicKey, { ...input, algorithm: 'rsa-3072' }),
      'invalidKeyMaterial',
    );
    assert.equal(await core.outcome(importPublicKey, { ...input, algorithm: 'aes-256' }), 'invalidInput');
    assert.equal(await core.outcome(importPublicKey, { ...input, usages: ['sign'] }), 'incompatibleUsage');
    const cut = { ...input, publicKey: encoded.subarray(0, 100) };
    assert.equal(await core.outcome(importPublicKey, cut), 'invalidKeyMaterial');
  });

  test('of a pair that is undone nothing stays', async () => {
    const core = subject();
    const context = core.context();
    let made: readonly string[] = [];
    const undone = executeBatch(core.keyhold.kms, async execute => {
      const { privateKey, publicKey } = await execute(createKeyPair, context, EC);
      made = [privateKey.key.id, publicKey.key.id];
      throw new RangeError('no');
    });
    await assert.rejects(undone, RangeError);
    assert.equal(made.length, 2);
    for (const id of made) assert.equal(await core.outcome(listLinks, byId(id)), 'notFound');
  });
});
