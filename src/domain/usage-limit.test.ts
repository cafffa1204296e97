import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountOf, requireUsageLeft, type UsageLimit } from './usage-limit.ts';

const limit = (unit: UsageLimit['unit'], left: number): UsageLimit => ({ unit, total: 10, left });

test('a limit of bytes counts what is handed in, one of operations counts each protection once', () => {
  assert.deepEqual([amountOf(limit('bytes', 10), 7), amountOf(limit('bytes', 10), 0)], [7, 0]);
  assert.deepEqual([amountOf(limit('operations', 10), 7), amountOf(limit('operations', 10), 0)], [1, 1]);
});

test('what is left may be used up to the last, and a key without a limit is never refused', () => {
  requireUsageLeft({ id: 'k', usageLimit: limit('bytes', 7) }, 7);
  requireUsageLeft({ id: 'k' }, 1_000_000);
  assert.throws(() => requireUsageLeft({ id: 'k', usageLimit: limit('bytes', 7) }, 8), {
    code: 'usageLimitExceeded',
  });
});
