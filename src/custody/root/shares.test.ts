// The root key in shares: enough of them open it, fewer do not, and a wrong one is noticed without telling which it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { rootProviderContract } from '../../../test/contract/custody-root-provider.ts';
import { preparingShares, sharesProvider } from '../../../test/support/root-key-providers.ts';
import { forgedShare } from '../../../test/support/shares.ts';
import { manualClock } from '../../../test/support/time-and-chance.ts';
import { decodeUtf8, utf8 } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import type { RootKeyRow } from '../../core/ports/store.ts';
import { openRootKey } from './root-key.ts';
import type { SharesProvider } from './shares.ts';

const NOW = 1_900_000_000_000;
const MINUTE_MS = 60_000;

rootProviderContract({
  name: 'shares',
  // The row of the one has the parameters of the other: both hold that set, and the fingerprint alone tells them apart.
  make: async () => ({ provider: preparingShares(), other: preparingShares() }),
});

const text = (share: SecretBytes): string => decodeUtf8(revealSecretBytes(share));
const given = (share: string): SecretBytes => SecretBytes.own(utf8(share));

async function madeShares(parts: number, threshold: number) {
  const provider = sharesProvider();
  const shares = (await provider.prepare({ parts, threshold })).map(text);
  const { root, parameters } = await provider.create(1);
  const row: RootKeyRow = {
    generation: 1,
    provider: 'shares',
    parameters,
    fingerprint: root.fingerprint,
    state: 'current',
    createdAt: NOW,
  };
  return { shares, row };
}

async function giveAll(provider: SharesProvider, row: RootKeyRow, shares: readonly string[]) {
  let progress = provider.progress([row])[0];
  for (const share of shares) progress = await provider.give([row], given(share));
  return progress;
}

test('any three of five shares open the root key, in any order, and two do not', async () => {
  const { shares, row } = await madeShares(5, 3);
  for (const picked of [
    [0, 1, 2],
    [4, 2, 0],
    [3, 4, 1],
  ]) {
    const provider = sharesProvider();
    const chosen = picked.map(at => shares[at] ?? '');
    await giveAll(provider, row, chosen.slice(0, 2));
    await assert.rejects(provider.open(row), { code: 'sealed', message: /3 shares .*keyhold unseal/ });
    const progress = await giveAll(provider, row, chosen.slice(2));
    assert.deepEqual([progress?.complete, progress?.given], [true, []]);
    (await openRootKey([provider], row)).close();
    await assert.rejects(provider.give([row], given(shares[1] ?? '')), { code: 'conflict' });
  }
});

test('the progress says which shares are there and how many are needed', async () => {
  const { shares, row } = await madeShares(5, 3);
  const provider = sharesProvider();
  const { set } = JSON.parse(row.parameters) as { set: string };
  const none = { generation: 1, set, parts: 5, threshold: 3, given: [], until: undefined, complete: false };
  assert.deepEqual(provider.progress([row]), [none]);
  const progress = await giveAll(provider, row, [shares[3] ?? '', shares[0] ?? '']);
  assert.deepEqual(progress, { ...none, given: [1, 4], until: NOW + 15 * MINUTE_MS });
});

test('a share is taken in capitals and with blanks, and a slip of the pen is noticed at once', async () => {
  const { shares, row } = await madeShares(3, 2);
  const provider = sharesProvider();
  const [first = '', second = ''] = shares;
  assert.match(first, /^khs1(?:-[0-9a-f]{4}){20}$/);
  await provider.give([row], given(`  ${first.toUpperCase().replaceAll('-', ' ')}\r\n`));
  const digits = [...second].flatMap((digit, at) => (/[0-9a-f]/.test(digit) && at > 4 ? [at] : []));
  for (const at of digits) {
    const slip = second[at] === '0' ? '1' : '0';
    const mistaken = second.slice(0, at) + slip + second.slice(at + 1);
    await assert.rejects(provider.give([row], given(mistaken)), { code: 'invalidInput' }, mistaken);
  }
  for (const nothing of [
    '',
    'khs1',
    second.slice(0, -1),
    `${second}0`,
    `khs2${second.slice(4)}`,
    'x'.repeat(600),
  ])
    await assert.rejects(provider.give([row], given(nothing)), { code: 'invalidInput' });
  assert.equal((await provider.give([row], given(second))).complete, true);
});

test('a share of another set, and one that was given, are refused and change nothing', async () => {
  const [{ shares, row }, other] = [await madeShares(3, 2), await madeShares(3, 2)];
  const provider = sharesProvider();
  await provider.give([row], given(shares[0] ?? ''));
  await assert.rejects(provider.give([row], given(shares[0] ?? '')), {
    code: 'conflict',
    message: /Share 1/,
  });
  await assert.rejects(provider.give([row], given(other.shares[1] ?? '')), {
    code: 'invalidInput',
    message: /set/,
  });
  await assert.rejects(provider.give([{ ...row, state: 'retired' }], given(shares[1] ?? '')), {
    code: 'invalidInput',
  });
  assert.deepEqual(provider.progress([row])[0]?.given, [1]);
});

test('a wrong share is noticed without telling which, everything is forgotten, and five such sets end it for a while', async () => {
  const { shares, row } = await madeShares(5, 3);
  const clock = manualClock(NOW);
  const provider = sharesProvider(clock);
  const wrong = forgedShare(shares[1] ?? '');
  for (let set = 0; set < 5; set += 1) {
    await giveAll(provider, row, [shares[0] ?? '', wrong]);
    await assert.rejects(
      provider.give([row], given(shares[2] ?? '')),
      (thrown: Error & { code?: string }) => {
        assert.equal(thrown.code, 'invalidKeyMaterial');
        assert.match(thrown.message, /at least one of them is wrong/);
        assert.doesNotMatch(inspect(thrown), /[Ss]hare [0-9]|share: [0-9]/);
        return true;
      },
    );
    assert.deepEqual(provider.progress([row])[0]?.given, []);
  }
  await assert.rejects(provider.give([row], given(shares[0] ?? '')), { code: 'throttled' });
  clock.advance(15 * MINUTE_MS);
  assert.equal((await giveAll(provider, row, shares.slice(0, 3)))?.complete, true);
});

test('shares that wait too long are forgotten', async () => {
  const { shares, row } = await madeShares(5, 3);
  const clock = manualClock(NOW);
  const provider = sharesProvider(clock);
  await giveAll(provider, row, shares.slice(0, 2));
  clock.advance(15 * MINUTE_MS - 1);
  assert.equal(provider.progress([row])[0]?.given.length, 2);
  clock.advance(1);
  assert.equal(provider.progress([row])[0]?.given.length, 0);
});

test('sealing forgets the root key and every share', async () => {
  const { shares, row } = await madeShares(3, 2);
  const provider = sharesProvider();
  await giveAll(provider, row, shares.slice(0, 2));
  (await provider.open(row)).close();
  provider.forget?.();
  await assert.rejects(provider.open(row), { code: 'sealed' });
  await provider.give([row], given(shares[0] ?? ''));
  provider.forget?.();
  assert.deepEqual(provider.progress([row])[0]?.given, []);
});

test('a set comes into service once, and none does that was not made or has waited too long', async () => {
  const clock = manualClock(NOW);
  const provider = sharesProvider(clock);
  await assert.rejects(provider.create(1), { code: 'conflict', message: /keyhold root rekey/ });
  await provider.prepare({ parts: 3, threshold: 2 });
  clock.advance(15 * MINUTE_MS);
  await assert.rejects(provider.create(1), { code: 'conflict' });
  await provider.prepare({ parts: 3, threshold: 2 });
  const { root, parameters } = await provider.create(1);
  const { fingerprint } = root;
  await provider.open({
    generation: 1,
    provider: 'shares',
    parameters,
    fingerprint,
    state: 'current',
    createdAt: 0,
  });
  await assert.rejects(provider.create(2), { code: 'conflict' });
  for (const [parts, threshold] of [
    [1, 1],
    [3, 1],
    [3, 4],
    [256, 2],
    [2.5, 2],
  ] as const)
    await assert.rejects(provider.prepare({ parts, threshold }), { code: 'invalidInput' });
});

test('parameters that are not those of shares are damage', async () => {
  const { row } = await madeShares(3, 2);
  for (const parameters of [
    '',
    '{}',
    '{"parts":3,"set":"00","threshold":2}',
    '{"parts":3,"set":"00000000","threshold":1}',
  ])
    await assert.rejects(sharesProvider().open({ ...row, parameters }), {
      code: 'sealed',
      message: /damaged/,
    });
});
