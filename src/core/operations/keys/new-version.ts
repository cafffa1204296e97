// A further version of a key, which becomes the primary one: what every operation that makes one checks and writes.

import type { KeyAlgorithm } from '../../../domain/algorithms.ts';
import type { AuditDetails } from '../../../domain/audit-entry.ts';
import { KmsError, limitExceeded } from '../../../domain/errors.ts';
import type { Key, KeyVersion, KeyWithVersion, VersionCause } from '../../../domain/key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireElapsed, requireText } from '../../checks.ts';
import { unswept } from '../../hardware-sweep.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { type KeyChange, type KeyChangeInput, storeKeyChange } from './on-key.ts';

export interface NewVersionInput extends KeyChangeInput {
  /** Refuse with `tooEarly` while the newest version that is no first one is younger: some protocols space rotations. */
  readonly minimumIntervalMs?: number | undefined;
  /** A schedule begins anew with this version. */
  readonly restartSchedule?: boolean | undefined;
  /**
   * Why those who hold the public key of a pair, or compare MACs, learn of the new version: such keys have new versions for who says so.
   * It is kept in the log.
   */
  readonly verifiersLearn?: string | undefined;
}

/** Throws `invalidInput`. */
export function checkNewVersion({ verifiersLearn }: NewVersionInput): void {
  if (verifiersLearn !== undefined)
    requireText('verifiersLearn', verifiersLearn, 1, LIMITS.reasonCharactersMax);
}

export function newVersionDetails({ verifiersLearn }: NewVersionInput): AuditDetails {
  return { verifiersLearn };
}

export interface NewVersion {
  readonly number: number;
  readonly material: WrappedMaterial;
  /** Of the key from now on, where the material may have come in another length. */
  readonly algorithm?: KeyAlgorithm | undefined;
}

/** Throws `limitExceeded`. */
export function requireRoomForVersion({ id: keyId, latestVersion }: Key): void {
  if (latestVersion < LIMITS.keyVersionsMax) return;
  throw limitExceeded('A key', LIMITS.keyVersionsMax, 'versions', { keyId });
}

/** Throws `limitExceeded` and `tooEarly`. */
export function requireNewVersion(key: Key, input: NewVersionInput, at: number): void {
  requireRoomForVersion(key);
  requireElapsed(`the last rotation of key ${key.id}`, key.rotatedAt, input.minimumIntervalMs, at);
}

/** Throws `conflict` when another version came between, or a sweep of the token. */
export async function insertVersion(
  tx: StoreTransaction,
  args: KeyChange<NewVersionInput>,
  { number, material, algorithm = args.target.key.algorithm }: NewVersion,
  cause: VersionCause,
): Promise<KeyWithVersion> {
  const { key } = args.target;
  const { at } = args;
  // The material is bound to its version number: when another rotation came between, this one has nothing to offer.
  if (key.latestVersion + 1 !== number) {
    throw new KmsError('conflict', `Key ${key.id} was rotated meanwhile.`, { keyId: key.id });
  }
  const kept = await unswept(tx, material);
  const version: KeyVersion = { keyId: key.id, number, state: 'active', cause, ...kept, createdAt: at };
  await tx.keys.insertVersion(version);
  const restarts = cause === 'scheduledRotation' || args.input.restartSchedule === true;
  const rotation =
    restarts && key.rotation !== undefined
      ? { ...key.rotation, nextAt: at + key.rotation.periodMs }
      : key.rotation;
  const changes = { algorithm, primaryVersion: number, latestVersion: number, rotation, rotatedAt: at };
  return { ...(await storeKeyChange(tx, args, changes)), version };
}
