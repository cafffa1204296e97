// What the XML, JSON and text writers share: how they walk a message, and how they write numbers.

import { printMicroseconds, printSeconds } from './date-time.ts';
import type { TtlvItem } from './item.ts';
import { ATTRIBUTE_NAME, FieldMeanings, hex32, numberName } from './meaning.ts';
import type { TagName } from './tags.ts';
import type { Version } from './versions.ts';

/** Calls with each field of a structure and the tag whose names its values have. */
export function forEachField(
  structure: TtlvItem,
  visit: (field: TtlvItem, meaning: TagName | undefined) => void,
): void {
  const meanings = new FieldMeanings();
  for (const field of structure.children) {
    visit(field, meanings.of(field.tag));
    if (ATTRIBUTE_NAME === field.tag && field.type === 'TextString') meanings.nameAttribute(field.text);
  }
}

/** The name of an enumeration's value, or its number in hexadecimal. */
export function enumerationText(
  item: TtlvItem,
  meaning: TagName | undefined,
  version: Version | undefined,
): string {
  return numberName(meaning, item.uint32, version) ?? hex32(item.uint32);
}

/** An instant in ISO 8601, or in hexadecimal beyond the years that it has. */
export function instantText(item: TtlvItem): string {
  const instant = item.int64;
  const text = item.type === 'DateTime' ? printSeconds(instant) : printMicroseconds(instant);
  return text ?? hex64(instant);
}

/** `0x` and 16 digits of two's complement. */
export function hex64(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16).padStart(16, '0')}`;
}
