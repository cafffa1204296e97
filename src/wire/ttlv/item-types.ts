// The types of an item (KMIP 2.1 section 11.23; 1.x section 9.1.1.2) and the lengths that they allow.

import { tableKeys } from '../../base/table.ts';
import type { VersionSpan } from './versions.ts';

/** `length`: bytes of the value without padding; `any` for texts and bytes, `eights` for a positive multiple of eight. */
interface ItemTypeRow {
  readonly code: number;
  readonly length: 'children' | 4 | 8 | 'eights' | 'any';
  readonly since: VersionSpan;
}

export const ITEM_TYPES = {
  Structure: { code: 0x01, length: 'children', since: '1.0' },
  Integer: { code: 0x02, length: 4, since: '1.0' },
  LongInteger: { code: 0x03, length: 8, since: '1.0' },
  BigInteger: { code: 0x04, length: 'eights', since: '1.0' },
  Enumeration: { code: 0x05, length: 4, since: '1.0' },
  Boolean: { code: 0x06, length: 8, since: '1.0' },
  TextString: { code: 0x07, length: 'any', since: '1.0' },
  ByteString: { code: 0x08, length: 'any', since: '1.0' },
  DateTime: { code: 0x09, length: 8, since: '1.0' },
  Interval: { code: 0x0a, length: 4, since: '1.0' },
  DateTimeExtended: { code: 0x0b, length: 8, since: '2.0' },
  // The draft of 3.0 names these three and their use as texts; their bytes are read as those of a Text String.
  Identifier: { code: 0x0c, length: 'any', since: '3.0' },
  Reference: { code: 0x0d, length: 'any', since: '3.0' },
  NameReference: { code: 0x0e, length: 'any', since: '3.0' },
} as const satisfies Readonly<Record<string, ItemTypeRow>>;

export type ItemType = keyof typeof ITEM_TYPES;

/** The types whose value is UTF-8. */
export type TextType = 'TextString' | 'Identifier' | 'Reference' | 'NameReference';

const TYPES_BY_CODE: readonly (ItemType | undefined)[] = tableKeys(ITEM_TYPES).reduce<
  (ItemType | undefined)[]
>((types, type) => {
  types[ITEM_TYPES[type].code] = type;
  return types;
}, []);

export function itemTypeOf(code: number): ItemType | undefined {
  return TYPES_BY_CODE[code];
}
