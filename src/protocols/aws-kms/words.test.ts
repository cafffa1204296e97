import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_KEY_ALGORITHMS, KEY_ALGORITHMS } from '../../domain/algorithms.ts';
import { ALL_KEY_STATES } from '../../domain/key-state.ts';
import { ALL_KEY_SPECS, type AwsKeyUsage, KEY_SPECS, KEY_USAGES, kindOf, stateOf } from './words.ts';

test('every spec and use that a key can be made with is what the key is then described as', () => {
  for (const spec of ALL_KEY_SPECS) {
    const { algorithm, uses } = KEY_SPECS[spec];
    if (algorithm === undefined) continue;
    for (const usage of Object.keys(uses) as AwsKeyUsage[]) {
      const kind = kindOf({ algorithm, usages: KEY_USAGES[usage] });
      assert.deepEqual([kind?.spec, kind?.usage], [spec, usage]);
      for (const word of KEY_USAGES[usage]) {
        assert.ok(
          (KEY_ALGORITHMS[algorithm].usages as readonly string[]).includes(word),
          `${algorithm} ${word}`,
        );
      }
    }
  }
});

test('no two specs are the same algorithm, and algorithms without a spec have no words', () => {
  const named = ALL_KEY_SPECS.flatMap(spec => KEY_SPECS[spec].algorithm ?? []);
  assert.equal(new Set(named).size, named.length);
  for (const algorithm of ALL_KEY_ALGORITHMS) {
    const kind = kindOf({ algorithm, usages: KEY_ALGORITHMS[algorithm].usages });
    assert.equal(kind !== undefined, (named as readonly string[]).includes(algorithm), algorithm);
  }
});

test('a key with uses beyond those of AWS shows the first that AWS has a word for', () => {
  const usages = KEY_ALGORITHMS['aes-256'].usages;
  assert.equal(kindOf({ algorithm: 'aes-256', usages })?.usage, 'ENCRYPT_DECRYPT');
  assert.equal(kindOf({ algorithm: 'aes-256', usages: ['mac'] }), undefined);
});

test('a key is Enabled in one state only, and pending deletion shows before any other', () => {
  for (const state of ALL_KEY_STATES) {
    assert.equal(stateOf({ state }) === 'Enabled', state === 'active');
    const destruction = { at: 1, requestedAt: 0, requestedBy: 'somebody', stateBefore: 'active' } as const;
    assert.equal(stateOf({ state, destruction }), 'PendingDeletion');
  }
});
