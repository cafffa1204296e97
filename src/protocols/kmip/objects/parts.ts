// Parts of split keys: what KMIP says of a sharing, in the words of the core, and whether parts belong to each other.

import { type Bytes, hex } from '../../../base/bytes.ts';
import type { Sharing, SharingMethod } from '../../../domain/secret-sharing.ts';
import {
  enumerationValue,
  read,
  type StructureReader,
  type ValueName,
  valueName,
} from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import type { ManagedObject, SplitFacts } from './object.ts';

type Method = ValueName<'SplitKeyMethod'>;

const METHODS: Readonly<Record<Method, SharingMethod>> = {
  XOR: 'xor',
  PolynomialSharingGF2_16: 'gf65536',
  PolynomialSharingPrimeField: 'primeField',
  PolynomialSharingGF2_8: 'gf256',
};

/** What a request says of the parts of a key: all that is said of each but for its number. */
export type SplitPlan = Omit<SplitFacts, 'identifier'>;

export function readSplit(payload: StructureReader): SplitPlan {
  const parts = payload.one('SplitKeyParts', read.integer);
  const threshold = payload.one('SplitKeyThreshold', read.integer);
  const method = payload.one('SplitKeyMethod', read.enumeration('SplitKeyMethod'));
  const prime: Bytes | undefined = payload.optional('PrimeFieldSize', read.magnitude);
  return {
    parts,
    threshold,
    method: enumerationValue('SplitKeyMethod', method),
    primeFieldSize: prime && hex(prime),
  };
}

/** Throws `invalidField` for a method that nobody knows. */
export function sharingOf({ parts, threshold, method, primeFieldSize }: SplitPlan): Sharing {
  const name = valueName('SplitKeyMethod', method);
  if (name === undefined) throw refusal('invalidField', 'This Split Key Method is not known here.');
  const prime = primeFieldSize === undefined ? undefined : BigInt(`0x${primeFieldSize}`);
  return { method: METHODS[name], parts, threshold, prime };
}

/** Parts with their numbers, and the sharing that they are of. Throws `illegalObjectType`, and `invalidField` for parts of several. */
export function partsOf(objects: readonly ManagedObject[]): {
  readonly split: SplitPlan;
  readonly numbered: readonly { readonly number: number; readonly id: string }[];
} {
  const found = objects.map(({ key, facts }) => {
    if (facts.split === undefined) throw refusal('illegalObjectType', 'Only parts of split keys are joined.');
    return { id: key.id, ...facts.split };
  });
  const [first, ...others] = found;
  if (first === undefined) throw refusal('missingData', 'Parts to join must be named.');
  if (others.some(other => !isSameSplit(first, other)))
    throw refusal('invalidField', 'These are parts of several keys.');
  const { id: _, identifier: __, ...split } = first;
  return { split, numbered: found.map(({ id, identifier }) => ({ number: identifier, id })) };
}

function isSameSplit(one: SplitPlan, other: SplitPlan): boolean {
  return (
    one.parts === other.parts &&
    one.threshold === other.threshold &&
    one.method === other.method &&
    one.primeFieldSize === other.primeFieldSize
  );
}
