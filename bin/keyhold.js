#!/usr/bin/env node
// Starts the command line with the runtime that the project pins, whatever Node.js the machine's `node` is. Plain JavaScript, since an
// older Node.js has to be able to read it.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const runtime = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const program = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const child = spawn(runtime, [program, ...process.argv.slice(2)], { stdio: 'inherit' });

// Whoever ends this process means the one behind it, which would otherwise go on alone.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// A terminal sends this one to both, and the other one says what becomes of it.
process.on('SIGINT', () => {});

child.on('error', () => {
  process.stderr.write('keyhold: the pinned runtime is not installed. Run `npm ci` in the directory of the project first.\n');
  process.exit(1);
});
child.on('exit', (status, signal) => process.exit(status ?? (signal === null ? 1 : 128)));
