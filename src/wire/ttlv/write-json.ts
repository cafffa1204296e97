// Writes a message in its JSON encoding (KMIP Additional Message Encodings 1.0 section 4): each item an object of tag, type and value, types
// on all but structures.

import { hex } from '../../base/bytes.ts';
import type { TtlvItem } from './item.ts';
import { bitNames } from './meaning.ts';
import { enumerationText, forEachField, hex64, instantText } from './print.ts';
import { type TagName, tagLabel } from './tags.ts';
import type { Version } from './versions.ts';

/** The text of a message, without white space. A version spells some names of enumerations its own way. */
export function writeJson(message: TtlvItem, version?: Version): string {
  const parts: string[] = [];
  writeObject(message, message.name, version, parts);
  return parts.join('');
}

function writeObject(
  item: TtlvItem,
  meaning: TagName | undefined,
  version: Version | undefined,
  parts: string[],
): void {
  parts.push(`{"tag":"${tagLabel(item.tag)}"`);
  if (item.type !== 'Structure') {
    parts.push(`,"type":"${item.type}","value":${JSON.stringify(jsonValue(item, meaning, version))}}`);
    return;
  }
  parts.push(',"value":[');
  let separator = '';
  forEachField(item, (field, fieldMeaning) => {
    parts.push(separator);
    separator = ',';
    writeObject(field, fieldMeaning, version, parts);
  });
  parts.push(']}');
}

/** From 2^52 on the encoding wants Long Integers in hexadecimal, since readers may have no wider numbers than doubles. */
const NUMBER_END = 1n << 52n;

function jsonValue(
  item: TtlvItem,
  meaning: TagName | undefined,
  version: Version | undefined,
): string | number | boolean {
  switch (item.type) {
    case 'Integer':
      return bitNames(meaning, item.int32)?.join('|') ?? item.int32;
    case 'LongInteger': {
      const value = item.int64;
      return value < NUMBER_END && value > -NUMBER_END ? Number(value) : hex64(value);
    }
    case 'BigInteger':
      return `0x${hex(item.content)}`;
    case 'Enumeration':
      return enumerationText(item, meaning, version);
    case 'Boolean':
      return item.int64 === 1n;
    case 'ByteString':
      return hex(item.content);
    case 'DateTime':
    case 'DateTimeExtended':
      return instantText(item);
    case 'Interval':
      return item.uint32;
    default:
      return item.text;
  }
}
