// A key is identity, algorithm, rules, state and versions; a key version is one generation of its material.
// Nothing here holds plain material: `wrapped` opens in custody alone.

import type { Bytes } from '../base/bytes.ts';
import { tableKeys } from '../base/table.ts';
import { algorithmOfLength, type KeyAlgorithm, type KeyUsage, replaceableBy } from './algorithms.ts';
import type { DualControl } from './dual-control.ts';
import type { KeyState } from './key-state.ts';
import type { Project } from './project.ts';
import type { Revocation } from './revocation.ts';
import type { UsageLimit } from './usage-limit.ts';

export type KeyOrigin = 'generated' | 'imported' | 'external';

export const PROTECTION_LEVELS = {
  software: 'in software, under the wrapping key of its project',
  hsmWrapped: 'in software, and at rest wrapped besides by a key that does not leave a token',
  hsm: 'in a token, which it does not leave',
} as const satisfies Record<string, string>;

export type ProtectionLevel = keyof typeof PROTECTION_LEVELS;

export const ALL_PROTECTION_LEVELS = tableKeys(PROTECTION_LEVELS);

/** Where material may be that comes in from outside, or is given out again. */
export const MATERIAL_LEVELS = ['software', 'hsmWrapped'] as const satisfies readonly ProtectionLevel[];

export type MaterialLevel = (typeof MATERIAL_LEVELS)[number];

/** The key of each project that wraps in hardware: a key of the level `hsm`, found by its name, used by custody alone. */
export const HARDWARE_WRAPPING_KEY = {
  owner: 'keyhold',
  namespace: 'custody',
  text: 'hardware-wrapping-key',
} as const;

export interface RotationSchedule {
  readonly periodMs: number;
  /** The next rotation is due then; while the key is suspended it waits. */
  readonly nextAt: number;
}

/** Another key is to take the place of this one: for protocols in which a key has one material for life. */
export interface PlannedReplacement {
  /** While the key is suspended it waits. */
  readonly at: number;
  /** The protocol that knows what goes over to the new key, and makes it. */
  readonly by: string;
}

/** A destruction that was asked for and has not come yet; until then it can be cancelled. */
export interface PendingDestruction {
  /** When the material is destroyed. */
  readonly at: number;
  readonly requestedAt: number;
  /** Id of a principal, or the name of a part of the server. */
  readonly requestedBy: string;
  /** What a cancellation that restores the key brings back. */
  readonly stateBefore: KeyState;
}

export interface Key {
  /** UUID in lower case. Unique in the installation, and inside every ciphertext of ours as 16 bytes. */
  readonly id: string;
  readonly projectId: string;
  readonly keyRingId: string;
  /** The region or location of protocols that have one, such as `us-east-1`. */
  readonly location: string;
  readonly algorithm: KeyAlgorithm;
  readonly usages: readonly KeyUsage[];
  readonly protection: ProtectionLevel;
  readonly origin: KeyOrigin;
  readonly exportable: boolean;
  /** Of an exportable key: its material leaves wrapped under another key, and not in the clear. */
  readonly wrappedOnly?: boolean | undefined;
  /** The public half of a pair without its private one: it encrypts, wraps, encapsulates and verifies. */
  readonly publicOnly: boolean;
  /** The service that owns the key, such as `aws/s3`: made on first use, not disabled or destroyed by users. */
  readonly serviceOwner?: string | undefined;
  /** A name for display: not unique, may be empty. */
  readonly label: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** As it was last written: by the clock it may be further already, see `stateAt`. */
  readonly state: KeyState;
  /** The cryptoperiod as planned (SP 800-57 part 1 section 5.3): preActive before, deactivated from then on. */
  readonly activateAt?: number | undefined;
  readonly deactivateAt?: number | undefined;
  /** Within it, the usage periods of SP 800-57 part 1 section 5.3.3: nothing is processed before the one, or protected from the other on. */
  readonly processStartAt?: number | undefined;
  readonly protectStopAt?: number | undefined;
  /** Since when the key has been suspended; undefined in every other state. */
  readonly suspendedAt?: number | undefined;
  /** The version that encrypts; older ones still decrypt. */
  readonly primaryVersion: number;
  readonly latestVersion: number;
  readonly rotation?: RotationSchedule | undefined;
  readonly replacement?: PlannedReplacement | undefined;
  /** When the newest version that is no first one was made. */
  readonly rotatedAt?: number | undefined;
  readonly destruction?: PendingDestruction | undefined;
  /** Present: the key is destroyed by two principals only. */
  readonly dualControl?: DualControl | undefined;
  /** Why it was deactivated by hand, or compromised. */
  readonly revocation?: Revocation | undefined;
  readonly usageLimit?: UsageLimit | undefined;
  /** Since when the key has been put away: it is not used until it is recovered. */
  readonly archivedAt?: number | undefined;
  /** Id of a principal, or the name of a part of the server. */
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Counts changes: a change is refused with `conflict` when it was made from an older revision. */
  readonly revision: number;
}

/** Why a version exists. */
export type VersionCause = 'created' | 'scheduledRotation' | 'requestedRotation' | 'imported';

export interface KeyVersion {
  readonly keyId: string;
  /** Counts from 1. */
  readonly number: number;
  readonly state: KeyState;
  readonly cause: VersionCause;
  /** 64 hex digits that name the material without revealing it: see docs/formats/wrapped-material.md. */
  readonly materialId: string;
  /** Length of the material where it is a row of bytes; undefined for pairs. */
  readonly materialBytes?: number | undefined;
  /** The material under the project's wrapping key; empty once destroyed. */
  readonly wrapped: Bytes;
  /** SubjectPublicKeyInfo in DER (RFC 5280 section 4.1), for pairs. */
  readonly publicKey?: Bytes | undefined;
  readonly createdAt: number;
  readonly destroyedAt?: number | undefined;
}

/** Of the material of one version: the key itself has the algorithm of its primary version, which may have come in another length. */
export function versionAlgorithm(
  { algorithm }: Pick<Key, 'algorithm'>,
  { materialBytes }: Pick<KeyVersion, 'materialBytes'>,
): KeyAlgorithm {
  if (materialBytes === undefined) return algorithm;
  return algorithmOfLength(replaceableBy(algorithm), materialBytes) ?? algorithm;
}

/** A key with the one version that an operation is about, and its project: what nearly every operation reads, in one query. */
export interface KeyWithVersion {
  readonly key: Key;
  readonly version: KeyVersion;
  readonly project: Project;
}

/** (namespace, project, text) points at a key. A protocol brings a namespace string, such as `aws/us-east-1`. */
export interface KeyName {
  readonly namespace: string;
  readonly projectId: string;
  readonly text: string;
  readonly keyId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}
