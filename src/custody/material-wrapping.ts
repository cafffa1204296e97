// Material under the wrapping key of its project, bound to its place: see docs/formats/wrapped-material.md.

import { assert } from '../base/assert.ts';
import type { Bytes } from '../base/bytes.ts';
import type { SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { MaterialBinding } from '../core/ports/custody.ts';
import type { KeyVersion } from '../domain/key.ts';
import type { ProjectKeys } from './project-keys.ts';
import {
  doesNotUnwrap,
  materialBinding,
  unwrapUnder,
  WRAP_FORMATS,
  wrappingGeneration,
  wrapUnder,
} from './wrapping.ts';

/** How material is wrapped, whatever stands behind it. */
export type Wrapping = Pick<MaterialWrapping, 'wrap' | 'unwrap'>;

export class MaterialWrapping {
  readonly #projectKeys: ProjectKeys;
  readonly #random: Random;

  constructor(projectKeys: ProjectKeys, random: Random) {
    this.#projectKeys = projectKeys;
    this.#random = random;
  }

  async wrap(binding: MaterialBinding, material: SecretBytes): Promise<Bytes> {
    const wrappingKey = await this.#projectKeys.latest(binding.projectId);
    return wrapUnder(WRAP_FORMATS.material, wrappingKey, this.#random, materialBinding(binding), material);
  }

  /** Throws BrokenInvariant for material that was destroyed, damaged or moved. */
  async unwrap(binding: MaterialBinding, { wrapped }: Pick<KeyVersion, 'wrapped'>): Promise<SecretBytes> {
    const what = `the material of key ${binding.keyId} version ${binding.version}`;
    assert(wrapped.length > 0, `${what} is not destroyed while it is used`);
    const wrappingKey = await this.#projectKeys.find(binding.projectId, wrappingGeneration(wrapped));
    if (wrappingKey === undefined) throw doesNotUnwrap(what);
    return unwrapUnder(WRAP_FORMATS.material, wrappingKey, wrapped, materialBinding(binding), what);
  }
}
