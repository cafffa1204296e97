import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KmsError } from './errors.ts';
import {
  ALL_KEY_STATES,
  effectiveState,
  KEY_STATES,
  KEY_TRANSITIONS,
  type KeyState,
  type KeyTransition,
  nextState,
  requireChangeable,
  requireUsable,
} from './key-state.ts';

const keyIn = (state: KeyState, destroyAt?: number) => ({ id: 'k', state, destroyAt });

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
  const expected: Record<KeyState, readonly [protect: string, process: string]> = {
    preActive: ['keyPreActive', 'keyPreActive'],
    active: ['ok', 'ok'],
    suspended: ['keySuspended', 'keySuspended'],
    deactivated: ['keyDeactivated', 'ok'],
    compromised: ['keyCompromised', 'ok'],
    destroyed: ['keyDestroyed', 'keyDestroyed'],
  };
  for (const state of ALL_KEY_STATES) {
    const outcomes = (['protect', 'process'] as const).map(need =>
      codeOf(() => requireUsable(keyIn(state), { state: 'active' }, need)),
    );
    assert.deepEqual(outcomes, expected[state], state);
  }
});

test('a pending destruction stops every use and every change', () => {
  for (const state of ALL_KEY_STATES.filter(state => state !== 'destroyed')) {
    const pending = keyIn(state, 1);
    assert.equal(
      codeOf(() => requireUsable(pending, { state: 'active' }, 'process')),
      'keyPendingDestruction',
    );
    assert.equal(
      codeOf(() => requireChangeable(pending)),
      'keyPendingDestruction',
    );
    assert.equal(
      codeOf(() => nextState(pending, 'resume')),
      'keyPendingDestruction',
    );
  }
});

test('nothing leaves the destroyed state, and a compromise is never undone', () => {
  for (const transition of Object.keys(KEY_TRANSITIONS) as KeyTransition[]) {
    assert.notEqual(
      codeOf(() => nextState(keyIn('destroyed'), transition)),
      'ok',
      transition,
    );
    const outcome = codeOf(() => nextState(keyIn('compromised'), transition));
    if (outcome === 'ok')
      assert.ok(['compromised', 'destroyed'].includes(nextState(keyIn('compromised'), transition)));
  }
});

test('a deactivated key cannot become active by way of a cancelled destruction', () => {
  const scheduled = nextState(keyIn('deactivated'), 'scheduleDestruction');
  assert.equal(scheduled, 'deactivated');
  assert.equal(
    codeOf(() => nextState(keyIn(scheduled), 'resume')),
    'conflict',
  );
});
