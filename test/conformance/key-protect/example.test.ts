// The example runs as it is printed: a key is wrapped and comes back, and a changed one does not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const run = promisify(execFile);

let keyhold: TestKeyhold;
before(async () => {
  keyhold = await startKeyhold();
});
after(() => keyhold.stop());

test('the example wraps a data encryption key and unwraps it again', async () => {
  const { dataDir, credentials } = keyhold;
  const place = (name: string) => join(dataDir, name);
  writeFileSync(place('example-credentials.json'), JSON.stringify(credentials), { mode: 0o600 });
  const example = (...args: readonly string[]) =>
    run(process.execPath, [join(root, 'examples', 'key-protect', 'wrap-key.ts'), ...args], {
      env: { ...process.env, KEYHOLD_CREDENTIALS: place('example-credentials.json') },
    });
  const dataKey = randomBytes(32);
  writeFileSync(place('disk.key'), dataKey);
  await example('wrap', place('disk.key'), place('wrapped'));
  await example('unwrap', place('wrapped'), place('unwrapped'));
  assert.ok(dataKey.equals(readFileSync(place('unwrapped'))));
  const wrapped = Buffer.from(readFileSync(place('wrapped'), 'latin1'), 'base64');
  assert.equal(wrapped.indexOf(dataKey), -1);
  wrapped[wrapped.length - 1] = (wrapped.at(-1) ?? 0) ^ 1;
  writeFileSync(place('wrapped'), wrapped.toString('base64'));
  await assert.rejects(example('unwrap', place('wrapped'), place('unwrapped')));
});
