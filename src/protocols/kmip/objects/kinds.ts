// Which kind of key of the core an object becomes.

import type { KeyAlgorithm, KeyUsage } from '../../../domain/algorithms.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { type Algorithm, coreAlgorithm, usagesOfMask } from '../words.ts';
import type { ObjectType } from './object.ts';

/** Objects that are described and ended, and never given out: there is nothing in them, or nobody's to see. */
export const KEPT_TYPES: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'User',
  'Group',
  'PasswordCredential',
]);

export interface CoreKind {
  readonly algorithm: KeyAlgorithm;
  readonly usages?: readonly KeyUsage[];
}

/**
 * A key without a mask, or that is for nothing which the core computes, is guarded only. Without an algorithm it is secret data, from which keys may be derived.
 * Undefined where there is no such key.
 */
export function coreKind(
  algorithm: Algorithm | undefined,
  bits: number,
  usageMask: number,
): CoreKind | undefined {
  const found = algorithm === undefined ? secretAlgorithm(bits) : coreAlgorithm(algorithm, bits);
  if (found === undefined) return undefined;
  const usages = usagesOfMask(usageMask, found);
  return usages.length === 0 ? { algorithm: 'opaque' } : { algorithm: found, usages };
}

function secretAlgorithm(bits: number): KeyAlgorithm {
  const facts = KEY_ALGORITHMS['generic-secret'];
  return facts.kind === 'symmetric' && bits / 8 <= facts.materialBytes.max ? 'generic-secret' : 'opaque';
}
