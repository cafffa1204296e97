// The two calls behind every signature that node:crypto makes by itself, and the checks that all signatures share.

import { type KeyObject, sign, verify } from 'node:crypto';
import { type Bytes, EMPTY_BYTES } from '../../base/bytes.ts';
import { type Digest, MECHANISMS, type Mechanism } from '../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../domain/errors.ts';
import { NODE_DIGESTS } from '../node-crypto.ts';
import { offload } from '../offload.ts';
import { runSlow } from '../slow.ts';
import type { SignatureParameters } from './kinds.ts';

export interface NodeSignatureOptions {
  readonly padding?: number;
  readonly saltLength?: number;
  readonly dsaEncoding?: 'der' | 'ieee-p1363';
  readonly context?: Bytes;
}

const nodeDigest = (digest: Digest | undefined) => (digest === undefined ? null : NODE_DIGESTS[digest]);

/** `digest` is undefined where the algorithm of the key implies it. */
export function signMessage(
  digest: Digest | undefined,
  privateKey: KeyObject,
  message: Bytes,
  options: NodeSignatureOptions,
): Promise<Bytes> {
  return runSlow<Bytes>(done => sign(nodeDigest(digest), message, { key: privateKey, ...options }, done));
}

/** False for every signature that is not exactly right, malformed ones too. */
export function verifyMessage(
  digest: Digest | undefined,
  publicKey: KeyObject,
  message: Bytes,
  signature: Bytes,
  options: NodeSignatureOptions,
): Promise<boolean> {
  return runSlow<boolean>(done =>
    verify(nodeDigest(digest), message, { key: publicKey, ...options }, signature, done),
  );
}

/** The algorithms whose digest form runs in a worker thread (digest-signatures.ts). */
type DigestForm = 'ecdsa' | 'ed25519ph' | 'mlDsa';

export function signDigest(
  form: DigestForm,
  privateKey: KeyObject,
  digest: Bytes,
  { rawSignature = false, context = EMPTY_BYTES }: SignatureParameters,
): Promise<Bytes> {
  return offload(`${form}Sign`, { privateKey, digest, rawSignature, context });
}

/** False for every signature that is not exactly right, malformed ones too. */
export async function verifyDigest(
  form: DigestForm,
  publicKey: KeyObject,
  digest: Bytes,
  signature: Bytes,
  { rawSignature = false, context = EMPTY_BYTES }: SignatureParameters,
): Promise<boolean> {
  const verdict = await offload(`${form}Verify`, { publicKey, digest, signature, rawSignature, context });
  return verdict[0] === 1;
}

/** Throws `unsupported` where the mechanism is kept for verification of old signatures only. */
export function refuseVerifyOnly(mechanism: Mechanism): void {
  if (MECHANISMS[mechanism].verifyOnly) {
    throw new KmsError('unsupported', `${mechanism} verifies old signatures and makes no new ones.`, {
      mechanism,
    });
  }
}

/** Throws `invalidInput` unless the message has the length of the mechanism's digest, and `unsupported` where it takes none. */
export function checkDigestLength(mechanism: Mechanism, digest: Bytes): void {
  const { digestBytes } = MECHANISMS[mechanism];
  if (digestBytes === undefined)
    throw new KmsError('unsupported', `${mechanism} signs whole messages only.`, { mechanism });
  if (digest.length !== digestBytes)
    throw invalidInput('message', `must be a digest of ${digestBytes} bytes`);
}

/** FIPS 204 section 5.2, FIPS 205 section 10.2, RFC 8032 section 5.2: a context has at most 255 bytes. */
export function checkContext(context: Bytes | undefined): { readonly context?: Bytes } {
  if (context === undefined) return {};
  if (context.length > 255) throw invalidInput('context', 'must have at most 255 bytes');
  return { context };
}
