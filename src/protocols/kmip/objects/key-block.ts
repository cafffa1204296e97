// Key blocks (KMIP 1.4 section 2.1.3, 2.1 section 3.1): the key material of an object in one Key Format Type, with what says which key it is.
// What is read are views on the message, and its owner wipes them.

import { EMPTY_BYTES } from '../../../base/bytes.ts';
import {
  make,
  type Reader,
  read,
  readItem,
  type StructureReader,
  type TtlvField,
  type TtlvItem,
  type Version,
} from '../../../wire/ttlv/index.ts';
import { attributeReader, type GivenValue, readTagged } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { hasOwnTags } from '../names.ts';
import type { Algorithm } from '../words.ts';
import type { GivenMaterial } from './forms/held-form.ts';
import type { KeyFormat, ObjectFacts } from './object.ts';

export interface KeyBlock {
  readonly format: KeyFormat;
  readonly material: GivenMaterial;
  readonly algorithm?: Algorithm | undefined;
  readonly length?: number | undefined;
  /** Attributes that came with the key value. */
  readonly attributes: readonly GivenValue[];
  /** It has no key value, which is elsewhere. */
  readonly isElsewhere?: boolean | undefined;
  /** Of a key value that is wrapped: then the material is the wrapped value. */
  readonly wrapped?: WrappedValue | undefined;
}

export interface WrappedValue {
  /** Key Wrapping Data. */
  readonly data: TtlvItem;
  /** It came as the Key Material of a structure: some clients write it so, and read it so. */
  readonly isStructure: boolean;
}

export function keyBlockReader(version: Version) {
  return read.structure((fields): KeyBlock => {
    const format = fields.one('KeyFormatType', read.enumeration('KeyFormatType'));
    readCompression(fields);
    const algorithm = fields.optional('CryptographicAlgorithm', read.enumeration('CryptographicAlgorithm'));
    const length = fields.optional('CryptographicLength', read.integer);
    const data = fields.optional('KeyWrappingData', read.item);
    if (!fields.has('KeyValue')) {
      if (version < '1.2' || data !== undefined) throw refusal('missingData', 'Key Value is required.');
      fields.refuseOthers();
      return { format, algorithm, length, material: EMPTY_BYTES, attributes: [], isElsewhere: true };
    }
    if (data !== undefined) {
      const wrapped = readWrappedValue(fields, data);
      fields.refuseOthers();
      return { format, algorithm, length, ...wrapped };
    }
    const value = fields.one('KeyValue', valueReader(format, version));
    fields.refuseOthers();
    return { format, algorithm, length, ...value };
  });
}

/** Points of curves are written whole, and nothing is compressed. */
export function readCompression(fields: StructureReader): void {
  const type = fields.optional('KeyCompressionType', read.enumeration('KeyCompressionType'));
  if (type !== undefined && type !== 'ECPublicKeyTypeUncompressed')
    throw refusal('keyCompressionTypeNotSupported');
}

type PlainValue = Pick<KeyBlock, 'material' | 'attributes'>;

/** A file of PKCS #12 stands in the place of a Key Value, or within one. */
function valueReader(format: KeyFormat, version: Version): Reader<'ByteString' | 'Structure', PlainValue> {
  const structure = read.structure(inner => readKeyValue(inner, version));
  if (format !== 'PKCS_12') return structure;
  return {
    types: ['ByteString', 'Structure'],
    take: item =>
      item.type === 'ByteString' ? { material: item.content, attributes: [] } : structure.take(item),
  };
}

export function readKeyValue(
  fields: StructureReader,
  version: Version,
): Pick<KeyBlock, 'material' | 'attributes'> {
  const item = fields.one('KeyMaterial', read.item);
  const given = hasOwnTags(version) ? fields.optional('Attributes', read.item) : undefined;
  const attributes = given === undefined ? [] : readTagged(given, version);
  const named = hasOwnTags(version) ? [] : fields.many('Attribute', attributeReader(version));
  fields.refuseOthers();
  const material = item.type === 'ByteString' ? item.content : item;
  return { material, attributes: [...attributes, ...named] };
}

function readWrappedValue(
  fields: StructureReader,
  data: TtlvItem,
): Pick<KeyBlock, 'material' | 'attributes' | 'wrapped'> {
  const value = fields.one('KeyValue', {
    types: ['ByteString', 'Structure'],
    take: (item: TtlvItem) => item,
  });
  const isStructure = value.type === 'Structure';
  const material = isStructure ? readItem(value, MATERIAL_ALONE) : value.content;
  return { material, attributes: [], wrapped: { data, isStructure } };
}

const MATERIAL_ALONE = read.structure(inner => {
  const material = inner.one('KeyMaterial', read.byteString);
  inner.refuseOthers();
  return material;
});

/** `material`: the field Key Material in that format. */
export function writeKeyBlock(
  facts: Pick<ObjectFacts, 'algorithm' | 'length'>,
  format: KeyFormat,
  material: TtlvField,
): TtlvField {
  return writeBlock(facts, format, make.structure('KeyValue', [material]));
}

/** `value`: the field Key Value, which is wrapped where there is Key Wrapping Data; undefined where it is elsewhere. */
export function writeBlock(
  { algorithm, length }: Pick<ObjectFacts, 'algorithm' | 'length'>,
  format: KeyFormat,
  value: TtlvField | undefined,
  wrapping?: TtlvField,
): TtlvField {
  return make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', format),
    value,
    make.ifPresent(algorithm, name => make.enumeration('CryptographicAlgorithm', name)),
    // Of secret data that was made here the length is an attribute, and no part of the key.
    make.ifPresent(algorithm && length, bits => make.integer('CryptographicLength', bits)),
    wrapping,
  ]);
}
