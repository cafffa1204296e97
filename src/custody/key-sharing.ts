// Takes the material of a key apart into parts that are keys of their own, and puts it together again. All of it is here for the one step.

import { assert } from '../base/assert.ts';
import { revealSecretBytes, type SecretBytes } from '../base/secret-bytes.ts';
import type {
  MaterialBinding,
  NumberedPart,
  SplitSource,
  StoredVersion,
  WrappedMaterial,
} from '../core/ports/custody.ts';
import { generateKeyMaterial } from '../crypto/key-material.ts';
import { joinSecret, splitSecret } from '../crypto/secret-sharing/share.ts';
import type { Sharing } from '../domain/secret-sharing.ts';
import type { SoftwareKeys } from './software-keys.ts';

/** Contract: `splitMaterial` of the port. */
export async function splitMaterial(
  keys: SoftwareKeys,
  source: SplitSource,
  sharing: Sharing,
  bindings: readonly MaterialBinding[],
): Promise<readonly WrappedMaterial[]> {
  assert(bindings.length === sharing.parts, 'every part has a place');
  using disposables = new DisposableStack();
  const material = disposables.use(await materialOf(keys, source));
  const parts = await splitSecret(revealSecretBytes(material), sharing);
  for (const part of parts) disposables.use(part);
  return await Promise.all(
    bindings.map((binding, at) => {
      const part = parts[at];
      assert(part !== undefined, 'there is a part for every place');
      return keys.importMaterial(binding, part);
    }),
  );
}

async function materialOf(keys: SoftwareKeys, source: SplitSource): Promise<SecretBytes> {
  if (source.by === 'key') return exported(keys, source.key);
  return (await generateKeyMaterial(source.algorithm, source.lengthBytes)).material;
}

/** Contract: `joinMaterial` of the port. */
export async function joinMaterial(
  keys: SoftwareKeys,
  parts: readonly NumberedPart[],
  sharing: Sharing,
  lengthBytes: number,
  binding: MaterialBinding,
): Promise<WrappedMaterial> {
  using disposables = new DisposableStack();
  const opened = [];
  for (const { number, of } of parts) {
    const part = disposables.use(await exported(keys, of));
    opened.push({ number, share: revealSecretBytes(part) });
  }
  using material = await joinSecret(opened, sharing, lengthBytes);
  return await keys.importMaterial(binding, material);
}

function exported(keys: SoftwareKeys, { key, version }: StoredVersion): Promise<SecretBytes> {
  return keys.exportMaterial(key, version);
}
