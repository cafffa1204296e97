// Which keys a token makes, and as which objects. A key of AES has two: one for the mechanisms, and a secret for HMAC under which messages
// are sealed. From one for both, whoever may encrypt block by block could compute the keys of messages (docs/formats/ciphertext.md).

import { must } from '../../base/assert.ts';
import { type Bytes, decodeHex, utf8 } from '../../base/bytes.ts';
import { PAIR_KINDS } from '../../crypto/pair-kinds.ts';
import type { KeyAlgorithm } from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import type { MechanismName } from './names.ts';

export type HardwareKind =
  | { readonly kind: 'aes'; readonly bytes: number }
  | { readonly kind: 'hmac'; readonly bytes: number; readonly mechanism: MechanismName }
  | { readonly kind: 'rsa'; readonly bits: number }
  | {
      readonly kind: 'ec';
      /** The named curve (RFC 3279 section 2.3.5): its object identifier in DER. */
      readonly parameters: Bytes;
      /** OpenSSL's name. */
      readonly curve: string;
      readonly coordinateBytes: number;
    }
  | { readonly kind: 'edwards'; readonly parameters: readonly Bytes[] };

/** id-ecPublicKey in DER, which stands in front of the curve. */
const EC_PUBLIC_KEY = '06072a8648ce3d0201';

const ec = (
  algorithm: 'ec-p224' | 'ec-p256' | 'ec-p384' | 'ec-p521' | 'ec-secp256k1',
  coordinateBytes: number,
): HardwareKind => {
  const { identifier, options } = PAIR_KINDS[algorithm];
  const at = identifier.indexOf(EC_PUBLIC_KEY) + EC_PUBLIC_KEY.length;
  const parameters = must(decodeHex(identifier.slice(at)), 'an identifier is hex');
  return { kind: 'ec', parameters, curve: String(options?.namedCurve), coordinateBytes };
};

const KINDS: Partial<Record<KeyAlgorithm, HardwareKind>> = {
  'aes-128': { kind: 'aes', bytes: 16 },
  'aes-192': { kind: 'aes', bytes: 24 },
  'aes-256': { kind: 'aes', bytes: 32 },
  'hmac-sha-1': { kind: 'hmac', bytes: 20, mechanism: 'sha1Hmac' },
  'hmac-sha-224': { kind: 'hmac', bytes: 28, mechanism: 'sha224Hmac' },
  'hmac-sha-256': { kind: 'hmac', bytes: 32, mechanism: 'sha256Hmac' },
  'hmac-sha-384': { kind: 'hmac', bytes: 48, mechanism: 'sha384Hmac' },
  'hmac-sha-512': { kind: 'hmac', bytes: 64, mechanism: 'sha512Hmac' },
  'rsa-2048': { kind: 'rsa', bits: 2048 },
  'rsa-3072': { kind: 'rsa', bits: 3072 },
  'rsa-4096': { kind: 'rsa', bits: 4096 },
  'ec-p224': ec('ec-p224', 28),
  'ec-p256': ec('ec-p256', 32),
  'ec-p384': ec('ec-p384', 48),
  'ec-p521': ec('ec-p521', 66),
  'ec-secp256k1': ec('ec-secp256k1', 32),
  // A printable name in v2.40 with the addition of curves, an object identifier (RFC 8410) in v3.0: tokens take one or the other.
  ed25519: {
    kind: 'edwards',
    parameters: [
      Uint8Array.of(0x13, 12, ...utf8('edwards25519')),
      Uint8Array.of(0x06, 0x03, 0x2b, 0x65, 0x70),
    ],
  },
};

/** Throws `unsupported` for an algorithm that no token is asked to make. */
export function hardwareKind(algorithm: KeyAlgorithm): HardwareKind {
  const kind = KINDS[algorithm];
  if (kind !== undefined) return kind;
  throw new KmsError('unsupported', `Keys of ${algorithm} are not made in hardware. Make it in software.`, {
    algorithm,
  });
}
