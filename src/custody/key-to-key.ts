// What one key does to another: wraps its material, opens it wrapped, derives it. The material is here for the one step, and is wiped.

import { assert } from '../base/assert.ts';
import type { Bytes } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type {
  DerivationParameters,
  KeyHandle,
  MaterialBinding,
  MechanismParameters,
  StoredVersion,
  WrappedMaterial,
} from '../core/ports/custody.ts';
import { KEY_ALGORITHMS, type Mechanism, servesUsage } from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import type { InnerHandle } from './key-handle.ts';
import type { SoftwareKeys } from './software-keys.ts';

/** Contract: `wrapMaterial` of the port. */
export async function wrapMaterial(
  keys: SoftwareKeys,
  { key, version }: StoredVersion,
  under: KeyHandle,
  mechanism: Mechanism,
  parameters: MechanismParameters,
  encode?: (material: Bytes) => Bytes,
): Promise<Bytes> {
  assert(servesUsage(mechanism, 'wrap'), 'keys are wrapped by mechanisms that are for it');
  using kept = await keys.takeMaterial(key, version);
  using material = encode === undefined ? kept : SecretBytes.own(encode(revealSecretBytes(kept)));
  return await under.encrypt(mechanism, revealSecretBytes(material), parameters).catch((thrown: unknown) => {
    throw asRefusalOf(key.id, mechanism, thrown);
  });
}

/** To the row the material is a plaintext; to the caller, who never saw it, its length is a property of the key. */
function asRefusalOf(keyId: string, mechanism: Mechanism, thrown: unknown): unknown {
  if (!(thrown instanceof KmsError) || thrown.details.field !== 'plaintext') return thrown;
  const message = `The material of key ${keyId} has a length that ${mechanism} does not take: it ${thrown.details.rule}.`;
  return new KmsError('incompatibleAlgorithm', message, { keyId, mechanism });
}

/** Contract: `unwrapMaterial` of the port. */
export function unwrapMaterial(
  under: KeyHandle,
  mechanism: Mechanism,
  wrapped: Bytes,
  parameters: MechanismParameters,
): Promise<SecretBytes> {
  assert(servesUsage(mechanism, 'unwrap'), 'keys are unwrapped by mechanisms that are for it');
  return under.decrypt(mechanism, wrapped, parameters);
}

interface Opened {
  readonly handle: InnerHandle;
  /** Whose material is the `info`. */
  readonly secret: InnerHandle | undefined;
}

/** Contract: `deriveMaterial` of the port. */
export async function deriveMaterial(
  keys: SoftwareKeys,
  base: StoredVersion,
  { handle, secret }: Opened,
  mechanism: Mechanism,
  parameters: DerivationParameters,
  binding: MaterialBinding,
): Promise<WrappedMaterial> {
  assert(base.key.exportable || !binding.exportable, 'a derived key is exportable no more than its base');
  assert(KEY_ALGORITHMS[binding.algorithm].kind !== 'asymmetric', 'pairs are not derived');
  using info = secret?.material();
  const given = info === undefined ? parameters : { ...parameters, info: revealSecretBytes(info) };
  using material = await handle.derive(mechanism, given);
  return await keys.importMaterial(binding, material);
}
