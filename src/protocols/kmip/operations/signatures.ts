// From Cryptographic Parameters to a signature mechanism of the core, and from Digested Data to what that mechanism signs.

import { type Bytes, concatBytes } from '../../../base/bytes.ts';
import type { SignatureParameters } from '../../../core/operations/crypto/sign.ts';
import { DIGESTS, type Digest, type Mechanism } from '../../../domain/algorithms.ts';
import type { ValueName } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { isOnCurve } from '../objects/forms/algorithms.ts';
import type { ObjectFacts } from '../objects/object.ts';
import type { Algorithm } from '../words.ts';
import { type CipherParameters, digestOf } from './parameters.ts';

export interface SignatureUse {
  readonly mechanism: Mechanism;
  readonly message: Bytes;
  readonly parameters: SignatureParameters;
}

interface SignedMessage {
  readonly data: Bytes;
  readonly digested: Bytes | undefined;
  readonly isVerified: boolean;
}

type Scheme = 'pkcs1' | 'pss' | 'ecdsa';

interface Named {
  readonly scheme: Scheme;
  readonly digest?: Digest;
}

/** Digital Signature Algorithm, as far as it is offered. */
const SIGNATURE_ALGORITHMS: Readonly<Partial<Record<ValueName<'DigitalSignatureAlgorithm'>, Named>>> = {
  SHA_1WithRSAEncryption: { scheme: 'pkcs1', digest: 'sha-1' },
  SHA_224WithRSAEncryption: { scheme: 'pkcs1', digest: 'sha-224' },
  SHA_256WithRSAEncryption: { scheme: 'pkcs1', digest: 'sha-256' },
  SHA_384WithRSAEncryption: { scheme: 'pkcs1', digest: 'sha-384' },
  SHA_512WithRSAEncryption: { scheme: 'pkcs1', digest: 'sha-512' },
  SHA3_256WithRSAEncryption: { scheme: 'pkcs1', digest: 'sha3-256' },
  SHA3_384WithRSAEncryption: { scheme: 'pkcs1', digest: 'sha3-384' },
  SHA3_512WithRSAEncryption: { scheme: 'pkcs1', digest: 'sha3-512' },
  RSASSA_PSS: { scheme: 'pss' },
  ECDSAWithSHA_1: { scheme: 'ecdsa', digest: 'sha-1' },
  ECDSAWithSHA224: { scheme: 'ecdsa', digest: 'sha-224' },
  ECDSAWithSHA256: { scheme: 'ecdsa', digest: 'sha-256' },
  ECDSAWithSHA384: { scheme: 'ecdsa', digest: 'sha-384' },
  ECDSAWithSHA512: { scheme: 'ecdsa', digest: 'sha-512' },
};

/** Algorithms that sign in one way only. */
const WHOLE: Readonly<Partial<Record<Algorithm, Mechanism>>> = {
  Ed25519: 'ed25519',
  Ed448: 'ed448',
};

const USUAL_DIGEST: Digest = 'sha-256';

/** Throws `unsupportedCryptographicParameters` for what is offered for no key. */
export function signatureUse(
  facts: ObjectFacts,
  parameters: CipherParameters,
  signed: SignedMessage,
): SignatureUse {
  const algorithm = parameters.algorithm ?? facts.algorithm;
  const whole = wholeMechanism(algorithm);
  if (whole !== undefined) return ofWhole(whole, parameters, signed);
  const { scheme, digest } = schemeOf(algorithm, parameters);
  if (scheme === 'pss') return withPss(digest ?? USUAL_DIGEST, parameters, signed);
  if (scheme === 'ecdsa') return withEcdsa(digest, facts, signed);
  if (signed.digested === undefined)
    return plainly(`rsassa-pkcs1-v15-${digest ?? USUAL_DIGEST}`, signed.data);
  // Without a hash nothing says what the digest is: it is signed as it is.
  return digest === undefined
    ? plainly('rsassa-pkcs1-v15-raw', signed.digested)
    : prehashed(`rsassa-pkcs1-v15-${digest}`, digest, signed.digested);
}

function wholeMechanism(algorithm: Algorithm | undefined): Mechanism | undefined {
  if (algorithm === undefined) return undefined;
  if (algorithm.startsWith('ML_DSA')) return 'ml-dsa';
  if (algorithm.startsWith('SLH_DSA')) return 'slh-dsa';
  return WHOLE[algorithm];
}

function ofWhole(mechanism: Mechanism, { hash }: CipherParameters, { data, digested }: SignedMessage) {
  if (hash !== undefined || digested !== undefined) throw refusal('unsupportedCryptographicParameters');
  return plainly(mechanism, data);
}

function schemeOf(
  algorithm: Algorithm | undefined,
  { signature, hash, padding }: CipherParameters,
): { readonly scheme: Scheme; readonly digest: Digest | undefined } {
  const named = hash && digestOf(hash);
  if (signature !== undefined) {
    const row = SIGNATURE_ALGORITHMS[signature];
    const isAgreed = named === undefined || row?.digest === undefined || row.digest === named;
    if (row === undefined || !isAgreed) throw refusal('unsupportedCryptographicParameters');
    return { scheme: row.scheme, digest: row.digest ?? named };
  }
  if (algorithm !== undefined && isOnCurve(algorithm)) return { scheme: 'ecdsa', digest: named };
  if (algorithm !== 'RSA') throw refusal('unsupportedCryptographicParameters');
  if (padding === 'PSS') return { scheme: 'pss', digest: named };
  if (padding !== undefined && padding !== 'PKCS1V1_5') throw refusal('unsupportedCryptographicParameters');
  return { scheme: 'pkcs1', digest: named };
}

/** The salt is as long as the hash, and in verifying whatever it is, unless its length is given; the mask has the hash of the message. */
function withPss(
  digest: Digest,
  { saltBytes, maskHash }: CipherParameters,
  { data, digested, isVerified }: SignedMessage,
): SignatureUse {
  const parameters = {
    saltBytes: saltBytes ?? (isVerified ? 'auto' : undefined),
    mgf1Digest: maskHash && digestOf(maskHash),
  } as const;
  const use =
    digested === undefined
      ? plainly(`rsa-pss-${digest}`, data)
      : prehashed(`rsa-pss-${digest}`, digest, digested);
  return { ...use, parameters: { ...use.parameters, ...parameters } };
}

function withEcdsa(
  digest: Digest | undefined,
  { length = 256 }: ObjectFacts,
  { data, digested }: SignedMessage,
): SignatureUse {
  if (digested === undefined) return plainly(`ecdsa-${digest ?? USUAL_DIGEST}`, data);
  return digest === undefined
    ? unnamedDigest(digested, Math.ceil(length / 8))
    : prehashed(`ecdsa-${digest}`, digest, digested);
}

const BY_LENGTH = { 28: 'sha-224', 32: 'sha-256', 48: 'sha-384', 64: 'sha-512' } as const;
type KnownLength = keyof typeof BY_LENGTH;
const LENGTHS: readonly KnownLength[] = [28, 32, 48, 64];

/**
 * FIPS 186-5 section 6.4.1: ECDSA signs the digest as a number, the leftmost bits of it where it is longer than the order. So a digest of
 * any length is one of a length that some hash has, with zeros before it or cut behind.
 */
function unnamedDigest(digested: Bytes, orderBytes: number): SignatureUse {
  const cut = digested.subarray(0, orderBytes);
  const length = LENGTHS.find(each => each >= cut.length);
  if (length === undefined || cut.length === 0)
    throw refusal('invalidField', 'Digested Data is of no length that is signed here.');
  if (length > orderBytes && length !== cut.length)
    throw refusal('invalidField', 'Digested Data is of no length that is signed on this curve.');
  const message = concatBytes(new Uint8Array(length - cut.length), cut);
  return { mechanism: `ecdsa-${BY_LENGTH[length]}`, message, parameters: { prehashed: true } };
}

function plainly(mechanism: Mechanism, message: Bytes): SignatureUse {
  return { mechanism, message, parameters: {} };
}

function prehashed(mechanism: Mechanism, digest: Digest, digested: Bytes): SignatureUse {
  if (digested.length !== DIGESTS[digest].bytes)
    throw refusal('invalidField', 'Digested Data is not as long as a digest of the Hashing Algorithm.');
  return { mechanism, message: digested, parameters: { prehashed: true } };
}
