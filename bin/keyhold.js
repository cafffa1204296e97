#!/usr/bin/env node
// Starts the command line with the runtime that the project pins, whatever Node.js the machine's `node` is. Plain JavaScript, since an
// older Node.js has to be able to read it.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const runtime = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const program = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
// By the channel a server sees that this process is gone, however it went.
const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
const child = spawn(runtime, [program, ...process.argv.slice(2)], { stdio });

// Whoever ends this process means the one behind it, which would otherwise go on alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));

// npm puts a shell in front of this process, which passes no signal on: what is seen of one is that the shell is gone.
if (process.env.npm_lifecycle_script?.includes('keyhold')) {
  const shell = process.ppid;
  const look = () => process.ppid === shell || child.kill('SIGTERM');
  setInterval(look, 500).unref();
}

child.on('error', () => {
  process.stderr.write('keyhold: the pinned runtime is not installed. Run `npm ci` in the directory of the project first.\n');
  process.exit(1);
});
child.on('exit', (status, signal) => process.exit(status ?? 128 + constants.signals[signal]));
