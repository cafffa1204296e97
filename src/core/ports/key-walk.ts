// The part of the store that goes through the keys of a project from the newest on, slice by slice, and finds those with given traits
// without looking at the others.

import type { Key } from '../../domain/key.ts';
import type { KeyQuery } from './key-search.ts';

/**
 * Something that an index knows of a key: one of the texts is its id, its state but for the clock, its kind, or a mark that it has
 * (key-marks.ts).
 */
export interface KeyTrait {
  readonly by: 'id' | 'state' | 'kind' | 'mark';
  /** None: no key has the trait. */
  readonly anyOf: readonly string[];
}

export interface KeyWalk extends Pick<KeyQuery, 'projectId' | 'keyRingIds' | 'keyIds' | 'states' | 'at'> {
  /** All of them. */
  readonly traits: readonly KeyTrait[];
  /** Made at that instant or later; undefined: ever. */
  readonly from?: number | undefined;
  /** Made before that instant: where the slice before has ended. */
  readonly until?: number | undefined;
}

export interface WalkedKeys {
  /** Newest first. */
  readonly keys: readonly Key[];
  /** Where the next slice begins; undefined: there is none. */
  readonly next?: number | undefined;
}

export interface KeyWalkReads {
  /** The kinds of which the project has keys, in order; at most so many. */
  kinds(projectId: string, max: number): Promise<readonly string[]>;
  /**
   * The keys among the next candidates: so many at most for each text of the trait by which the slice reaches the farthest, and a few more
   * where several were made in one millisecond.
   */
  slice(walk: KeyWalk, candidates: number): Promise<WalkedKeys>;
}
