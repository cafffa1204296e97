import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { isWiped, outputsOf } from '../../../test/support/secrets.ts';
import { utf8 } from '../../base/bytes.ts';
import { deriveSigningKey } from './signing-key.ts';

test("the keys between the secret and the signing key are wiped, and the secret stays its owner's", t => {
  const links = outputsOf(t, Object.getPrototypeOf(createHmac('sha256', '')), 'digest');
  const secret = utf8('secret');
  const key = deriveSigningKey(secret, { date: '20260101', region: 'us-east-1', service: 'kms' });
  assert.deepEqual([links.length, links.every(isWiped)], [4, true]);
  assert.deepEqual([key.symmetricKeySize, secret], [32, utf8('secret')]);
});
