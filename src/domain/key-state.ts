// The life of a key, as one table: NIST SP 800-57 part 1 revision 5 section 7, with two words of our own.
// `suspended` stops protecting and processing alike ("a disabled key is disabled now"). A pending destruction is `destroyAt` on a key
// in any state but active and destroyed; it stops everything until it is cancelled.

import { tableKeys } from '../base/table.ts';
import { KmsError } from './errors.ts';

/** protect: encrypt, sign, MAC, wrap. process: decrypt, verify, unwrap what was protected earlier. */
export type StateNeed = 'protect' | 'process';

interface StateRow {
  /** How strict the state is: of key and version the stricter one counts. */
  readonly strictness: number;
  readonly protect: boolean;
  readonly process: boolean;
  /** What a refused use is told. */
  readonly refusal:
    | 'keyPreActive'
    | 'keySuspended'
    | 'keyDeactivated'
    | 'keyCompromised'
    | 'keyDestroyed'
    | 'internal';
}

export const KEY_STATES = {
  active: { strictness: 0, protect: true, process: true, refusal: 'internal' },
  deactivated: { strictness: 1, protect: false, process: true, refusal: 'keyDeactivated' },
  compromised: { strictness: 2, protect: false, process: true, refusal: 'keyCompromised' },
  preActive: { strictness: 3, protect: false, process: false, refusal: 'keyPreActive' },
  suspended: { strictness: 4, protect: false, process: false, refusal: 'keySuspended' },
  destroyed: { strictness: 5, protect: false, process: false, refusal: 'keyDestroyed' },
} as const satisfies Record<string, StateRow>;

export type KeyState = keyof typeof KEY_STATES;

export const ALL_KEY_STATES = tableKeys(KEY_STATES);

/** What may be done to a key in each state: the state it leads to, or the refusal. Absent means `conflict`. */
export const KEY_TRANSITIONS = {
  activate: { preActive: 'active', active: 'active' },
  suspend: { active: 'suspended', suspended: 'suspended' },
  resume: { suspended: 'active', active: 'active' },
  deactivate: { active: 'deactivated', suspended: 'deactivated', deactivated: 'deactivated' },
  compromise: {
    preActive: 'compromised',
    active: 'compromised',
    suspended: 'compromised',
    deactivated: 'compromised',
    compromised: 'compromised',
  },
  scheduleDestruction: {
    preActive: 'suspended',
    active: 'suspended',
    suspended: 'suspended',
    deactivated: 'deactivated',
    compromised: 'compromised',
  },
  destroy: {
    preActive: 'destroyed',
    suspended: 'destroyed',
    deactivated: 'destroyed',
    compromised: 'destroyed',
    active: 'destroyed',
  },
} as const satisfies Record<string, Partial<Record<KeyState, KeyState>>>;

export type KeyTransition = keyof typeof KEY_TRANSITIONS;

/** The stricter of two states. */
export function effectiveState(key: KeyState, version: KeyState): KeyState {
  return KEY_STATES[key].strictness >= KEY_STATES[version].strictness ? key : version;
}

interface Lifecycle {
  readonly id: string;
  readonly state: KeyState;
  readonly destroyAt?: number | undefined;
}

/** Throws what the state table says when the key or its version may not be used like this now. */
export function requireUsable(key: Lifecycle, version: { readonly state: KeyState }, need: StateNeed): void {
  if (key.state !== 'destroyed') requireNotPendingDestruction(key);
  const row: StateRow = KEY_STATES[effectiveState(key.state, version.state)];
  if (!row[need]) throw stateError(row.refusal, key.id);
}

/** Throws `keyPendingDestruction` or `keyDestroyed`; passes in every other state. */
export function requireChangeable(key: Lifecycle): void {
  if (key.state === 'destroyed') throw stateError('keyDestroyed', key.id);
  requireNotPendingDestruction(key);
}

/** The state after the transition; throws when the table has no such step, or while a destruction is pending. */
export function nextState(key: Lifecycle, transition: KeyTransition): KeyState {
  if (transition !== 'destroy') requireChangeable(key);
  const steps: Partial<Record<KeyState, KeyState>> = KEY_TRANSITIONS[transition];
  const next = steps[key.state];
  if (next === undefined) {
    throw new KmsError('conflict', `A key in state ${key.state} cannot ${transition}.`, {
      keyId: key.id,
      state: key.state,
    });
  }
  return next;
}

function requireNotPendingDestruction(key: Lifecycle): void {
  if (key.destroyAt !== undefined) throw stateError('keyPendingDestruction', key.id);
}

const STATE_MESSAGES = {
  keyPreActive: 'is not active yet',
  keySuspended: 'is disabled',
  keyDeactivated: 'is deactivated',
  keyCompromised: 'is compromised',
  keyDestroyed: 'is destroyed',
  keyPendingDestruction: 'is pending destruction',
  internal: 'is in an unexpected state',
} as const;

function stateError(code: keyof typeof STATE_MESSAGES, keyId: string): KmsError {
  return new KmsError(code, `Key ${keyId} ${STATE_MESSAGES[code]}.`, { keyId });
}
