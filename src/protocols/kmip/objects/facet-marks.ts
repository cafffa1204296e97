// By what the store finds an object: its kind, which is its facts and the attributes that it has, and marks of those values that tell objects
// apart. Both are made of its facet, whenever that is written. What was kept before there were marks is marked by
// src/store/migrations/0006-key-marks.ts, in the same form.

import { base64, decodeBase64 } from '../../../base/bytes.ts';
import type { FacetDocument, FacetMarks } from '../../../domain/facet.ts';
import { make, readTtlv, type TtlvItem, tagLabel, writeTtlv } from '../../../wire/ttlv/index.ts';
import { type AttributeName, isStandard } from '../attributes/table.ts';

const OURS = 'kmip/';

/** Facts that are numbers, in the order in which they stand in a kind. */
const FACTS = [
  'objectType',
  'algorithm',
  'length',
  'usageMask',
  'keyFormat',
  'certificateType',
  'opaqueDataType',
] as const;
export type MarkedFact = (typeof FACTS)[number];

/** Attributes that name objects, describe them, and put them together; those of vendors are as well. */
const MARKED: ReadonlySet<AttributeName> = new Set<AttributeName>([
  'ObjectGroup',
  'ApplicationSpecificInformation',
  'ContactInformation',
  'AlternativeName',
  'KeyValueLocation',
  'Description',
  'Comment',
  'PKCS_12FriendlyName',
  'RotateName',
]);

export function isMarked(name: AttributeName): boolean {
  return MARKED.has(name) || !isStandard(name);
}

/** What a kind says. */
export interface ObjectKind {
  readonly facts: Readonly<Record<MarkedFact, number | undefined>>;
  /** Of those without marks; Fresh where it is true. Undefined: that was not told. */
  readonly attributes: ReadonlySet<string> | undefined;
}

/** Undefined for the kind of a key that is no object by its facet. */
export function readKind(kind: string): ObjectKind | undefined {
  if (!kind.startsWith(OURS)) return undefined;
  const parts = kind.slice(OURS.length).split('/');
  const fact = (at: number) => (parts[at] ? Number(parts[at]) : undefined);
  const facts = Object.fromEntries(FACTS.map((name, at) => [name, fact(at)])) as ObjectKind['facts'];
  const attributes = parts[FACTS.length] ?? '';
  return { facts, attributes: attributes === '*' ? undefined : new Set(attributes.split(',')) };
}

/** More values are not told apart. */
const VALUES_MAX = 100;

export function marksOf(document: FacetDocument): FacetMarks {
  const attributes = Object.keys(document).flatMap(name => {
    const values = valuesOf(document[name]);
    return values === undefined ? [] : [{ name: name as AttributeName, values }];
  });
  const marked = attributes.filter(({ name }) => isMarked(name));
  const values = marked.flatMap(attribute => attribute.values.map(value => [attribute.name, value] as const));
  const marks =
    values.length <= VALUES_MAX
      ? values.flatMap(([name, value]) => marksOfStored(name, value))
      : marked.map(({ name }) => markOfAny(name));
  return { kind: kindOf(document, attributes), marks: [...new Set(marks)] };
}

interface KeptAttribute {
  readonly name: AttributeName;
  readonly values: readonly string[];
}

/** As attributeToKeep of facet.ts has put them; undefined for what is no attribute. */
function valuesOf(stored: FacetDocument[string]): readonly string[] | undefined {
  if (!Array.isArray(stored)) return undefined;
  return stored.map(({ v }: { readonly v?: unknown }) => (typeof v === 'string' ? v : ''));
}

function kindOf(document: FacetDocument, attributes: readonly KeptAttribute[]): string | undefined {
  if (document.objectType === undefined) return undefined;
  const facts = FACTS.map(name => document[name] ?? '');
  const unmarked = attributes
    .filter(({ name, values }) => !isMarked(name) && (name !== 'Fresh' || values.includes(IS_FRESH)))
    .map(({ name }) => name)
    .toSorted();
  return `${OURS}${facts.join('/')}/${unmarked.join(',')}`;
}

const IS_FRESH = base64(writeTtlv(make.boolean('Fresh', true)));

/** Told by the text of the value, which the server alone writes: it is asked of whatever is given out. */
export function isFreshBy({ Fresh }: FacetDocument): boolean {
  return valuesOf(Fresh)?.includes(IS_FRESH) === true;
}

/** The type of an item stands behind its tag: 01 is a structure. */
const STRUCTURE = 'AQ';

function marksOfStored(name: AttributeName, value: string): readonly string[] {
  if (value.slice(4, 6) !== STRUCTURE) return [mark(name, value)];
  const bytes = decodeBase64(value);
  return bytes === undefined ? [] : marksOfValue(name, readTtlv(bytes));
}

/** What an object is marked with that has the value, or for a structure all of its fields. */
export function marksOfValue(name: AttributeName, item: TtlvItem): readonly string[] {
  return item.type === 'Structure'
    ? item.children.flatMap(field => marksOfField(`${name}.${tagLabel(field.tag)}`, field))
    : [mark(name, base64(writeTtlv(make.copy(item))))];
}

function marksOfField(path: string, field: TtlvItem): readonly string[] {
  return field.type === 'Structure'
    ? field.children.flatMap(inner => marksOfField(`${path}.${tagLabel(inner.tag)}`, inner))
    : [mark(path, base64(writeTtlv(make.copy(field))))];
}

/** Of an attribute whose values are not told apart. */
export function markOfAny(name: AttributeName): string {
  return mark(name, '*');
}

/** Values that begin alike share a mark. */
const VALUE_CHARACTERS_MAX = 96;

function mark(path: string, value: string): string {
  return `${OURS}${path}=${value.slice(0, VALUE_CHARACTERS_MAX)}`;
}
