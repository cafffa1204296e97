// Which names the values of an item have. A tag decides, but for the attributes of 1.x: there the name of the attribute stands in a field
// of its own, and its value under one tag for all.

import { enumerationOf, spelledValue, valueOfSpelling } from './enumerations.ts';
import { bitOfSpelling, bitsOf, isMask } from './masks.ts';
import { attributeTag, isTagName, type TagName, tagCode, tagName } from './tags.ts';
import type { Version } from './versions.ts';

/** Follows the fields of one structure in their order. */
export class FieldMeanings {
  #attribute: TagName | undefined;
  #isVendorsOwn = false;

  /** The tag whose names the field's values have; undefined where nothing is known. */
  of(tag: number): TagName | undefined {
    const name = tagName(tag);
    if (name === 'VendorIdentification') this.#isVendorsOwn = true;
    if (name !== 'AttributeValue') return name;
    return this.#isVendorsOwn ? undefined : this.#attribute;
  }

  /** To be told of the text of each Attribute Name. */
  nameAttribute(text: string): void {
    this.#attribute = attributeTag(text);
  }
}

export const ATTRIBUTE_NAME = tagCode('AttributeName');

/** Enumerations whose values are tags. */
function takesTags(meaning: TagName): boolean {
  return meaning === 'AttributeReference' || meaning === 'Tag';
}

/** The number of an enumeration's name; undefined for a name without a meaning. */
export function namedNumber(meaning: TagName | undefined, text: string): number | undefined {
  if (meaning === undefined) return undefined;
  if (takesTags(meaning)) return isTagName(text) ? tagCode(text) : undefined;
  const enumeration = enumerationOf(meaning);
  return enumeration === undefined ? undefined : valueOfSpelling(enumeration, text);
}

/** The name of an enumeration's number, as the version spells it where one is given. */
export function numberName(
  meaning: TagName | undefined,
  value: number,
  version: Version | undefined,
): string | undefined {
  if (meaning === undefined) return undefined;
  if (takesTags(meaning)) return tagName(value);
  const enumeration = enumerationOf(meaning);
  return enumeration === undefined ? undefined : spelledValue(enumeration, value, version);
}

const MASK_PART = /^0x([0-9a-fA-F]{1,8})$/;

/** The Integer of a mask written as names and hexadecimal numbers between separators; undefined for a name without a meaning. */
export function namedBits(meaning: TagName | undefined, text: string): number | undefined {
  if (meaning === undefined || !isMask(meaning)) return undefined;
  let value = 0;
  for (const part of text.split(/[\s|]+/)) {
    if (part === '') continue;
    const digits = MASK_PART.exec(part)?.[1];
    const bit = digits === undefined ? bitOfSpelling(meaning, part) : Number.parseInt(digits, 16);
    if (bit === undefined) return undefined;
    value |= bit;
  }
  return value;
}

/** The parts of a mask: names, and one hexadecimal number for the bits without one. Undefined for an Integer that is no mask, or 0. */
export function bitNames(meaning: TagName | undefined, value: number): readonly string[] | undefined {
  if (meaning === undefined || !isMask(meaning) || value === 0) return undefined;
  const { names, unnamed } = bitsOf(meaning, value);
  return unnamed === 0 ? names : [...names, hex32(unnamed)];
}

/** `0x` and eight digits, of a number with 32 bits, signed or not. */
export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}
