// The root key file: made once, whole or not at all, and refused when others may read it.

import assert from 'node:assert/strict';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootProviderContract, rowOf } from '../../../test/contract/custody-root-provider.ts';
import { temporaryDirectory } from '../../../test/support/temporary-directory.ts';
import { systemRandom } from '../../../test/support/time-and-chance.ts';
import { fileRootKeyProvider } from './file.ts';
import type { RootKeyProvider } from './root-key.ts';

const inDirectory = (directory: string): RootKeyProvider =>
  fileRootKeyProvider({ directory, random: systemRandom });

rootProviderContract({
  name: 'file',
  make: async () => ({
    provider: inDirectory(await temporaryDirectory()),
    other: inDirectory(await temporaryDirectory()),
  }),
});

test('the file has mode 0600 and one line, and nothing else is left in its new directory', async () => {
  const directory = join(await temporaryDirectory(), 'keys');
  await inDirectory(directory).create(3);
  assert.deepEqual(await readdir(directory), ['root-3.key']);
  assert.equal((await stat(join(directory, 'root-3.key'))).mode & 0o777, 0o600);
  assert.match(await readFile(join(directory, 'root-3.key'), 'utf8'), /^keyhold-root-key-1:[0-9a-f]{64}\n$/);
});

test('a file that is there is taken up, so a crash before its row loses nothing', async () => {
  const provider = inDirectory(await temporaryDirectory());
  const [before, again] = [await provider.create(1), await provider.create(1)];
  assert.equal(again.root.fingerprint, before.root.fingerprint);
});

test('a copy that a crash has left beside the file is removed when the key is read', async () => {
  const directory = await temporaryDirectory();
  const provider = inDirectory(directory);
  const row = rowOf(provider, await provider.create(1));
  await copyFile(join(directory, 'root-1.key'), join(directory, 'root-1.key.draft.new'));
  await copyFile(join(directory, 'root-1.key'), join(directory, 'root-11.key.draft.new'));
  (await provider.open(row)).close();
  assert.deepEqual((await readdir(directory)).sort(), ['root-1.key', 'root-11.key.draft.new']);
});

test('makers at the same time get the same key', async () => {
  const directory = await temporaryDirectory();
  const created = await Promise.all(Array.from({ length: 8 }, () => inDirectory(directory).create(1)));
  assert.equal(new Set(created.map(({ root }) => root.fingerprint)).size, 1);
  assert.deepEqual(await readdir(directory), ['root-1.key']);
});

test('the key in the file is the root key: its fingerprint is a published one', async () => {
  const directory = await temporaryDirectory();
  const digits = Array.from({ length: 32 }, (_, at) => at.toString(16).padStart(2, '0')).join('');
  await writeFile(join(directory, 'root-1.key'), `keyhold-root-key-1:${digits}`, { mode: 0o600 });
  const { root } = await inDirectory(directory).create(1);
  assert.equal(root.fingerprint, FINGERPRINT_OF_COUNTING_BYTES);
});

/** Made with another implementation of HMAC from docs/formats/root-key.md. */
const FINGERPRINT_OF_COUNTING_BYTES = '9c3b8283110563ce380c9582fc7e9faa';

test('a missing file is an error that names it, and no new one is made', async () => {
  const directory = await temporaryDirectory();
  const provider = inDirectory(directory);
  const row = rowOf(provider, await provider.create(1));
  await rm(join(directory, 'root-1.key'));
  await assert.rejects(provider.open(row), { code: 'sealed', message: /root-1\.key is missing/ });
  assert.deepEqual(await readdir(directory), []);
});

test('a file that others may read or write is refused with its mode', async () => {
  const directory = await temporaryDirectory();
  const provider = inDirectory(directory);
  await provider.create(1);
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644]) {
    await chmod(join(directory, 'root-1.key'), mode);
    await assert.rejects(provider.create(1), {
      code: 'sealed',
      message: new RegExp(`has mode 0${mode.toString(8)}.*make it 0600`),
    });
  }
  await chmod(join(directory, 'root-1.key'), 0o400);
  await provider.create(1);
});

test('a file of another user is refused', { skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
  const directory = await temporaryDirectory();
  const provider = inDirectory(directory);
  await provider.create(1);
  await chown(join(directory, 'root-1.key'), 12_345, 12_345);
  await assert.rejects(provider.create(1), { code: 'sealed', message: /belongs to user 12345/ });
});

test('what is no regular file, or no root key, is refused and stays', async () => {
  const directory = await temporaryDirectory();
  const provider = inDirectory(directory);
  await mkdir(join(directory, 'root-1.key'));
  await assert.rejects(provider.create(1), { code: 'sealed', message: /not a regular file/ });
  const contents = ['', 'keyhold-root-key-1:', `keyhold-root-key-1:${'0'.repeat(63)}`, '0'.repeat(64)];
  contents.push(`keyhold-root-key-1:${'0'.repeat(62)}0g\n`, `keyhold-root-key-1:${'0'.repeat(64)}\n\n`);
  contents.push(`keyhold-root-key-1:${'0'.repeat(300)}`, `keyhold-root-key-1:${'A'.repeat(64)}`);
  for (const [index, content] of contents.entries()) {
    const path = join(directory, `root-${index + 2}.key`);
    await writeFile(path, content, { mode: 0o600 });
    await assert.rejects(provider.create(index + 2), { code: 'sealed' }, content);
    assert.equal(await readFile(path, 'utf8'), content);
  }
});

test('a link to a private file is followed, as mounted secrets need it', async () => {
  const [directory, elsewhere] = [await temporaryDirectory(), await temporaryDirectory()];
  const { root } = await inDirectory(elsewhere).create(1);
  await symlink(join(elsewhere, 'root-1.key'), join(directory, 'root-1.key'));
  assert.equal((await inDirectory(directory).create(1)).root.fingerprint, root.fingerprint);
});

test('removing takes the file of the retired generation, and no file of another key', async () => {
  const directory = await temporaryDirectory();
  const provider = inDirectory(directory);
  const row = rowOf(provider, await provider.create(1));
  await provider.remove({ ...row, fingerprint: '00' });
  assert.deepEqual(await readdir(directory), ['root-1.key']);
  await provider.remove(row);
  assert.deepEqual(await readdir(directory), []);
});
