import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DualControl, requireApproval, requireDualControlled } from './dual-control.ts';

const AT = 1_000;
const check = (dualControl: DualControl | undefined, by = 'ann') =>
  requireApproval({ id: 'k', dualControl }, by, AT);
const approved = (by: string, expiresAt = AT + 1) => ({ approval: { by, at: 0, expiresAt } });
const REFUSED = { code: 'approvalRequired' };

test('a key that is not under dual control needs no approval', () => {
  check(undefined);
  assert.throws(() => requireDualControlled({ id: 'k' }), { code: 'conflict' });
});

test('an approval counts when another gave it and its time is not over', () => {
  check(approved('bob'));
  assert.throws(() => check({}), REFUSED);
  assert.throws(() => check(approved('ann')), REFUSED);
  assert.throws(() => check(approved('bob', AT)), REFUSED);
  requireDualControlled({ id: 'k', dualControl: {} });
});
