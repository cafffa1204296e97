// From encoded keys to KeyObjects, with the checks that OpenSSL leaves to us. Everything that is wrong with a key is
// `invalidKeyMaterial`, and a message never shows a byte of it.

import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { must } from '../base/assert.ts';
import { type Bytes, decodeBase64Url, equalSecret, hex } from '../base/bytes.ts';
import {
  type AsymmetricKeyAlgorithm,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  type OpaqueKeyAlgorithm,
  type SymmetricKeyAlgorithm,
} from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import { algorithmIdentifier } from './der.ts';
import { isWeakEdwardsKey } from './low-order.ts';
import { PAIR_KINDS } from './pair-kinds.ts';

export function isAsymmetric(algorithm: KeyAlgorithm): algorithm is AsymmetricKeyAlgorithm {
  return KEY_ALGORITHMS[algorithm].kind === 'asymmetric';
}

/** Throws `invalidKeyMaterial` for a wrong length, and for XTS keys with equal halves (FIPS 140-3 IG C.I). */
export function parseSecretKey(algorithm: SymmetricKeyAlgorithm, material: Bytes): KeyObject {
  checkRawMaterial(algorithm, material);
  return createSecretKey(material);
}

/** Throws as {@link parseSecretKey} does. */
export function checkRawMaterial(
  algorithm: SymmetricKeyAlgorithm | OpaqueKeyAlgorithm,
  material: Bytes,
): void {
  const facts = KEY_ALGORITHMS[algorithm];
  if (facts.kind !== 'asymmetric') {
    const { min, max } = facts.materialBytes;
    if (material.length < min || material.length > max) {
      const rule = min === max ? `${min} bytes` : `${min} to ${max} bytes`;
      throw refused(algorithm, `must have ${rule}`);
    }
  }
  if (facts.family === 'aes-xts' && hasEqualHalves(material))
    throw refused(algorithm, 'must consist of two different keys');
}

export function hasEqualHalves(material: Bytes): boolean {
  const half = material.length / 2;
  return equalSecret(material.subarray(0, half), material.subarray(half));
}

/** From SubjectPublicKeyInfo in DER (RFC 5280 section 4.1), of exactly this algorithm. */
export function parsePublicKey(algorithm: AsymmetricKeyAlgorithm, encoded: Bytes): KeyObject {
  requireIdentifier(algorithm, encoded);
  const key = parsed(algorithm, () =>
    createPublicKey({ key: Buffer.from(encoded), format: 'der', type: 'spki' }),
  );
  checkPublicKey(algorithm, key);
  return key;
}

/** From PKCS#8 in DER (RFC 5958), not encrypted, of exactly this algorithm. Whether both halves fit is not checked here. */
export function parsePrivateKey(algorithm: AsymmetricKeyAlgorithm, encoded: Bytes): KeyObject {
  requireIdentifier(algorithm, encoded);
  const copy = Buffer.from(encoded);
  try {
    const key = parsed(algorithm, () => createPrivateKey({ key: copy, format: 'der', type: 'pkcs8' }));
    checkPublicKey(algorithm, createPublicKey(key));
    return key;
  } finally {
    copy.fill(0);
  }
}

/** SubjectPublicKeyInfo in DER of a public key, or of the public half of a private one. Points are uncompressed. */
export function encodePublicKey(key: KeyObject): Bytes {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  if (publicKey.asymmetricKeyType !== 'ec') return publicKey.export({ format: 'der', type: 'spki' });
  // OpenSSL keeps the compression of the encoding that it read.
  const point = publicKey.export({ format: 'raw-public', type: 'uncompressed' });
  const namedCurve = must(
    publicKey.asymmetricKeyDetails?.namedCurve,
    'an elliptic-curve key names its curve',
  );
  const uncompressed = createPublicKey({
    key: point,
    format: 'raw-public',
    asymmetricKeyType: 'ec',
    namedCurve,
  });
  return uncompressed.export({ format: 'der', type: 'spki' });
}

function requireIdentifier(algorithm: AsymmetricKeyAlgorithm, encoded: Bytes): void {
  if (hex(algorithmIdentifier(encoded)) !== PAIR_KINDS[algorithm].identifier) {
    throw refused(algorithm, 'must be one DER-encoded key of this algorithm, a curve by its name');
  }
}

function checkPublicKey(algorithm: AsymmetricKeyAlgorithm, key: KeyObject): void {
  const { family, lengthBits } = KEY_ALGORITHMS[algorithm];
  if (family === 'rsa')
    checkRsaKey(algorithm, key, must(lengthBits, 'an RSA algorithm has a modulus length'));
  if (algorithm === 'ed25519' || algorithm === 'ed448') {
    if (isWeakEdwardsKey(algorithm, key.export({ format: 'raw-public' })))
      throw refused(algorithm, 'must not have low order');
  }
}

/** FIPS 186-5 section 5.1: an odd exponent between 2^16 and 2^256; and an odd modulus of exactly the length. */
function checkRsaKey(algorithm: AsymmetricKeyAlgorithm, key: KeyObject, modulusBits: number): void {
  const { modulusLength, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== modulusBits) throw refused(algorithm, `must have a modulus of ${modulusBits} bits`);
  if (publicExponent % 2n !== 1n || publicExponent <= 2n ** 16n || publicExponent >= 2n ** 256n) {
    throw refused(algorithm, 'must have an odd public exponent from 65537 on');
  }
  const lowestByte = jwkBytes(key.export({ format: 'jwk' }).n).at(-1) ?? 0;
  if (lowestByte % 2 !== 1) throw refused(algorithm, 'must have an odd modulus');
}

function jwkBytes(text: string | undefined): Bytes {
  return must(decodeBase64Url(must(text, 'a JWK has this member')), 'a JWK holds base64url');
}

function parsed(algorithm: KeyAlgorithm, parse: () => KeyObject): KeyObject {
  try {
    return parse();
  } catch (cause) {
    throw refused(algorithm, 'must be a well-formed key', cause);
  }
}

export function refused(algorithm: KeyAlgorithm, rule: string, cause?: unknown): KmsError {
  return new KmsError(
    'invalidKeyMaterial',
    `The key material of ${algorithm} ${rule}.`,
    { algorithm },
    cause,
  );
}
