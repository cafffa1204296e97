// The published vectors through the crypto table: Wycheproof, NIST ACVP, C2SP CCTV. Where the folder of vectors is absent, small
// excerpts inside the repository are run, and what they leave out is printed.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ACCEPTABLE_ACCEPTED, EXCEPTIONS, isVectorFile, NOT_RUN } from './exceptions.ts';
import { runSuite, type SuiteResult } from './harness.ts';
import { hasSharedVectors, readVectors, sharedFiles } from './load.ts';
import { SUITES } from './suites.ts';

const results: SuiteResult[] = [];
const absent: string[] = [];

const exceptionsOf = (file: string): number[] =>
  EXCEPTIONS.filter(exception => exception.file === file).flatMap(exception => [...exception.ids]);

for (const suite of SUITES) {
  test(`${suite.title} agrees with ${suite.file}, exceptions apart`, async context => {
    const document = readVectors(suite.file);
    if (document === undefined) {
      absent.push(suite.file);
      context.skip('not among the small vectors');
      return;
    }
    const result = await runSuite(suite, document);
    results.push(result);
    assert.ok(result.run > 0, 'a suite has cases');
    const known = exceptionsOf(suite.file);
    if (hasSharedVectors) {
      assert.deepEqual(result.differences, known);
      assert.equal(result.acceptableAccepted, ACCEPTABLE_ACCEPTED[suite.file] ?? 0);
    } else {
      assert.deepEqual(
        result.differences.filter(id => !known.includes(id)),
        [],
      );
    }
  });
}

test('every published file is run, or is listed with a reason why not', { skip: !hasSharedVectors }, () => {
  const run = SUITES.map(suite => suite.file);
  const accounted = [...run, ...Object.keys(NOT_RUN)].sort();
  assert.equal(new Set(accounted).size, accounted.length, 'a file is run once, and not listed as well');
  assert.deepEqual(sharedFiles().filter(isVectorFile), accounted);
});

test('every exception and every pinned count names a file that is run', () => {
  const run = new Set(SUITES.map(suite => suite.file));
  for (const file of [...EXCEPTIONS.map(exception => exception.file), ...Object.keys(ACCEPTABLE_ACCEPTED)]) {
    assert.ok(run.has(file), file);
  }
});

after(() => {
  const lines = ['algorithm: run / accepted / refused as expected / exceptions'];
  for (const [title, group] of Map.groupBy(results, result => result.title)) {
    const sum = (count: (result: SuiteResult) => number) =>
      group.reduce((total, result) => total + count(result), 0);
    const exceptions = sum(result => result.differences.length);
    const refused = sum(result => result.run - result.accepted) - exceptions;
    lines.push(
      `${title}: ${sum(result => result.run)} / ${sum(result => result.accepted)} / ${refused} / ${exceptions}`,
    );
  }
  const reasons = new Map<string, number>();
  for (const [reason, count] of results.flatMap(result => [...result.leftOut])) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }
  for (const [reason, count] of reasons) lines.push(`left out ${count}: ${reason}`);
  if (absent.length > 0)
    lines.push(`the folder of vectors is absent; not among the small ones: ${absent.join(', ')}`);
  process.stdout.write(`${lines.join('\n')}\n`);
});
