// The part of the store that finds keys by what is known of them. Every question is about one project, and its cost grows with the
// number of candidates there: who asks looks at that first.

import type { KeyAlgorithm } from '../../domain/algorithms.ts';
import type { InstantRange } from '../../domain/instant-range.ts';
import type { Key, KeyName, KeyOrigin } from '../../domain/key.ts';
import type { SoughtState } from '../../domain/key-state.ts';
import type { Window } from './registrations.ts';

/** Instants of a key; any but the first two may be absent. */
export type KeyInstant = 'createdAt' | 'updatedAt' | 'rotatedAt' | 'destructionRequestedAt' | 'deactivateAt';

/** Letters of ASCII are alike in either case; `%` and `_` are only themselves. */
export interface KeyTextSearch {
  readonly text: string;
  /** Where it is looked for: one is enough. */
  readonly in: readonly ('label' | 'name')[];
  /** Of the names. */
  readonly namespace: string;
  /** The whole label or name, not a part of it. */
  readonly whole: boolean;
  /** The keys that do not have it. */
  readonly negated: boolean;
}

export type KeySortProperty = 'id' | 'state' | 'exportable' | 'origin' | KeyInstant;

export interface KeySortTerm {
  /** `state` sorts in the order of life, as SOUGHT_STATES has them. */
  readonly by: KeySortProperty;
  /** Absent instants come before all others, and in descending order after them. */
  readonly descending: boolean;
}

export interface KeyQuery {
  readonly projectId: string;
  /** In one of these rings, or one of these keys; both undefined: all of the project. */
  readonly keyRingIds?: readonly string[] | undefined;
  readonly keyIds?: readonly string[] | undefined;
  readonly states?: readonly SoughtState[] | undefined;
  /** For protocols that have words for some alone. */
  readonly algorithms?: readonly KeyAlgorithm[] | undefined;
  readonly exportable?: boolean | undefined;
  readonly origin?: KeyOrigin | undefined;
  readonly instants?: { readonly [Name in KeyInstant]?: InstantRange | undefined } | undefined;
  readonly text?: KeyTextSearch | undefined;
  /** The instant at which states are asked for. */
  readonly at: number;
}

export interface KeySearchReads {
  /** How many keys would be looked at, counted no further than `max`. */
  candidates(query: KeyQuery, max: number): Promise<number>;
  /** `sort` is completed by the id, so that windows of one list never overlap; without a window all that match. */
  search(query: KeyQuery, sort: readonly KeySortTerm[], window: Window | undefined): Promise<readonly Key[]>;
  count(query: KeyQuery): Promise<number>;
  /** The names that the keys have in the namespace of their project, ordered by text. */
  namesOf(projectId: string, namespace: string, keyIds: readonly string[]): Promise<readonly KeyName[]>;
}
