// Keys and projects for tests of custody.

import { randomUUID } from 'node:crypto';
import { utf8 } from '../../src/base/bytes.ts';
import { SecretBytes } from '../../src/base/secret-bytes.ts';
import type { Custody, MaterialBinding, WrappedMaterial } from '../../src/core/ports/custody.ts';
import type { CustodyStore } from '../../src/custody/root-keys.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../src/domain/algorithms.ts';
import type { Key, KeyVersion } from '../../src/domain/key.ts';

export interface StoredKey {
  readonly key: Key;
  readonly version: KeyVersion;
}

export const NOW = 1_800_000_000_000;

export function bindingFor(algorithm: KeyAlgorithm, projectId: string): MaterialBinding {
  return { projectId, keyId: randomUUID(), version: 1, algorithm, exportable: true };
}

/** The rows that the store would hold. */
export function storedKey(binding: MaterialBinding, material: WrappedMaterial): StoredKey {
  const { projectId, keyId, version, algorithm, exportable } = binding;
  return {
    key: {
      id: keyId,
      projectId,
      keyRingId: randomUUID(),
      location: 'here',
      algorithm,
      usages: KEY_ALGORITHMS[algorithm].usages,
      protection: 'software',
      origin: 'generated',
      exportable,
      publicOnly: binding.publicOnly ?? false,
      label: '',
      description: '',
      tags: {},
      state: 'active',
      primaryVersion: version,
      latestVersion: version,
      createdBy: 'test',
      createdAt: NOW,
      updatedAt: NOW,
      revision: 1,
    },
    version: {
      keyId,
      number: version,
      state: 'active',
      cause: 'created',
      materialId: material.materialId,
      materialBytes: material.materialBytes,
      wrapped: material.wrapped,
      publicKey: material.publicKey,
      createdAt: NOW,
    },
  };
}

export async function generateKey(
  custody: Custody,
  algorithm: KeyAlgorithm,
  projectId: string,
): Promise<StoredKey> {
  const binding = bindingFor(algorithm, projectId);
  return storedKey(binding, await custody.generate(binding, 'software'));
}

export async function importKey(
  custody: Custody,
  algorithm: KeyAlgorithm,
  projectId: string,
  material: Uint8Array,
): Promise<StoredKey> {
  const binding = bindingFor(algorithm, projectId);
  using secret = SecretBytes.copyOf(material);
  return storedKey(binding, await custody.importMaterial(binding, secret));
}

/** A project with a wrapping key. */
export async function makeProject(custody: Custody, store: CustodyStore): Promise<string> {
  const projectId = randomUUID();
  await store.transaction(tx => custody.createProjectKey(tx, projectId, NOW));
  return projectId;
}

export const secretText = (text: string): SecretBytes => SecretBytes.own(utf8(text));
