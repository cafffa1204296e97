// Reads a message from its JSON encoding (KMIP Additional Message Encodings 1.0 section 4; Profiles 2.1 section 5.5) into TTLV, and looks at
// that. Names that no specification has are refused, never guessed.

import type { Bytes } from '../../base/bytes.ts';
import { isKeyOf } from '../../base/table.ts';
import {
  type JsonObject,
  JsonRefusal,
  type JsonRefusalKind,
  type JsonValue,
  readJson as readJsonText,
} from '../json.ts';
import { digitsOf } from './big-integer.ts';
import type { TtlvItem } from './item.ts';
import { ITEM_TYPES, type ItemType } from './item-types.ts';
import { fieldOfText, VALUE_RULES } from './lexical.ts';
import { DEFAULT_TTLV_LIMITS, type TtlvLimits } from './limits.ts';
import type { TtlvField } from './make.ts';
import { ATTRIBUTE_NAME, FieldMeanings } from './meaning.ts';
import { Place } from './place.ts';
import { TtlvRefusal, type TtlvRefusalKind } from './refusal.ts';
import { isTagInRange, isTagName, type TagName, tagCode } from './tags.ts';
import { viewOf } from './view.ts';

/** An item has four members at most, and a structure an array for its fields. */
const VALUES_PER_ITEM = 6;

/** Throws {@link TtlvRefusal} and nothing else. */
export function readJson(bytes: Bytes, limits: TtlvLimits = DEFAULT_TTLV_LIMITS): TtlvItem {
  return viewOf(new MessageReader(limits).read(parse(bytes, limits), undefined, new FieldMeanings(), 1));
}

const KINDS: Readonly<Record<JsonRefusalKind, TtlvRefusalKind>> = {
  tooLarge: 'tooLarge',
  notUtf8: 'malformed',
  syntax: 'malformed',
  tooDeep: 'tooDeep',
  tooManyMembers: 'tooManyItems',
  duplicateName: 'malformed',
  loneSurrogate: 'malformed',
  inexactNumber: 'outOfRange',
};

function parse(bytes: Bytes, { bytesMax, depthMax, itemsMax }: TtlvLimits): JsonValue {
  try {
    // Each item is an object, and the fields of a structure are in an array besides.
    return readJsonText(bytes, { bytesMax, depthMax: depthMax * 2, membersMax: itemsMax * VALUES_PER_ITEM });
  } catch (thrown) {
    if (!(thrown instanceof JsonRefusal)) throw thrown;
    throw new TtlvRefusal(
      KINDS[thrown.kind],
      '',
      `${thrown.message} It is refused at byte ${thrown.offset}.`,
    );
  }
}

const MEMBERS: readonly string[] = ['tag', 'name', 'type', 'value'];

class MessageReader {
  readonly #limits: TtlvLimits;
  #items = 0;

  constructor(limits: TtlvLimits) {
    this.#limits = limits;
  }

  /** `depth` counts the item itself. */
  read(json: JsonValue, parent: Place | undefined, meanings: FieldMeanings, depth: number): TtlvField {
    this.#items += 1;
    const { itemsMax, depthMax } = this.#limits;
    if (this.#items > itemsMax)
      throw new TtlvRefusal('tooManyItems', '', `a message must have at most ${itemsMax} items`);
    if (depth > depthMax)
      throw new TtlvRefusal('tooDeep', '', `structures must be nested at most ${depthMax} deep`);

    if (!isObject(json) || Object.keys(json).some(name => !MEMBERS.includes(name)))
      throw new TtlvRefusal(
        'malformed',
        parent?.path ?? '',
        'an item must be an object of tag, name, type and value',
      );
    const tag = tagOf(json.tag);
    if (tag === undefined)
      throw new TtlvRefusal(
        'unknownValue',
        parent?.path ?? '',
        'an item must have the name or number of a tag',
      );
    const place = new Place(parent, tag);
    const type = typeOf(json.type, place);
    const meaning = meanings.of(tag);
    if (type === 'Structure') return { tag, type, fields: this.#readFields(json.value, place, depth + 1) };
    const field = fieldOf(tag, type, json.value, meaning);
    if (field === undefined)
      throw new TtlvRefusal(
        type === 'Enumeration' ? 'unknownValue' : 'malformed',
        place.path,
        VALUE_RULES[type],
      );
    if (ATTRIBUTE_NAME === tag && field.type === 'TextString') meanings.nameAttribute(field.value);
    return field;
  }

  /** An empty structure may leave its array out (section 4.1.6.2). */
  #readFields(value: JsonValue | undefined, place: Place, depth: number): readonly TtlvField[] {
    if (value === undefined || value === null) return [];
    if (!isArray(value)) throw new TtlvRefusal('malformed', place.path, 'must have an array of its fields');
    const meanings = new FieldMeanings();
    return value.map(field => this.read(field, place, meanings, depth));
  }
}

const HEX_TAG = /^0x([0-9a-fA-F]{6})$/;

function tagOf(text: JsonValue | undefined): number | undefined {
  if (typeof text !== 'string') return undefined;
  if (isTagName(text)) return tagCode(text);
  const code = Number.parseInt(HEX_TAG.exec(text)?.[1] ?? '', 16);
  return isTagInRange(code) ? code : undefined;
}

function typeOf(text: JsonValue | undefined, place: Place): ItemType {
  if (text === undefined) return 'Structure';
  if (typeof text !== 'string' || !isKeyOf<ItemType>(ITEM_TYPES, text))
    throw new TtlvRefusal('malformed', place.path, 'must have a type of the specification');
  return text;
}

function fieldOf(
  tag: number,
  type: Exclude<ItemType, 'Structure'>,
  value: JsonValue | undefined,
  meaning: TagName | undefined,
): TtlvField | undefined {
  if (typeof value === 'string') return fieldOfText(tag, type, value, meaning, 'json');
  if (typeof value === 'number') return fieldOfNumber(tag, type, value);
  return type === 'Boolean' && typeof value === 'boolean' ? { tag, type, value } : undefined;
}

function fieldOfNumber(tag: number, type: ItemType, value: number): TtlvField | undefined {
  if (!Number.isSafeInteger(value)) return undefined;
  switch (type) {
    case 'Integer':
      return value === (value | 0) ? { tag, type, value } : undefined;
    case 'Enumeration':
    case 'Interval':
      return value === value >>> 0 ? { tag, type, value } : undefined;
    case 'LongInteger':
      return { tag, type, value: BigInt(value) };
    case 'BigInteger':
      return { tag, type, digits: digitsOf(BigInt(value)) };
    default:
      return undefined;
  }
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === 'object' && json !== null && !isArray(json);
}

function isArray(json: JsonValue): json is readonly JsonValue[] {
  return Array.isArray(json);
}
