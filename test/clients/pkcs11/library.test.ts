// The library of a token in the worker threads of a process: loaded for as long as anybody calls its functions.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { utf8 } from '../../../src/base/bytes.ts';
import { SecretBytes } from '../../../src/base/secret-bytes.ts';
import { Token } from '../../../src/custody/pkcs11/token.ts';
import { systemClock } from '../../../src/server/time-and-chance.ts';
import { startSoftHsm } from './softhsm.ts';

const hsm = startSoftHsm();
const { label, pin } = hsm.addToken('library');
after(() => hsm[Symbol.dispose]());

test('a library stays in memory, whatever of its threads is collected as garbage', async () => {
  const token = new Token({
    library: hsm.library,
    selector: { label },
    readPin: async () => SecretBytes.own(utf8(pin)),
    clock: systemClock(),
    sessions: 2,
    waitingMax: 100,
  });
  // Enough for many collections in each thread: a library that was let go ends the process at the next call.
  let bytes = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const given = await Promise.all(Array.from({ length: 8 }, () => token.run('random', { bytes: 1_024 })));
    bytes += given.reduce((sum, { length }) => sum + length, 0);
  }
  assert.equal(bytes, 3_000 * 8 * 1_024);
  await token.close();
});
