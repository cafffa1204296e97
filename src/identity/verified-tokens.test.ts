import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type VerifiedToken, VerifiedTokens } from './verified-tokens.ts';

const { publicKey } = generateKeyPairSync('ed25519');
const TOKEN: VerifiedToken = { keyId: 'k', publicKey, claims: { aud: [] }, payload: {} };

test('a token is known by its whole text and its kind', () => {
  const tokens = new VerifiedTokens();
  tokens.remember('access', 'a.b.c', TOKEN);
  assert.equal(tokens.find('access', 'a.b.c'), TOKEN);
  assert.equal(tokens.find('refresh', 'a.b.c'), undefined);
  assert.equal(tokens.find('access', 'a.b.d'), undefined);
});

test('the memory is bounded, and what is in use stays', () => {
  const tokens = new VerifiedTokens();
  tokens.remember('access', 'in use', TOKEN);
  for (let count = 0; count < 5_000; count += 1) {
    tokens.remember('access', `token ${count}`, TOKEN);
    assert.ok(tokens.find('access', 'in use'));
  }
  assert.equal(tokens.size, 4_096);
  assert.equal(tokens.find('access', 'token 0'), undefined);
});
