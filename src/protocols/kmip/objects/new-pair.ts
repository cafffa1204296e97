// What a new pair of keys is: two objects that belong to each other, the private key with both halves of the material (decision 22).

import type { CreatePairInput } from '../../../core/operations/keys/public-keys.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm, PUBLIC_KEY_USAGES } from '../../../domain/algorithms.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { make, type StructureReader } from '../../../wire/ttlv/index.ts';
import { attributeRow } from '../attributes/table.ts';
import { fieldOf, type GivenValue, isSameField, readAttributesOf } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import type { KmipRequest } from '../request.ts';
import { type Algorithm, maskOfUsages, usagesOfMask } from '../words.ts';
import { requireAllowed } from './constraints.ts';
import { attributeToKeep, facetOf, factsToKeep, proven } from './facet.ts';
import { type IdentifiedKey, pairToMake } from './forms/algorithms.ts';
import { hasFormat, usualFormat } from './forms/formats.ts';
import { MADE_HERE } from './made-here.ts';
import type { KeyFormat, ObjectFacts } from './object.ts';
import type { ObjectPlan } from './plan.ts';
import { readStorageMasks } from './storage.ts';

export interface PairAttributes {
  readonly private: readonly GivenValue[];
  readonly public: readonly GivenValue[];
}

/** Those for both halves, and for each: what is said of one counts there, and values of which there may be several count together. */
export function readPairAttributes(payload: StructureReader, { version }: KmipRequest): PairAttributes {
  const common = readAttributesOf(payload, version, {
    named: 'CommonTemplateAttribute',
    tagged: 'CommonAttributes',
  });
  const ofPrivate = readAttributesOf(payload, version, {
    named: 'PrivateKeyTemplateAttribute',
    tagged: 'PrivateKeyAttributes',
  });
  const ofPublic = readAttributesOf(payload, version, {
    named: 'PublicKeyTemplateAttribute',
    tagged: 'PublicKeyAttributes',
  });
  readStorageMasks(payload, 'CommonProtectionStorageMasks');
  readStorageMasks(payload, 'PrivateProtectionStorageMasks');
  readStorageMasks(payload, 'PublicProtectionStorageMasks');
  return { private: joined(common, ofPrivate), public: joined(common, ofPublic) };
}

function joined(common: readonly GivenValue[], own: readonly GivenValue[]): readonly GivenValue[] {
  const named = new Set(own.map(({ name }) => name));
  const both = (value: GivenValue): boolean =>
    attributeRow(value.name).multiple === true && !own.some(each => isSameValue(each, value));
  const taken = common.filter(value => !named.has(value.name) || both(value));
  // Each list counts the indices of its values by itself.
  const isIn = ({ name }: GivenValue): boolean => named.has(name) && taken.some(each => each.name === name);
  return [...taken, ...own].map(value => (isIn(value) ? { ...value, index: undefined } : value));
}

function isSameValue(a: GivenValue, b: GivenValue): boolean {
  return a.name === b.name && isSameField(fieldOf(a), fieldOf(b));
}

export interface PlannedHalf {
  readonly plan: ObjectPlan;
  /** In place of what the plan keeps. */
  readonly kept?: FacetDocument | undefined;
}

/** Throws `invalidField` for what no pair is made of, and `constraintViolation`. */
export function newPair(
  request: KmipRequest,
  ofPrivate: PlannedHalf,
  ofPublic: PlannedHalf,
): CreatePairInput {
  const pair = pairAskedFor(ofPrivate.plan, ofPublic.plan);
  if (ofPublic.plan.key.replacement !== undefined && ofPrivate.plan.key.replacement === undefined)
    throw refusal('invalidField', 'Rotate Automatic of a pair is of its private key.');
  const { core } = pair;
  const privateMask = ofPrivate.plan.usageMask ?? usualMask(core, 'private');
  const publicMask = ofPublic.plan.usageMask ?? usualMask(core, 'public');
  const usages = usagesOfMask(privateMask, core);
  if (usages.length === 0)
    throw refusal(
      'invalidField',
      'A private key of this algorithm does nothing of its Cryptographic Usage Mask.',
    );
  return {
    algorithm: core,
    private: {
      ...half(request, ofPrivate, pair, 'PrivateKey', privateMask),
      usages,
    },
    public: {
      ...half(request, ofPublic, pair, 'PublicKey', publicMask),
      usages: usagesOfMask(publicMask, core).filter(usage => PUBLIC_KEY_USAGES.includes(usage)),
    },
  };
}

type MadePair = IdentifiedKey & { readonly core: KeyAlgorithm };

function pairAskedFor(ofPrivate: ObjectPlan, ofPublic: ObjectPlan): MadePair {
  const algorithm = agreed(ofPrivate.algorithm, ofPublic.algorithm, 'Cryptographic Algorithm');
  const length = agreed(ofPrivate.length, ofPublic.length, 'Cryptographic Length');
  const curve = agreed(ofPrivate.curve, ofPublic.curve, 'Recommended Curve');
  if (algorithm === undefined) throw refusal('invalidField', 'Cryptographic Algorithm is required.');
  const pair = pairToMake(algorithm, { length, curve });
  if (pair?.core === undefined)
    throw refusal('invalidField', 'Pairs of this algorithm, curve and length are not made here.');
  if (length !== undefined && pair.length !== undefined && length !== pair.length)
    throw refusal('invalidField', 'Cryptographic Length is not that of the algorithm or curve.');
  return { ...pair, core: pair.core };
}

/** What is said of both halves must be the same of both. */
function agreed<Value>(a: Value | undefined, b: Value | undefined, what: string): Value | undefined {
  if (a !== undefined && b !== undefined && a !== b)
    throw refusal('invalidField', `${what} must be the same of both keys.`);
  return a ?? b;
}

/** Some clients give no mask: a pair that can sign is for signatures, and another one for agreement. */
function usualMask(algorithm: KeyAlgorithm, of: 'private' | 'public'): number {
  const all = KEY_ALGORITHMS[algorithm].usages;
  if (all.includes('sign')) return maskOfUsages([of === 'private' ? 'sign' : 'verify']);
  return maskOfUsages(['agree']);
}

function half(
  { location, context }: KmipRequest,
  { plan, kept = plan.kept }: PlannedHalf,
  pair: MadePair,
  objectType: 'PrivateKey' | 'PublicKey',
  usageMask: number,
) {
  const { isSensitive, isExtractable } = plan;
  const algorithm: Algorithm = plan.algorithm ?? pair.algorithm;
  const facts: ObjectFacts = {
    objectType,
    algorithm,
    length: pair.length,
    usageMask,
    keyFormat: madeAs(objectType, pair, plan.keyFormat),
    isSensitive,
    isExtractable,
  };
  requireAllowed(plan, facts, domainOf(pair));
  return {
    ...plan.key,
    // The private key takes the public one along.
    replacement: objectType === 'PrivateKey' ? plan.key.replacement : undefined,
    location,
    facet: facetOf({
      ...domainOf(pair),
      ...kept,
      ...MADE_HERE,
      ...factsToKeep(facts),
      ...proven('createdByCredential', context),
    }),
  };
}

/** Throws `keyFormatTypeNotSupported` for a format that the key cannot be given in. */
function madeAs(half: 'PrivateKey' | 'PublicKey', pair: MadePair, asked: KeyFormat | undefined): KeyFormat {
  if (asked === undefined) return usualFormat(half, pair);
  if (!hasFormat(half, pair, asked)) throw refusal('keyFormatTypeNotSupported');
  return asked;
}

function domainOf({ curve }: MadePair): FacetDocument {
  if (curve === undefined) return {};
  const field = make.structure('CryptographicDomainParameters', [
    make.enumeration('RecommendedCurve', curve),
  ]);
  return attributeToKeep('CryptographicDomainParameters', [{ index: 0, field }]);
}
