// Key versions whose material is in software: made, taken in, taken out and opened under the wrapping key of their project. Opened
// ones are cached as KeyObjects for a short time; what is cached was authenticated for exactly the place that its name says.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { assert } from '../base/assert.ts';
import type { Bytes } from '../base/bytes.ts';
import type { SecretBytes } from '../base/secret-bytes.ts';
import type { Clock, Random } from '../core/ports/clock.ts';
import type { MaterialBinding, WrappedMaterial } from '../core/ports/custody.ts';
import {
  generateKeyMaterial,
  importKeyMaterial,
  importPublicKey,
  type KeyMaterial,
  openKeyMaterial,
  openPublicKey,
} from '../crypto/key-material.ts';
import { messagePrefix } from '../crypto/message.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import { type Key, type KeyVersion, versionAlgorithm } from '../domain/key.ts';
import type { TransportKey } from '../domain/transport-key.ts';
import { KeyCache, type KeyCacheLimits } from './key-cache.ts';
import { materialId, randomMaterialId } from './material-id.ts';
import type { Wrapping } from './material-wrapping.ts';
import { wrappingName } from './wrapping.ts';

/** A key version ready for use. */
export interface OpenedKey {
  readonly algorithm: KeyAlgorithm;
  /** The secret key, or the private one of a pair; of a public key alone that one, which no private use takes. */
  readonly key: KeyObject;
  /** Of a pair: made from the private key, which is authenticated, and not from the row. */
  readonly publicKey: KeyObject | undefined;
  /** What messages sealed under it begin with. */
  readonly messagePrefix: Uint8Array;
}

export interface SoftwareKeysOptions {
  readonly wrapping: Wrapping;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: KeyCacheLimits;
}

export class SoftwareKeys {
  readonly #wrapping: Wrapping;
  readonly #random: Random;
  readonly #cache: KeyCache<OpenedKey>;

  constructor({ wrapping, clock, random, limits }: SoftwareKeysOptions) {
    this.#wrapping = wrapping;
    this.#random = random;
    this.#cache = new KeyCache(limits, clock);
  }

  async generate(binding: MaterialBinding, lengthBytes?: number): Promise<WrappedMaterial> {
    return this.#wrap(
      binding,
      await generateKeyMaterial(binding.algorithm, lengthBytes, count => this.#random.bytes(count)),
    );
  }

  async importMaterial(binding: MaterialBinding, material: SecretBytes): Promise<WrappedMaterial> {
    return this.#wrap(binding, await importKeyMaterial(binding.algorithm, material));
  }

  async importPublicKey(binding: MaterialBinding, publicKey: Bytes): Promise<WrappedMaterial> {
    assert(binding.publicOnly === true, 'a public key is wrapped as one');
    return this.#wrap(binding, importPublicKey(binding.algorithm, publicKey));
  }

  async exportMaterial(key: Key, version: KeyVersion): Promise<SecretBytes> {
    assert(!key.wrappedOnly, 'what leaves wrapped only is not taken out in the clear');
    return this.takeMaterial(key, version);
  }

  /** For what happens to material inside the boundary. */
  async takeMaterial(key: Key, version: KeyVersion): Promise<SecretBytes> {
    assert(key.exportable, 'only the material of an exportable key is taken out');
    return this.#wrapping.unwrap(bindingOf(key, version), version);
  }

  /** The same material of a key that is not exportable any more. */
  async restrict(key: Key, version: KeyVersion): Promise<Bytes> {
    using material = await this.takeMaterial(key, version);
    const binding = { ...bindingOf(key, version), exportable: false };
    return await this.#wrapping.wrap(binding, material);
  }

  open(key: Key, version: KeyVersion): Promise<OpenedKey> {
    const binding = bindingOf(key, version);
    requireComputable(binding.algorithm);
    // The token is asked each time.
    if (binding.hardwareWrapped) return this.#open(binding, version);
    return this.#cache.load(cacheName(binding, version), () => this.#open(binding, version));
  }

  /** A pair that is used once in a while: it is not kept. */
  openOnce({ projectId, id, algorithm, wrapped }: TransportKey): Promise<OpenedKey> {
    return this.#open({ projectId, keyId: id, version: 1, algorithm, exportable: false }, { wrapped });
  }

  forget(keyId: string): void {
    this.#cache.forget(`${keyId}/`);
  }

  clear(): void {
    this.#cache.clear();
  }

  async #wrap(binding: MaterialBinding, { material, publicKey }: KeyMaterial): Promise<WrappedMaterial> {
    using _ = material;
    return {
      wrapped: await this.#wrapping.wrap(binding, material),
      materialId: canBeGuessed(binding.algorithm)
        ? randomMaterialId(this.#random)
        : materialId(binding.keyId, material, publicKey),
      ...(publicKey === undefined ? { materialBytes: material.length } : { publicKey }),
    };
  }

  async #open(binding: MaterialBinding, version: Pick<KeyVersion, 'wrapped'>): Promise<OpenedKey> {
    using material = await this.#wrapping.unwrap(binding, version);
    const { algorithm, keyId, version: number } = binding;
    const open = binding.publicOnly ? openPublicKey : openKeyMaterial;
    const key = open(algorithm, material);
    return {
      algorithm,
      key,
      publicKey: publicHalfOf(key),
      messagePrefix: messagePrefix({ keyId, version: number }),
    };
  }
}

function publicHalfOf(key: KeyObject): KeyObject | undefined {
  if (key.type === 'secret') return undefined;
  return key.type === 'public' ? key : createPublicKey(key);
}

/** A password may be kept opaque, or as a generic secret to derive keys from. */
function canBeGuessed(algorithm: KeyAlgorithm): boolean {
  const { family } = KEY_ALGORITHMS[algorithm];
  return family === 'opaque' || family === 'generic-secret';
}

function requireComputable(algorithm: KeyAlgorithm): void {
  if (KEY_ALGORITHMS[algorithm].kind !== 'opaque') return;
  throw new KmsError('incompatibleAlgorithm', 'Nothing is computed with an opaque key.', { algorithm });
}

function bindingOf(key: Key, version: KeyVersion): MaterialBinding {
  assert(version.keyId === key.id, 'a version is opened with its own key');
  const { projectId, id: keyId, exportable, publicOnly } = key;
  const algorithm = versionAlgorithm(key, version);
  const hardwareWrapped = key.protection === 'hsmWrapped';
  return { projectId, keyId, version: version.number, algorithm, exportable, publicOnly, hardwareWrapped };
}

/** Everything that the wrapping authenticates, and which wrapping it is: a row that was changed has another name. */
function cacheName(
  { keyId, version, projectId, algorithm, exportable, publicOnly }: MaterialBinding,
  { wrapped }: KeyVersion,
): string {
  return `${keyId}/${version}/${projectId}/${algorithm}/${exportable}/${publicOnly === true}/${wrappingName(wrapped)}`;
}
