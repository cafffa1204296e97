// OVH's Go client against a whole server: a tour of every method, in every version that it speaks. Go itself must be there; the modules come
// at the versions and sums of go.mod and go.sum.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { go, hasGo, WITHOUT_GO } from './go.ts';
import { type KmipStage, startStage } from './stage.ts';

let stage: KmipStage;
before(async () => {
  if (hasGo) stage = await startStage();
});
after(() => stage?.stop());

test("a tour of every method of OVH's Go client", { skip: WITHOUT_GO }, async t => {
  const { status, report } = await go(stage, ['test', '-count=1', '-v', './...']);
  const outcomes = report.split('\n').filter(line => /^ *--- /.test(line));
  console.log(outcomes.join('\n'));
  assert.equal(status, 0, report);
  assert.match(report, /^--- PASS: TestThatTheTourIsWhole/m);
  t.diagnostic(`${outcomes.length} passed`);
});
