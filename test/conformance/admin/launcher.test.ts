// The command as npm installs it, in front of the pinned runtime.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const launcher = fileURLToPath(new URL('../../../bin/keyhold.js', import.meta.url));

test('whoever ends the launcher ends the server, which stops as it should', async () => {
  const launched = spawn(process.execPath, [launcher, 'serve', '--port', '0', '--kmip', 'off'], {
    env: { ...process.env, KEYHOLD_DATA_DIR: await temporaryDirectory() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(launched, 'exit');
  // Ends with the last process that writes there.
  const logged = text(launched.stderr);
  for await (const line of createInterface({ input: launched.stdout })) {
    const [, url] = /^Keyhold serves at (\S+)$/.exec(line) ?? [];
    if (url === undefined) continue;
    // Once it answers, it hears signals as well.
    assert.equal((await fetch(`${url}/health`)).status, 200);
    launched.kill('SIGTERM');
  }
  assert.match(await logged, /"stopped"/);
  assert.deepEqual(await exit, [0, null]);
});

test('the status of a command is that of the launcher', async () => {
  const launched = spawn(process.execPath, [launcher, 'nothing-of-the-kind'], { stdio: 'ignore' });
  assert.deepEqual(await once(launched, 'exit'), [2, null]);
});
