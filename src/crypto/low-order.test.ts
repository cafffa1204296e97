import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../base/assert.ts';
import { decodeHex } from '../base/bytes.ts';
import { isWeakEdwardsKey } from './low-order.ts';

const bytes = (text: string) => must(decodeHex(text), 'hex');

// The eight points of the torsion subgroup of edwards25519, and their encodings beyond the field.
const LOW_ORDER_25519 = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

test('Ed25519 keys of low order and beyond the field are weak', () => {
  for (const key of LOW_ORDER_25519) assert.equal(isWeakEdwardsKey('ed25519', bytes(key)), true, key);
});

test('Ed448 keys of low order and beyond the field are weak', () => {
  const y = (first: string, rest: string, last: string) =>
    bytes(`${first}${rest.repeat(27)}fe${'ff'.repeat(27)}${last}`);
  assert.equal(isWeakEdwardsKey('ed448', new Uint8Array(57)), true);
  assert.equal(isWeakEdwardsKey('ed448', bytes(`01${'00'.repeat(56)}`)), true);
  assert.equal(isWeakEdwardsKey('ed448', y('fe', 'ff', '00')), true, 'p - 1');
  assert.equal(isWeakEdwardsKey('ed448', y('ff', 'ff', '80')), true, 'p');
});

test('fresh keys are not weak, and a wrong length is', () => {
  for (const curve of ['ed25519', 'ed448'] as const) {
    const pair = curve === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ed448');
    const key = pair.publicKey.export({ format: 'raw-public' });
    assert.equal(isWeakEdwardsKey(curve, key), false);
    assert.equal(isWeakEdwardsKey(curve, key.subarray(1)), true);
  }
});
