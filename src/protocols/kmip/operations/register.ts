// Register: an object whose material the client brings.

import { SecretBytes } from '../../../base/secret-bytes.ts';
import { importKey } from '../../../core/operations/keys/import-key.ts';
import { read, type StructureReader } from '../../../wire/ttlv/index.ts';
import { type GivenValue, readAttributesOf } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { created } from '../identifier.ts';
import { facetOf, factsToKeep, proven } from '../objects/facet.ts';
import { type KeyBlock, keyBlockReader } from '../objects/key-block.ts';
import { type CoreKind, coreKind } from '../objects/kinds.ts';
import type { ObjectFacts, ObjectType } from '../objects/object.ts';
import { type ObjectPlan, planObject } from '../objects/plan.ts';
import { readStorageMasks } from '../objects/storage.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';
import { materialBytes } from '../words.ts';

interface BroughtObject {
  readonly facts: Partial<ObjectFacts>;
  readonly block: Omit<KeyBlock, 'format'>;
}

export const REGISTER = operation({
  decode(payload, request) {
    const objectType = payload.one('ObjectType', read.enumeration('ObjectType'));
    const given = readAttributesOf(payload, request.version);
    const brought = readObject(payload, objectType, request);
    readStorageMasks(payload);
    const plan = planObject(request, merged(given, brought.block.attributes));
    return { objectType, brought, plan };
  },

  async run(request, { objectType, brought, plan }) {
    const { facts, kind } = factsOfBrought(objectType, brought, plan);
    // A batch that is undone as a whole runs several times over the same material.
    const material = request.secrets.use(SecretBytes.copyOf(brought.block.material));
    const { key } = await perform(
      request,
      importKey,
      {
        ...plan.key,
        ...kind,
        material: { by: 'plain', material },
        location: request.location,
        facet: facetOf({
          ...plan.kept,
          ...factsToKeep(facts),
          ...proven('createdByCredential', request.context),
        }),
      },
      { alreadyExists: 'nameTakenAtCreation' },
    );
    return [created(request, 'Register', key.id)];
  },
});

/** Some clients give the attributes of the key value once more: what is named twice counts once. */
function merged(given: readonly GivenValue[], ofValue: readonly GivenValue[]): readonly GivenValue[] {
  const named = new Set(given.map(({ name }) => name));
  return [...given, ...ofValue.filter(({ name }) => !named.has(name))];
}

function readObject(
  payload: StructureReader,
  objectType: ObjectType,
  { version }: KmipRequest,
): BroughtObject {
  const block = keyBlockReader(version);
  switch (objectType) {
    case 'SymmetricKey':
      return payload.one(
        requireThere(payload, 'SymmetricKey'),
        read.structure(fields => ({
          facts: {},
          block: withoutOthers(fields, fields.one('KeyBlock', block)),
        })),
      );
    case 'SecretData':
      return payload.one(
        requireThere(payload, 'SecretData'),
        read.structure(fields => {
          const secretDataType = fields.one('SecretDataType', read.enumerationNumber);
          const value = withoutOthers(fields, fields.one('KeyBlock', block));
          return { facts: { secretDataType, keyFormat: value.format }, block: value };
        }),
      );
    case 'OpaqueObject':
      return payload.one(
        requireThere(payload, 'OpaqueObject'),
        read.structure(fields => {
          const opaqueDataType = fields.one('OpaqueDataType', read.enumerationNumber);
          const material = withoutOthers(fields, fields.one('OpaqueDataValue', read.byteString));
          return { facts: { opaqueDataType }, block: { material, attributes: [] } };
        }),
      );
    default:
      throw refusal('invalidObjectType', 'Objects of this type are not kept here yet.');
  }
}

/** Throws `invalidObjectType` where the object is not the one that the Object Type names. */
function requireThere<Tag extends 'SymmetricKey' | 'SecretData' | 'OpaqueObject'>(
  payload: StructureReader,
  tag: Tag,
): Tag {
  if (!payload.has(tag)) throw refusal('invalidObjectType', `The payload has no ${tag}.`);
  return tag;
}

function withoutOthers<Value>(fields: StructureReader, value: Value): Value {
  fields.refuseOthers();
  return value;
}

function factsOfBrought(
  objectType: ObjectType,
  { facts, block }: BroughtObject,
  plan: ObjectPlan,
): { readonly facts: ObjectFacts; readonly kind: CoreKind } {
  const { isSensitive, isExtractable, usageMask } = plan;
  if (block.material.length === 0) throw refusal('invalidField', 'The material must not be empty.');
  const algorithm = plan.algorithm ?? block.algorithm;
  const common = { objectType, usageMask, isSensitive, isExtractable, ...facts };
  if (objectType === 'OpaqueObject') {
    return { facts: { ...common, algorithm, length: plan.length }, kind: { algorithm: 'opaque' } };
  }
  const bits = block.material.length * 8;
  const length = plan.length ?? block.length ?? (objectType === 'SymmetricKey' ? bits : undefined);
  if (objectType === 'SecretData') {
    const kind = coreKind(undefined, bits, usageMask ?? 0) ?? { algorithm: 'opaque' };
    return { facts: { ...common, algorithm, length }, kind };
  }
  if (algorithm === undefined) throw refusal('invalidField', 'Cryptographic Algorithm is required.');
  const declared = length ?? bits;
  const kind = coreKind(algorithm, declared, usageMask ?? 0) ?? { algorithm: 'opaque' };
  if (kind.algorithm !== 'opaque' && materialBytes(algorithm, declared) !== block.material.length)
    throw refusal('invalidField', 'Cryptographic Length is not that of the material.');
  const keyFormat = 'format' in block ? (block as KeyBlock).format : 'Raw';
  return { facts: { ...common, keyFormat, algorithm, length: declared }, kind };
}
