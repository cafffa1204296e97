// Writes a message in its XML encoding (KMIP Additional Message Encodings 1.0 section 6). Elements are named by their tags, extensions by
// number; types stand on all but structures.

import { hex } from '../../base/bytes.ts';
import type { TtlvItem } from './item.ts';
import { bitNames } from './meaning.ts';
import { enumerationText, forEachField, instantText } from './print.ts';
import { TtlvRefusal } from './refusal.ts';
import { type TagName, tagLabel } from './tags.ts';
import type { Version } from './versions.ts';
import { escapedAttribute } from './xml-document.ts';

/**
 * The text of a message, without a declaration or white space. A version spells some names of enumerations its own way. Throws
 * {@link TtlvRefusal} `inexpressible` for a text with a character that XML does not have, and nothing else.
 */
export function writeXml(message: TtlvItem, version?: Version): string {
  const parts: string[] = [];
  writeElement(message, message.name, version, parts);
  return parts.join('');
}

function writeElement(
  item: TtlvItem,
  meaning: TagName | undefined,
  version: Version | undefined,
  parts: string[],
): void {
  const name = item.name ?? 'TTLV';
  parts.push('<', name);
  if (item.name === undefined) parts.push(` tag="${tagLabel(item.tag)}"`);
  if (item.type !== 'Structure') {
    parts.push(` type="${item.type}" value="${valueText(item, meaning, version)}"/>`);
    return;
  }
  if (item.children.length === 0) {
    parts.push('/>');
    return;
  }
  parts.push('>');
  forEachField(item, (field, fieldMeaning) => writeElement(field, fieldMeaning, version, parts));
  parts.push('</', name, '>');
}

function valueText(item: TtlvItem, meaning: TagName | undefined, version: Version | undefined): string {
  switch (item.type) {
    case 'Integer':
      return bitNames(meaning, item.int32)?.join(' ') ?? String(item.int32);
    case 'LongInteger':
      return String(item.int64);
    case 'BigInteger':
    case 'ByteString':
      return hex(item.content);
    case 'Enumeration':
      return enumerationText(item, meaning, version);
    case 'Boolean':
      return String(item.int64 === 1n);
    case 'DateTime':
    case 'DateTimeExtended':
      return instantText(item);
    case 'Interval':
      return String(item.uint32);
    default: {
      const text = escapedAttribute(item.text);
      if (text === undefined)
        throw new TtlvRefusal('inexpressible', item.path, 'has a character that XML does not have');
      return text;
    }
  }
}
