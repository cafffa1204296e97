#!/usr/bin/env node
// Starts the program `keyhold`, with its modules as the last start has compiled them.

import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Beside the installed packages: whoever may write there may change the program anyhow. Where nothing can be written it does without.
// Before anything else is loaded, since it helps what is loaded later.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/keyhold', import.meta.url)));

const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2));
