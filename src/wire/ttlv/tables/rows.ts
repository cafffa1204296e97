// What a row of the tables beside holds. Rows are tuples, since a thousand of them are easier to compare with the printed tables when
// each has one line.

import type { ItemType } from '../item-types.ts';
import type { VersionSpan } from '../versions.ts';

/** Code, name as printed in the specification, versions that know the tag, types that its value may have in one of them. */
export type TagRow = readonly [code: number, text: string, versions: VersionSpan, ...types: ItemType[]];

/** Value, versions that know it. */
export type ValueRow = readonly [value: number, versions: VersionSpan];

export const ANY = [
  'Structure',
  'Integer',
  'LongInteger',
  'BigInteger',
  'Enumeration',
  'Boolean',
  'TextString',
  'ByteString',
  'DateTime',
  'Interval',
  'DateTimeExtended',
  'Identifier',
  'Reference',
  'NameReference',
] as const satisfies readonly ItemType[];
