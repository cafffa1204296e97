// A transport key: a pair by which key material comes in wrapped (key-transport keys, NIST SP 800-57 part 1 section 5.1.1). Whoever brings
// material reads the public key and the nonce first, as often as was allowed, until the time is over.

import type { Bytes } from '../base/bytes.ts';
import type { AsymmetricKeyAlgorithm, Mechanism } from './algorithms.ts';

export const TRANSPORT_ALGORITHMS = [
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
] as const satisfies readonly AsymmetricKeyAlgorithm[];

export type TransportAlgorithm = (typeof TRANSPORT_ALGORITHMS)[number];

/** RFC 8017 section 7.1 with SHA-256 in both places and no label. */
export const TRANSPORT_MECHANISM = 'rsa-oaep-sha-256' satisfies Mechanism;

export const TRANSPORT_NONCE_BYTES = 12;

export interface TransportKey {
  readonly id: string;
  readonly projectId: string;
  /** What it is for, such as a protocol: a project has one for each owner, and a newer one takes the place of an older. */
  readonly owner: string;
  readonly algorithm: TransportAlgorithm;
  /** The private key; empty once it is erased. */
  readonly wrapped: Bytes;
  /** SubjectPublicKeyInfo in DER (RFC 5280 section 4.1). */
  readonly publicKey: Bytes;
  /** Shows that who wraps has read the key: it comes back encrypted under the material itself. */
  readonly nonce: Bytes;
  /** Id of a principal, or the name of a part of the server. */
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly readsMax: number;
  readonly readsLeft: number;
}

/** What a caller brings that was wrapped under a transport key. */
export interface TransportedMaterial {
  readonly wrapped: Bytes;
  /** Where the caller proves that it has read the nonce: AES-GCM under the material itself, the tag of 16 bytes at the end. */
  readonly proof?: { readonly encryptedNonce: Bytes; readonly iv: Bytes } | undefined;
}
