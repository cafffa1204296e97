// Create Split Key and Join Split Key (KMIP 1.4 section 4.38 and 4.39, 2.1 section 6.1.10 and 6.1.25): a key in parts, each an object of
// its own.

import { joinKey, type SplitKeyInput, splitKey } from '../../../core/operations/keys/split-key.ts';
import { requireSharing } from '../../../domain/secret-sharing.ts';
import { make, read } from '../../../wire/ttlv/index.ts';
import { isExtractable, isSensitive } from '../attributes/of-key.ts';
import { type GivenValue, givenAs, readAttributesOf } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { created, readIdentifiers } from '../identifier.ts';
import { identifierField } from '../identifier-form.ts';
import { requireAllowed } from '../objects/constraints.ts';
import { facetOf, factsToKeep, proven } from '../objects/facet.ts';
import { findObject, selectorOf } from '../objects/find.ts';
import { MADE_HERE } from '../objects/made-here.ts';
import { factsOfNew } from '../objects/new-object.ts';
import type { ManagedObject, ObjectFacts, ObjectType } from '../objects/object.ts';
import { partsOf, readSplit, sharingOf } from '../objects/parts.ts';
import { type ObjectPlan, planObject } from '../objects/plan.ts';
import { readStorageMasks } from '../objects/storage.ts';
import { requirePresent } from '../objects/write-object.ts';
import { operation } from '../operation.ts';
import { perform } from '../request.ts';

/** Some clients name the parts, and some the key. */
const SPLIT_TYPES: readonly ObjectType[] = ['SplitKey', 'SymmetricKey', 'SecretData'];

export const CREATE_SPLIT_KEY = operation({
  since: '1.2',
  decode(payload, request) {
    const objectType = payload.one('ObjectType', read.enumeration('ObjectType'));
    if (!SPLIT_TYPES.includes(objectType)) throw refusal('invalidObjectType');
    const [id, ...others] = payload.has('UniqueIdentifier') ? readIdentifiers(payload, request) : [];
    if (others.length > 0) throw refusal('invalidMessage', 'One key is split at a time.');
    const split = readSplit(payload);
    const given = readAttributesOf(payload, request.version);
    readStorageMasks(payload);
    return { id, split, given };
  },

  async run(request, { id, split, given }) {
    const plan = await planObject(request, 'SplitKey', given);
    const whole = id === undefined ? undefined : await findObject(request, id);
    const { facts, source } = whole === undefined ? wholeToMake(plan) : wholeThere(whole, plan);
    requireAllowed(plan, { ...facts, objectType: 'SplitKey' });
    const { exportable: _, ...key } = plan.key;
    const sharing = sharingOf(split);
    // Before as many facets are made as a client asks for.
    requireSharing(sharing);
    const parts = Array.from({ length: sharing.parts }, (_none, at) => ({
      ...key,
      location: request.location,
      facet: facetOf({
        ...plan.kept,
        ...(whole === undefined ? MADE_HERE : {}),
        ...factsToKeep({
          ...facts,
          objectType: 'SplitKey',
          keyFormat: 'Raw',
          split: { ...split, identifier: at + 1 },
        }),
        ...proven('createdByCredential', request.context),
      }),
    }));
    const made = await perform(
      request,
      splitKey,
      { source, sharing, parts },
      { alreadyExists: 'nameTakenAtCreation' },
    );
    const ids = made.map(part => part.key.id);
    // The placeholder is the first part.
    request.memory.placeholder = ids[0];
    request.memory.answered.push({ operation: 'CreateSplitKey', ids });
    return ids.map(each => identifierField(request.version, 'UniqueIdentifier', each));
  },
});

interface Whole {
  readonly facts: Omit<ObjectFacts, 'objectType'>;
  readonly source: SplitKeyInput['source'];
}

/** A key that is nowhere but in its parts. */
function wholeToMake(plan: ObjectPlan): Whole {
  const { facts, kind, lengthBytes } = factsOfNew('SymmetricKey', plan);
  return { facts, source: { by: 'generated', algorithm: kind.algorithm, lengthBytes } };
}

function wholeThere(object: ManagedObject, plan: ObjectPlan): Whole {
  requirePresent(object);
  const { key, facts } = object;
  if (facts.objectType !== 'SymmetricKey' && facts.objectType !== 'SecretData')
    throw refusal('illegalObjectType', 'Symmetric keys and secret data are split.');
  return {
    facts: {
      algorithm: facts.algorithm,
      length: facts.length,
      usageMask: plan.usageMask ?? facts.usageMask,
      isSensitive: plan.isSensitive,
      isExtractable: plan.isExtractable,
    },
    source: { by: 'key', key: selectorOf(key.id) },
  };
}

export const JOIN_SPLIT_KEY = operation({
  since: '1.2',
  decode(payload, request) {
    const objectType = payload.one('ObjectType', read.enumeration('ObjectType'));
    const ids = readIdentifiers(payload, request);
    const secretDataType = payload.optional('SecretDataType', read.enumerationNumber);
    const given = readAttributesOf(payload, request.version);
    readStorageMasks(payload);
    return { objectType, ids, secretDataType, given };
  },

  async run(request, { objectType, ids, secretDataType, given }) {
    const objects: ManagedObject[] = [];
    for (const id of new Set(ids)) objects.push(await findObject(request, id));
    const { split, numbered } = partsOf(objects);
    if (numbered.length < split.threshold)
      throw refusal('cryptographicFailure', 'These are too few parts of the key.');
    const known = [...given, ...knownOfParts(objects, given)];
    const plan = await planObject(request, objectType, known);
    requireNoWider(objects, plan);
    const { facts, kind, lengthBytes } = factsOfNew(objectType, plan);
    const { key } = await perform(
      request,
      joinKey,
      {
        ...plan.key,
        ...kind,
        lengthBytes,
        location: request.location,
        sharing: sharingOf(split),
        parts: numbered.map(({ number, id }) => ({ number, key: selectorOf(id) })),
        facet: facetOf({
          ...plan.kept,
          ...factsToKeep({ ...facts, ...(secretDataType === undefined ? {} : { secretDataType }) }),
          ...proven('createdByCredential', request.context),
        }),
      },
      { alreadyExists: 'nameTakenAtCreation', invalidInput: 'cryptographicFailure' },
    );
    return [created(request, 'JoinSplitKey', key.id)];
  },
});

/** What the parts say of the key, where the request does not. */
function knownOfParts([part]: readonly ManagedObject[], given: readonly GivenValue[]): readonly GivenValue[] {
  const { algorithm, length, usageMask } = part?.facts ?? {};
  const bytes = part?.facts.split?.primeFieldSize === undefined ? part?.version?.materialBytes : undefined;
  const known = [
    make.ifPresent(algorithm, name => make.enumeration('CryptographicAlgorithm', name)),
    make.ifPresent(length ?? (bytes && 8 * bytes), bits => make.integer('CryptographicLength', bits)),
    make.ifPresent(usageMask, mask => make.integer('CryptographicUsageMask', mask)),
  ];
  const named = new Set(given.map(({ name }) => name));
  const names = ['CryptographicAlgorithm', 'CryptographicLength', 'CryptographicUsageMask'] as const;
  return names.flatMap((name, at) => {
    const field = known[at];
    return field === undefined || named.has(name) ? [] : [givenAs(name, field)];
  });
}

/** Throws `notExtractable` and `sensitive`: a key leaves no further than its parts. */
function requireNoWider(parts: readonly ManagedObject[], plan: ObjectPlan): void {
  if (plan.isExtractable && parts.some(part => !isExtractable(part))) throw refusal('notExtractable');
  if (!plan.isSensitive && parts.some(part => isSensitive(part))) throw refusal('sensitive');
}
