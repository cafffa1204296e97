// Which key an encoded one is: from the algorithm identifiers of PKCS #8 and of X.509 to KMIP's words and to the core's algorithm. What the
// core does not compute with is named as well, and guarded.

import { must } from '../../../../base/assert.ts';
import { isKeyOf, tableKeys } from '../../../../base/table.ts';
import type { KeyAlgorithm } from '../../../../domain/algorithms.ts';
import type { Algorithm } from '../../words.ts';
import { CURVES, type Curve, curveRow, primeCurveOf } from './curves.ts';

export interface IdentifiedKey {
  readonly algorithm: Algorithm;
  /** In bits, as KMIP counts them: of the modulus, of the field; undefined where nothing is counted. */
  readonly length?: number | undefined;
  readonly curve?: Curve | undefined;
  /** Undefined where the core guards it only. */
  readonly core?: KeyAlgorithm | undefined;
}

export const RSA_IDENTIFIER = '1.2.840.113549.1.1.1';
export const EC_IDENTIFIER = '1.2.840.10045.2.1';

const NIST_SIGNATURES = '2.16.840.1.101.3.4.3';
const NIST_ENCAPSULATIONS = '2.16.840.1.101.3.4.4';

/**
 * Keys that are one string of bytes, without parameters (RFC 8410, RFC 9881, RFC 9909, RFC 9935). KMIP counts bits of the classic ones
 * alone.
 */
const PLAIN_KEYS = {
  '1.3.101.110': { algorithm: 'ECDH', length: 256, curve: 'CURVE25519', core: 'x25519' },
  '1.3.101.111': { algorithm: 'ECDH', length: 448, curve: 'CURVE448', core: 'x448' },
  '1.3.101.112': { algorithm: 'Ed25519', length: 256, core: 'ed25519' },
  '1.3.101.113': { algorithm: 'Ed448', length: 456, core: 'ed448' },
  [`${NIST_ENCAPSULATIONS}.1`]: { algorithm: 'ML_KEM_512', core: 'ml-kem-512' },
  [`${NIST_ENCAPSULATIONS}.2`]: { algorithm: 'ML_KEM_768', core: 'ml-kem-768' },
  [`${NIST_ENCAPSULATIONS}.3`]: { algorithm: 'ML_KEM_1024', core: 'ml-kem-1024' },
  [`${NIST_SIGNATURES}.17`]: { algorithm: 'ML_DSA_44', core: 'ml-dsa-44' },
  [`${NIST_SIGNATURES}.18`]: { algorithm: 'ML_DSA_65', core: 'ml-dsa-65' },
  [`${NIST_SIGNATURES}.19`]: { algorithm: 'ML_DSA_87', core: 'ml-dsa-87' },
  [`${NIST_SIGNATURES}.20`]: { algorithm: 'SLH_DSA_SHA2_128s', core: 'slh-dsa-sha2-128s' },
  [`${NIST_SIGNATURES}.21`]: { algorithm: 'SLH_DSA_SHA2_128f', core: 'slh-dsa-sha2-128f' },
  [`${NIST_SIGNATURES}.22`]: { algorithm: 'SLH_DSA_SHA2_192s', core: 'slh-dsa-sha2-192s' },
  [`${NIST_SIGNATURES}.23`]: { algorithm: 'SLH_DSA_SHA2_192f', core: 'slh-dsa-sha2-192f' },
  [`${NIST_SIGNATURES}.24`]: { algorithm: 'SLH_DSA_SHA2_256s', core: 'slh-dsa-sha2-256s' },
  [`${NIST_SIGNATURES}.25`]: { algorithm: 'SLH_DSA_SHA2_256f', core: 'slh-dsa-sha2-256f' },
  [`${NIST_SIGNATURES}.26`]: { algorithm: 'SLH_DSA_SHAKE_128s', core: 'slh-dsa-shake-128s' },
  [`${NIST_SIGNATURES}.27`]: { algorithm: 'SLH_DSA_SHAKE_128f', core: 'slh-dsa-shake-128f' },
  [`${NIST_SIGNATURES}.28`]: { algorithm: 'SLH_DSA_SHAKE_192s', core: 'slh-dsa-shake-192s' },
  [`${NIST_SIGNATURES}.29`]: { algorithm: 'SLH_DSA_SHAKE_192f', core: 'slh-dsa-shake-192f' },
  [`${NIST_SIGNATURES}.30`]: { algorithm: 'SLH_DSA_SHAKE_256s', core: 'slh-dsa-shake-256s' },
  [`${NIST_SIGNATURES}.31`]: { algorithm: 'SLH_DSA_SHAKE_256f', core: 'slh-dsa-shake-256f' },
} as const satisfies Readonly<Record<string, IdentifiedKey>>;

const PLAIN_ROWS: Readonly<Record<string, IdentifiedKey>> = PLAIN_KEYS;

/** By the object identifier of the algorithm; undefined for those with parameters, or unknown ones. */
export function plainKey(identifier: string): IdentifiedKey | undefined {
  return isKeyOf(PLAIN_ROWS, identifier) ? PLAIN_ROWS[identifier] : undefined;
}

/** The object identifier under which such a key is written; undefined for every other key. */
export function plainIdentifier(
  algorithm: Algorithm | undefined,
  curve: Curve | undefined,
): string | undefined {
  return Object.keys(PLAIN_ROWS).find(identifier => {
    const row = PLAIN_ROWS[identifier];
    if (row === undefined) return false;
    return row.curve === undefined ? row.algorithm === algorithm : row.curve === curve;
  });
}

/** FIPS 186-5 section 5.1: what the core asks of an RSA key before it computes with it. */
const RSA_LENGTHS: Readonly<Record<number, KeyAlgorithm>> = {
  1024: 'rsa-1024',
  2048: 'rsa-2048',
  3072: 'rsa-3072',
  4096: 'rsa-4096',
};

const EXPONENT_MIN = 65_537n;

/** Undefined for an RSA key that the core guards only. */
export function rsaAlgorithm(modulusBits: number, exponent = EXPONENT_MIN): KeyAlgorithm | undefined {
  return exponent >= EXPONENT_MIN && exponent < 2n ** 256n ? RSA_LENGTHS[modulusBits] : undefined;
}

/** What a pair of the core is in KMIP's words. */
export function identifiedPair(algorithm: KeyAlgorithm): IdentifiedKey {
  const bits = Object.keys(RSA_LENGTHS).find(length => RSA_LENGTHS[Number(length)] === algorithm);
  if (bits !== undefined) return { algorithm: 'RSA', length: Number(bits), core: algorithm };
  const curve = tableKeys(CURVES).find(name => curveRow(name).core === algorithm);
  if (curve !== undefined) return { algorithm: 'EC', length: curveRow(curve).bits, curve, core: algorithm };
  const plain = Object.values(PLAIN_ROWS).find(({ core }) => core === algorithm);
  return must(plain, 'every pair of the core has a word of KMIP');
}

const CURVE_ALGORITHMS: readonly Algorithm[] = ['EC', 'ECDSA', 'ECDH', 'ECMQV'];

/** Whether keys of the algorithm are on a curve that is told beside it. */
export function isOnCurve(algorithm: Algorithm): boolean {
  return CURVE_ALGORITHMS.includes(algorithm);
}

/** The pair that a client asks for, by algorithm and by curve or length; undefined where the core makes none. */
export function pairToMake(
  algorithm: Algorithm,
  { curve, length }: { readonly curve?: Curve | undefined; readonly length?: number | undefined },
): IdentifiedKey | undefined {
  const core = isOnCurve(algorithm) ? curveToMake(curve, length) : otherPair(algorithm, length);
  return core === undefined ? undefined : { ...identifiedPair(core), algorithm };
}

const RSA_BITS_DEFAULT = 2_048;

function otherPair(algorithm: Algorithm, length: number | undefined): KeyAlgorithm | undefined {
  if (algorithm === 'RSA') return rsaAlgorithm(length ?? RSA_BITS_DEFAULT);
  return Object.values(PLAIN_ROWS).find(row => row.algorithm === algorithm && row.curve === undefined)?.core;
}

function curveToMake(curve: Curve | undefined, length: number | undefined): KeyAlgorithm | undefined {
  const named = curve ?? (length === undefined ? undefined : primeCurveOf(length));
  if (named === undefined) return undefined;
  if (isKeyOf(CURVES, named)) return curveRow(named).core;
  return Object.values(PLAIN_ROWS).find(row => row.curve === named)?.core;
}
