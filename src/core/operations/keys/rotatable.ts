// Which keys get new material at all: the rule that schedules, rotations and imports of versions share.

import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key } from '../../../domain/key.ts';

type Facts = Pick<Key, 'id' | 'origin' | 'algorithm' | 'usages'> & Partial<Pick<Key, 'publicOnly'>>;

/**
 * Throws `unsupported` for imported and external material, which is not ours to make; for opaque keys, whose new content nobody would
 * know; and for key pairs and MAC keys unless the caller says why they learn of it: whoever holds a public key, or compares a stored MAC,
 * goes by the old version. A schedule says nothing.
 */
export function requireRotatable(key: Facts, verifiersLearn?: string): void {
  requireOrigin(key, 'generated', 'its material is not made here');
  requireSecret(key);
  if (isOpaque(key) || !(encryptsBySecretKey(key) || verifiersLearn !== undefined)) throw notRotated(key);
}

/** Throws `unsupported` for material that was not imported, and for the kinds of key that do not rotate; opaque keys are replaced. */
export function requireReplaceable(key: Facts, verifiersLearn?: string): void {
  requireOrigin(key, 'imported', 'its material is not brought in');
  requireSecret(key);
  if (!(isOpaque(key) || encryptsBySecretKey(key) || verifiersLearn !== undefined)) throw notRotated(key);
}

const isOpaque = ({ algorithm }: Facts): boolean => KEY_ALGORITHMS[algorithm].kind === 'opaque';

function encryptsBySecretKey({ algorithm, usages }: Facts): boolean {
  return KEY_ALGORITHMS[algorithm].kind === 'symmetric' && usages.includes('encrypt');
}

/** Another public key is another key: that of another pair. */
function requireSecret(key: Facts): void {
  if (key.publicOnly) throw notRotated(key);
}

function requireOrigin(key: Facts, origin: Key['origin'], otherwise: string): void {
  if (key.origin === origin) return;
  throw new KmsError('unsupported', `Key ${key.id} has origin ${key.origin}: ${otherwise}.`, {
    keyId: key.id,
  });
}

function notRotated({ id, algorithm }: Facts): KmsError {
  return new KmsError('unsupported', `A key of algorithm ${algorithm} for these usages is not rotated.`, {
    keyId: id,
  });
}
