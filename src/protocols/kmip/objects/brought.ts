// The managed object that stands in a payload of Register or Import, of whatever type (KMIP 1.4 section 2.2, 2.1 section 2).

import { hex } from '../../../base/bytes.ts';
import { tableKeys } from '../../../base/table.ts';
import { read, type StructureReader, type Version } from '../../../wire/ttlv/index.ts';
import type { GivenValue } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { type KeyBlock, keyBlockReader } from './key-block.ts';
import type { ObjectFacts, ObjectType, SplitFacts } from './object.ts';

export interface BroughtObject {
  readonly objectType: ObjectType;
  readonly facts: Partial<ObjectFacts>;
  /** Of objects without a key block their value stands in for one. */
  readonly block: KeyBlock;
}

type WithObject = Exclude<ObjectType, 'Template' | 'User' | 'Group' | `${string}Credential`>;
type Parts = Omit<BroughtObject, 'objectType'>;

/** How each object is read, total by type. */
const READERS: Readonly<Record<WithObject, (fields: StructureReader, version: Version) => Parts>> = {
  Certificate: fields => ({
    facts: { certificateType: fields.one('CertificateType', read.enumerationNumber) },
    block: valueAsBlock(fields.one('CertificateValue', read.byteString)),
  }),
  SymmetricKey: readKey,
  PublicKey: readKey,
  PrivateKey: readKey,
  SplitKey: (fields, version) => {
    const primeFieldSize = fields.optional('PrimeFieldSize', read.magnitude);
    const split: SplitFacts = {
      parts: fields.one('SplitKeyParts', read.integer),
      identifier: fields.one('KeyPartIdentifier', read.integer),
      threshold: fields.one('SplitKeyThreshold', read.integer),
      method: fields.one('SplitKeyMethod', read.enumerationNumber),
      primeFieldSize: primeFieldSize && hex(primeFieldSize),
    };
    return { facts: { split }, block: fields.one('KeyBlock', keyBlockReader(version)) };
  },
  SecretData: (fields, version) => ({
    facts: { secretDataType: fields.one('SecretDataType', read.enumerationNumber) },
    block: fields.one('KeyBlock', keyBlockReader(version)),
  }),
  OpaqueObject: fields => ({
    facts: { opaqueDataType: fields.one('OpaqueDataType', read.enumerationNumber) },
    block: valueAsBlock(fields.one('OpaqueDataValue', read.byteString)),
  }),
  PGPKey: (fields, version) => ({
    facts: { pgpKeyVersion: fields.one('PGPKeyVersion', read.integer) },
    block: fields.one('KeyBlock', keyBlockReader(version)),
  }),
  CertificateRequest: fields => ({
    facts: { certificateRequestType: fields.one('CertificateRequestType', read.enumerationNumber) },
    block: valueAsBlock(fields.one('CertificateRequestValue', read.byteString)),
  }),
};

function readKey(fields: StructureReader, version: Version): Parts {
  return { facts: {}, block: fields.one('KeyBlock', keyBlockReader(version)) };
}

function valueAsBlock(material: Uint8Array): KeyBlock {
  return { format: 'Raw', material, attributes: [] };
}

/** Throws `invalidObjectType` where the object is not the one that the Object Type names, or of a type that is not brought. */
export function readBrought(
  payload: StructureReader,
  objectType: ObjectType,
  version: Version,
): BroughtObject {
  if (!isBrought(objectType)) throw refusal('invalidObjectType', 'Objects of this type are not registered.');
  if (!payload.has(objectType)) throw refusal('invalidObjectType', `The payload has no ${objectType}.`);
  return payload.one(
    objectType,
    read.structure(fields => {
      const parts = READERS[objectType](fields, version);
      fields.refuseOthers();
      return { objectType, ...parts };
    }),
  );
}

function isBrought(objectType: ObjectType): objectType is WithObject {
  return Object.hasOwn(READERS, objectType);
}

/** Some clients give the attributes of the key value once more: what is named twice counts once. */
export function mergedAttributes(
  given: readonly GivenValue[],
  ofValue: readonly GivenValue[],
): readonly GivenValue[] {
  const named = new Set(given.map(({ name }) => name));
  return [...given, ...ofValue.filter(({ name }) => !named.has(name))];
}

/** Of the object that the payload has, where it does not say so itself. */
export function typeOfBrought(payload: StructureReader): ObjectType {
  const type = tableKeys<WithObject>(READERS).find(each => payload.has(each));
  if (type === undefined) throw refusal('invalidObjectType', 'The payload has no object.');
  return type;
}
