// Values of single items as texts: what XML writes into an attribute and JSON into a string (KMIP Additional Message Encodings 1.0 sections
// 4.1.6 and 6.1.6). Reading is strict: hexadecimal numbers have all their digits, since their sign depends on it.

import { decodeHex } from '../../base/bytes.ts';
import { isNegative } from './big-integer.ts';
import { parseInstant, wholeSeconds } from './date-time.ts';
import type { ItemType } from './item-types.ts';
import type { TtlvField } from './make.ts';
import { namedBits, namedNumber } from './meaning.ts';
import type { TagName } from './tags.ts';

export type TextForm = 'xml' | 'json';

/** What a refusal says of a text that is not a value of the type. */
export const VALUE_RULES: Readonly<Record<ItemType, string>> = {
  Structure: 'must hold its fields',
  Integer: 'must be an integer of 32 bits, a hexadecimal number of eight digits, or names of the mask',
  LongInteger: 'must be an integer of 64 bits or a hexadecimal number of 16 digits',
  BigInteger: 'must be hexadecimal with a positive multiple of 16 digits',
  Enumeration: 'must be a name of the enumeration or a number of 32 bits',
  Boolean: 'must be true or false',
  TextString: 'must be a text',
  ByteString: 'must be hexadecimal',
  DateTime: 'must be a date and time in ISO 8601 or a hexadecimal number of 16 digits',
  Interval: 'must be an unsigned integer of 32 bits',
  DateTimeExtended: 'must be a date and time in ISO 8601 or a hexadecimal number of 16 digits',
  Identifier: 'must be a text',
  Reference: 'must be a text',
  NameReference: 'must be a text',
};

/** The field of a text; undefined where the text is no value of the type. `meaning` is the tag whose names the values have. */
export function fieldOfText(
  tag: number,
  type: Exclude<ItemType, 'Structure'>,
  text: string,
  meaning: TagName | undefined,
  form: TextForm,
): TtlvField | undefined {
  switch (type) {
    case 'Integer': {
      const value = signedOf(text, 32, form) ?? namedBits(meaning, text);
      return value === undefined ? undefined : { tag, type, value: Number(value) };
    }
    case 'Enumeration': {
      const value = namedNumber(meaning, text) ?? unsignedOf(text, form);
      return value === undefined ? undefined : { tag, type, value };
    }
    case 'Interval': {
      const value = unsignedOf(text, form);
      return value === undefined ? undefined : { tag, type, value };
    }
    case 'LongInteger': {
      const value = signedOf(text, 64, form);
      return value === undefined ? undefined : { tag, type, value };
    }
    case 'DateTime':
    case 'DateTimeExtended': {
      const value = hexOf(text, 64) ?? instantOf(text, type);
      return value === undefined ? undefined : { tag, type, value };
    }
    case 'BigInteger':
      return bigIntegerOf(tag, text, form);
    case 'Boolean': {
      const value = booleanOf(text, form);
      return value === undefined ? undefined : { tag, type, value };
    }
    case 'ByteString': {
      const value = decodeHex(text);
      return value === undefined ? undefined : { tag, type, value };
    }
    default:
      return { tag, type, value: text };
  }
}

const DECIMAL = /^[+-]?[0-9]{1,20}$/;
const HEX = /^0x(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{16})$/;

/** A hexadecimal number of all the digits that its bits have, as two's complement. */
function hexOf(text: string, bits: 32 | 64): bigint | undefined {
  return HEX.test(text) && text.length === 2 + bits / 4 ? BigInt.asIntN(bits, BigInt(text)) : undefined;
}

/** JSON has numbers of its own, so decimal digits in a string are not one there. */
function decimalOf(text: string, form: TextForm): bigint | undefined {
  if (form === 'json' || !DECIMAL.test(text)) return undefined;
  return BigInt(text.startsWith('+') ? text.slice(1) : text);
}

function signedOf(text: string, bits: 32 | 64, form: TextForm): bigint | undefined {
  const value = decimalOf(text, form) ?? hexOf(text, bits);
  return value !== undefined && BigInt.asIntN(bits, value) === value ? value : undefined;
}

function unsignedOf(text: string, form: TextForm): number | undefined {
  const decimal = decimalOf(text, form);
  if (decimal !== undefined) return BigInt.asUintN(32, decimal) === decimal ? Number(decimal) : undefined;
  const signed = hexOf(text, 32);
  return signed === undefined ? undefined : Number(BigInt.asUintN(32, signed));
}

function instantOf(text: string, type: 'DateTime' | 'DateTimeExtended'): bigint | undefined {
  const microseconds = parseInstant(text);
  return type === 'DateTime' && microseconds !== undefined ? wholeSeconds(microseconds) : microseconds;
}

function bigIntegerOf(tag: number, text: string, form: TextForm): TtlvField | undefined {
  if (form === 'json' && !text.startsWith('0x')) return undefined;
  const bytes = decodeHex(form === 'json' ? text.slice(2) : text);
  if (bytes === undefined || bytes.length === 0 || bytes.length % 8 !== 0) return undefined;
  return { tag, type: 'BigInteger', digits: { bytes, negative: isNegative(bytes) } };
}

const BOOLEANS: Readonly<Record<TextForm, Readonly<Record<string, boolean>>>> = {
  // xsd:boolean writes them as numbers too.
  xml: { true: true, false: false, 1: true, 0: false },
  json: { '0x0000000000000001': true, '0x0000000000000000': false },
};

function booleanOf(text: string, form: TextForm): boolean | undefined {
  return Object.hasOwn(BOOLEANS[form], text) ? BOOLEANS[form][text] : undefined;
}
