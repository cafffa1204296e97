// Takes values out of items: each reader knows the types that it takes and gives a value of ours, or a refusal that names the path and
// the rule. Which tags a reader fits is checked by the compiler, from the table of tags.

import type { Bytes } from '../../base/bytes.ts';
import { bigIntegerOf, isNegative, magnitudeOf } from './big-integer.ts';
import { type EnumerationName, type ValueName, valueName } from './enumerations.ts';
import type { TtlvItem } from './item.ts';
import type { ItemType, TextType } from './item-types.ts';
import type { Reader } from './reader.ts';
import { TtlvRefusal, type TtlvRefusalKind } from './refusal.ts';
import { StructureReader } from './structure.ts';
import { ANY } from './tables/rows.ts';
import { type TagName, tagName } from './tags.ts';

export const integer: Reader<'Integer', number> = { types: ['Integer'], take: item => item.int32 };

export const longInteger: Reader<'LongInteger', bigint> = {
  types: ['LongInteger'],
  take: item => item.int64,
};

export const bigInteger: Reader<'BigInteger', bigint> = {
  types: ['BigInteger'],
  take: item => bigIntegerOf(item.content),
};

/** A Big Integer that is not negative, as a view on its bytes without leading zeros: for key material, which must not become a bigint. */
export const magnitude: Reader<'BigInteger', Bytes> = {
  types: ['BigInteger'],
  take: item => {
    if (isNegative(item.content)) throw refusal(item, 'outOfRange', 'must not be negative');
    return magnitudeOf(item.content);
  },
};

/** The name of one of the enumeration's values. */
export function enumeration<Name extends EnumerationName>(
  name: Name,
): Reader<'Enumeration', ValueName<Name>> {
  return {
    types: ['Enumeration'],
    take: item => {
      const value = valueName(name, item.uint32);
      if (value === undefined) throw refusal(item, 'unknownValue', `must be a value of ${name}`);
      return value;
    },
  };
}

/** The number of an enumeration's value, named or not. */
export const enumerationNumber: Reader<'Enumeration', number> = {
  types: ['Enumeration'],
  take: item => item.uint32,
};

/** An enumeration whose value is a tag: an Attribute Reference. */
export const tag: Reader<'Enumeration', TagName> = {
  types: ['Enumeration'],
  take: item => {
    const name = tagName(item.uint32);
    if (name === undefined) throw refusal(item, 'unknownValue', 'must be a tag');
    return name;
  },
};

export const boolean: Reader<'Boolean', boolean> = { types: ['Boolean'], take: item => item.int64 === 1n };

export const textString: Reader<'TextString', string> = { types: ['TextString'], take: item => item.text };

/** A Text String, or what 3.0 sends in its place: Identifier, Reference, Name Reference. */
export const anyText: Reader<TextType, string> = {
  types: ['TextString', 'Identifier', 'Reference', 'NameReference'],
  take: item => item.text,
};

/** The UTF-8 of a Text String as a view, for a password: a string could not be wiped. */
export const textBytes: Reader<'TextString', Bytes> = { types: ['TextString'], take: item => item.content };

/** A view on the message's bytes. */
export const byteString: Reader<'ByteString', Bytes> = { types: ['ByteString'], take: item => item.content };

/** The seconds that a Date can be made of. */
const DATE_SECONDS_MAX = 8_640_000_000_000n;

/** Seconds since 1970. */
export const dateTime: Reader<'DateTime', number> = {
  types: ['DateTime'],
  take: item => {
    const seconds = item.int64;
    if (seconds > DATE_SECONDS_MAX || seconds < -DATE_SECONDS_MAX)
      throw refusal(item, 'outOfRange', `must be within ${DATE_SECONDS_MAX} seconds of 1970`);
    return Number(seconds);
  },
};

/** Microseconds since 1970. */
export const dateTimeExtended: Reader<'DateTimeExtended', bigint> = {
  types: ['DateTimeExtended'],
  take: item => item.int64,
};

/** Seconds. */
export const interval: Reader<'Interval', number> = { types: ['Interval'], take: item => item.uint32 };

export function structure<Value>(read: (fields: StructureReader) => Value): Reader<'Structure', Value> {
  return { types: ['Structure'], take: item => read(new StructureReader(item)) };
}

/** The item itself, for a value whose type is a question of another field. */
export const item: Reader<ItemType, TtlvItem> = { types: ANY, take: found => found };

function refusal(at: TtlvItem, kind: TtlvRefusalKind, rule: string): TtlvRefusal {
  return new TtlvRefusal(kind, at.path, rule);
}
