// Material opens where it was made for, and nowhere else; what comes in is checked; what is forgotten is gone.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { custodyOver } from '../../test/contract/custody.ts';
import { custodyStore } from '../../test/support/custody-store.ts';
import {
  bindingFor,
  generateKey,
  importKey,
  makeProject,
  type StoredKey,
  secretText,
  storedKey,
} from '../../test/support/custody-subject.ts';
import { watchSecrets } from '../../test/support/secrets.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { manualClock, systemRandom } from '../../test/support/time-and-chance.ts';
import { BrokenInvariant } from '../base/assert.ts';
import { hex, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { KeyAlgorithm } from '../domain/algorithms.ts';
import { createCustody } from './index.ts';
import { fileRootKeyProvider } from './root/file.ts';
import type { RootKey, RootKeyProvider } from './root/root-key.ts';

async function subject() {
  const store = await custodyStore();
  const provider = fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom });
  const custody = custodyOver(store, provider);
  await custody.unseal();
  return { store, custody, projectId: await makeProject(custody, store) };
}

test('material moved to another project, key, version or algorithm, or made to be kept, does not open, warm or cold', async () => {
  const { store, custody, projectId } = await subject();
  const { key, version } = await generateKey(custody, 'aes-256', projectId);
  const other = await generateKey(custody, 'aes-256', projectId);
  const otherProject = await makeProject(custody, store);
  const otherId = randomUUID();
  const moved: readonly StoredKey[] = [
    { key: { ...key, projectId: otherProject }, version },
    { key: { ...key, id: otherId }, version: { ...version, keyId: otherId } },
    { key: other.key, version: { ...other.version, wrapped: version.wrapped } },
    { key, version: { ...version, number: 2 } },
    { key: { ...key, algorithm: 'chacha20' }, version },
    { key: { ...key, algorithm: 'hmac-sha-256' }, version },
    { key: { ...key, exportable: false }, version },
  ];
  const assertAllRefused = async () => {
    for (const place of moved) {
      await assert.rejects(custody.open(place.key, place.version), BrokenInvariant);
      await assert.rejects(custody.exportMaterial(place.key, place.version), BrokenInvariant);
    }
  };
  await assertAllRefused();
  (await custody.open(key, version))[Symbol.dispose]();
  (await custody.open(other.key, other.version))[Symbol.dispose]();
  await assertAllRefused();
});

test('a key that was not made exportable gives nothing out, even when its row says otherwise', async () => {
  const { custody, projectId } = await subject();
  const binding = { ...bindingFor('aes-256', projectId), exportable: false };
  const { key, version } = storedKey(binding, await custody.generate(binding, 'software'));
  await assert.rejects(custody.exportMaterial(key, version), BrokenInvariant);
  const changed = { ...key, exportable: true };
  await assert.rejects(custody.exportMaterial(changed, version), BrokenInvariant);
  await assert.rejects(custody.open(changed, version), BrokenInvariant);
  (await custody.open(key, version))[Symbol.dispose]();
});

test('a public key alone is taken for no pair and no pair for it, and it does nothing that needs the other half', async () => {
  const { custody, projectId } = await subject();
  const pair = await generateKey(custody, 'ec-p256', projectId);
  assert.ok(pair.version.publicKey !== undefined);
  const binding = { ...bindingFor('ec-p256', projectId), exportable: false, publicOnly: true };
  const half = storedKey(binding, await custody.importPublicKey(binding, pair.version.publicKey));
  const message = Uint8Array.of(1, 2, 3);
  using signer = await custody.open(pair.key, pair.version);
  using verifier = await custody.open(half.key, half.version);
  const signature = await signer.sign('ecdsa-sha-256', message);
  assert.equal(await verifier.verify('ecdsa-sha-256', message, signature), true);
  const refusal = { code: 'incompatibleAlgorithm' };
  await assert.rejects(verifier.sign('ecdsa-sha-256', message), refusal);
  await assert.rejects(verifier.agree('ecdh', pair.version.publicKey), refusal);
  await assert.rejects(custody.open({ ...half.key, publicOnly: false }, half.version), BrokenInvariant);
  await assert.rejects(custody.open({ ...pair.key, publicOnly: true }, pair.version), BrokenInvariant);
});

test('any changed byte of wrapped material is found', async () => {
  const { custody, projectId } = await subject();
  const { key, version } = await generateKey(custody, 'aes-128', projectId);
  for (let at = 0; at < version.wrapped.length; at++) {
    const wrapped = Uint8Array.from(version.wrapped, (byte, index) => (index === at ? byte ^ 1 : byte));
    await assert.rejects(custody.open(key, { ...version, wrapped }), BrokenInvariant, `byte ${at}`);
  }
  for (const wrapped of [new Uint8Array(0), version.wrapped.subarray(0, 20)]) {
    await assert.rejects(custody.open(key, { ...version, wrapped }), BrokenInvariant);
  }
});

test('a version is not opened with the key of another', async () => {
  const { custody, projectId } = await subject();
  const [one, two] = [
    await generateKey(custody, 'aes-256', projectId),
    await generateKey(custody, 'aes-256', projectId),
  ];
  await assert.rejects(custody.open(one.key, two.version), BrokenInvariant);
});

test('material that breaks the rules of its algorithm is not taken in', async () => {
  const { custody, projectId } = await subject();
  const rsa = await generateKey(custody, 'rsa-2048', projectId);
  using rsaMaterial = await custody.exportMaterial(rsa.key, rsa.version);
  const pkcs8 = revealSecretBytes(rsaMaterial);
  const refused: readonly (readonly [KeyAlgorithm, Uint8Array])[] = [
    ['aes-256', new Uint8Array(16)],
    ['aes-128', new Uint8Array(0)],
    ['aes-256-xts', new Uint8Array(64)],
    ['hmac-sha-256', new Uint8Array(13)],
    ['rsa-2048', new Uint8Array(32)],
    ['rsa-3072', pkcs8],
    ['ec-p256', pkcs8],
    ['rsa-2048', pkcs8.subarray(1)],
    ['ed25519', Uint8Array.of(...pkcs8, 0)],
  ];
  for (const [algorithm, material] of refused) {
    await assert.rejects(
      importKey(custody, algorithm, projectId, material),
      { code: 'invalidKeyMaterial' },
      algorithm,
    );
  }
});

test('the material id follows key and material, not the version, and is the published one', async () => {
  const { custody, projectId } = await subject();
  const binding = { ...bindingFor('aes-256', projectId), keyId: '00112233-4455-4677-8899-aabbccddeeff' };
  using material = SecretBytes.own(Uint8Array.from({ length: 32 }, (_, at) => at));
  const first = await custody.importMaterial(binding, material);
  const second = await custody.importMaterial({ ...binding, version: 2 }, material);
  assert.equal(first.materialId, MATERIAL_ID_OF_COUNTING_BYTES);
  assert.equal(second.materialId, first.materialId);
  assert.notDeepEqual(second.wrapped, first.wrapped);
});

/** Made with another implementation of HMAC-SHA-512/256 from docs/formats/wrapped-material.md. */
const MATERIAL_ID_OF_COUNTING_BYTES = '1f97c7393835d7713839c72e8e9ea5a928f53be61f0b9fa1986c481c5f5b463a';

test('importing leaves the bytes of the caller alone, and exporting gives a copy', async () => {
  const { custody, projectId } = await subject();
  using material = SecretBytes.own(new Uint8Array(32).fill(4));
  const binding = bindingFor('aes-256', projectId);
  const { key, version } = storedKey(binding, await custody.importMaterial(binding, material));
  assert.equal(hex(revealSecretBytes(material)), '04'.repeat(32));
  (await custody.exportMaterial(key, version))[Symbol.dispose]();
  using again = await custody.exportMaterial(key, version);
  assert.equal(hex(revealSecretBytes(again)), '04'.repeat(32));
});

test('hardware protection is refused where there is no hardware', async () => {
  const { custody, projectId } = await subject();
  assert.deepEqual(custody.protectionLevels, ['software']);
  await assert.rejects(custody.generate(bindingFor('aes-256', projectId), 'hsm'), { code: 'unsupported' });
  const { key, version } = await generateKey(custody, 'aes-256', projectId);
  await assert.rejects(custody.open({ ...key, protection: 'hsm' }, version), { code: 'unsupported' });
  // What is there already waits for its token; nothing new is made.
  const binding = bindingFor('aes-256', projectId);
  using material = SecretBytes.own(new Uint8Array(32));
  await assert.rejects(custody.generate(binding, 'hsmWrapped'), { code: 'unsupported' });
  await assert.rejects(custody.importMaterial(binding, material, 'hsmWrapped'), { code: 'unsupported' });
  for (const attempt of [custody.open, custody.exportMaterial])
    await assert.rejects(attempt({ ...key, protection: 'hsmWrapped' }, version), { code: 'sealed' });
});

test('a secret opens in its project and under its label only', async () => {
  const { store, custody, projectId } = await subject();
  const other = await makeProject(custody, store);
  using secret = secretText('an access key');
  const wrapped = await custody.wrapSecret(projectId, 'access key', secret);
  using unwrapped = await custody.unwrapSecret(projectId, 'access key', wrapped);
  assert.equal(hex(revealSecretBytes(unwrapped)), hex(utf8('an access key')));
  for (const [place, label] of [
    [other, 'access key'],
    [undefined, 'access key'],
    [projectId, 'access key '],
    [projectId, ''],
  ] as const) {
    await assert.rejects(custody.unwrapSecret(place, label, wrapped), BrokenInvariant);
  }
  const { key, version } = await generateKey(custody, 'aes-256', projectId);
  await assert.rejects(custody.unwrapSecret(projectId, 'access key', version.wrapped), BrokenInvariant);
  await assert.rejects(custody.open(key, { ...version, wrapped }), BrokenInvariant);
});

test('a project without a wrapping key keeps nothing, and gets one wrapping key only', async () => {
  const { store, custody, projectId } = await subject();
  await assert.rejects(custody.generate(bindingFor('aes-256', randomUUID()), 'software'), BrokenInvariant);
  await assert.rejects(
    store.transaction(tx => custody.createProjectKey(tx, projectId, 0)),
    { code: 'alreadyExists' },
  );
});

test('symmetric material comes from the generator that custody was given', async () => {
  const store = await custodyStore();
  const provider = fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom });
  const drawn: number[] = [];
  const random: Random = {
    ...systemRandom,
    bytes(count) {
      drawn.push(count);
      return systemRandom.bytes(count);
    },
  };
  const custody = createCustody({ store, provider, clock: manualClock(), random });
  await custody.unseal();
  const projectId = await makeProject(custody, store);
  drawn.length = 0;
  await generateKey(custody, 'aes-192', projectId);
  assert.ok(drawn.includes(24), String(drawn));
});

test('custody leaves nothing readable behind but what it gives out', async () => {
  const { custody, store, projectId } = await subject();
  const provider = fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom });
  using text = secretText('secret');
  const watch = watchSecrets();
  const other = await makeProject(custody, store);
  const { key, version } = await generateKey(custody, 'aes-256', projectId);
  const pair = await generateKey(custody, 'ec-p256', other);
  custody.forget(key.id);
  for (const opened of [await custody.open(key, version), await custody.open(pair.key, pair.version)])
    opened[Symbol.dispose]();
  await custody.restrictMaterial(key, version);
  const wrapped = await custody.wrapSecret(projectId, 'label', text);
  using exported = await custody.exportMaterial(key, version);
  using unwrapped = await custody.unwrapSecret(projectId, 'label', wrapped);
  await custody.rotateRoot({ to: provider });
  assert.deepEqual(watch.stop(), [exported, unwrapped]);
});

test('what leaves wrapped only is not taken out in the clear', async () => {
  const { custody, projectId } = await subject();
  const { key, version } = await generateKey(custody, 'aes-256', projectId);
  await assert.rejects(custody.exportMaterial({ ...key, wrappedOnly: true }, version), BrokenInvariant);
});

test('a seal closes the root keys and forgets the wrapping keys that were opened', async () => {
  const store = await custodyStore();
  const file = fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom });
  let unwrapped = 0;
  const closed: RootKey[] = [];
  const opened: RootKey[] = [];
  const provider: RootKeyProvider = {
    ...file,
    async open(row) {
      const root = await file.open(row);
      const watched: RootKey = {
        fingerprint: root.fingerprint,
        wrap: (...args) => root.wrap(...args),
        unwrap(...args) {
          unwrapped += 1;
          return root.unwrap(...args);
        },
        close() {
          closed.push(watched);
          root.close();
        },
      };
      opened.push(watched);
      return watched;
    },
  };
  const custody = custodyOver(store, provider);
  await custody.unseal();
  const { key, version } = await generateKey(custody, 'aes-256', await makeProject(custody, store));
  const before = unwrapped;
  custody.seal();
  await new Promise(resume => setImmediate(resume));
  assert.ok(opened.length > 0 && opened.every(root => closed.includes(root)));
  await custody.unseal();
  using _ = await custody.open(key, version);
  assert.equal(unwrapped, before + 1, 'the wrapping key is opened anew');
});
