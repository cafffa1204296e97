// Writes a message for people and logs: one line for each item, indented. What may be secret is hidden by tag (secrets.ts), and a text can
// neither end a line nor move a terminal's cursor. There is no reader.

import { hex } from '../../base/bytes.ts';
import { bigIntegerOf } from './big-integer.ts';
import type { TtlvItem } from './item.ts';
import { bitNames } from './meaning.ts';
import { enumerationText, forEachField, instantText } from './print.ts';
import { isSecret } from './secrets.ts';
import { type TagName, tagLabel } from './tags.ts';

/** Of longer values only so many bytes or characters are shown. */
const SHOWN_MAX = 64;

export function writeText(message: TtlvItem): string {
  const lines: string[] = [];
  writeLines(message, message.name, false, '', lines);
  return lines.join('\n');
}

function writeLines(
  item: TtlvItem,
  meaning: TagName | undefined,
  isWithinSecret: boolean,
  indent: string,
  lines: string[],
): void {
  const isHidden = isWithinSecret || isSecret(item.tag, item.type) || isOfUnknownAttribute(item, meaning);
  if (item.type === 'Structure') {
    lines.push(`${indent}${tagLabel(item.tag)}`);
    forEachField(item, (field, fieldMeaning) =>
      writeLines(field, fieldMeaning, isHidden, `${indent}  `, lines),
    );
    return;
  }
  const value = isHidden ? hiddenText(item) : valueText(item, meaning);
  lines.push(`${indent}${tagLabel(item.tag)} ${item.type} ${value}`);
}

/** How many bytes key material has is worth knowing; of a password it would already help who guesses. */
function hiddenText({ type, length }: TtlvItem): string {
  return type === 'ByteString' || type === 'BigInteger' ? `hidden, ${length} bytes` : 'hidden';
}

/** The value of an attribute of somebody's own may be anything. */
function isOfUnknownAttribute(item: TtlvItem, meaning: TagName | undefined): boolean {
  return item.name === 'AttributeValue' && meaning === undefined;
}

function valueText(item: TtlvItem, meaning: TagName | undefined): string {
  switch (item.type) {
    case 'Structure':
      return '';
    case 'Integer':
      return bitNames(meaning, item.int32)?.join(' ') ?? String(item.int32);
    case 'LongInteger':
      return String(item.int64);
    case 'BigInteger':
      return item.length > SHOWN_MAX ? shownBytes(item) : String(bigIntegerOf(item.content));
    case 'Enumeration':
      return enumerationText(item, meaning, undefined);
    case 'Boolean':
      return String(item.int64 === 1n);
    case 'ByteString':
      return shownBytes(item);
    case 'DateTime':
    case 'DateTimeExtended':
      return instantText(item);
    case 'Interval':
      return `${item.uint32} s`;
    default:
      return shownText(item.text);
  }
}

function shownBytes({ content }: TtlvItem): string {
  if (content.length <= SHOWN_MAX) return hex(content);
  return `${hex(content.subarray(0, SHOWN_MAX))}... (${content.length} bytes)`;
}

function shownText(text: string): string {
  if (text.length <= SHOWN_MAX) return quoted(text);
  return `${quoted(text.slice(0, SHOWN_MAX))}... (${text.length} characters)`;
}

/** All but printable characters are escaped: control and format characters, separators of lines, halves of surrogate pairs. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, character =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
