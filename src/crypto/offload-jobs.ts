// What a worker thread computes: the slow calls that exist in a blocking form only.
// Every job is a pure function of what can be posted: KeyObjects, bytes, numbers and texts.

import { constants, type KeyObject, privateDecrypt, privateEncrypt } from 'node:crypto';
import type { Bytes } from '../base/bytes.ts';
import type { Digest } from '../domain/algorithms.ts';
import {
  ecdsaSignDigest,
  ecdsaVerifyDigest,
  ed25519phSign,
  ed25519phVerify,
  mlDsaSignMu,
  mlDsaVerifyMu,
} from './digest-signatures.ts';
import { NODE_DIGESTS } from './node-crypto.ts';

export interface OaepJob {
  readonly privateKey: KeyObject;
  readonly ciphertext: Bytes;
  readonly digest: Digest;
  readonly mgf1Digest: Digest;
  readonly label: Bytes;
}

export interface RsaJob {
  readonly privateKey: KeyObject;
  readonly input: Bytes;
}

/** The digest, or mu, and what else the algorithm takes. */
export interface SignDigestJob {
  readonly privateKey: KeyObject;
  readonly digest: Bytes;
  readonly rawSignature: boolean;
  readonly context: Bytes;
}

export interface VerifyDigestJob extends Omit<SignDigestJob, 'privateKey'> {
  readonly publicKey: KeyObject;
  readonly signature: Bytes;
}

/** One byte: 1 for a valid signature. A signature that cannot even be read is as invalid as a wrong one. */
function verdict(verify: () => boolean): Uint8Array {
  try {
    return Uint8Array.of(verify() ? 1 : 0);
  } catch {
    return Uint8Array.of(0);
  }
}

export const OFFLOADED_JOBS = {
  /** RFC 8017 section 7.1.2. */
  rsaOaepDecrypt: (job: OaepJob): Uint8Array =>
    privateDecrypt(
      {
        key: job.privateKey,
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: NODE_DIGESTS[job.digest],
        mgf1Hash: NODE_DIGESTS[job.mgf1Digest],
        oaepLabel: job.label,
      },
      job.ciphertext,
    ),
  /** RFC 8017 section 7.2.2, with OpenSSL's implicit rejection: bad padding opens to an unrelated text, never to an error. */
  rsaPkcs1Decrypt: (job: RsaJob): Uint8Array =>
    privateDecrypt({ key: job.privateKey, padding: constants.RSA_PKCS1_PADDING }, job.input),
  /** RFC 8017 section 8.2.1 from step 2 on: pads with type 1 and signs. */
  rsaSignPadded: (job: RsaJob): Uint8Array =>
    privateEncrypt({ key: job.privateKey, padding: constants.RSA_PKCS1_PADDING }, job.input),
  /** RFC 8017 section 5.2.1: the bare signature primitive, for a message that is encoded already. */
  rsaSignEncoded: (job: RsaJob): Uint8Array =>
    privateEncrypt({ key: job.privateKey, padding: constants.RSA_NO_PADDING }, job.input),
  ecdsaSign: (job: SignDigestJob): Uint8Array =>
    ecdsaSignDigest(job.privateKey, job.digest, job.rawSignature),
  ecdsaVerify: (job: VerifyDigestJob): Uint8Array =>
    verdict(() => ecdsaVerifyDigest(job.publicKey, job.digest, job.signature, job.rawSignature)),
  ed25519phSign: (job: SignDigestJob): Uint8Array => ed25519phSign(job.privateKey, job.digest, job.context),
  ed25519phVerify: (job: VerifyDigestJob): Uint8Array =>
    verdict(() => ed25519phVerify(job.publicKey, job.digest, job.signature, job.context)),
  mlDsaSign: (job: SignDigestJob): Uint8Array => mlDsaSignMu(job.privateKey, job.digest),
  mlDsaVerify: (job: VerifyDigestJob): Uint8Array =>
    verdict(() => mlDsaVerifyMu(job.publicKey, job.digest, job.signature)),
} as const;

export type OffloadedJobs = typeof OFFLOADED_JOBS;
export type OffloadedJob = keyof OffloadedJobs;
export type JobInput<Job extends OffloadedJob> = Parameters<OffloadedJobs[Job]>[0];

/** What goes to a worker and what comes back. */
export interface JobRequest {
  readonly job: OffloadedJob;
  readonly input: unknown;
}

export type JobReply = { readonly output: Uint8Array } | { readonly failure: string };
