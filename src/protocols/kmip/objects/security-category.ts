// The attribute NIST Security Category (KMIP 3.0): what breaking a key takes at the least, from 1 (as long as a search for a key of AES-128) to 5 (AES-256). NIST
// defines the categories by AES, and tells them of its algorithms for the time after quantum computers (FIPS 203 to 205); of no other one is any told here.

import { make, type TtlvField } from '../../../wire/ttlv/index.ts';
import type { Algorithm } from '../words.ts';
import type { ObjectFacts, ObjectType } from './object.ts';

/** By the number in the name of the algorithm. FIPS 203 section 8, FIPS 204 section 4, FIPS 205 section 11. */
const FAMILIES: readonly (readonly [RegExp, Readonly<Record<string, number>>])[] = [
  [/^ML_KEM_(\d+)$/, { 512: 1, 768: 3, 1024: 5 }],
  [/^ML_DSA_(\d+)$/, { 44: 2, 65: 3, 87: 5 }],
  [/^SLH_DSA_(?:SHA2|SHAKE)_(\d+)[sf]$/, { 128: 1, 192: 3, 256: 5 }],
];

const OF_AES: Readonly<Record<number, number>> = { 128: 1, 192: 3, 256: 5 };

const KEYS: ReadonlySet<ObjectType> = new Set<ObjectType>(['SymmetricKey', 'PrivateKey', 'PublicKey']);

function categoryOf(algorithm: Algorithm, bits: number | undefined): number | undefined {
  if (algorithm === 'AES') return OF_AES[bits ?? 0];
  for (const [pattern, categories] of FAMILIES) {
    const [, parameter] = pattern.exec(algorithm) ?? [];
    if (parameter !== undefined) return categories[parameter];
  }
  return undefined;
}

/** Undefined of what has none. */
export function categoryField({ objectType, algorithm, length }: ObjectFacts): TtlvField | undefined {
  if (algorithm === undefined || !KEYS.has(objectType)) return undefined;
  return make.ifPresent(categoryOf(algorithm, length), category =>
    make.integer('NISTSecurityCategory', category),
  );
}
