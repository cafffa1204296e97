// The shell example runs as it is printed: a file is kept as a secret and given back.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type BarbicanStage, startStage } from './stage.ts';
import { installTours } from './tours.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const COMMAND_MS_MAX = 60_000;

let stage: BarbicanStage;
before(async () => {
  installTours();
  stage = await startStage();
});
after(() => stage.stop());

test('the shell example keeps a file as a secret and gives it back', async () => {
  const place = (name: string) => join(stage.folder, name);
  const example = (...args: readonly string[]) =>
    run('/bin/sh', [join(root, 'examples', 'barbican', 'keep-secret.sh'), ...args], {
      env: stage.environmentOf(stage.login),
      timeout: COMMAND_MS_MAX,
    });
  const secret = generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  writeFileSync(place('server.key'), secret);
  const { stdout } = await example('keep', 'tls-key', place('server.key'));
  assert.match(stdout, /\/v1\/secrets\/[0-9a-f-]{36}\n$/);
  await example('give', 'tls-key', place('back.key'));
  assert.equal(readFileSync(place('back.key'), 'utf8'), secret.trim());
  await assert.rejects(example('keep', 'tls-key', place('server.key')), /There is a secret tls-key already/);
  await assert.rejects(example('give', 'other', place('other.key')), /There is no secret other/);
});
