// Whether the root key is there, and how it comes and goes. Optional: custody alone is opened once and stays so.

import type { SecretBytes } from '../../base/secret-bytes.ts';

/** How far a root key in shares is from being there. */
export interface SharesOfRoot {
  readonly generation: number;
  /** Names the set of shares. */
  readonly set: string;
  readonly parts: number;
  readonly threshold: number;
  /** Numbers of the shares that have been given. */
  readonly given: readonly number[];
  /** When they are forgotten, unless the last one comes. */
  readonly until?: number | undefined;
  readonly complete: boolean;
}

export interface SealState {
  readonly sealed: boolean;
  /** Why, for the operator; undefined when it is open. */
  readonly reason?: string | undefined;
  /** When the server tries again by itself. */
  readonly nextAttemptAt?: number | undefined;
  readonly shares: readonly SharesOfRoot[];
}

/** One generation of the root key and what depends on it. */
export interface RootKeyInUse {
  readonly generation: number;
  readonly provider: string;
  /** Where it is, in a few words. */
  readonly kept: string;
  readonly fingerprint: string;
  readonly state: 'current' | 'retiring';
  /** How many wrapping keys of projects it wraps. */
  readonly wrappingKeys: number;
}

export interface Sealing {
  state(): Promise<SealState>;
  rootKeys(): Promise<readonly RootKeyInUse[]>;
  /**
   * Takes a share of the root key, and opens everything with the last one that is needed; without one it tries to open what needs none.
   * The share stays the caller's.
   */
  giveShare(share: SecretBytes | undefined): Promise<SealState>;
  /** Forgets shares that were given and have not opened anything. */
  forgetShares(): Promise<SealState>;
  /** Forgets the root key and all that was opened with it. Work under way fails or ends. */
  seal(): Promise<SealState>;
  /**
   * Makes a new root key in shares, which comes into service by the next rotation to shares. The caller disposes of what it returns: one
   * text, the shares with a blank between them.
   */
  makeShares(sharing: { readonly parts: number; readonly threshold: number }): Promise<SecretBytes>;
}
