// The type of what identifies an object, which is the version's: a Text String, or from 3.0 on an Identifier.

import {
  make,
  type TagsOf,
  type TtlvField,
  type TtlvItem,
  tagName,
  type Version,
} from '../../wire/ttlv/index.ts';
import { dialectOf } from './dialects.ts';

type IdentifierTag = TagsOf<'Identifier'> & TagsOf<'TextString'>;

export function identifierField(version: Version, tag: IdentifierTag, id: string): TtlvField {
  return dialectOf(version).identifiers === 'Identifier'
    ? make.identifier(tag, id)
    : make.textString(tag, id);
}

const TAGS: ReadonlySet<string> = new Set<IdentifierTag>([
  'UniqueIdentifier',
  'PrivateKeyUniqueIdentifier',
  'PublicKeyUniqueIdentifier',
]);

/** Whether a field of an answer names an object. */
export function isIdentifier({ tag }: TtlvField): boolean {
  return TAGS.has(tagName(tag) ?? '');
}

/** The same field, in which every identifier has the type of the version, whichever it was kept with. */
export function writeIdentifiers(version: Version, field: TtlvField): TtlvField {
  const { identifiers } = dialectOf(version);
  if (field.type === 'Structure')
    return { ...field, fields: field.fields.map(each => writeIdentifiers(version, each)) };
  if (field.type === 'copy') return ofItem(version, field.item, field.tag);
  if ((field.type === 'TextString' || field.type === 'Identifier') && isIdentifier(field))
    return { ...field, type: identifiers };
  return field;
}

function ofItem(version: Version, item: TtlvItem, tag: number): TtlvField {
  if (item.type === 'Structure')
    return { type: 'Structure', tag, fields: item.children.map(child => ofItem(version, child, child.tag)) };
  const isText = item.type === 'TextString' || item.type === 'Identifier';
  const { identifiers } = dialectOf(version);
  return isText && item.type !== identifiers && TAGS.has(tagName(tag) ?? '')
    ? { type: identifiers, tag, value: item.text }
    : make.copy(item, tag);
}
