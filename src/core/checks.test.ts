import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, KmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import * as checks from './checks.ts';

function codeOf(check: () => void): ErrorCode | 'ok' {
  try {
    check();
    return 'ok';
  } catch (thrown) {
    assert.ok(thrown instanceof KmsError);
    return thrown.code;
  }
}

test('a text is as long as its bounds at the least and at the most', () => {
  const outcomes = ['', 'a', 'abc', 'abcd'].map(text =>
    codeOf(() => checks.requireText('field', text, 1, 3)),
  );
  assert.deepEqual(outcomes, ['invalidInput', 'ok', 'ok', 'invalidInput']);
});

test('half a surrogate pair and NUL are in no text', () => {
  assert.equal(
    codeOf(() => checks.requireText('field', 'a\ud83d', 0, 9)),
    'invalidInput',
  );
  assert.equal(
    codeOf(() => checks.requireText('field', 'a\0', 0, 9)),
    'invalidInput',
  );
  assert.equal(
    codeOf(() => checks.requireText('field', 'a\n\u{1f600}', 0, 9)),
    'ok',
  );
});

test('texts that may be left out have a bound where they are not', () => {
  const bounds = [
    [checks.requireDescription, LIMITS.descriptionCharactersMax],
    [checks.requireLabelText, LIMITS.labelCharactersMax],
    [checks.requireRevocationMessage, LIMITS.revocationMessageCharactersMax],
  ] as const;
  for (const [check, max] of bounds) {
    const outcomes = [undefined, '', 'x'.repeat(max), 'x'.repeat(max + 1)].map(text =>
      codeOf(() => check(text)),
    );
    assert.deepEqual(outcomes, ['ok', 'ok', 'ok', 'invalidInput'], check.name);
  }
});

test('tags are bounded in number, names and values', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${n}`, '']));
  const { tagsPerKeyMax, tagNameCharactersMax, tagValueCharactersMax } = LIMITS;
  const outcomes = [
    undefined,
    many(tagsPerKeyMax),
    many(tagsPerKeyMax + 1),
    { '': 'nameless' },
    { ['n'.repeat(tagNameCharactersMax)]: 'v'.repeat(tagValueCharactersMax) },
    { ['n'.repeat(tagNameCharactersMax + 1)]: '' },
    { n: 'v'.repeat(tagValueCharactersMax + 1) },
  ].map(tags => codeOf(() => checks.requireTags(tags)));
  const bad = 'invalidInput';
  assert.deepEqual(outcomes, ['ok', 'ok', 'limitExceeded', bad, 'ok', bad, bad]);
});

test('numbers are whole and within their bounds', () => {
  const outcomes = [0, 1, 1.5, 3, 4, Number.NaN].map(value =>
    codeOf(() => checks.requireWithin('field', value, 1, 3)),
  );
  const bad = 'invalidInput';
  assert.deepEqual(outcomes, [bad, 'ok', bad, 'ok', bad, bad]);
});

test('pages and windows are no larger than one answer may be', () => {
  const { pageItemsMax, windowItemsMax, windowOffsetMax } = LIMITS;
  const pages = [0, 1, pageItemsMax, pageItemsMax + 1].map(limit =>
    codeOf(() => checks.requirePage({ limit })),
  );
  assert.deepEqual(pages, ['invalidInput', 'ok', 'ok', 'invalidInput']);
  const windows = [
    { offset: 0, limit: windowItemsMax },
    { offset: 0, limit: windowItemsMax + 1 },
    { offset: 0, limit: 0 },
    { offset: windowOffsetMax, limit: 1 },
    { offset: windowOffsetMax + 1, limit: 1 },
    { offset: -1, limit: 1 },
  ].map(window => codeOf(() => checks.requireWindow(window)));
  const bad = 'invalidInput';
  assert.deepEqual(windows, ['ok', bad, bad, 'ok', bad, bad]);
});

test('a least time is over at its last millisecond, and holds up only what has begun', () => {
  const outcomes = [
    [undefined, 5],
    [100, undefined],
    [100, 5],
    [100, 4],
  ].map(([since, leastMs]) => codeOf(() => checks.requireElapsed('its beginning', since, leastMs, 104)));
  assert.deepEqual(outcomes, ['ok', 'ok', 'tooEarly', 'ok']);
});
