// An answer as lines that can be compared: every field in its order with its type and value, but for what has to differ.

import { hex } from '../../../../src/base/bytes.ts';
import {
  attributeTag,
  type TagName,
  type TtlvItem,
  tagLabel,
  tagName,
  type Version,
} from '../../../../src/wire/ttlv/index.ts';

export interface Shown {
  /** What an identifier is called; undefined of an object that only one side has. */
  called(id: string): string | undefined;
  readonly isRandom: boolean;
  readonly version: Version;
}

/** Each server's own to say (KMIP 1.4 profiles, section 4.1.1). */
const FREE: ReadonlySet<string> = new Set(['ResultMessage', 'TimeStamp', 'VendorIdentification']);

/** What an answer may have besides (the same section). */
const MAY_BE_MORE: ReadonlySet<string> = new Set(['LocatedItems', 'ServerInformation']);

/** Told by the outcome. */
const OUTCOME: ReadonlySet<string> = new Set(['ResultStatus', 'ResultReason']);

/** The attributes that PyKMIP's server tells. Every other one is told here alone, and is not compared. */
const HELD_THERE: ReadonlySet<TagName | undefined> = new Set([
  'UniqueIdentifier',
  'Name',
  'ObjectType',
  'CryptographicAlgorithm',
  'CryptographicLength',
  'CertificateType',
  'OperationPolicyName',
  'CryptographicUsageMask',
  'State',
  'InitialDate',
  'ObjectGroup',
  'ApplicationSpecificInformation',
  'Sensitive',
]);

/** An instant of the test itself. */
const NOW_SECONDS = 600;

export function linesOf(message: TtlvItem, shown: Shown): readonly string[] {
  return message.children.flatMap(child => lines(child, shown, ''));
}

function lines(item: TtlvItem, shown: Shown, indent: string, parent = ''): readonly string[] {
  const label = tagLabel(item.tag);
  if (OUTCOME.has(label) || MAY_BE_MORE.has(label) || isAttributeOfOurs(item, parent)) return [];
  if (FREE.has(label)) return [`${indent}${label}`];
  if (item.type === 'Structure') {
    // An attribute is one line: its value stands with its name.
    if (label === 'Attribute') return [`${indent}${flat(item, shown)}`];
    const inner = item.children.flatMap(child => lines(child, shown, `${indent}  `, label));
    return [`${indent}${label}`, ...(isFound(item) ? inner.toSorted() : inner)];
  }
  const value = shownValue(item, shown);
  return value === undefined ? [] : [`${indent}${label} ${value}`];
}

/** From 1.1 on the first index may be left out. */
function isFirstIndex(item: TtlvItem, { version }: Shown): boolean {
  return version > '1.0' && item.name === 'AttributeIndex' && item.int32 === 0;
}

/** What Locate finds has an order of seconds, and these objects have been made within one. */
function isFound({ children }: TtlvItem): boolean {
  return children.every(({ name }) => name === 'UniqueIdentifier' || name === 'LocatedItems');
}

function isAttributeOfOurs(item: TtlvItem, parent: string): boolean {
  if (parent === 'Attributes') return !HELD_THERE.has(item.name);
  if (item.name === 'AttributeName') return !HELD_THERE.has(attributeTag(item.text));
  if (item.name === 'AttributeReference' && item.type === 'Enumeration')
    return !HELD_THERE.has(tagName(item.uint32));
  if (item.name !== 'Attribute') return false;
  const [name] = item.children;
  return name !== undefined && isAttributeOfOurs(name, 'Attribute');
}

function flat(item: TtlvItem, shown: Shown): string {
  if (item.type !== 'Structure') return `${tagLabel(item.tag)} ${shownValue(item, shown)}`;
  const told = item.children.filter(child => !isFirstIndex(child, shown));
  return `${tagLabel(item.tag)} { ${told.map(child => flat(child, shown)).join(', ')} }`;
}

/** Of DER two keys of one kind have not always the same length. */
function sizeOf({ length }: TtlvItem): string {
  return length > DER_MIN ? 'DER' : `${length} bytes`;
}

const DER_MIN = 256;

/** Undefined of an identifier that nobody knows. */
function shownValue(item: TtlvItem, { called, isRandom }: Shown): string | undefined {
  const label = tagLabel(item.tag);
  switch (item.type) {
    case 'TextString':
      if (label.endsWith('UniqueIdentifier')) return called(item.text);
      return JSON.stringify(called(item.text) ?? item.text);
    case 'ByteString':
      return isRandom ? sizeOf(item) : hex(item.content);
    case 'DateTime': {
      const isNow = Math.abs(Number(item.int64) - Date.now() / 1000) < NOW_SECONDS;
      return isNow ? 'now' : `${item.int64} s`;
    }
    case 'Integer':
      return String(item.int32);
    case 'Boolean':
      return String(item.int64 === 1n);
    case 'Enumeration':
      return `0x${item.uint32.toString(16)}`;
    default:
      return `${item.type} ${hex(item.content)}`;
  }
}
