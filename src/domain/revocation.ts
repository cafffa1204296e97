// Why a key was ended by hand: the reasons of RFC 5280 section 5.3.1, which SP 800-57 part 1 section 8.3.5 asks to be kept with a revoked
// key. The record stays with the key for good, its destruction included.

import { isKeyOf, tableKeys } from '../base/table.ts';

/** The key goes on processing what it has protected. */
const DEACTIVATION_REASONS = {
  unspecified: 'no reason given',
  affiliationChanged: 'who it belonged to is called or placed otherwise now',
  superseded: 'another key has taken its place',
  cessationOfOperation: 'what it was for has ended',
  privilegeWithdrawn: 'who held it may no longer',
} as const satisfies Record<string, string>;

/** Somebody else may have the key: what it has protected since then proves nothing. */
const COMPROMISE_REASONS = {
  keyCompromise: 'somebody else may have the key',
  caCompromise: 'somebody else may have the key of the authority that vouched',
} as const satisfies Record<string, string>;

export type DeactivationReason = keyof typeof DEACTIVATION_REASONS;
export type CompromiseReason = keyof typeof COMPROMISE_REASONS;
export type RevocationReason = DeactivationReason | CompromiseReason;

export const ALL_DEACTIVATION_REASONS = tableKeys(DEACTIVATION_REASONS);
export const ALL_COMPROMISE_REASONS = tableKeys(COMPROMISE_REASONS);

/** A type alias, not an interface: only these are canonical JSON to the compiler. */
export type Revocation = {
  readonly reason: RevocationReason;
  /** In the words of who revoked; may be empty. */
  readonly message: string;
  readonly at: number;
  /** Of a compromise: since when it may have been one, as far as is known. */
  readonly occurredAt?: number | undefined;
};

/** Whether the key is compromised; one that is destroyed as well stays so. */
export function wasCompromised({ revocation }: { readonly revocation?: Revocation | undefined }): boolean {
  return revocation !== undefined && isKeyOf(COMPROMISE_REASONS, revocation.reason);
}
