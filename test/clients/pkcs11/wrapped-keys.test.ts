// Keys whose material is wrapped by a key in a token (SoftHSM2), through the one door: they are of use and leave as other keys do, nothing of
// them opens without the token, and the wrapping key is a key that nobody uses.

import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { utf8 } from '../../../src/base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../../src/base/secret-bytes.ts';
import { decrypt } from '../../../src/core/operations/crypto/decrypt.ts';
import { encrypt } from '../../../src/core/operations/crypto/encrypt.ts';
import { disableKey } from '../../../src/core/operations/keys/change-state.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { destroyKey } from '../../../src/core/operations/keys/destroy-key.ts';
import { exportKey } from '../../../src/core/operations/keys/export-key.ts';
import { importKey } from '../../../src/core/operations/keys/import-key.ts';
import { importKeyVersion } from '../../../src/core/operations/keys/import-key-version.ts';
import { restrictExport } from '../../../src/core/operations/keys/restrict-export.ts';
import { rotateKey } from '../../../src/core/operations/keys/rotate-key.ts';
import { deleteName } from '../../../src/core/operations/names/names.ts';
import { ensureHardwareWrappingKey } from '../../../src/core/operations/services/hardware-wrapping-key.ts';
import { checkHardware } from '../../../src/core/operations/system/hardware-check.ts';
import { HARDWARE_WRAPPING_KEY, type Key, type KeyWithVersion } from '../../../src/domain/key.ts';
import { byId, CoreSubject } from '../../contract/core-subject.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { startSoftHsm, tokenSettings } from './softhsm.ts';

const hsm = startSoftHsm();
const token = hsm.addToken('keyhold');
let keyhold: TestKeyhold;
let core: CoreSubject;
before(async () => {
  keyhold = await startKeyhold({ settings: WITH_TOKEN() });
  core = new CoreSubject(keyhold);
});
after(async () => {
  await keyhold.stop();
  hsm[Symbol.dispose]();
});

/** The root key stays in its file: what is sealed by the token is told from what is sealed altogether. */
function WITH_TOKEN() {
  return tokenSettings(hsm.library, token);
}

const MESSAGE = utf8('a message');
const CONTEXT = { kind: 'none' } as const;

const make = (changes: { readonly exportable?: boolean } = {}): Promise<KeyWithVersion> =>
  core.run(createKey, { algorithm: 'aes-256', location: 'here', protection: 'hsmWrapped', ...changes });

async function wrappingKey(): Promise<Key | undefined> {
  const { namespace, text } = HARDWARE_WRAPPING_KEY;
  const { store } = keyhold.kms;
  const name = await store.names.find(namespace, keyhold.credentials.project.id, text);
  return name && store.keys.find(name.keyId);
}

async function materialOf({ key }: Pick<KeyWithVersion, 'key'>, version?: number): Promise<Uint8Array> {
  const { material } = await core.run(exportKey, { ...byId(key.id), version });
  using bytes = material;
  return Uint8Array.from(revealSecretBytes(bytes));
}

test('the first key of the level makes the wrapping key of the project, and keys after it use the same', async () => {
  assert.equal(await wrappingKey(), undefined);
  const context = core.context();
  const input = { algorithm: 'aes-256', location: 'here', protection: 'hsmWrapped' } as const;
  // At once: whoever comes second finds it, and what it has made itself is erased again.
  const made = await Promise.all([
    core.run(createKey, input, context),
    ...Array.from({ length: 3 }, () => core.run(createKey, input)),
  ]);
  assert.deepEqual(
    made.map(({ key }) => key.protection),
    made.map(() => 'hsmWrapped'),
  );
  const wrapping = await wrappingKey();
  assert.deepEqual(
    [wrapping?.protection, wrapping?.serviceOwner, wrapping?.usages, wrapping?.exportable],
    ['hsm', 'keyhold', [], false],
  );
  const { objects, orphans } = await core.run(
    checkHardware,
    undefined,
    core.context({ projectId: undefined }),
  );
  assert.deepEqual([objects, orphans], [2, []]);
  const entries = await core.entriesOf(context.requestId);
  assert.deepEqual(
    entries.map(({ operation, outcome }) => [operation, outcome]),
    [
      ['key.ensureHardwareWrappingKey', 'ok'],
      ['key.create', 'ok'],
    ],
  );
});

test('a key of the level encrypts, is rotated, and leaves if it may', async () => {
  const made = await make({ exportable: true });
  const { ciphertext } = await core.run(encrypt, {
    ...byId(made.key.id),
    plaintext: MESSAGE,
    context: CONTEXT,
  });
  const rotated = await core.run(rotateKey, { ...byId(made.key.id), cause: 'requestedRotation' });
  assert.equal(rotated.key.primaryVersion, 2);
  const { plaintext } = await core.run(decrypt, { ciphertext, context: CONTEXT });
  using opened = plaintext;
  assert.deepEqual(Uint8Array.from(revealSecretBytes(opened)), MESSAGE);
  assert.equal((await materialOf(made)).length, 32);
  assert.notDeepEqual(await materialOf(made, 1), await materialOf(made, 2));
  assert.equal(await core.outcome(exportKey, byId((await make()).key.id)), 'notExportable');
});

test('material that was brought in comes out again, version by version, until it may leave no more', async () => {
  const [first, second] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const plain = (bytes: Uint8Array) => ({ by: 'plain', material: SecretBytes.copyOf(bytes) }) as const;
  const made = await core.run(importKey, {
    algorithm: 'aes-256',
    location: 'here',
    exportable: true,
    protection: 'hsmWrapped',
    material: plain(first),
  });
  await core.run(importKeyVersion, { ...byId(made.key.id), material: plain(second) });
  assert.deepEqual([await materialOf(made, 1), await materialOf(made, 2)], [first, second]);
  const { ciphertext } = await core.run(encrypt, {
    ...byId(made.key.id),
    plaintext: MESSAGE,
    context: CONTEXT,
  });
  await core.run(restrictExport, { ...byId(made.key.id), leaves: 'never' });
  assert.equal(await core.outcome(exportKey, byId(made.key.id)), 'notExportable');
  assert.equal(await core.outcome(decrypt, { ciphertext, context: CONTEXT }), 'ok');
});

test('pairs and opaque keys are of the level as well; a key in the token takes no material', async () => {
  for (const algorithm of ['ec-p256', 'rsa-2048', 'opaque', 'hmac-sha-256'] as const) {
    const input = { algorithm, location: 'here', protection: 'hsmWrapped', exportable: true } as const;
    assert.ok((await materialOf(await core.run(createKey, input))).length > 0, algorithm);
  }
  const inToken = await core.run(createKey, { algorithm: 'aes-256', location: 'here', protection: 'hsm' });
  const material = { by: 'plain', material: SecretBytes.copyOf(new Uint8Array(32)) } as const;
  assert.equal(await core.outcome(importKeyVersion, { ...byId(inToken.key.id), material }), 'unsupported');
});

test('what is wrapped opens in its place alone, and on its level', async () => {
  const { custody } = keyhold.kms;
  const [one, other] = [await make({ exportable: true }), await make({ exportable: true })];
  const rows: readonly (readonly [Key, KeyWithVersion['version']])[] = [
    [one.key, { ...other.version, keyId: one.key.id }],
    [{ ...one.key, exportable: false }, one.version],
    [
      { ...one.key, algorithm: 'aes-256-xts' },
      { ...one.version, materialBytes: undefined },
    ],
    [{ ...one.key, protection: 'software' }, one.version],
  ];
  for (const [key, version] of rows)
    await assert.rejects(custody.open(key, version), { name: 'BrokenInvariant' });
  const changed = Uint8Array.from(one.version.wrapped);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  await assert.rejects(custody.open(one.key, { ...one.version, wrapped: changed }), {
    name: 'BrokenInvariant',
  });
  const software = await core.run(createKey, { algorithm: 'aes-256', location: 'here' });
  await assert.rejects(custody.open({ ...software.key, protection: 'hsmWrapped' }, software.version), {
    name: 'BrokenInvariant',
  });
});

test('nobody uses, changes, renames or destroys the wrapping key', async () => {
  await make();
  const wrapping = await wrappingKey();
  assert.ok(wrapping);
  const named = byId(wrapping.id);
  assert.equal(
    await core.outcome(encrypt, { ...named, plaintext: MESSAGE, context: CONTEXT }),
    'incompatibleUsage',
  );
  for (const operation of [disableKey, destroyKey] as const)
    assert.equal(await core.outcome(operation, named), 'serviceKey');
  assert.equal(await core.outcome(rotateKey, { ...named, cause: 'requestedRotation' }), 'serviceKey');
  const { namespace, text } = HARDWARE_WRAPPING_KEY;
  assert.equal(await core.outcome(deleteName, { namespace, text }), 'reservedName');
});

test('whoever may make no keys gets none by way of what they wrap', async () => {
  const nobody = core.context({ projectId: undefined });
  assert.notEqual(await core.outcome(ensureHardwareWrappingKey, undefined, nobody), 'ok');
});

test('nothing opens while the token is away, and all of it when it is back', async () => {
  const wrapped = await make({ exportable: true });
  const software = await core.run(createKey, { algorithm: 'aes-256', location: 'here' });
  const use = ({ key }: KeyWithVersion) =>
    core.outcome(encrypt, { ...byId(key.id), plaintext: MESSAGE, context: CONTEXT });
  assert.equal(await use(wrapped), 'ok');
  renameSync(hsm.directory, `${hsm.directory}-away`);
  try {
    assert.equal(await use(wrapped), 'sealed');
    assert.equal(await core.outcome(exportKey, byId(wrapped.key.id)), 'sealed');
    const input = { algorithm: 'aes-256', location: 'here', protection: 'hsmWrapped' } as const;
    assert.equal(await core.outcome(createKey, input), 'sealed');
    assert.equal(await use(software), 'ok');
  } finally {
    renameSync(`${hsm.directory}-away`, hsm.directory);
  }
  let outcome = '';
  for (let attempt = 0; attempt < 100 && outcome !== 'ok'; attempt += 1) {
    await new Promise(resolve => setTimeout(resolve, 100));
    outcome = await use(wrapped);
  }
  assert.equal(outcome, 'ok');
});

test('where no token is configured any more it is said that one has wrapped the key, and none is made', async () => {
  const wrapped = await make({ exportable: true });
  const { custody } = keyhold.kms;
  assert.deepEqual(custody.protectionLevels, ['software', 'hsmWrapped', 'hsm']);
  const without = await startKeyhold();
  try {
    const elsewhere = new CoreSubject(without);
    const input = { algorithm: 'aes-256', location: 'here', protection: 'hsmWrapped' } as const;
    assert.equal(await elsewhere.outcome(createKey, input), 'unsupported');
    await assert.rejects(without.kms.custody.exportMaterial(wrapped.key, wrapped.version), {
      code: 'sealed',
      message: /wrapped by a key in one/,
    });
  } finally {
    await without.stop();
  }
});
