// Reads a message from its XML encoding (KMIP Additional Message Encodings 1.0 section 6; Profiles 2.1 section 5.4) into TTLV, and looks at
// that. Names that no specification has are refused, never guessed.

import type { Bytes } from '../../base/bytes.ts';
import { isKeyOf } from '../../base/table.ts';
import type { TtlvItem } from './item.ts';
import { ITEM_TYPES, type ItemType } from './item-types.ts';
import { fieldOfText, VALUE_RULES } from './lexical.ts';
import { DEFAULT_TTLV_LIMITS, type TtlvLimits } from './limits.ts';
import type { TtlvField } from './make.ts';
import { ATTRIBUTE_NAME, FieldMeanings } from './meaning.ts';
import { Place } from './place.ts';
import { TtlvRefusal } from './refusal.ts';
import { isTagInRange, isTagName, tagCode } from './tags.ts';
import { viewOf } from './view.ts';
import { readXmlDocument, type XmlElement } from './xml-document.ts';

const XML_NAMESPACE = 'urn:oasis:tc:kmip:xmlns';

/** Throws {@link TtlvRefusal} and nothing else. */
export function readXml(bytes: Bytes, limits: TtlvLimits = DEFAULT_TTLV_LIMITS): TtlvItem {
  return viewOf(fieldOfXml(readXmlDocument(bytes, limits)));
}

/** The field of an element that has been read. Throws {@link TtlvRefusal}. */
export function fieldOfXml(root: XmlElement): TtlvField {
  return readElement(root, undefined, new FieldMeanings());
}

function readElement(element: XmlElement, parent: Place | undefined, meanings: FieldMeanings): TtlvField {
  const tag = tagOf(element);
  if (tag === undefined)
    throw new TtlvRefusal('unknownValue', parent?.path ?? '', 'an element must be named by a tag');
  const place = new Place(parent, tag);
  const type = typeOf(element, place);
  checkAttributes(element, type, place);
  const meaning = meanings.of(tag);
  if (type === 'Structure') {
    const inner = new FieldMeanings();
    return { tag, type, fields: element.children.map(child => readElement(child, place, inner)) };
  }
  const text = element.attributes.get('value') ?? '';
  const field = fieldOfText(tag, type, text, meaning, 'xml');
  if (field === undefined)
    throw new TtlvRefusal(
      type === 'Enumeration' ? 'unknownValue' : 'malformed',
      place.path,
      VALUE_RULES[type],
    );
  if (ATTRIBUTE_NAME === tag && type === 'TextString') meanings.nameAttribute(text);
  return field;
}

const HEX_TAG = /^0x([0-9a-fA-F]{6})$/;
/** The encoding's own example of an extension's element. */
const HEX_NAME = /^x([0-9a-fA-F]{6})$/;

function tagOf({ name, attributes }: XmlElement): number | undefined {
  if (isTagName(name) && !attributes.has('tag')) return tagCode(name);
  const text = attributes.get('tag');
  if (name === 'TTLV' && text !== undefined && isTagName(text)) return tagCode(text);
  const digits = name === 'TTLV' ? HEX_TAG.exec(text ?? '')?.[1] : HEX_NAME.exec(name)?.[1];
  const code = Number.parseInt(digits ?? '', 16);
  return isTagInRange(code) ? code : undefined;
}

function typeOf({ attributes }: XmlElement, place: Place): ItemType {
  const type = attributes.get('type') ?? 'Structure';
  if (!isKeyOf<ItemType>(ITEM_TYPES, type))
    throw new TtlvRefusal('malformed', place.path, 'must have a type of the specification');
  return type;
}

const ATTRIBUTES: readonly string[] = ['tag', 'name', 'type', 'value', 'xmlns'];

function checkAttributes({ attributes, children }: XmlElement, type: ItemType, place: Place): void {
  for (const name of attributes.keys()) {
    if (!ATTRIBUTES.includes(name))
      throw new TtlvRefusal('malformed', place.path, 'must have no attributes but those of the encoding');
  }
  if ((attributes.get('xmlns') ?? XML_NAMESPACE) !== XML_NAMESPACE)
    throw new TtlvRefusal('malformed', place.path, `must be in the namespace ${XML_NAMESPACE}`);
  if (attributes.has('value') === (type === 'Structure'))
    throw new TtlvRefusal('malformed', place.path, 'must have a value, unless it is a Structure');
  if (children.length > 0 && type !== 'Structure')
    throw new TtlvRefusal('malformed', place.path, 'must have no fields, unless it is a Structure');
}
