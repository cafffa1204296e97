import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_KEY_ALGORITHMS, KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key } from '../../../domain/key.ts';
import { requireRotatable } from './rotatable.ts';

const key = (changes: Partial<Key>): Key => ({
  id: 'k',
  projectId: 'p',
  keyRingId: 'r',
  location: 'us-east-1',
  algorithm: 'aes-256',
  usages: ['encrypt', 'decrypt'],
  protection: 'software',
  origin: 'generated',
  exportable: false,
  description: '',
  tags: {},
  state: 'active',
  primaryVersion: 1,
  latestVersion: 1,
  createdAt: 0,
  updatedAt: 0,
  revision: 1,
  ...changes,
});

function rotates(changes: Partial<Key>): boolean {
  try {
    requireRotatable(key(changes));
    return true;
  } catch (error) {
    assert.ok(error instanceof KmsError && error.code === 'unsupported');
    return false;
  }
}

test('symmetric keys that encrypt rotate, and no others', () => {
  for (const algorithm of ALL_KEY_ALGORITHMS) {
    const { kind, usages } = KEY_ALGORITHMS[algorithm];
    assert.equal(
      rotates({ algorithm, usages }),
      kind === 'symmetric' && usages.includes('encrypt'),
      algorithm,
    );
  }
});

test('material that was not made here is not rotated here', () => {
  assert.equal(rotates({ origin: 'imported' }), false);
  assert.equal(rotates({ origin: 'external' }), false);
});
