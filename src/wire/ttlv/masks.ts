// Bit masks: Integers whose bits have names.

import { isKeyOf, tableKeys } from '../../base/table.ts';
import { MASKS } from './tables/masks.ts';
import type { ValueRow } from './tables/rows.ts';
import { SPELLINGS } from './tables/spellings.ts';
import { isInSpan, type Version } from './versions.ts';

/** The tag of a mask is its name. */
export type MaskName = keyof typeof MASKS;
export type BitName<Name extends MaskName> = keyof (typeof MASKS)[Name] & string;

const ROWS: Readonly<Record<MaskName, Readonly<Record<string, ValueRow>>>> = MASKS;

export function isMask(tag: string): tag is MaskName {
  return isKeyOf(MASKS, tag);
}

/** The Integer of these bits. */
export function maskOf<Name extends MaskName>(mask: Name, bits: Iterable<BitName<Name>>): number {
  let value = 0;
  for (const bit of bits) value |= ROWS[mask][bit]?.[0] ?? 0;
  return value;
}

/** The bits by name, and those that have none as `unnamed`. */
export function bitsOf<Name extends MaskName>(
  mask: Name,
  value: number,
): { readonly names: readonly BitName<Name>[]; readonly unnamed: number } {
  const names: BitName<Name>[] = [];
  let unnamed = value;
  for (const name of tableKeys<BitName<Name>>(MASKS[mask])) {
    const bit = ROWS[mask][name]?.[0] ?? 0;
    if ((value & bit) === 0) continue;
    names.push(name);
    unnamed &= ~bit;
  }
  return { names, unnamed };
}

/** The bit of a name as any version spells it. */
export function bitOfSpelling(mask: MaskName, text: string): number | undefined {
  if (isKeyOf(ROWS[mask], text)) return ROWS[mask][text]?.[0];
  return SPELLINGS[mask]?.find(spelling => spelling.text === text)?.value;
}

export function isBitIn<Name extends MaskName>(version: Version, mask: Name, bit: BitName<Name>): boolean {
  const row = ROWS[mask][bit];
  return row !== undefined && isInSpan(row[1], version);
}
