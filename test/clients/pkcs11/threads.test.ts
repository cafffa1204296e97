// The worker threads that hold the sessions of a token (SoftHSM2): the library stays where it is, and nobody waits behind somebody slow while
// another thread is free.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CLASS, KEY_TYPE } from '../../../src/custody/pkcs11/names.ts';
import type { Token } from '../../../src/custody/pkcs11/token.ts';
import { buildShim } from './shim.ts';
import { openToken, startSoftHsm } from './softhsm.ts';

const hsm = startSoftHsm();
const { label, pin } = hsm.addToken('threads');
const folder = mkdtempSync(join(tmpdir(), 'keyhold-shim-'));
after(() => {
  hsm[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const tokenOf = (library: string): Token => openToken(library, { label, pin }, { sessions: 2 });

test('a library stays in memory, whatever of its threads is collected as garbage', async () => {
  const token = tokenOf(hsm.library);
  // Enough for many collections in each thread: a library that was let go ends the process at the next call.
  let bytes = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const given = await Promise.all(Array.from({ length: 8 }, () => token.run('random', { bytes: 1_024 })));
    bytes += given.reduce((sum, { length }) => sum + length, 0);
  }
  assert.equal(bytes, 3_000 * 8 * 1_024);
  await token.close();
});

test('what is quick is done while a key is being made, and those who come later wait for a thread that is free', async () => {
  const shim = buildShim(hsm.library, folder);
  const token = tokenOf(shim.library);
  await token.run('random', { bytes: 1 });
  shim.order('delay C_GenerateKey 600000');
  const made: number[] = [];
  const make = async (number: number): Promise<void> => {
    await token.run('generateKey', {
      mechanism: { name: 'aesKeyGen' },
      template: { class: CLASS.secretKey, keyType: KEY_TYPE.aes, token: false, valueLength: 32 },
    });
    made.push(number);
  };
  const making = make(1);
  for (let round = 0; round < 20; round += 1)
    await Promise.all(Array.from({ length: 8 }, () => token.run('random', { bytes: 16 })));
  assert.deepEqual(made, []);
  // Both threads are taken now, and whoever comes stands in line, however quick.
  const second = make(2);
  const third = make(3);
  const last = token.run('random', { bytes: 16 });
  shim.order();
  await Promise.all([making, second, third, last]);
  assert.deepEqual(made.toSorted(), [1, 2, 3]);
  await token.close();
});

test('a token that is closed while it works fails what is under way, and everything afterwards', async () => {
  const token = tokenOf(hsm.library);
  await token.run('random', { bytes: 1 });
  const running = Array.from({ length: 20 }, () => token.run('random', { bytes: 1_024 }));
  const outcomes = Promise.allSettled(running);
  await token.close();
  assert.ok((await outcomes).every(({ status }) => status === 'fulfilled' || status === 'rejected'));
  await assert.rejects(token.run('random', { bytes: 1 }), {
    code: 'sealed',
    message: 'The token is closed.',
  });
});
