#!/usr/bin/env node
// Starts the command line with the runtime that the project pins, whatever Node.js the machine's `node` is. Plain JavaScript, since an
// older Node.js has to be able to read it.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const runtime = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const program = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const { status, signal, error } = spawnSync(runtime, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
if (error !== undefined) {
  process.stderr.write('keyhold: the pinned runtime is not installed. Run `npm ci` in the directory of the project first.\n');
}
process.exit(status ?? (signal === null ? 1 : 128));
