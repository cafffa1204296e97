// Runs the tests: `npm test` everything that Node and npm alone can run, `npm run test:clients` what needs other languages and system
// packages. Prints the counts of each suite that the tests report, and ends with one line that sums up.

import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const clients = process.argv.includes('--clients');

const files = clients
  ? globSync('test/clients/**/*.test.ts', { cwd: root })
  : globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root }).filter(
      file => !file.startsWith(join('test', 'clients')),
    );

if (!existsSync(join(root, '..', 'shared', 'vectors'))) {
  console.log(
    'note: the shared vectors are not on this machine; the small ones of the project are used instead',
  );
}

const outcome = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-reporter=spec', ...files.sort()],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      // Each file is a process, and most of them load the whole server.
      NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'keyhold'),
    },
  },
);
process.exit(outcome.status ?? 1);
