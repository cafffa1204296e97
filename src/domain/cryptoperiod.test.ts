import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cryptoperiod, comparePlans, requireInstants, requireOrdered } from './cryptoperiod.ts';
import { KmsError } from './errors.ts';

function fieldOf(work: () => void): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof KmsError);
    assert.equal(error.code, 'invalidInput');
    return String(error.details.field);
  }
}

test('the usage periods lie in the cryptoperiod, and this one ends after its beginning', () => {
  const ordered: readonly Cryptoperiod[] = [
    {},
    { activateAt: 5 },
    { activateAt: 5, processStartAt: 5, protectStopAt: 9, deactivateAt: 9 },
    // What was protected may be processed from later on than nothing more is protected.
    { activateAt: 5, processStartAt: 8, protectStopAt: 6, deactivateAt: 9 },
    { processStartAt: 0, protectStopAt: 0 },
  ];
  for (const period of ordered)
    assert.equal(
      fieldOf(() => requireOrdered(period)),
      'ok',
    );
  const wrong: readonly (readonly [Cryptoperiod, string])[] = [
    [{ activateAt: 5, deactivateAt: 5 }, 'deactivateAt'],
    [{ activateAt: 5, processStartAt: 4 }, 'processStartAt'],
    [{ activateAt: 5, protectStopAt: 4 }, 'protectStopAt'],
    [{ processStartAt: 10, deactivateAt: 9 }, 'processStartAt'],
    [{ protectStopAt: 10, deactivateAt: 9 }, 'protectStopAt'],
  ];
  for (const [period, field] of wrong)
    assert.equal(
      fieldOf(() => requireOrdered(period)),
      field,
    );
});

test('an instant is a whole number of milliseconds up to the year 9999', () => {
  assert.equal(
    fieldOf(() => requireInstants({ activateAt: null, deactivateAt: 0 })),
    'ok',
  );
  for (const instant of [-1, 0.5, Number.NaN, 253_402_300_800_000]) {
    assert.equal(
      fieldOf(() => requireInstants({ protectStopAt: instant })),
      'protectStopAt',
    );
  }
});

test('a plan that lets a key be used longer is told from one that lets it be used less long', () => {
  const compare = (before: Cryptoperiod, after: Cryptoperiod, begun = false) => {
    const { widens, narrows } = comparePlans(before, after, begun);
    return `${widens ? 'wider' : ''}${narrows ? 'narrower' : ''}`;
  };
  assert.equal(compare({}, {}), '');
  assert.equal(compare({}, { activateAt: 5 }), 'wider');
  assert.equal(compare({ activateAt: 5 }, {}), 'narrower');
  assert.equal(compare({ activateAt: 5 }, { activateAt: 6 }), 'narrower');
  assert.equal(compare({}, { deactivateAt: 5 }, true), 'narrower');
  assert.equal(compare({ deactivateAt: 5 }, { deactivateAt: 6 }, true), 'wider');
  assert.equal(compare({}, { processStartAt: 5 }, true), 'narrower');
  assert.equal(compare({ protectStopAt: 5 }, {}, true), 'wider');
  assert.equal(
    compare({ processStartAt: 5, protectStopAt: 9 }, { processStartAt: 4, protectStopAt: 8 }),
    'widernarrower',
  );
});
