// What of our keys this protocol has words for: root keys, standard keys, and their states by number.

import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../domain/algorithms.ts';
import type { Key } from '../../domain/key.ts';
import { type KeyState, stateAt } from '../../domain/key-state.ts';
import { type KeyProtectRefusal, refusal } from './fault.ts';

export type KeyKind = 'root' | 'standard';

/** Root keys wrap and never leave; standard keys are what leaves. */
export const ROOT_ALGORITHMS: readonly KeyAlgorithm[] = ['aes-128', 'aes-192', 'aes-256'];
export const SHOWN_ALGORITHMS: readonly KeyAlgorithm[] = ['opaque', ...ROOT_ALGORITHMS];

/** Undefined for keys that IBM has no word for: pairs, and keys that only authenticate. */
export function kindOf(key: Pick<Key, 'algorithm' | 'exportable'>): KeyKind | undefined {
  if (!SHOWN_ALGORITHMS.includes(key.algorithm)) return undefined;
  return key.exportable || key.algorithm === 'opaque' ? 'standard' : 'root';
}

/** The algorithm of a root key with material of so many bytes; undefined where there is none. */
export function rootAlgorithm(bytes: number): KeyAlgorithm | undefined {
  return ROOT_ALGORITHMS.find(name => {
    const facts = KEY_ALGORITHMS[name];
    return facts.kind === 'symmetric' && facts.materialBytes.default === bytes;
  });
}

/** 4 is not used. A key that waits for its destruction is what IBM calls destroyed: it can be restored or purged. */
export type StateNumber = 0 | 1 | 2 | 3 | 5;

const STATE_NUMBERS = {
  preActive: 0,
  active: 1,
  suspended: 2,
  deactivated: 3,
  // IBM has no state for it; what it allows is the same.
  compromised: 3,
  destroyed: 5,
} as const satisfies Record<KeyState, StateNumber>;

export function stateOf(key: Key, at: number): StateNumber {
  return key.destruction !== undefined ? 5 : STATE_NUMBERS[stateAt(key, at)];
}

/** What a guard may ask of a key, behind authorization. */
export interface Expected {
  readonly kind?: KeyKind | undefined;
  /** Undefined: any. */
  readonly states?: readonly StateNumber[] | undefined;
  /** What a key in another state is refused with; a deleted key is KEY_DELETED_ERR anyway. */
  readonly otherwise?: KeyProtectRefusal | undefined;
}

/** Throws KEY_NOT_FOUND_ERR for keys without words, KEY_DELETED_ERR, KEY_ROOT_REQ_ERR, KEY_ACTION_INVALID_STATE_ERR. */
export function requireExpected(key: Key, { kind, states, otherwise }: Expected, at: number): void {
  const found = kindOf(key);
  if (found === undefined) throw refusal('KEY_NOT_FOUND_ERR');
  const state = stateOf(key, at);
  if (states !== undefined && state === 5 && !states.includes(5)) throw refusal('KEY_DELETED_ERR');
  if (kind === 'root' && found !== 'root') throw refusal('KEY_ROOT_REQ_ERR');
  if (states !== undefined && !states.includes(state)) {
    throw otherwise ?? refusal('KEY_ACTION_INVALID_STATE_ERR');
  }
}
