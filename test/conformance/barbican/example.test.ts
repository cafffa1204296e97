// The example runs as it is printed: a file is sealed under a key that the server made, and comes back as long as the key is there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BarbicanSubject, startBarbican } from './support.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const run = promisify(execFile);

let subject: BarbicanSubject;
before(async () => {
  subject = await startBarbican();
});
after(() => subject.stop());

test('the example seals a file and opens it again, until the secret is deleted', async () => {
  const { dataDir, credentials, url } = subject.keyhold;
  const place = (name: string) => join(dataDir, name);
  const openstack = { ...credentials.openstack, authUrl: `${url}/v3` };
  writeFileSync(place('example-credentials.json'), JSON.stringify({ openstack }), { mode: 0o600 });
  const example = (...args: readonly string[]) =>
    run(process.execPath, [join(root, 'examples', 'barbican', 'seal-file.ts'), ...args], {
      env: { ...process.env, KEYHOLD_CREDENTIALS: place('example-credentials.json') },
    });
  const plaintext = randomBytes(100_000);
  writeFileSync(place('backup'), plaintext);
  await example('seal', place('backup'), place('sealed'));
  await example('open', place('sealed'), place('opened'));
  assert.ok(plaintext.equals(readFileSync(place('opened'))));

  const sealed = readFileSync(place('sealed'));
  assert.equal(sealed.indexOf(plaintext.subarray(0, 32)), -1);
  const elsewhere = Buffer.concat([Buffer.from('http://127.0.0.1:1/'), sealed]);
  writeFileSync(place('elsewhere'), elsewhere);
  await assert.rejects(example('open', place('elsewhere'), place('opened')), /The key is not at/);
  const changed = Uint8Array.from(sealed);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  writeFileSync(place('changed'), changed);
  await assert.rejects(example('open', place('changed'), place('opened')));

  const { json } = await subject.expect(200, { path: '/secrets' });
  const id = json.secrets[0].secret_ref.split('/').at(-1);
  await subject.expect(204, { method: 'DELETE', path: `/secrets/${id}` });
  await assert.rejects(example('open', place('sealed'), place('opened')), /404/);
});
