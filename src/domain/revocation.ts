// Why a key was ended by hand: the reasons of RFC 5280 section 5.3.1, which SP 800-57 part 1 section 8.3.5 asks to be kept with a revoked
// key. The record stays with the key for good, its destruction included.

import { tableKeys } from '../base/table.ts';

interface ReasonRow {
  /** Somebody else may have the key: what it has protected since then proves nothing. */
  readonly compromise: boolean;
  readonly meaning: string;
}

export const REVOCATION_REASONS = {
  unspecified: { compromise: false, meaning: 'no reason given' },
  keyCompromise: { compromise: true, meaning: 'somebody else may have the key' },
  caCompromise: { compromise: true, meaning: 'somebody else may have the key of the authority that vouched' },
  affiliationChanged: { compromise: false, meaning: 'who it belonged to is called or placed otherwise now' },
  superseded: { compromise: false, meaning: 'another key has taken its place' },
  cessationOfOperation: { compromise: false, meaning: 'what it was for has ended' },
  privilegeWithdrawn: { compromise: false, meaning: 'who held it may no longer' },
} as const satisfies Record<string, ReasonRow>;

export type RevocationReason = keyof typeof REVOCATION_REASONS;

export const ALL_REVOCATION_REASONS = tableKeys(REVOCATION_REASONS);

/** The reasons of a compromise, and the others. */
export type CompromiseReason = 'keyCompromise' | 'caCompromise';
export type DeactivationReason = Exclude<RevocationReason, CompromiseReason>;

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
  return revocation !== undefined && REVOCATION_REASONS[revocation.reason].compromise;
}
