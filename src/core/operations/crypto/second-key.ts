// The second key of an operation on two: why there is none is answered only after the first key was authorized, or the answer would tell
// that the first one exists.

import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { Permission } from '../../../domain/permission.ts';
import { deniedError } from '../../authorize.ts';
import type { RequestContext } from '../../context.ts';
import { findKey, type KeySelector } from '../../find-key.ts';
import type { StoreReads } from '../../ports/store.ts';

/** Or the refusal, which `allow` throws. */
export type SecondKey = KeyWithVersion | KmsError;

/** Throws what is no refusal. */
export function findSecondKey(
  reads: StoreReads,
  context: RequestContext,
  permission: Permission,
  selector: KeySelector,
  version?: number,
): Promise<SecondKey> {
  return findKey(reads, context, selector, version).catch(thrown => asDenialOf(permission, thrown));
}

export function foundKey(second: SecondKey): KeyWithVersion | undefined {
  return second instanceof KmsError ? undefined : second;
}

/** The second key; throws why there is none. */
export function requireFound(second: SecondKey): KeyWithVersion {
  if (second instanceof KmsError) throw second;
  return second;
}

/** A key that is not there is refused like one that may not be used: with the permission that was asked about. Throws what is no refusal. */
export function asDenialOf(permission: Permission, thrown: unknown): KmsError {
  if (!(thrown instanceof KmsError)) throw thrown;
  return thrown.code === 'denied' ? deniedError(String(thrown.details.reason), permission) : thrown;
}
