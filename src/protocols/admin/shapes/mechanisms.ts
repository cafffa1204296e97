// What is done with keys by mechanisms that the caller names.

import { z } from 'zod';
import {
  ALL_DIGESTS,
  ALL_KEY_ALGORITHMS,
  ALL_MECHANISMS,
  CURRENT_KEY_ALGORITHMS,
} from '../../../domain/algorithms.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { base64Text, id, keyReference, numberInQuery } from './common.ts';

const mechanism = z.enum(ALL_MECHANISMS);
const version = z.int().min(1).optional().meta({ description: 'default: the primary one' });
const whole = z.int().min(0).max(65_536);
const iv = base64Text.meta({ description: 'IV or nonce; the answer has it where one was made' });
const keyAndVersion = { keyId: id, version: z.int() };

/** Parameters of encryption and wrapping; each mechanism takes some of them. */
export const encryptionParameters = {
  iv: base64Text.optional().meta({
    description:
      'IV or nonce: without one, one is made where the mechanism needs it. Given ones must not repeat',
  }),
  associatedData: base64Text.optional(),
  tagBytes: whole.optional().meta({ description: 'AEAD: 16 unless named; the tag ends the ciphertext' }),
  counterBits: whole.optional().meta({ description: 'CTR: how many bits of the iv count blocks' }),
  label: base64Text.optional().meta({ description: 'OAEP' }),
  mgf1Digest: z.enum(ALL_DIGESTS).optional().meta({ description: 'OAEP: where MGF1 has another hash' }),
};
const plaintext = base64Text;
const ciphertext = base64Text;
export const encryptByBody = z.strictObject({ version, mechanism, plaintext, ...encryptionParameters });
export const encryptByReply = z.strictObject({
  ...keyAndVersion,
  ciphertext,
  tagBytes: z.int().optional(),
  iv: iv.optional(),
});
export const decryptByBody = z.strictObject({ version, mechanism, ciphertext, ...encryptionParameters });

const message = base64Text.meta({ description: 'or its digest, with prehashed' });
const signature = base64Text;
const signing = {
  version,
  mechanism,
  message,
  prehashed: z.boolean().optional().meta({ description: 'the message is its digest; ML-DSA: mu' }),
  rawSignature: z.boolean().optional().meta({ description: 'ECDSA: r and s of fixed length, not DER' }),
  saltBytes: z
    .union([whole, z.literal('auto')])
    .optional()
    .meta({ description: 'PSS: the length of the digest unless named' }),
  mgf1Digest: z.enum(ALL_DIGESTS).optional().meta({ description: 'PSS: where MGF1 has another hash' }),
  context: base64Text.optional().meta({ description: 'EdDSA, ML-DSA, SLH-DSA: at most 255 bytes' }),
};
export const signBody = z.strictObject(signing);
export const signReply = z.strictObject({ ...keyAndVersion, signature });
export const verifyBody = z.strictObject({ ...signing, signature });
export const verdictReply = z.strictObject({ ...keyAndVersion, valid: z.boolean() });

const macing = {
  version,
  mechanism,
  message: base64Text,
  tagBytes: whole.optional().meta({ description: 'the whole MAC unless named' }),
  iv: base64Text.optional().meta({ description: 'GMAC' }),
};
export const macBody = z.strictObject(macing);
export const macReply = z.strictObject({ ...keyAndVersion, mac: base64Text, iv: iv.optional() });
export const verifyMacBody = z.strictObject({ ...macing, mac: base64Text });

const peerPublicKey = base64Text.meta({ description: 'SubjectPublicKeyInfo in DER' });
export const agreeBody = z.strictObject({ version, peerPublicKey });
export const sharedSecretReply = z.strictObject({ ...keyAndVersion, sharedSecret: base64Text });
export const encapsulateBody = z.strictObject({ version });
export const encapsulateReply = z.strictObject({ ...keyAndVersion, ciphertext, sharedSecret: base64Text });
export const decapsulateBody = z.strictObject({ version, ciphertext });

export const publicKeyQuery = z.strictObject({ version: numberInQuery(z.int().min(1)).optional() });
export const publicKeyReply = z.strictObject({
  ...keyAndVersion,
  algorithm: z.enum(ALL_KEY_ALGORITHMS),
  publicKey: base64Text.meta({ description: 'SubjectPublicKeyInfo in DER' }),
});

const under = keyReference.meta({ description: 'the key that wraps' });
const wrapped = base64Text.meta({ description: 'raw bytes, or PKCS#8 in DER of a pair, wrapped' });
export const wrapBody = z.strictObject({
  version,
  under,
  underVersion: version,
  mechanism,
  ...encryptionParameters,
});
export const wrapReply = z.strictObject({
  ...keyAndVersion,
  underKeyId: id,
  underVersion: z.int(),
  wrapped,
  iv: iv.optional(),
});
/** Instead of material in plain. */
export const wrappedMaterial = z
  .strictObject({ under, underVersion: version, mechanism, wrapped, ...encryptionParameters })
  .optional()
  .meta({ description: 'instead of material: material that is wrapped under a key; demands key.unwrap' });

export const derivation = {
  version,
  mechanism: mechanism.meta({ description: 'a derivation; or an agreement, with peerPublicKey' }),
  salt: base64Text.optional(),
  info: base64Text.optional(),
  iterations: z.int().min(1).max(10_000_000).optional().meta({ description: 'PBKDF2' }),
  peerPublicKey: peerPublicKey.optional(),
  algorithm: z.enum(CURRENT_KEY_ALGORITHMS).meta({ description: 'of the new key; not of a pair' }),
  lengthBytes: z.int().min(1).max(LIMITS.opaqueBytesMax).optional(),
};
