// The root key in a token (SoftHSM2): the contract of all providers, and what only a token can do wrong.

import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { after, test } from 'node:test';
import { utf8 } from '../../../src/base/bytes.ts';
import { SecretBytes } from '../../../src/base/secret-bytes.ts';
import type { RootWrapping } from '../../../src/custody/pkcs11/root-key.ts';
import { Token } from '../../../src/custody/pkcs11/token.ts';
import { systemClock } from '../../../src/server/time-and-chance.ts';
import { rootProviderContract, rowOf } from '../../contract/custody-root-provider.ts';
import { rootProviderOf, startSoftHsm } from './softhsm.ts';

const hsm = startSoftHsm();
const opened: Token[] = [];
after(async () => {
  for (const token of opened) await token.close();
  hsm[Symbol.dispose]();
});

interface Given {
  readonly pin?: string;
  readonly library?: string;
  readonly serial?: string;
  readonly sessions?: number;
  readonly waitingMax?: number;
}

function tokenOf(label: string, pin: string, given: Given = {}): Token {
  const token = new Token({
    library: given.library ?? hsm.library,
    selector: given.serial === undefined ? { label } : { serial: given.serial },
    readPin: async () => SecretBytes.own(utf8(given.pin ?? pin)),
    clock: systemClock(),
    sessions: given.sessions ?? 2,
    waitingMax: given.waitingMax ?? 100,
    callMsMax: 60_000,
  });
  opened.push(token);
  return token;
}

// One token in each, made once: a token takes a second to make.
const first = hsm.addToken('first');
const second = hsm.addToken('second');
const third = hsm.addToken('third');
const [mine, theirs] = [tokenOf('first', first.pin), tokenOf('second', second.pin)];

for (const wrapping of ['aes-gcm', 'aes-kwp'] as const satisfies readonly RootWrapping[]) {
  rootProviderContract({
    name: `pkcs11 with ${wrapping}`,
    make: async () => ({
      provider: rootProviderOf(mine, { wrapping }),
      other: rootProviderOf(theirs, { wrapping }),
    }),
  });
}

const refusal = async (attempt: Promise<unknown>): Promise<string> => {
  const thrown: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(thrown instanceof Error && 'code' in thrown, String(thrown));
  return `${String(thrown.code)}: ${thrown.message}`;
};

test('a library, a token, or a PIN that is not the right one is told apart, and no PIN is tried until it is locked', async () => {
  const facts = (given: Given, label = 'first') => refusal(tokenOf(label, first.pin, given).run('facts', {}));
  assert.match(
    await facts({ library: '/nowhere.so' }),
    /^sealed: There is no PKCS #11 library at \/nowhere\.so/,
  );
  assert.match(await facts({}, 'fourth'), /^sealed: .* no token with the label "fourth"\. It has: .*first/);
  assert.match(await facts({ serial: '00' }), /^sealed: .* no token with the serial number "00"/);
  const wrong = tokenOf('third', '0000');
  for (let attempt = 0; attempt < 20; attempt += 1) {
    assert.match(await refusal(wrong.run('facts', {})), /^sealed: The PIN of token "third" is wrong/);
  }
  assert.equal((await tokenOf('third', third.pin).run('facts', {})).label, 'third');
});

test('a root key that is not in the token is asked for by its id', async () => {
  const made = rootProviderOf(mine);
  const other = rootProviderOf(theirs);
  const created = await made.create(1);
  assert.match(
    await refusal(other.open(rowOf(other, created))),
    new RegExp(`^sealed: The token "second" has no key with the CKA_ID ${created.root.fingerprint}`),
  );
});

test('more commands than may wait are told to come back later', async () => {
  const token = tokenOf('first', first.pin, { sessions: 1, waitingMax: 2 });
  await token.run('facts', {});
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => token.run('random', { bytes: 16 })),
  );
  const reasons = outcomes.map(outcome =>
    outcome.status === 'fulfilled' ? 'ok' : (outcome.reason as { code: string }).code,
  );
  assert.deepEqual(reasons, ['ok', 'ok', 'ok', 'overloaded', 'overloaded']);
});

test('a token that goes away and comes back is used again', async () => {
  const { root } = await rootProviderOf(mine).create(1);
  using secret = SecretBytes.own(new Uint8Array(32).fill(7));
  const binding = utf8('binding');
  const wrapped = await root.wrap(secret, binding);
  renameSync(hsm.directory, `${hsm.directory}-away`);
  const away = await root.unwrap(wrapped, binding).then(
    () => 'ok',
    (thrown: { code?: string; name?: string }) => thrown.code ?? thrown.name,
  );
  renameSync(`${hsm.directory}-away`, hsm.directory);
  assert.equal(away, 'sealed');
  // The next attempt to get it back is made a second later.
  await new Promise(resolve => setTimeout(resolve, 1_100));
  using again = await root.unwrap(wrapped, binding);
  assert.equal(again.length, 32);
});
