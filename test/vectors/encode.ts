// Encoded keys out of the bare values that vectors publish. Wrong ones are encoded as faithfully as right ones.

import { createPublicKey } from 'node:crypto';
import { type Bytes, base64Url, concatBytes } from '../../src/base/bytes.ts';
import { PAIR_KINDS } from '../../src/crypto/pair-kinds.ts';
import type { AsymmetricKeyAlgorithm } from '../../src/domain/algorithms.ts';
import { fromHex } from './harness.ts';

function element(tag: number, ...parts: readonly Bytes[]): Bytes {
  const content = concatBytes(...parts);
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concatBytes(Uint8Array.of(tag, ...head), content);
}

const identifier = (algorithm: AsymmetricKeyAlgorithm): Bytes => fromHex(PAIR_KINDS[algorithm].identifier);

/** SubjectPublicKeyInfo around a raw public key. */
export function spki(algorithm: AsymmetricKeyAlgorithm, raw: Bytes): Bytes {
  return element(0x30, identifier(algorithm), element(0x03, Uint8Array.of(0), raw));
}

/** PKCS#8 around what the algorithm keeps in its octet string. */
export function pkcs8(algorithm: AsymmetricKeyAlgorithm, inner: Bytes): Bytes {
  return element(0x30, element(0x02, Uint8Array.of(0)), identifier(algorithm), element(0x04, inner));
}

/** RFC 8410 section 7: the private key in an octet string of its own. RFC 9881, RFC 9935: the same for an expanded key. */
export const octets = (raw: Bytes): Bytes => element(0x04, raw);

/** RFC 9881 section 6, RFC 9935 section 6: the seed alone. */
export const seed = (raw: Bytes): Bytes => element(0x80, raw);

/** RFC 5915: version 1 and the scalar. */
export const ecScalar = (scalar: Bytes): Bytes =>
  element(0x30, element(0x02, Uint8Array.of(1)), element(0x04, scalar));

export function rsaSpki(modulus: string, exponent: string): Bytes {
  const jwk = { kty: 'RSA', n: base64Url(fromHex(modulus)), e: base64Url(fromHex(exponent)) };
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' });
}
