// Enumerations: the values that a specification gives names to, and which tag takes which of them. Values from 80000000 on are
// extensions, which have numbers only (KMIP 2.1 section 11).

import { isKeyOf, mapTable, tableKeys } from '../../base/table.ts';
import { ENUMERATIONS_OF_CRYPTOGRAPHY } from './tables/enumerations-of-cryptography.ts';
import { ENUMERATIONS_OF_MESSAGES } from './tables/enumerations-of-messages.ts';
import { ENUMERATIONS_OF_OBJECTS } from './tables/enumerations-of-objects.ts';
import { ENUMERATIONS_OF_PKCS_11 } from './tables/enumerations-of-pkcs-11.ts';
import { ENUMERATIONS_OF_PROFILES } from './tables/enumerations-of-profiles.ts';
import type { ValueRow } from './tables/rows.ts';
import { SPELLINGS, type Spelling } from './tables/spellings.ts';
import type { TagName, TagsOf } from './tags.ts';
import { isInSpan, type Version } from './versions.ts';

export const ENUMERATIONS = {
  ...ENUMERATIONS_OF_MESSAGES,
  ...ENUMERATIONS_OF_CRYPTOGRAPHY,
  ...ENUMERATIONS_OF_OBJECTS,
  ...ENUMERATIONS_OF_PROFILES,
  ...ENUMERATIONS_OF_PKCS_11,
} as const satisfies Readonly<Record<string, Readonly<Record<string, ValueRow>>>>;

export type EnumerationName = keyof typeof ENUMERATIONS;
export type ValueName<Name extends EnumerationName> = keyof (typeof ENUMERATIONS)[Name] & string;

/** Tags that take the enumeration of another name. A tag that is neither here nor the name of an enumeration has no named values. */
const ENUMERATION_OF_OTHER_NAME = {
  CertificateRequestUniqueIdentifier: 'UniqueIdentifier',
  ExtensionType: 'ItemType',
  LinkedObjectIdentifier: 'UniqueIdentifier',
  MaskGeneratorHashingAlgorithm: 'HashingAlgorithm',
  PrivateKeyUniqueIdentifier: 'UniqueIdentifier',
  PublicKeyUniqueIdentifier: 'UniqueIdentifier',
  ReplacedUniqueIdentifier: 'UniqueIdentifier',
} as const satisfies Partial<Record<TagsOf<'Enumeration'>, EnumerationName>>;

type OtherName = keyof typeof ENUMERATION_OF_OTHER_NAME;

/** The enumeration whose values a tag takes. */
export type EnumerationOf<Tag extends TagName> = Tag extends OtherName
  ? (typeof ENUMERATION_OF_OTHER_NAME)[Tag]
  : Tag & EnumerationName;

export function enumerationOf(tag: TagName): EnumerationName | undefined {
  if (isKeyOf<OtherName>(ENUMERATION_OF_OTHER_NAME, tag)) return ENUMERATION_OF_OTHER_NAME[tag];
  return isKeyOf<EnumerationName>(ENUMERATIONS, tag) ? tag : undefined;
}

const ROWS: Readonly<Record<EnumerationName, Readonly<Record<string, ValueRow>>>> = ENUMERATIONS;

const NAMES_BY_VALUE: Readonly<Record<EnumerationName, ReadonlyMap<number, string>>> = mapTable(
  ROWS,
  rows => new Map(tableKeys(rows).map(name => [rows[name]?.[0] ?? 0, name])),
);

export function enumerationValue<Name extends EnumerationName>(
  enumeration: Name,
  name: ValueName<Name>,
): number {
  const row: ValueRow | undefined = ROWS[enumeration][name];
  return row === undefined ? 0 : row[0];
}

export function isValueOf<Name extends EnumerationName>(
  enumeration: Name,
  text: string,
): text is ValueName<Name> {
  return isKeyOf(ROWS[enumeration], text);
}

/** Undefined for a value without a name, an extension's for example. */
export function valueName<Name extends EnumerationName>(
  enumeration: Name,
  value: number,
): ValueName<Name> | undefined {
  // The names are those of the enumeration's own table.
  return NAMES_BY_VALUE[enumeration].get(value) as ValueName<Name> | undefined;
}

/** The value of a name as any version spells it. */
export function valueOfSpelling(enumeration: EnumerationName, text: string): number | undefined {
  if (isValueOf(enumeration, text)) return ROWS[enumeration][text]?.[0];
  return spellingsOf(enumeration).find(spelling => spelling.text === text)?.value;
}

/** The name of a value as the version spells it. */
export function spelledValue(
  enumeration: EnumerationName,
  value: number,
  version: Version | undefined,
): string | undefined {
  if (version !== undefined) {
    const other = spellingsOf(enumeration).find(
      spelling =>
        spelling.value === value && spelling.versions !== undefined && isInSpan(spelling.versions, version),
    );
    if (other !== undefined) return other.text;
  }
  return NAMES_BY_VALUE[enumeration].get(value);
}

function spellingsOf(enumeration: string): readonly Spelling[] {
  return isKeyOf<string>(SPELLINGS, enumeration) ? (SPELLINGS[enumeration] ?? []) : [];
}

export function isValueIn<Name extends EnumerationName>(
  version: Version,
  enumeration: Name,
  name: ValueName<Name>,
): boolean {
  const row: ValueRow | undefined = ROWS[enumeration][name];
  return row !== undefined && isInSpan(row[1], version);
}
