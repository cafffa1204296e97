// Key blocks (KMIP 1.4 section 2.1.3, 2.1 section 3.1) of symmetric keys and secret data: raw bytes, or the one field of a transparent key.
// The bytes are views on the message, and its owner wipes them.

import type { Bytes } from '../../../base/bytes.ts';
import {
  make,
  read,
  StructureReader,
  type TtlvField,
  type TtlvItem,
  type Version,
} from '../../../wire/ttlv/index.ts';
import { attributeReader, type GivenValue, readTagged } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { hasOwnTags } from '../names.ts';
import type { Algorithm } from '../words.ts';
import type { KeyFormat, ObjectFacts } from './object.ts';

export interface KeyBlock {
  readonly format: KeyFormat;
  readonly material: Bytes;
  readonly algorithm?: Algorithm | undefined;
  readonly length?: number | undefined;
  /** Attributes that came with the key value. */
  readonly attributes: readonly GivenValue[];
}

/** The formats in which a row of bytes is written here. */
const BYTE_FORMATS: ReadonlySet<KeyFormat> = new Set<KeyFormat>(['Raw', 'Opaque']);

export function keyBlockReader(version: Version) {
  return read.structure((fields): KeyBlock => {
    const format = fields.one('KeyFormatType', read.enumeration('KeyFormatType'));
    if (fields.has('KeyCompressionType')) throw refusal('keyCompressionTypeNotSupported');
    const algorithm = fields.optional('CryptographicAlgorithm', read.enumeration('CryptographicAlgorithm'));
    const length = fields.optional('CryptographicLength', read.integer);
    if (fields.has('KeyWrappingData')) {
      throw refusal(
        'featureNotSupported',
        'Wrapped keys are not taken here yet: register the key in the clear.',
      );
    }
    if (!fields.has('KeyValue')) {
      throw refusal('featureNotSupported', 'Objects whose Key Value is elsewhere are not kept here.');
    }
    const value = fields.one(
      'KeyValue',
      read.structure(inner => readKeyValue(inner, format, version)),
    );
    fields.refuseOthers();
    return { format, algorithm, length, ...value };
  });
}

function readKeyValue(fields: StructureReader, format: KeyFormat, version: Version) {
  const item = fields.one('KeyMaterial', read.item);
  const given = hasOwnTags(version) ? fields.optional('Attributes', read.item) : undefined;
  const attributes = given === undefined ? [] : readTagged(given, version);
  const named = hasOwnTags(version) ? [] : fields.many('Attribute', attributeReader(version));
  fields.refuseOthers();
  return { material: materialOf(item, format), attributes: [...attributes, ...named] };
}

function materialOf(item: TtlvItem, format: KeyFormat): Bytes {
  if (BYTE_FORMATS.has(format)) {
    if (item.type !== 'ByteString')
      throw refusal('invalidField', 'Key Material of this format must be bytes.');
    return item.content;
  }
  if (format !== 'TransparentSymmetricKey') throw refusal('keyFormatTypeNotSupported');
  if (item.type !== 'Structure')
    throw refusal('invalidField', 'Key Material of this format must be a structure.');
  const fields = new StructureReader(item);
  const key = fields.one('Key', read.byteString);
  fields.refuseOthers();
  return key;
}

/** Throws `keyFormatTypeNotSupported` for a format in which a row of bytes cannot be written. */
export function requireFormat(format: KeyFormat, objectType: ObjectFacts['objectType']): void {
  const isTransparent = format === 'TransparentSymmetricKey' && objectType === 'SymmetricKey';
  if (!isTransparent && !BYTE_FORMATS.has(format)) throw refusal('keyFormatTypeNotSupported');
}

export function writeKeyBlock(
  { algorithm, length }: Pick<ObjectFacts, 'algorithm' | 'length'>,
  format: KeyFormat,
  material: Bytes,
): TtlvField {
  const keyMaterial =
    format === 'TransparentSymmetricKey'
      ? make.structure('KeyMaterial', [make.byteString('Key', material)])
      : make.byteString('KeyMaterial', material);
  return make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', format),
    make.structure('KeyValue', [keyMaterial]),
    make.ifPresent(algorithm, name => make.enumeration('CryptographicAlgorithm', name)),
    // Of secret data that was made here the length is an attribute, and no part of the key.
    make.ifPresent(algorithm && length, bits => make.integer('CryptographicLength', bits)),
  ]);
}
