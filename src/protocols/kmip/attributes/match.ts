// Whether an object has the attributes that Locate asks for. Two instants of one attribute are the ends of a range; a mask asks for all of
// its bits; a structure for the fields that it names.

import {
  read,
  readItem,
  readTtlv,
  StructureReader,
  type TtlvItem,
  writeTtlv,
} from '../../../wire/ttlv/index.ts';
import type { ManagedObject } from '../objects/object.ts';
import { heldValues } from './held.ts';
import type { AttributeName } from './table.ts';
import { type GivenValue, isLike } from './values.ts';

/** What is asked for, by attribute: all of it must hold. */
export type Sought = ReadonlyMap<AttributeName, readonly GivenValue[]>;

export function matches(object: ManagedObject, sought: Sought): boolean {
  for (const [name, wanted] of sought) {
    const held = heldValues(object, name).map(({ field }) => readTtlv(writeTtlv(field)));
    if (
      !hasAll(
        name,
        held,
        wanted.map(({ item }) => item),
      )
    )
      return false;
  }
  return true;
}

function hasAll(name: AttributeName, held: readonly TtlvItem[], wanted: readonly TtlvItem[]): boolean {
  const [first, second = first] = wanted;
  if (first?.type === 'DateTime' && second?.type === 'DateTime') {
    const [from, until] = second.int64 < first.int64 ? [second, first] : [first, second];
    const dates = held.filter(({ type }) => type === 'DateTime').map(({ int64 }) => int64);
    const instants = held.length === 0 ? [NEVER] : dates;
    return instants.some(instant => from.int64 <= instant && instant <= until.int64);
  }
  return wanted.every(item => held.some(value => isMatch(name, value, item)));
}

/** The largest Date Time stands for an instant that an object does not have (KMIP 1.4 section 4.9, 2.1 section 6.1.28). */
const NEVER = (1n << 63n) - 1n;

function isMatch(name: AttributeName, held: TtlvItem, wanted: TtlvItem): boolean {
  if (name === 'CryptographicUsageMask') {
    const bits = readItem(wanted, read.integer);
    return (readItem(held, read.integer) & bits) === bits;
  }
  if (name === 'UsageLimits') return hasRoom(held, wanted);
  // A link is found by what it leads to, a name by its text.
  const ignored = IGNORED[name];
  return isLike(held, wanted, ignored);
}

const IGNORED: Readonly<Partial<Record<string, string>>> = { Name: 'NameType' };

function hasRoom(held: TtlvItem, wanted: TtlvItem): boolean {
  const [mine, asked] = [new StructureReader(held), new StructureReader(wanted)];
  const has = (tag: 'UsageLimitsTotal' | 'UsageLimitsCount'): boolean =>
    mine.one(tag, read.longInteger) >= (asked.optional(tag, read.longInteger) ?? 0n);
  return has('UsageLimitsTotal') && has('UsageLimitsCount');
}
