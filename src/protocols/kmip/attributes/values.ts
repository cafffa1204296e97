// Attribute values as they travel: in 1.x an Attribute that names itself by text, in 2.x each under its own tag (KMIP 1.4 section 2.1.1,
// 2.1 section 4). What is read here fits the table in type and form.

import { equalBytes } from '../../../base/bytes.ts';
import {
  isTagName,
  make,
  read,
  readItem,
  type StructureReader,
  StructureReader as StructureReaderClass,
  TAGS,
  type TagName,
  type TagsOf,
  type TtlvField,
  type TtlvItem,
  type Version,
  viewOf,
  writeTtlv,
} from '../../../wire/ttlv/index.ts';
import { dialectOf } from '../dialects.ts';
import { refusal } from '../faults.ts';
import { hasOwnTags } from '../names.ts';
import { plainValue, structuredValue } from './plain-forms.ts';
import {
  type AttributeName,
  attributeOfText,
  attributeRow,
  type CustomAttribute,
  isAttributeIn,
  isStandard,
  textOfAttribute,
} from './table.ts';

/** A value that a client has sent. */
export interface GivenValue {
  readonly name: AttributeName;
  /** In 1.x, where one was given. */
  readonly index?: number | undefined;
  readonly item: TtlvItem;
  /** By which name it was given, where it is kept under another one. */
  readonly as?: AttributeName | undefined;
}

/** A value that an object has. */
export interface HeldValue {
  readonly name: AttributeName;
  readonly index: number;
  /** Under the attribute's own tag, or as an Attribute Value where it has none. */
  readonly field: TtlvField;
  /** Nobody has said it yet. */
  readonly isDefault?: true;
}

/** The form in which a value is kept and compared. */
export function fieldOf({ name, item }: GivenValue): TtlvField {
  return make.copy(item, isStandard(name) ? name : 'AttributeValue');
}

/** A value of our own, as if a client had sent it. */
export function givenAs(name: AttributeName, field: TtlvField): GivenValue {
  return { name, item: viewOf(field) };
}

/** Whether both are written alike. */
export function isSameField(a: TtlvField, b: TtlvField): boolean {
  return equalBytes(writeTtlv(a), writeTtlv(b));
}

/** The same value, or a structure that has every field of the wanted one, but for the one that is ignored. */
export function isLike(held: TtlvItem, wanted: TtlvItem, ignored?: string): boolean {
  if (held.type !== wanted.type) return false;
  if (held.type !== 'Structure') return equalBytes(held.content, wanted.content);
  return wanted.children
    .filter(({ name }) => name === undefined || name !== ignored)
    .every(field => held.children.some(mine => mine.name === field.name && isLike(mine, field)));
}

/** What a structure of attributes is called in 1.x and in 2.x. */
export interface AttributeTags {
  readonly named: TagsOf<'Structure'>;
  readonly tagged: TagsOf<'Structure'>;
}

const OF_ONE_OBJECT: AttributeTags = { named: 'TemplateAttribute', tagged: 'Attributes' };

/** `whole`: a value of an object, `part`: what Locate looks for in values, whose fields may be left out. */
type Extent = 'whole' | 'part';

/** All attributes that an operation is given for a new object: a Template-Attribute in 1.x, Attributes in 2.x. */
export function readAttributesOf(
  fields: StructureReader,
  version: Version,
  { named, tagged }: AttributeTags = OF_ONE_OBJECT,
  extent: Extent = 'whole',
): readonly GivenValue[] {
  if (hasOwnTags(version)) {
    const given = fields.optional(tagged, read.item);
    return given === undefined ? [] : readTagged(given, version, extent);
  }
  const template = fields.optional(
    named,
    read.structure(inner => inner),
  );
  if (template === undefined) return [];
  const values = template.many('Attribute', attributeReader(version, extent));
  template.refuseOthers();
  return values;
}

/** What Locate looks for: Attribute in 1.x, which some clients of 1.0 wrap as if they made an object; Attributes in 2.x. */
export function readFilters(fields: StructureReader, version: Version): readonly GivenValue[] {
  const single = hasOwnTags(version) ? [] : fields.many('Attribute', attributeReader(version, 'part'));
  return [...single, ...readAttributesOf(fields, version, OF_ONE_OBJECT, 'part')];
}

/** The children of a structure, each an attribute under its own tag. */
export function readTagged(
  structure: TtlvItem,
  version: Version,
  extent: Extent = 'whole',
): readonly GivenValue[] {
  return structure.children.map(child => taggedValue(child, version, extent));
}

function taggedValue(item: TtlvItem, version: Version, extent: Extent): GivenValue {
  const { name } = item;
  if (name === 'Attribute') return readVendorAttribute(item);
  const attribute = name === undefined ? undefined : standardNamed(name, version);
  if (attribute === undefined) throw refusal('invalidAttribute', `${item.path} is no attribute here`);
  if (dialectOf(version).values === 'structured') return checked({ name: attribute, item }, extent);
  return { ...checked(structuredValue(attribute, item), extent), as: attribute };
}

function standardNamed(name: TagName, version: Version): AttributeName | undefined {
  return isStandard(name as AttributeName) && isAttributeIn(version, name as AttributeName)
    ? (name as AttributeName)
    : undefined;
}

function readVendorAttribute(item: TtlvItem): GivenValue {
  const fields = new StructureReaderClass(item);
  const name = customName(
    fields.one('VendorIdentification', read.textString),
    fields.one('AttributeName', read.textString),
  );
  const value = fields.one('AttributeValue', read.item);
  fields.refuseOthers();
  return { name, item: value };
}

const VENDOR = /^[A-Za-z0-9_.]{1,128}$/;
const CUSTOM_NAME_CHARACTERS_MAX = 256;

function customName(vendor: string, name: string): CustomAttribute {
  if (!VENDOR.test(vendor))
    throw refusal('invalidAttribute', 'Vendor Identification has a character that is not allowed.');
  if (name === '' || name.length > CUSTOM_NAME_CHARACTERS_MAX) {
    throw refusal(
      'invalidAttribute',
      `Attribute Name must have 1 to ${CUSTOM_NAME_CHARACTERS_MAX} characters.`,
    );
  }
  return `${vendor}-${name}`;
}

/** An Attribute of 1.x with its value. */
export function attributeReader(version: Version, extent: Extent = 'whole') {
  return read.structure((fields): GivenValue => {
    const name = namedByText(fields.one('AttributeName', read.textString), version);
    const index = fields.optional('AttributeIndex', read.integer);
    if (index !== undefined && index < 0)
      throw refusal('invalidField', 'Attribute Index must not be negative.');
    const item = fields.one('AttributeValue', read.item);
    fields.refuseOthers();
    return checked({ name, index, item }, extent);
  });
}

/** Throws `invalidAttribute` for what no version knows, or this one does not. */
export function namedByText(text: string, version: Version): AttributeName {
  const name = knownByText(text, version);
  if (name === undefined) throw refusal('invalidAttribute', 'An attribute is named that is not known here.');
  return name;
}

/** Undefined for what no version knows, or this one does not. */
export function knownByText(text: string, version: Version): AttributeName | undefined {
  const name = text.length > CUSTOM_NAME_CHARACTERS_MAX ? undefined : attributeOfText(text);
  return name !== undefined && isAttributeIn(version, name) ? name : undefined;
}

/**
 * A structure of attributes, or one that holds such, as another version writes it: what is laid down for a project is for clients of every
 * version.
 */
export function rewritten(item: TtlvItem, from: Version, to: Version): TtlvField {
  if (item.type !== 'Structure' || dialectOf(from).values === dialectOf(to).values) return make.copy(item);
  if (item.name !== 'Attributes' && item.name !== 'ObjectGroups')
    return make.structure(
      item.tag,
      item.children.map(child => rewritten(child, from, to)),
    );
  const values = readTagged(item, from);
  return make.structure(
    item.tag,
    values.map(({ name, item: value }) =>
      writeAttribute(to, { name, index: 0, field: fieldOf({ name, item: value }) }),
    ),
  );
}

/** A reference to an attribute: its tag, or vendor and name (2.x). */
export function readReference(item: TtlvItem, version: Version): AttributeName {
  if (item.type === 'Structure') {
    const fields = new StructureReaderClass(item);
    const vendor = fields.one('VendorIdentification', read.textString);
    const name = customName(vendor, fields.one('AttributeName', read.textString));
    fields.refuseOthers();
    return name;
  }
  const name = readItem(item, read.tag);
  const attribute = standardNamed(name, version);
  if (attribute === undefined) throw refusal('invalidAttribute');
  return attribute;
}

/** Throws for what does not fit the table, and `applicationNamespaceNotSupported` for data that nobody here makes. */
function checked(value: GivenValue, extent: Extent): GivenValue {
  const { name, item } = value;
  if (!isStandard(name)) return value;
  const [, , , ...types] = TAGS[name];
  if (!(types as readonly string[]).includes(item.type)) {
    throw refusal('invalidAttributeValue', `${item.path} is not of the type of ${textOfAttribute(name)}`);
  }
  const { fields } = attributeRow(name);
  if (fields === undefined) return value;
  const structure = new StructureReaderClass(item);
  for (const [tag, need] of Object.entries(fields)) {
    if (!isTagName(tag)) continue;
    const reader = typedReader(tag);
    if (extent === 'part' || need === 'optional') structure.optional(tag as never, reader);
    else if (need === 'made' && !structure.has(tag)) throw refusal('applicationNamespaceNotSupported');
    else structure.one(tag as never, reader);
  }
  structure.refuseOthers();
  return value;
}

/** Takes a field of any type that its tag may have. */
function typedReader(tag: TagName) {
  const [, , , ...types] = TAGS[tag];
  return { types, take: (item: TtlvItem) => item };
}

/**
 * As the version writes it: with its name and index in 1.x, under its own tag in 2.x. The first of several values goes without its index,
 * unless the client has named it by that. Undefined for a value that the version has no word for.
 */
export function writeAttribute(
  version: Version,
  { name, index, field }: HeldValue,
  isNamedByIndex = false,
): TtlvField | undefined {
  if (hasOwnTags(version)) {
    if (isStandard(name)) return standardField(version, name, field);
    const [vendor, text] = splitCustom(name);
    return make.structure('Attribute', [
      make.textString('VendorIdentification', vendor),
      make.textString('AttributeName', text),
      field,
    ]);
  }
  const showsFirst = version === '1.0' || isNamedByIndex;
  const showsIndex = index > 0 || (showsFirst && attributeRow(name).multiple === true);
  return make.structure('Attribute', [
    make.textString('AttributeName', textOfAttribute(name)),
    showsIndex ? make.integer('AttributeIndex', index) : undefined,
    retagged(field),
  ]);
}

function standardField(version: Version, name: AttributeName, field: TtlvField): TtlvField | undefined {
  return dialectOf(version).values === 'plain' ? plainValue(name, field) : field;
}

function retagged(field: TtlvField): TtlvField {
  return { ...field, tag: ATTRIBUTE_VALUE };
}

const ATTRIBUTE_VALUE = TAGS.AttributeValue[0];

/** The name of an attribute as the version writes it where no value is wanted. */
export function writeReference(version: Version, name: AttributeName): TtlvField {
  if (!hasOwnTags(version)) return make.textString('AttributeName', textOfAttribute(name));
  if (isStandard(name)) return make.enumeration('AttributeReference', TAGS[name][0]);
  const [vendor, text] = splitCustom(name);
  return make.structure('AttributeReference', [
    make.textString('VendorIdentification', vendor),
    make.textString('AttributeName', text),
  ]);
}

function splitCustom(name: CustomAttribute): readonly [vendor: string, name: string] {
  const dash = name.indexOf('-');
  return [name.slice(0, dash), name.slice(dash + 1)];
}
