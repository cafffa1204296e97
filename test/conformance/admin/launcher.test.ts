// The ways to start the server through something in front of the pinned runtime: whoever ends that ends the server, which stops as it should.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const launcher = fileURLToPath(new URL('../../../bin/keyhold.js', import.meta.url));
const OPTIONS = ['--port', '0', '--kmip', 'off'];

/** The command as npm installs it, as npx runs it, and npm with its own script. */
const WAYS = {
  keyhold: [process.execPath, launcher, 'serve', ...OPTIONS],
  npx: ['npx', '--offline', 'keyhold', 'serve', ...OPTIONS],
  'npm start': ['npm', 'start', '--', ...OPTIONS],
} as const;

const ENDS: readonly (readonly [way: keyof typeof WAYS, signals: readonly NodeJS.Signals[]])[] = [
  ['keyhold', ['SIGTERM', 'SIGINT', 'SIGKILL']],
  ['npx', ['SIGTERM']],
  ['npm start', ['SIGTERM', 'SIGINT']],
];

for (const [way, signals] of ENDS) {
  for (const signal of signals) {
    test(`the server stops in order when ${signal} ends \`${way}\``, async () => {
      const [program, ...words] = WAYS[way];
      const { npm_lifecycle_script: _script, ...environment } = process.env;
      const launched = spawn(program, words, {
        cwd: root,
        env: {
          ...environment,
          KEYHOLD_DATA_DIR: await temporaryDirectory(),
          npm_config_cache: await temporaryDirectory(),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const exit = once(launched, 'exit');
      // Ends with the last process that writes there.
      const logged = text(launched.stderr);
      for await (const line of createInterface({ input: launched.stdout }))
        if (line.startsWith('Keyhold serves at ')) launched.kill(signal);
      assert.match(await logged, /"stopped"/);
      if (way === 'keyhold') assert.deepEqual(await exit, signal === 'SIGKILL' ? [null, signal] : [0, null]);
    });
  }
}

test('a server whose launcher is gone before it serves does not stay', async () => {
  const [program, ...words] = WAYS.keyhold;
  const dataDir = await temporaryDirectory();
  const launched = spawn(program, words, {
    env: { ...process.env, KEYHOLD_DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // The server has begun, and makes its installation.
  const begun = watch(dataDir, () => launched.kill('SIGKILL'));
  assert.match(await text(launched.stderr), /"stopped"/);
  begun.close();
});

test('the status of a command is that of the launcher', async () => {
  const launched = spawn(process.execPath, [launcher, 'nothing-of-the-kind'], { stdio: 'ignore' });
  assert.deepEqual(await once(launched, 'exit'), [2, null]);
});
