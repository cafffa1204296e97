// The example runs as it is printed: a file is sealed and comes back, and a changed one does not.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type AwsSubject, startAws } from './support.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const run = promisify(execFile);

let subject: AwsSubject;
before(async () => {
  subject = await startAws();
});
after(() => subject.stop());

test('the example encrypts a file and decrypts it again', async () => {
  const { dataDir, credentials } = subject.keyhold;
  const place = (name: string) => join(dataDir, name);
  writeFileSync(place('example-credentials.json'), JSON.stringify(credentials), { mode: 0o600 });
  const example = (...args: readonly string[]) =>
    run(process.execPath, [join(root, 'examples', 'aws-kms', 'encrypt-file.ts'), ...args], {
      env: { ...process.env, KEYHOLD_CREDENTIALS: place('example-credentials.json') },
    });
  const file = randomBytes(100_000);
  writeFileSync(place('plain'), file);
  await example('encrypt', place('plain'), place('sealed'));
  await example('decrypt', place('sealed'), place('opened'));
  assert.ok(file.equals(readFileSync(place('opened'))));
  const sealed = readFileSync(place('sealed'));
  assert.equal(sealed.indexOf(file.subarray(0, 32)), -1);
  sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
  writeFileSync(place('sealed'), sealed);
  await assert.rejects(example('decrypt', place('sealed'), place('opened')));
});
