// Trials of the operations by named mechanisms.

import { randomBytes } from 'node:crypto';
import { agree } from '../../src/core/operations/crypto/agree.ts';
import { certify } from '../../src/core/operations/crypto/certify.ts';
import { decapsulate } from '../../src/core/operations/crypto/decapsulate.ts';
import { decryptBy } from '../../src/core/operations/crypto/decrypt-by.ts';
import { encapsulate } from '../../src/core/operations/crypto/encapsulate.ts';
import { encryptBy } from '../../src/core/operations/crypto/encrypt-by.ts';
import { hashPart } from '../../src/core/operations/crypto/hash-part.ts';
import { mac } from '../../src/core/operations/crypto/mac.ts';
import {
  decryptPart,
  encryptPart,
  macPart,
  signPart,
  verifyMacPart,
  verifyPart,
} from '../../src/core/operations/crypto/message-part.ts';
import { readPublicKey } from '../../src/core/operations/crypto/read-public-key.ts';
import { sign } from '../../src/core/operations/crypto/sign.ts';
import { unwrapValue } from '../../src/core/operations/crypto/unwrap-value.ts';
import { verify } from '../../src/core/operations/crypto/verify.ts';
import { verifyMac } from '../../src/core/operations/crypto/verify-mac.ts';
import { wrapKey } from '../../src/core/operations/crypto/wrap-key.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { deriveKey } from '../../src/core/operations/keys/derive-key.ts';
import type { MechanismParameters } from '../../src/core/ports/custody.ts';
import type { KeyAlgorithm, Mechanism } from '../../src/domain/algorithms.ts';
import type { Bench } from './bench.ts';
import { aKey, byId, type Trial, trial } from './trial.ts';

async function aKeyOf(bench: Bench, algorithm: KeyAlgorithm, exportable = false) {
  const { key } = await bench.do(createKey, { algorithm, location: 'here', exportable });
  return { key: byId(key.id) };
}

const SIGNING = { mechanism: 'ecdsa-sha-256', message: randomBytes(32) } as const;
const MACING = { mechanism: 'hmac-sha-256', message: randomBytes(32) } as const;
const SEALING = { mechanism: 'aes-gcm', plaintext: randomBytes(32) } as const;

const inOnePart = (mechanism: Mechanism, parameters?: MechanismParameters) => {
  const of = { by: 'first', mechanism, parameters } as const;
  return { of, part: randomBytes(32), isLast: true };
};

export const MECHANISM_TRIALS: readonly Trial[] = [
  trial(encryptBy, async bench => ({ ...(await aKey(bench)), ...SEALING })),
  trial(decryptBy, async bench => {
    const key = await aKey(bench);
    const { ciphertext, iv } = await bench.do(encryptBy, { ...key, ...SEALING });
    return { ...key, mechanism: SEALING.mechanism, ciphertext, parameters: { iv } };
  }),
  trial(sign, async bench => ({ ...(await aKeyOf(bench, 'ec-p256')), ...SIGNING })),
  trial(certify, async bench => {
    const spec = { algorithm: 'ec-p256', location: 'here', usages: ['certify'] } as const;
    const { key } = await bench.do(createKey, spec);
    return { key: byId(key.id), mechanism: SIGNING.mechanism, body: randomBytes(64) };
  }),
  trial(verify, async bench => {
    const key = await aKeyOf(bench, 'ec-p256');
    const { signature } = await bench.do(sign, { ...key, ...SIGNING });
    return { ...key, ...SIGNING, signature };
  }),
  trial(mac, async bench => ({ ...(await aKeyOf(bench, 'hmac-sha-256')), ...MACING })),
  trial(verifyMac, async bench => {
    const key = await aKeyOf(bench, 'hmac-sha-256');
    return { ...key, ...MACING, mac: (await bench.do(mac, { ...key, ...MACING })).mac };
  }),
  trial(agree, async bench => {
    const peer = await bench.do(readPublicKey, await aKeyOf(bench, 'x25519'));
    return { ...(await aKeyOf(bench, 'x25519')), peerPublicKey: peer.publicKey };
  }),
  trial(encapsulate, async bench => aKeyOf(bench, 'ml-kem-512')),
  trial(decapsulate, async bench => {
    const key = await aKeyOf(bench, 'ml-kem-512');
    const { ciphertext, sharedSecret } = await bench.do(encapsulate, key);
    sharedSecret[Symbol.dispose]();
    return { ...key, ciphertext };
  }),
  trial(encryptPart, async bench => ({ ...(await aKey(bench)), ...inOnePart('aes-gcm') })),
  trial(decryptPart, async bench => ({
    ...(await aKey(bench)),
    ...inOnePart('aes-cbc', { iv: randomBytes(16) }),
  })),
  trial(signPart, async bench => ({
    ...(await aKeyOf(bench, 'ec-p256')),
    ...inOnePart('ecdsa-sha-256'),
  })),
  trial(verifyPart, async bench => ({
    ...(await aKeyOf(bench, 'ec-p256')),
    ...inOnePart('ecdsa-sha-256'),
    proof: randomBytes(70),
  })),
  trial(macPart, async bench => ({
    ...(await aKeyOf(bench, 'hmac-sha-256')),
    ...inOnePart('hmac-sha-256'),
  })),
  trial(verifyMacPart, async bench => ({
    ...(await aKeyOf(bench, 'hmac-sha-256')),
    ...inOnePart('hmac-sha-256'),
    proof: randomBytes(32),
  })),
  trial(hashPart, async () => ({
    of: { by: 'first' as const, digest: 'sha-256' as const },
    part: randomBytes(32),
    isLast: true,
  })),
  trial(readPublicKey, async bench => aKeyOf(bench, 'ed25519')),
  trial(wrapKey, async bench => ({
    ...(await aKeyOf(bench, 'aes-256', true)),
    under: (await aKey(bench)).key,
    mechanism: 'aes-kw',
  })),
  trial(unwrapValue, async bench => {
    const under = (await aKey(bench)).key;
    const named = { under, mechanism: 'aes-kw' } as const;
    const { wrapped } = await bench.do(wrapKey, { ...(await aKeyOf(bench, 'aes-256', true)), ...named });
    return { key: under, mechanism: 'aes-kw', wrapped };
  }),
  trial(deriveKey, async bench => ({
    base: (await aKey(bench)).key,
    mechanism: 'hkdf-sha-256' as const,
    algorithm: 'aes-256' as const,
    location: 'here',
  })),
];
