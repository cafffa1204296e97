// Key material that a caller brings in, in every form in which it may come, and the one way into custody. Material that is wrapped under a
// key of ours is a use of that key as well: who brings it must be allowed to unwrap by it.

import { must } from '../../../base/assert.ts';
import type { Bytes } from '../../../base/bytes.ts';
import type { SecretBytes } from '../../../base/secret-bytes.ts';
import { algorithmOfLength, type KeyAlgorithm, type Mechanism } from '../../../domain/algorithms.ts';
import type { AuditDetails, AuditTarget } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion, MaterialLevel } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { TransportedMaterial } from '../../../domain/transport-key.ts';
import type { RequestContext } from '../../context.ts';
import { findKey, type KeySelector } from '../../find-key.ts';
import type { Kms } from '../../kms.ts';
import type { Demand } from '../../operation.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';
import type { StoreReads } from '../../ports/store.ts';
import type { EncryptionParameters } from '../crypto/encrypt-by.ts';
import {
  mechanismDemand,
  mechanismDetails,
  requireBytes,
  requireFit,
  requireOfOwnProject,
  requireParameters,
  requireServes,
} from '../crypto/mechanism.ts';
import { requireCurrent } from '../transport/transport-keys.ts';
import { keyRecord } from './on-key.ts';

/**
 * `plain`: raw bytes, or PKCS#8 in DER (RFC 5958) for pairs; they stay the caller's, who wipes them. `transport`: the same, wrapped under
 * the transport key that the project has for the owner. `wrapped`: the same, wrapped under a key.
 */
export type IncomingMaterial =
  | { readonly by: 'plain'; readonly material: SecretBytes }
  | ({ readonly by: 'transport'; readonly owner: string } & TransportedMaterial)
  | WrappedIncoming;

export interface WrappedIncoming {
  readonly by: 'wrapped';
  readonly under: KeySelector;
  /** Undefined: the primary one. */
  readonly underVersion?: number | undefined;
  readonly mechanism: Mechanism;
  readonly parameters?: EncryptionParameters | undefined;
  readonly wrapped: Bytes;
}

/** Where the material goes. Of several algorithms it gets the one whose length it has. */
export interface MaterialPlace {
  readonly projectId: string;
  readonly keyId: string;
  readonly version: number;
  readonly exportable: boolean;
  readonly algorithms: readonly KeyAlgorithm[];
  /** For `hsmWrapped` what it is wrapped by is there already. */
  readonly protection: MaterialLevel;
}

export interface TakenMaterial {
  readonly algorithm: KeyAlgorithm;
  readonly material: WrappedMaterial;
}

/** What an operation that takes material in keeps of the key that the material is wrapped under, if it is. */
export interface Unwrapping {
  readonly under?: KeyWithVersion | undefined;
}

/** Throws `incompatibleAlgorithm` and `tooLarge`; `unsupported` for a key of another project. */
export function checkIncoming(incoming: IncomingMaterial): void {
  if (incoming.by !== 'wrapped') return;
  requireOfOwnProject(incoming.under);
  requireServes(incoming.mechanism, 'unwrap');
  requireParameters(incoming);
  requireBytes('wrapped', incoming.wrapped, WRAPPED_BYTES_MAX);
}

/** What wrapping adds at most: a tag, a header of eight bytes and padding, a key under RSA. */
const WRAPPED_BYTES_MAX = LIMITS.opaqueBytesMax + 1_024;

export async function findUnwrapping(
  reads: StoreReads,
  context: RequestContext,
  incoming: IncomingMaterial,
): Promise<Unwrapping> {
  if (incoming.by !== 'wrapped') return {};
  const { under, underVersion } = incoming;
  return { under: await findKey(reads, context, under, underVersion) };
}

export function unwrappingDemands({ under }: Unwrapping, incoming: IncomingMaterial): readonly Demand[] {
  if (under === undefined || incoming.by !== 'wrapped') return [];
  return [mechanismDemand('key.unwrap', under.key, incoming.mechanism)];
}

/** Throws by the state of the wrapping key, `incompatibleUsage` and `incompatibleAlgorithm`. */
export function allowUnwrapping({ under }: Unwrapping, incoming: IncomingMaterial, at: number): void {
  if (under === undefined || incoming.by !== 'wrapped') return;
  requireUsable(under.key, under.version, 'process', at);
  requireFit(under.key, 'unwrap', incoming.mechanism);
}

/** The key that unwraps, beside the key that is made. */
export function unwrappingTargets(unwrapping: Unwrapping | undefined): readonly AuditTarget[] {
  return keyRecord(unwrapping?.under).targets;
}

export function incomingDetails(incoming: IncomingMaterial): AuditDetails {
  return incoming.by === 'wrapped'
    ? { by: incoming.by, ...mechanismDetails(incoming, 'process') }
    : { by: incoming.by };
}

/**
 * Checks and wraps the material; nothing is stored. Throws `invalidKeyMaterial`; for material under a transport key also `notFound` and
 * `expired`, and the detail `part` says what of it was wrong; for material under a key `invalidCiphertext`.
 */
export async function takeMaterial(
  kms: Kms,
  place: MaterialPlace,
  incoming: IncomingMaterial,
  { under }: Unwrapping = {},
): Promise<TakenMaterial> {
  if (incoming.by === 'plain') return importMaterial(kms, place, incoming.material);
  if (incoming.by === 'wrapped') {
    const by = must(under, 'the key that unwraps was looked for');
    const { mechanism, wrapped, parameters } = incoming;
    using unwrapped = await kms.custody.unwrapMaterial(by, mechanism, wrapped, parameters);
    return await importMaterial(kms, place, unwrapped);
  }
  const found = await kms.store.transportKeys.find(place.projectId, incoming.owner);
  using material = await kms.custody.openTransported(requireCurrent(found, kms.clock.now()), incoming);
  return await importMaterial(kms, place, material);
}

async function importMaterial(
  kms: Kms,
  { algorithms, protection, ...place }: MaterialPlace,
  material: SecretBytes,
): Promise<TakenMaterial> {
  const algorithm = algorithmOfLength(algorithms, material.length);
  if (algorithm === undefined) {
    throw new KmsError(
      'invalidKeyMaterial',
      `The material has a length of none of ${algorithms.join(', ')}.`,
    );
  }
  return {
    algorithm,
    material: await kms.custody.importMaterial({ ...place, algorithm }, material, protection),
  };
}
