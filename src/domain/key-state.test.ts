import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KmsError } from './errors.ts';
import {
  ALL_KEY_STATES,
  effectiveState,
  entering,
  KEY_STATES,
  KEY_TRANSITIONS,
  type KeyState,
  type KeyTransition,
  nextState,
  requireChangeable,
  requireUsable,
  stateAt,
} from './key-state.ts';

const NOW = 1_000;
const keyIn = (state: KeyState, destruction?: object) => ({ id: 'k', state, destruction });

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof KmsError);
    return error.code;
  }
}

test('of key and version the stricter state decides, in either order', () => {
  for (const left of ALL_KEY_STATES) {
    for (const right of ALL_KEY_STATES) {
      const both = effectiveState(left, right);
      assert.equal(both, effectiveState(right, left));
      assert.equal(KEY_STATES[both].protect, KEY_STATES[left].protect && KEY_STATES[right].protect);
      assert.equal(KEY_STATES[both].process, KEY_STATES[left].process && KEY_STATES[right].process);
    }
  }
});

test('each state permits what SP 800-57 says and names its refusal', () => {
  const expected: Record<KeyState, readonly [protect: string, process: string, release: string]> = {
    preActive: ['keyPreActive', 'keyPreActive', 'ok'],
    active: ['ok', 'ok', 'ok'],
    suspended: ['keySuspended', 'keySuspended', 'keySuspended'],
    deactivated: ['keyDeactivated', 'ok', 'ok'],
    compromised: ['keyCompromised', 'ok', 'ok'],
    destroyed: ['keyDestroyed', 'keyDestroyed', 'keyDestroyed'],
  };
  for (const state of ALL_KEY_STATES) {
    const outcomes = (['protect', 'process', 'release'] as const).map(need =>
      codeOf(() => requireUsable(keyIn(state), { state: 'active' }, need, NOW)),
    );
    assert.deepEqual(outcomes, expected[state], state);
  }
});

test('a pending destruction stops every use and every change', () => {
  for (const state of ALL_KEY_STATES.filter(state => state !== 'destroyed')) {
    const pending = keyIn(state, {});
    assert.equal(
      codeOf(() => requireUsable(pending, { state: 'active' }, 'process', NOW)),
      'keyPendingDestruction',
    );
    assert.equal(
      codeOf(() => requireChangeable(pending)),
      'keyPendingDestruction',
    );
    assert.equal(
      codeOf(() => nextState(pending, 'resume', NOW)),
      'keyPendingDestruction',
    );
  }
});

test('each step is made from the states that it has a meaning in, and from no other', () => {
  const expected: Record<KeyTransition, readonly KeyState[]> = {
    activate: ['active', 'preActive'],
    suspend: ['active', 'suspended'],
    resume: ['active', 'suspended'],
    deactivate: ['active', 'deactivated', 'suspended'],
    compromise: ['active', 'deactivated', 'destroyed', 'preActive', 'suspended'],
    scheduleDestruction: ['active', 'compromised', 'deactivated', 'preActive', 'suspended'],
    destroy: ['active', 'compromised', 'deactivated', 'preActive', 'suspended'],
  };
  for (const [transition, states] of Object.entries(expected) as [KeyTransition, readonly KeyState[]][]) {
    const possible = ALL_KEY_STATES.filter(
      state => codeOf(() => nextState(keyIn(state), transition, NOW)) === 'ok',
    );
    assert.deepEqual(possible.sort(), states, transition);
  }
  assert.equal(
    codeOf(() => requireChangeable(keyIn('destroyed'))),
    'keyDestroyed',
  );
});

test('nothing leaves the destroyed state, and a compromise is never undone', () => {
  for (const transition of Object.keys(KEY_TRANSITIONS) as KeyTransition[]) {
    const gone = codeOf(() => nextState(keyIn('destroyed'), transition, NOW));
    if (gone === 'ok') assert.equal(nextState(keyIn('destroyed'), transition, NOW), 'destroyed', transition);
    const outcome = codeOf(() => nextState(keyIn('compromised'), transition, NOW));
    if (outcome === 'ok')
      assert.ok(['compromised', 'destroyed'].includes(nextState(keyIn('compromised'), transition, NOW)));
  }
});

test('a deactivated key cannot become active by way of a cancelled destruction', () => {
  const scheduled = nextState(keyIn('deactivated'), 'scheduleDestruction', NOW);
  assert.equal(scheduled, 'deactivated');
  assert.equal(
    codeOf(() => nextState(keyIn(scheduled), 'resume', NOW)),
    'conflict',
  );
});

test('a planned cryptoperiod counts at its instant, and wakes no suspended key', () => {
  const planned = { activateAt: 10, deactivateAt: 20 };
  const at = (state: KeyState, instant: number) => stateAt({ state, ...planned }, instant);
  assert.deepEqual(
    [at('preActive', 9), at('preActive', 10), at('preActive', 19), at('preActive', 20)],
    ['preActive', 'active', 'active', 'deactivated'],
  );
  assert.deepEqual([at('active', 19), at('active', 20)], ['active', 'deactivated']);
  for (const state of ['suspended', 'deactivated', 'compromised', 'destroyed'] as const) {
    assert.equal(at(state, 20), state);
  }
  const over = { id: 'k', state: 'active' as const, deactivateAt: 20 };
  assert.equal(
    codeOf(() => requireUsable(over, { state: 'active' }, 'protect', 20)),
    'keyDeactivated',
  );
  assert.equal(
    codeOf(() => requireUsable(over, { state: 'active' }, 'process', 20)),
    'ok',
  );
  assert.equal(
    codeOf(() => nextState(over, 'suspend', 20)),
    'conflict',
  );
});

test('a key that is resumed before its activation is pre-active again', () => {
  const early = { id: 'k', state: 'suspended' as const, activateAt: 10 };
  assert.equal(nextState(early, 'resume', 9), 'preActive');
  assert.equal(nextState(early, 'resume', 10), 'active');
});

test('a suspension that goes on keeps its beginning, and ends with the state', () => {
  assert.deepEqual(entering({}, 'suspended', 5), { state: 'suspended', suspendedAt: 5 });
  assert.deepEqual(entering({ suspendedAt: 3 }, 'suspended', 5), { state: 'suspended', suspendedAt: 3 });
  assert.deepEqual(entering({ suspendedAt: 3 }, 'active', 5), { state: 'active', suspendedAt: undefined });
});

test('usage periods begin and end inside the cryptoperiod, each for its own need', () => {
  const key = { id: 'k', state: 'active' as const, processStartAt: 10, protectStopAt: 20 };
  const at = (need: 'protect' | 'process' | 'release', instant: number) =>
    codeOf(() => requireUsable(key, { state: 'active' }, need, instant));
  assert.deepEqual([at('process', 9), at('process', 10), at('process', 20)], ['keyPreActive', 'ok', 'ok']);
  assert.deepEqual([at('protect', 9), at('protect', 19), at('protect', 20)], ['ok', 'ok', 'keyDeactivated']);
  assert.deepEqual([at('release', 9), at('release', 20)], ['ok', 'ok']);
});

test('an archived key is used for nothing, and its state still shows first', () => {
  for (const need of ['protect', 'process', 'release'] as const) {
    const refusal = (state: KeyState) =>
      codeOf(() => requireUsable({ ...keyIn(state), archivedAt: 5 }, { state: 'active' }, need, NOW));
    assert.deepEqual([refusal('active'), refusal('destroyed')], ['keyArchived', 'keyDestroyed']);
  }
});

test('a key that is destroyed or waits for its destruction can become known as compromised', () => {
  assert.equal(nextState(keyIn('destroyed'), 'compromise', NOW), 'destroyed');
  assert.equal(nextState(keyIn('suspended', {}), 'compromise', NOW), 'compromised');
  assert.equal(
    codeOf(() => nextState(keyIn('compromised'), 'compromise', NOW)),
    'conflict',
  );
});
