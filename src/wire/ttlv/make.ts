// Puts messages together: each function makes one field, which `writeTtlv` encodes. A tag takes the types that its row in the table has,
// or the code of an extension. Values are our own, so what does not fit a type is a broken invariant, not a refusal.

import { assert } from '../../base/assert.ts';
import type { Bytes } from '../../base/bytes.ts';
import { type BigIntegerDigits, digitsOf } from './big-integer.ts';
import {
  type EnumerationOf,
  enumerationOf,
  enumerationValue,
  isValueOf,
  type ValueName,
} from './enumerations.ts';
import type { TtlvItem } from './item.ts';
import type { TextType } from './item-types.ts';
import { type BitName, type MaskName, maskOf } from './masks.ts';
import { isTagName, type TagName, type TagsOf, tagCode } from './tags.ts';

/** A field to be encoded. */
export type TtlvField =
  | { readonly type: 'Structure'; readonly tag: number; readonly fields: readonly TtlvField[] }
  | { readonly type: 'Integer' | 'Enumeration' | 'Interval'; readonly tag: number; readonly value: number }
  | {
      readonly type: 'LongInteger' | 'DateTime' | 'DateTimeExtended';
      readonly tag: number;
      readonly value: bigint;
    }
  | { readonly type: 'BigInteger'; readonly tag: number; readonly digits: BigIntegerDigits }
  | { readonly type: 'Boolean'; readonly tag: number; readonly value: boolean }
  | { readonly type: TextType; readonly tag: number; readonly value: string }
  | { readonly type: 'ByteString'; readonly tag: number; readonly value: Bytes }
  | { readonly type: 'copy'; readonly tag: number; readonly item: TtlvItem };

/** A tag of the type by its name, or an extension's code. */
type Tag<Name extends TagName> = Name | number;

const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;
const UINT32_MAX = 0xffff_ffff;
const INT64_MIN = -(1n << 63n);
const INT64_MAX = (1n << 63n) - 1n;

/** Fields that are undefined are left out, so that an optional one can be written where it stands. */
export function structure(
  tag: Tag<TagsOf<'Structure'>>,
  fields: readonly (TtlvField | undefined)[],
): TtlvField {
  return { type: 'Structure', tag: tagCode(tag), fields: fields.filter(field => field !== undefined) };
}

export function integer(tag: Tag<TagsOf<'Integer'>>, value: number): TtlvField {
  assert(Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX, 'an Integer has 32 bits');
  return { type: 'Integer', tag: tagCode(tag), value };
}

/** An Integer of named bits. */
export function mask<Name extends MaskName>(tag: Name, bits: Iterable<BitName<Name>>): TtlvField {
  return { type: 'Integer', tag: tagCode(tag), value: maskOf(tag, bits) };
}

export function longInteger(tag: Tag<TagsOf<'LongInteger'>>, value: bigint): TtlvField {
  return { type: 'LongInteger', tag: tagCode(tag), value: int64(value) };
}

/** Bytes are the magnitude of a number that is not negative, most significant byte first; they are not copied until they are encoded. */
export function bigInteger(tag: Tag<TagsOf<'BigInteger'>>, value: bigint | Bytes): TtlvField {
  const digits = typeof value === 'bigint' ? digitsOf(value) : { bytes: value, negative: false };
  return { type: 'BigInteger', tag: tagCode(tag), digits };
}

/** The names that a tag's values have; none where the specification names no values. */
type Names<Name extends TagName> = [EnumerationOf<Name>] extends [never]
  ? never
  : ValueName<EnumerationOf<Name>>;

/** A value by the name that the tag's enumeration gives it, or its number: an extension, a tag's code, the value of an attribute. */
export function enumeration<Name extends TagsOf<'Enumeration'>>(
  tag: Tag<Name>,
  value: Names<NoInfer<Name>> | number,
): TtlvField {
  if (typeof value === 'number') {
    assert(Number.isInteger(value) && value >= 0 && value <= UINT32_MAX, 'an Enumeration has 32 bits');
    return { type: 'Enumeration', tag: tagCode(tag), value };
  }
  const values = typeof tag === 'number' || !isTagName(tag) ? undefined : enumerationOf(tag);
  assert(values !== undefined && isValueOf(values, value), 'the name is one of the enumeration of the tag');
  return { type: 'Enumeration', tag: tagCode(tag), value: enumerationValue(values, value) };
}

export function boolean(tag: Tag<TagsOf<'Boolean'>>, value: boolean): TtlvField {
  return { type: 'Boolean', tag: tagCode(tag), value };
}

export function textString(tag: Tag<TagsOf<'TextString'>>, value: string): TtlvField {
  return textOf('TextString', tag, value);
}

export function identifier(tag: Tag<TagsOf<'Identifier'>>, value: string): TtlvField {
  return textOf('Identifier', tag, value);
}

export function reference(tag: Tag<TagsOf<'Reference'>>, value: string): TtlvField {
  return textOf('Reference', tag, value);
}

export function nameReference(tag: Tag<TagsOf<'NameReference'>>, value: string): TtlvField {
  return textOf('NameReference', tag, value);
}

/** The bytes are not copied until they are encoded. */
export function byteString(tag: Tag<TagsOf<'ByteString'>>, value: Bytes): TtlvField {
  return { type: 'ByteString', tag: tagCode(tag), value };
}

/** In seconds since 1970. */
export function dateTime(tag: Tag<TagsOf<'DateTime'>>, seconds: number): TtlvField {
  assert(Number.isSafeInteger(seconds), 'a Date Time has whole seconds');
  return { type: 'DateTime', tag: tagCode(tag), value: BigInt(seconds) };
}

/** In microseconds since 1970. */
export function dateTimeExtended(tag: Tag<TagsOf<'DateTimeExtended'>>, microseconds: bigint): TtlvField {
  return { type: 'DateTimeExtended', tag: tagCode(tag), value: int64(microseconds) };
}

/** In seconds. */
export function interval(tag: Tag<TagsOf<'Interval'>>, seconds: number): TtlvField {
  assert(
    Number.isInteger(seconds) && seconds >= 0 && seconds <= UINT32_MAX,
    'an Interval has 32 bits, unsigned',
  );
  return { type: 'Interval', tag: tagCode(tag), value: seconds };
}

/** The field of a value, where there is one: `ifPresent(limit, value => integer('MaximumItems', value))`. */
export function ifPresent<Value>(
  value: Value | undefined,
  makeField: (value: Value) => TtlvField,
): TtlvField | undefined {
  return value === undefined ? undefined : makeField(value);
}

/** An item of another message as it is, under its own tag or another one. */
export function copy(item: TtlvItem, tag: Tag<TagName> = item.tag): TtlvField {
  return { type: 'copy', tag: tagCode(tag), item };
}

function textOf(type: TextType, tag: Tag<TagName>, value: string): TtlvField {
  assert(value.isWellFormed(), 'a text is well-formed Unicode');
  return { type, tag: tagCode(tag), value };
}

function int64(value: bigint): bigint {
  assert(value >= INT64_MIN && value <= INT64_MAX, 'a Long Integer has 64 bits');
  return value;
}
