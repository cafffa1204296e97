// The example runs as it is printed: a root key in a token, and a key in it that signs through a client of KMIP as it comes from its package.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { DEBIAN_PYTHON, installDebian } from '../install.ts';
import { freePort } from '../openstack/keystone.ts';
import { startSoftHsm } from './softhsm.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');

const hsm = startSoftHsm();
const folder = mkdtempSync(join(tmpdir(), 'keyhold-hsm-example-'));
before(() => installDebian('python3-pykmip'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
  hsm[Symbol.dispose]();
});

test('the example signs a file with a key in a token, and again after another start', async () => {
  const file = join(folder, 'report.txt');
  writeFileSync(file, 'what is signed');
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    KEYHOLD: `${process.execPath} ${join(root, 'src', 'cli', 'main.ts')}`,
    HSM_EXAMPLE_DIR: join(folder, 'example'),
    KEYHOLD_PORT: String(await freePort()),
    KEYHOLD_KMIP_PORT: String(await freePort()),
    PKCS11_LIBRARY: hsm.library,
    PYTHON: `${DEBIAN_PYTHON}`,
  };
  const signatures = await [1, 2].reduce<Promise<readonly string[]>>(async (before, turn) => {
    const made = await before;
    const signature = join(folder, `signature-${turn}`);
    const script = join(root, 'examples', 'hsm', 'sign-file.sh');
    const { stdout } = await run('/bin/sh', [script, file, signature], { env, timeout: 120_000 });
    assert.match(stdout, /^Verified OK$/m);
    return [...made, readFileSync(signature, 'hex')];
  }, Promise.resolve([]));
  assert.equal(signatures[0], signatures[1], 'the key is the same after another start');
  assert.ok(!existsSync(join(folder, 'example', 'data', 'root-1.key')), 'no root key is in a file');
});
