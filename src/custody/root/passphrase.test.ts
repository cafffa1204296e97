// The root key from a passphrase: what the row says is what is computed, and a row cannot weaken it.

import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootProviderContract, rowOf } from '../../../test/contract/custody-root-provider.ts';
import { temporaryDirectory } from '../../../test/support/temporary-directory.ts';
import { systemRandom } from '../../../test/support/time-and-chance.ts';
import { utf8 } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import { passphraseFromFile, passphraseRootKeyProvider } from './passphrase.ts';
import type { RootKeyProvider } from './root-key.ts';
import { SoftwareRootKey } from './software-root-key.ts';

const CHEAPEST = { memoryKiB: 19_456, passes: 1, parallelism: 1 };

function withPassphrase(passphrase: string): RootKeyProvider {
  return passphraseRootKeyProvider({
    readPassphrase: async () => SecretBytes.own(utf8(passphrase)),
    random: systemRandom,
    cost: CHEAPEST,
  });
}

rootProviderContract({
  name: 'passphrase',
  make: async () => ({
    provider: withPassphrase('correct horse battery'),
    other: withPassphrase('wrong horse battery'),
  }),
});

test('the root key is Argon2id of the passphrase with the parameters of the row', async () => {
  const { root, parameters } = await withPassphrase('correct horse battery').create(1);
  const stored = JSON.parse(parameters);
  assert.deepEqual({ ...stored, salt: 'varies' }, { algorithm: 'argon2id', ...CHEAPEST, salt: 'varies' });
  const material = argon2Sync('argon2id', {
    message: 'correct horse battery',
    nonce: Buffer.from(stored.salt, 'hex'),
    memory: 19_456,
    passes: 1,
    parallelism: 1,
    tagLength: 32,
  });
  assert.equal(new SoftwareRootKey(SecretBytes.own(material), 1, systemRandom).fingerprint, root.fingerprint);
});

test('a new generation has a new salt', async () => {
  const provider = withPassphrase('correct horse battery');
  assert.notEqual((await provider.create(1)).parameters, (await provider.create(1)).parameters);
});

test('a row that asks for too little or too much work is refused', async () => {
  const provider = withPassphrase('correct horse battery');
  const row = rowOf(provider, await provider.create(1));
  const stored = JSON.parse(row.parameters);
  for (const changed of [
    { memoryKiB: 19_455 },
    { memoryKiB: 4_194_305 },
    { passes: 0 },
    { passes: 65 },
    { parallelism: 65 },
    { salt: '' },
    { algorithm: 'argon2i' },
    { more: 1 },
  ]) {
    const parameters = JSON.stringify({ ...stored, ...changed });
    await assert.rejects(provider.open({ ...row, parameters }), { code: 'sealed', message: /damaged/ });
  }
  await assert.rejects(provider.open({ ...row, parameters: 'x' }), { code: 'sealed' });
});

test('a short passphrase is refused', async () => {
  await assert.rejects(withPassphrase('eleven char').create(1), { code: 'sealed', message: /at least 12/ });
});

test('a passphrase file is private, and its last line end does not count', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'passphrase');
  await assert.rejects(passphraseFromFile(path), { code: 'sealed', message: /passphrase is missing/ });
  for (const [content, passphrase] of [
    ['correct horse', 'correct horse'],
    ['correct horse\n', 'correct horse'],
    ['correct horse\r\n', 'correct horse'],
    [' correct horse \n\n', ' correct horse \n'],
    ['correct horse\r', 'correct horse\r'],
  ] as const) {
    await writeFile(path, content, { mode: 0o600 });
    using read = await passphraseFromFile(path);
    assert.deepEqual(revealSecretBytes(read), utf8(passphrase));
  }
  const open = join(directory, 'open');
  await writeFile(open, 'correct horse', { mode: 0o644 });
  await assert.rejects(passphraseFromFile(open), { code: 'sealed', message: /make it 0600/ });
});
