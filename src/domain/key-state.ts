// The life of a key, as one table: NIST SP 800-57 part 1 revision 5 section 7, with two words of our own.
// `suspended` stops protecting and processing alike ("a disabled key is disabled now"). A pending destruction is a record on a key
// in any state but active and destroyed; it stops everything until it is cancelled. A planned cryptoperiod counts at its instant: the
// state is asked by the clock, whether or not due work has written it yet.

import { tableKeys } from '../base/table.ts';
import { KmsError } from './errors.ts';

/**
 * protect: encrypt, sign, MAC, wrap. process: decrypt, verify, unwrap what was protected earlier. release: take the material out, which
 * may come before the first use (SP 800-57 part 1 section 7.1: a key is distributed while it is pre-active).
 */
export type StateNeed = 'protect' | 'process' | 'release';

interface StateRow {
  /** How strict the state is: of key and version the stricter one counts. */
  readonly strictness: number;
  readonly protect: boolean;
  readonly process: boolean;
  readonly release: boolean;
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
  active: { strictness: 0, protect: true, process: true, release: true, refusal: 'internal' },
  deactivated: { strictness: 1, protect: false, process: true, release: true, refusal: 'keyDeactivated' },
  compromised: { strictness: 2, protect: false, process: true, release: true, refusal: 'keyCompromised' },
  preActive: { strictness: 3, protect: false, process: false, release: true, refusal: 'keyPreActive' },
  suspended: { strictness: 4, protect: false, process: false, release: false, refusal: 'keySuspended' },
  destroyed: { strictness: 5, protect: false, process: false, release: false, refusal: 'keyDestroyed' },
} as const satisfies Record<string, StateRow>;

export type KeyState = keyof typeof KEY_STATES;

export const ALL_KEY_STATES = tableKeys(KEY_STATES);

/** The states that keys are looked for by, in the order of life: one that waits for its destruction is in none of the others. */
export const SOUGHT_STATES = [
  'preActive',
  'active',
  'suspended',
  'deactivated',
  'compromised',
  'pendingDestruction',
  'destroyed',
] as const satisfies readonly (KeyState | 'pendingDestruction')[];

export type SoughtState = (typeof SOUGHT_STATES)[number];

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
    // What is known of a destroyed key still grows: its record says so, and the state stays.
    destroyed: 'destroyed',
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

/** What of a key decides about its state. */
export interface Lifecycle {
  readonly id: string;
  readonly state: KeyState;
  readonly activateAt?: number | undefined;
  readonly deactivateAt?: number | undefined;
  readonly suspendedAt?: number | undefined;
  readonly destruction?: object | undefined;
  readonly processStartAt?: number | undefined;
  readonly protectStopAt?: number | undefined;
  readonly archivedAt?: number | undefined;
}

/**
 * The state by the clock. A suspended key stays suspended whatever was planned: time alone never makes a disabled key process again.
 * A pre-active key whose whole cryptoperiod has passed is deactivated.
 */
export function stateAt(key: Omit<Lifecycle, 'id'>, at: number): KeyState {
  const { state, activateAt, deactivateAt } = key;
  const begun = state === 'preActive' && activateAt !== undefined && activateAt <= at ? 'active' : state;
  return begun === 'active' && deactivateAt !== undefined && deactivateAt <= at ? 'deactivated' : begun;
}

/** Throws what the state table says when the key or its version may not be used like this at the instant. */
export function requireUsable(
  key: Lifecycle,
  version: { readonly state: KeyState },
  need: StateNeed,
  at: number,
): void {
  if (key.state !== 'destroyed') requireNotPendingDestruction(key);
  const row: StateRow = KEY_STATES[effectiveState(stateAt(key, at), version.state)];
  if (!row[need]) throw stateError(row.refusal, key.id);
  if (key.archivedAt !== undefined) throw stateError('keyArchived', key.id);
  requireUsagePeriod(key, need, at);
}

/** The originator usage period ends, and the recipient usage period begins, inside the cryptoperiod (SP 800-57 part 1 section 5.3.3). */
function requireUsagePeriod(key: Lifecycle, need: StateNeed, at: number): void {
  if (need === 'process' && key.processStartAt !== undefined && at < key.processStartAt) {
    throw new KmsError('keyPreActive', `Key ${key.id} processes nothing yet.`, { keyId: key.id });
  }
  if (need === 'protect' && key.protectStopAt !== undefined && at >= key.protectStopAt) {
    throw new KmsError('keyDeactivated', `Key ${key.id} protects nothing more.`, { keyId: key.id });
  }
}

/** Throws `keyPendingDestruction` or `keyDestroyed`; passes in every other state. */
export function requireChangeable(key: Lifecycle): void {
  if (key.state === 'destroyed') throw stateError('keyDestroyed', key.id);
  requireNotPendingDestruction(key);
}

/** The state after the transition; throws when the table has no such step, or while a destruction is pending. */
export function nextState(key: Lifecycle, transition: KeyTransition, at: number): KeyState {
  // A key that is gone, or is going, can still become known as compromised.
  if (transition !== 'destroy' && transition !== 'compromise') requireChangeable(key);
  const steps: Partial<Record<KeyState, KeyState>> = KEY_TRANSITIONS[transition];
  const state = stateAt(key, at);
  const next = steps[state];
  if (next === undefined) {
    throw new KmsError('conflict', `A key in state ${state} cannot ${transition}.`, { keyId: key.id, state });
  }
  // A suspension does not shorten the time before the activation.
  const early = transition === 'resume' && key.activateAt !== undefined && key.activateAt > at;
  return early ? 'preActive' : next;
}

/** The members of a key that change when it enters a state: a suspension that goes on keeps its beginning. */
export function entering(
  key: Pick<Lifecycle, 'suspendedAt'>,
  state: KeyState,
  at: number,
): { readonly state: KeyState; readonly suspendedAt: number | undefined } {
  return { state, suspendedAt: state === 'suspended' ? (key.suspendedAt ?? at) : undefined };
}

function requireNotPendingDestruction(key: Lifecycle): void {
  if (key.destruction !== undefined) throw stateError('keyPendingDestruction', key.id);
}

const STATE_MESSAGES = {
  keyPreActive: 'is not active yet',
  keySuspended: 'is disabled',
  keyDeactivated: 'is deactivated',
  keyCompromised: 'is compromised',
  keyDestroyed: 'is destroyed',
  keyPendingDestruction: 'is pending destruction',
  keyArchived: 'is archived',
  internal: 'is in an unexpected state',
} as const;

function stateError(code: keyof typeof STATE_MESSAGES, keyId: string): KmsError {
  return new KmsError(code, `Key ${keyId} ${STATE_MESSAGES[code]}.`, { keyId });
}
