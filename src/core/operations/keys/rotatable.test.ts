import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_KEY_ALGORITHMS, KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key } from '../../../domain/key.ts';
import { createKey } from './create-key.ts';
import { requireReplaceable, requireRotatable } from './rotatable.ts';

function rotates(changes: Partial<Pick<Key, 'origin' | 'algorithm' | 'usages'>>): boolean {
  try {
    requireRotatable({ id: 'k', origin: 'generated', algorithm: 'aes-256', usages: ['encrypt'], ...changes });
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

test('imported keys that encrypt, and opaque ones, are given new material, and no others', () => {
  for (const algorithm of ALL_KEY_ALGORITHMS) {
    const { kind, usages } = KEY_ALGORITHMS[algorithm];
    const fits = kind === 'opaque' || (kind === 'symmetric' && usages.includes('encrypt'));
    const key = { id: 'k', algorithm, usages } as const;
    const replace = (origin: Key['origin']) => () => requireReplaceable({ ...key, origin });
    if (fits) replace('imported')();
    else assert.throws(replace('imported'), { code: 'unsupported' }, algorithm);
    assert.throws(replace('generated'), { code: 'unsupported' });
    assert.throws(replace('external'), { code: 'unsupported' });
  }
});

test('who says why verifiers learn of it rotates pairs and MAC keys too, and opaque ones never', () => {
  for (const algorithm of ALL_KEY_ALGORITHMS) {
    const { kind, usages } = KEY_ALGORITHMS[algorithm];
    const key = { id: 'k', algorithm, usages } as const;
    requireReplaceable({ ...key, origin: 'imported' }, 'versions are named');
    const rotate = () => requireRotatable({ ...key, origin: 'generated' }, 'versions are named');
    if (kind === 'opaque') assert.throws(rotate, { code: 'unsupported' });
    else rotate();
    assert.throws(() => requireRotatable({ ...key, origin: 'imported' }, 'versions are named'), {
      code: 'unsupported',
    });
  }
});

test('a schedule given at birth is held to the same rule', () => {
  const input = {
    algorithm: 'hmac-sha-256',
    location: 'us-east-1',
    rotationPeriodMs: 90 * 86_400_000,
  } as const;
  assert.throws(() => createKey.check?.(input), { code: 'unsupported' });
  assert.throws(() => createKey.check?.({ ...input, algorithm: 'aes-256', rotationPeriodMs: 1 }), {
    code: 'invalidInput',
  });
  createKey.check?.({ ...input, algorithm: 'aes-256' });
});
