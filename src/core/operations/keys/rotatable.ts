// Which keys rotate at all: the rule that schedules and rotations share.

import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key } from '../../../domain/key.ts';

/**
 * Throws `unsupported` for imported and external material, which is not ours to make, and for key pairs and MAC keys: whoever holds a
 * public key, or compares a stored MAC, would not learn of the new version.
 */
export function requireRotatable(key: Pick<Key, 'id' | 'origin' | 'algorithm' | 'usages'>): void {
  if (key.origin !== 'generated') {
    throw new KmsError(
      'unsupported',
      `Key ${key.id} has origin ${key.origin}: its material is not made here.`,
      {
        keyId: key.id,
      },
    );
  }
  if (KEY_ALGORITHMS[key.algorithm].kind !== 'symmetric' || !key.usages.includes('encrypt')) {
    throw new KmsError(
      'unsupported',
      `A key of algorithm ${key.algorithm} for these usages is not rotated.`,
      {
        keyId: key.id,
      },
    );
  }
}
