// Tags: what each item of a message is. One table over all versions; 54xxxx are extensions, which have numbers only.

import { must } from '../../base/assert.ts';
import { tableKeys } from '../../base/table.ts';
import type { ItemType } from './item-types.ts';
import { normalizeName } from './names.ts';
import type { TagRow } from './tables/rows.ts';
import { TAGS_OF_1_0 } from './tables/tags-of-1-0.ts';
import { TAGS_OF_1_1_TO_1_4 } from './tables/tags-of-1-1-to-1-4.ts';
import { TAGS_OF_2_0_TO_3_0 } from './tables/tags-of-2-0-to-3-0.ts';
import { isInSpan, type Version } from './versions.ts';

export const TAGS = {
  ...TAGS_OF_1_0,
  ...TAGS_OF_1_1_TO_1_4,
  ...TAGS_OF_2_0_TO_3_0,
} as const satisfies Readonly<Record<string, TagRow>>;

/** A tag of the specification by its normalised name. */
export type TagName = keyof typeof TAGS;

type TypesIn<Row> = Row extends readonly [unknown, unknown, unknown, ...infer Types] ? Types[number] : never;

/** The tags whose value may have the type. */
export type TagsOf<Type extends ItemType> = {
  [Name in TagName]: Type extends TypesIn<(typeof TAGS)[Name]> ? Name : never;
}[TagName];

const NAMES_BY_CODE: ReadonlyMap<number, TagName> = new Map(
  tableKeys<TagName>(TAGS).map(name => [TAGS[name][0], name]),
);

export function tagName(code: number): TagName | undefined {
  return NAMES_BY_CODE.get(code);
}

/** Asked for with every field of every message, which a map answers several times as fast as the table. */
const CODES_BY_NAME: ReadonlyMap<string, number> = new Map(
  tableKeys<TagName>(TAGS).map(name => [name, TAGS[name][0]]),
);

/** A number is a tag already: an extension's. */
export function tagCode(tag: TagName | number): number {
  return typeof tag === 'number' ? tag : must(CODES_BY_NAME.get(tag), 'every name of a tag has a code');
}

/** The name where the specification has one, else `0x54002A`. */
export function tagLabel(code: number): string {
  return NAMES_BY_CODE.get(code) ?? `0x${code.toString(16).toUpperCase().padStart(6, '0')}`;
}

/** Whether items may carry the tag: those of the specification's range, known or not, and extensions (KMIP 2.1 section 11.56). */
export function isTagInRange(code: number): boolean {
  return (code > 0x420000 && code <= 0x42ffff) || (code >= 0x540000 && code <= 0x54ffff);
}

export function isTagName(text: string): text is TagName {
  return CODES_BY_NAME.has(text);
}

export function isTagIn(version: Version, tag: TagName): boolean {
  return isInSpan(TAGS[tag][2], version);
}

/** The name of an attribute in 1.x, where attributes are named by text: `Cryptographic Usage Mask`. */
export function attributeText(tag: TagName): string {
  return TAGS[tag][1];
}

const NAMES_BY_TEXT: ReadonlyMap<string, TagName> = new Map(
  tableKeys<TagName>(TAGS).map(name => [attributeText(name), name]),
);

const ATTRIBUTE_TEXT_LENGTH_MAX = 64;

/** The tag of an attribute that 1.x names by text, however it is spaced; undefined for a name of somebody's own. */
export function attributeTag(text: string): TagName | undefined {
  const printed = NAMES_BY_TEXT.get(text);
  if (printed !== undefined || text.length > ATTRIBUTE_TEXT_LENGTH_MAX) return printed;
  const name = normalizeName(text);
  return isTagName(name) ? name : undefined;
}
