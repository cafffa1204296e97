import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeUtf8, equalBytes, utf8 } from '../base/bytes.ts';
import { apiKeyVerifier, parseApiKey, printApiKey } from './api-key.ts';
import { base32, base32Characters, decodeBase32 } from './base32.ts';

const LOOKUP = 'abcdefgh234567ab';
const SECRET = Uint8Array.from({ length: 32 }, (_, at) => at);

test('base32 follows RFC 4648 section 10 without padding', () => {
  for (const [text, encoded] of [
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ] as const) {
    assert.equal(base32(utf8(text)), encoded);
    assert.equal(base32Characters(text.length), encoded.length);
  }
});

test('base32 decodes exactly what it writes and no second text for the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      assert.deepEqual(decodeBase32(base32(bytes)), bytes);
    }),
    { verbose: 1 },
  );
  for (const text of ['m', 'mz', 'MY', 'my======', 'mz1q', 'mzx']) {
    assert.equal(decodeBase32(text), undefined, text);
  }
});

test('an API key is recognised by its text alone and leads to its lookup and verifier', () => {
  const text = decodeUtf8(printApiKey(LOOKUP, SECRET));
  assert.match(text, /^kh_[a-z2-7]{16}_[a-z2-7]{59}$/);
  const parsed = parseApiKey(text);
  assert.equal(parsed?.lookup, LOOKUP);
  assert.ok(equalBytes(parsed.verifier, apiKeyVerifier(SECRET)));
});

test('a mistyped API key is none: the checksum catches every single changed character', () => {
  const text = decodeUtf8(printApiKey(LOOKUP, SECRET));
  for (let at = 0; at < text.length; at += 1) {
    const other = text.charAt(at) === 'a' ? 'b' : 'a';
    assert.equal(parseApiKey(text.slice(0, at) + other + text.slice(at + 1)), undefined, `character ${at}`);
  }
});

test('texts that are no API keys are refused', () => {
  const text = decodeUtf8(printApiKey(LOOKUP, SECRET));
  for (const other of [
    '',
    'kh_',
    `${text} `,
    ` ${text}`,
    `${text}\n`,
    text.toUpperCase(),
    text.slice(0, -1),
    `${text}a`,
  ]) {
    assert.equal(parseApiKey(other), undefined);
  }
});
