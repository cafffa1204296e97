import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '../domain/audit-entry.ts';
import { KmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { FailureLimiter, refuseAuthentication } from './authentication.ts';

const BURST = LIMITS.authenticationFailuresBurst;

/** A limiter whose time stands still until it is moved; waiting ends when `tick` is called. */
function arrange() {
  const entries: AuditEntry[] = [];
  let now = 1_000;
  let waiting: (() => void)[] = [];
  const limiter = new FailureLimiter({
    now: () => now,
    record: async entry => entries.push(entry),
    pause: () => new Promise<void>(resolve => waiting.push(resolve)),
  });
  const failure = (sourceAddress: string) => ({
    protocol: 'admin',
    requestId: 'r',
    sourceAddress,
    error: new KmsError('unauthenticated', 'no'),
  });
  function fail(sourceAddress = '192.0.2.1', claimed = 'AKIAEXAMPLE') {
    return limiter.refuse({ ...failure(sourceAddress), claimed });
  }
  function failWithToken() {
    return limiter.refuse({ ...failure('192.0.2.1'), unguessable: true });
  }
  function tick(ms: number) {
    now += ms;
    for (const resolve of waiting) resolve();
    waiting = [];
  }
  return { entries, limiter, fail, failWithToken, tick };
}

async function exhaust(fail: (address?: string) => Promise<KmsError>, address?: string) {
  for (let count = 0; count < BURST; count += 1) {
    assert.equal((await fail(address)).code, 'unauthenticated');
  }
}

test('each failure within the allowance has an entry of its own', async () => {
  const { entries, fail } = arrange();
  await exhaust(fail);
  assert.equal(entries.length, BURST);
  assert.deepEqual(entries[0]?.details, { claimed: 'AKIAEXAMPLE' });
  assert.equal(entries[0].kind, 'authentication');
  assert.equal(entries[0].outcome, 'unauthenticated');
});

test('a proof that could not be checked is recorded, and counts as no failure', async () => {
  const { entries, limiter, fail } = arrange();
  const error = new KmsError('storeUnavailable', 'away');
  for (let count = 0; count < 2 * BURST; count += 1) {
    const sourceAddress = '192.0.2.1';
    assert.equal(await limiter.refuse({ protocol: 'admin', requestId: 'r', sourceAddress, error }), error);
  }
  assert.equal(entries.length, 2 * BURST);
  await exhaust(fail);
});

test('failures beyond it are answered only once their common entry is written', async () => {
  const { entries, fail, tick } = arrange();
  await exhaust(fail);
  let answered = 0;
  const excess = Array.from({ length: 5 }, async () => {
    const error = await fail();
    answered += 1;
    return error.code;
  });
  await new Promise(setImmediate);
  assert.equal(answered, 0);
  assert.equal(entries.length, BURST);
  tick(0);
  assert.deepEqual(new Set(await Promise.all(excess)), new Set(['throttled']));
  assert.equal(entries.length, BURST + 1);
  assert.equal(entries.at(-1)?.outcome, 'throttled');
  assert.deepEqual(entries.at(-1)?.details, { claimed: 'AKIAEXAMPLE', failures: 5 });
});

test('whoever sends tokens that have ended waits too, and learns no less', async () => {
  const { entries, fail, failWithToken, tick } = arrange();
  await exhaust(failWithToken);
  const excess = [failWithToken(), failWithToken()];
  await new Promise(setImmediate);
  assert.equal(entries.length, BURST);
  // Another kind of proof has its own allowance.
  assert.equal((await fail()).code, 'unauthenticated');
  tick(0);
  for (const error of await Promise.all(excess)) assert.equal(error.code, 'unauthenticated');
  assert.equal(entries.at(-1)?.outcome, 'unauthenticated');
  assert.deepEqual(entries.at(-1)?.details, { claimed: undefined, failures: 2 });
});

test('a full gathering is written at once', async () => {
  const { entries, fail } = arrange();
  await exhaust(fail);
  await Promise.all(Array.from({ length: LIMITS.authenticationRefusalsPerEntryMax }, () => fail()));
  assert.equal(entries.at(-1)?.details.failures, LIMITS.authenticationRefusalsPerEntryMax);
});

test('the allowance comes back with time, and sources do not share it', async () => {
  const { fail, tick } = arrange();
  await exhaust(fail);
  assert.equal((await fail('192.0.2.2')).code, 'unauthenticated');
  tick(1_000 / LIMITS.authenticationFailuresPerSecond);
  assert.equal((await fail()).code, 'unauthenticated');
});

test('the addresses of one IPv6 network are one source', async () => {
  const { entries, fail, tick } = arrange();
  await exhaust(fail, '2001:db8:0:1::1');
  const throttled = fail('2001:db8::1:ffff:ffff:ffff:ffff');
  const other = fail('2001:db8:0:2::1');
  assert.equal((await other).code, 'unauthenticated');
  tick(0);
  assert.equal((await throttled).code, 'throttled');
  assert.equal(entries.length, BURST + 2);
});

test('many sources do not grow the memory, nor win a way around the limit', async () => {
  const { limiter, fail, tick } = arrange();
  for (let count = 0; count < LIMITS.authenticationSourcesMax; count += 1) {
    await fail(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`);
  }
  assert.equal(limiter.sources, LIMITS.authenticationSourcesMax);
  for (let count = 0; count < BURST; count += 1) await fail(`172.16.0.${count}`);
  assert.equal(limiter.sources, LIMITS.authenticationSourcesMax + 1);
  const beyond = fail('172.16.1.1');
  tick(0);
  assert.equal((await beyond).code, 'throttled');
  tick(60_000);
  await fail('172.16.2.1');
  assert.ok(limiter.sources < 10);
});

test('a claimed credential is cut before it reaches the log', async () => {
  const { entries, fail } = arrange();
  await fail('192.0.2.1', `${'x'.repeat(LIMITS.claimedCredentialCharactersMax - 1)}😀 and more`);
  const { claimed } = entries[0]?.details ?? {};
  assert.ok(typeof claimed === 'string' && claimed.isWellFormed());
  assert.equal(claimed.length, LIMITS.claimedCredentialCharactersMax);
});

test('without an audit log the refusal says so instead of being answered unrecorded', async () => {
  const kms = {
    clock: { now: () => 0 },
    auditLog: {
      record: async () => {
        throw new KmsError('auditUnavailable', 'The audit log cannot be written.');
      },
    },
  } as unknown as Parameters<typeof refuseAuthentication>[0];
  const error = new KmsError('unauthenticated', 'no');
  const answered = await refuseAuthentication(kms, { protocol: 'admin', requestId: 'r', error });
  assert.equal(answered.code, 'auditUnavailable');
});
