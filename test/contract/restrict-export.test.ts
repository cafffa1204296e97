// What may leave, taken back: in the clear, or altogether; in every version, whatever is then written into the rows.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hex } from '../../src/base/bytes.ts';
import { revealSecretBytes } from '../../src/base/secret-bytes.ts';
import { decryptBy } from '../../src/core/operations/crypto/decrypt-by.ts';
import { encryptBy } from '../../src/core/operations/crypto/encrypt-by.ts';
import { wrapKey } from '../../src/core/operations/crypto/wrap-key.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { deriveKey } from '../../src/core/operations/keys/derive-key.ts';
import { exportKey } from '../../src/core/operations/keys/export-key.ts';
import { restrictExport } from '../../src/core/operations/keys/restrict-export.ts';
import { rotateKey } from '../../src/core/operations/keys/rotate-key.ts';
import { splitKey } from '../../src/core/operations/keys/split-key.ts';
import type { KeyAlgorithm } from '../../src/domain/algorithms.ts';
import { startKeyhold } from '../support/keyhold.ts';
import { CoreSubject } from './core-subject.ts';

let core: CoreSubject;
before(async () => {
  core = new CoreSubject(await startKeyhold());
});
after(() => core.keyhold.stop());

const run: CoreSubject['run'] = (operation, input) => core.run(operation, input);

async function exportable(algorithm: KeyAlgorithm = 'aes-256') {
  const { key } = await run(createKey, { algorithm, location: 'here', exportable: true });
  return { key: { by: 'id', id: key.id } } as const;
}

const HERE = { location: 'here' } as const;

test('what may leave wrapped only leaves neither in the clear, nor as parts, nor as the base of what may', async () => {
  const named = await exportable();
  const under = (await exportable()).key;
  const { key } = await run(restrictExport, { ...named, leaves: 'wrapped' });
  assert.deepEqual([key.exportable, key.wrappedOnly], [true, true]);
  await run(wrapKey, { ...named, under, mechanism: 'aes-kw' });
  const derivation = { base: named.key, mechanism: 'hkdf-sha-256', algorithm: 'aes-256', ...HERE } as const;
  const sharing = { method: 'xor', parts: 2, threshold: 2 } as const;
  for (const attempt of [
    () => run(exportKey, named),
    () => run(splitKey, { source: { by: 'key', key: named.key }, sharing, parts: [HERE, HERE] }),
    () => run(deriveKey, { ...derivation, exportable: true }),
  ])
    await assert.rejects(attempt, { code: 'notExportable' });
  const derived = await run(deriveKey, { ...derivation, exportable: true, wrappedOnly: true });
  assert.equal(derived.key.wrappedOnly, true);
  // Whoever reaches custody without the core is stopped there.
  const stored = await core.keyhold.kms.store.keys.findWithVersion(key.id);
  assert.ok(stored);
  await assert.rejects(core.keyhold.kms.custody.exportMaterial(stored.key, stored.version));
});

test('what may never leave is bound to the material of every version, which goes on working', async () => {
  for (const algorithm of ['aes-256', 'rsa-2048', 'opaque'] as const) {
    const named = await exportable(algorithm);
    const isAes = algorithm === 'aes-256';
    const plaintext = new Uint8Array(16).fill(7);
    const sealed = isAes ? await run(encryptBy, { ...named, mechanism: 'aes-gcm', plaintext }) : undefined;
    if (isAes) await run(rotateKey, { ...named, cause: 'requestedRotation' });
    const before = await core.keyhold.kms.store.keys.findWithVersion(named.key.id, 1);
    const { key } = await run(restrictExport, { ...named, leaves: 'never' });
    assert.deepEqual([key.exportable, key.wrappedOnly], [false, undefined]);
    await assert.rejects(run(exportKey, named), { code: 'notExportable' });
    const under = (await exportable()).key;
    await assert.rejects(run(wrapKey, { ...named, under, mechanism: 'aes-kwp' }), { code: 'notExportable' });
    if (sealed !== undefined) {
      const { ciphertext, iv } = sealed;
      const opened = await run(decryptBy, {
        ...named,
        version: 1,
        mechanism: 'aes-gcm',
        ciphertext,
        parameters: { iv },
      });
      assert.equal(hex(revealSecretBytes(opened.plaintext)), hex(plaintext));
    }
    const now = await core.keyhold.kms.store.keys.findWithVersion(named.key.id, 1);
    assert.ok(before && now);
    assert.equal(now.version.materialId, before.version.materialId);
    assert.notEqual(hex(now.version.wrapped), hex(before.version.wrapped));
    // A row that says otherwise does not open it.
    await assert.rejects(
      core.keyhold.kms.custody.exportMaterial({ ...now.key, exportable: true }, now.version),
    );
    // Asked once more, it stays so.
    assert.equal((await run(restrictExport, { ...named, leaves: 'wrapped' })).key.exportable, false);
  }
});
