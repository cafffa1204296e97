// The end of a server that its own program runs: in a process of its own, since signals are sent to it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { initialize } from './main.ts';

const run = promisify(execFile);

test('a signal that comes with the first word of the server stops it in order', async () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const settings = { dataDir: await temporaryDirectory(), port: '0', kmip: 'off' };
    const told = `() => process.kill(process.pid, '${signal}')`;
    const program = `import('${import.meta.resolve('./main.ts')}').then(({ serve }) => serve(${JSON.stringify(settings)}, ${told}))`;
    const { stderr } = await run(process.execPath, ['--eval', program]);
    assert.deepEqual(
      stderr
        .trim()
        .split('\n')
        .slice(-2)
        .map(line => JSON.parse(line).msg),
      ['stopping', 'stopped'],
    );
  }
});

test('an installation that is made is not said to serve', async () => {
  const settings = { dataDir: await temporaryDirectory(), port: '0', kmip: 'off' };
  const printed: string[] = [];
  await initialize(settings, text => printed.push(text));
  const [text = ''] = printed;
  assert.match(text, /^The installation is there, and does not serve yet: start it with `keyhold serve`\.\n/);
  assert.match(text, /admin API key +kh_/);
});
