// Reads TTLV (KMIP 2.1 section 10.1; 1.x section 9.1) from a stranger: all of it is checked before anything is handed out, in time linear
// in its bytes. What is checked: every length fits its parent and its type, types and ranges of tags are defined, booleans are 0 or 1,
// texts are UTF-8, and nothing follows the message. Padding may be anything, as some clients write it, and is zero once it is read.

import { isUtf8 } from 'node:buffer';
import type { Bytes } from '../../base/bytes.ts';
import { HEAD_BYTES, paddedLength, TtlvItem, type TtlvSource } from './item.ts';
import { ITEM_TYPES, type ItemType, itemTypeOf } from './item-types.ts';
import { DEFAULT_TTLV_LIMITS, type TtlvLimits } from './limits.ts';
import { TtlvRefusal } from './refusal.ts';
import { isTagInRange, tagLabel } from './tags.ts';

const STRUCTURE_CODE = ITEM_TYPES.Structure.code;

/**
 * How many bytes the next message on a stream has, once eight of them are there; undefined before. Nothing else need be buffered to refuse
 * a message that is too long. Throws {@link TtlvRefusal} where no structure of the specification begins.
 */
export function messageLength(bytes: Bytes, limits: TtlvLimits = DEFAULT_TTLV_LIMITS): number | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
  const head = view.getUint32(0);
  const length = view.getUint32(4);
  if (head >>> 24 !== 0x42 || (head & 0xff) !== STRUCTURE_CODE)
    throw new TtlvRefusal('malformed', '', 'a message must be a Structure of the specification');
  if (length > limits.bytesMax - HEAD_BYTES) throw tooLarge(limits);
  if (length % 8 !== 0)
    throw new TtlvRefusal('malformed', '', 'the length of a Structure must be a multiple of eight');
  return HEAD_BYTES + length;
}

/**
 * Reads exactly one item, which fills the bytes. Throws {@link TtlvRefusal} and nothing else. The view stays on the bytes given, whose padding is
 * zero afterwards.
 */
export function readTtlv(bytes: Bytes, limits: TtlvLimits = DEFAULT_TTLV_LIMITS): TtlvItem {
  if (bytes.length > limits.bytesMax) throw tooLarge(limits);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return new BinaryReader({ bytes, view }, limits).readMessage();
}

function tooLarge(limits: TtlvLimits): TtlvRefusal {
  return new TtlvRefusal('tooLarge', '', `a message must have at most ${limits.bytesMax} bytes`);
}

class BinaryReader {
  readonly #source: TtlvSource;
  readonly #limits: TtlvLimits;
  #items = 0;

  constructor(source: TtlvSource, limits: TtlvLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  readMessage(): TtlvItem {
    const end = this.#source.bytes.length;
    const message = this.#readItem(0, end, undefined, [], 1);
    if (this.#endOf(message, 0) !== end)
      throw new TtlvRefusal('malformed', '', 'nothing may follow the message');
    return message;
  }

  /** The item at the offset, which must end at or before `end`, added to its siblings. `depth` counts the item itself. */
  #readItem(
    at: number,
    end: number,
    parent: TtlvItem | undefined,
    siblings: TtlvItem[],
    depth: number,
  ): TtlvItem {
    if (end - at < HEAD_BYTES) throw malformed(parent, 'ends within the head of an item');
    this.#items += 1;
    const { itemsMax, depthMax } = this.#limits;
    if (this.#items > itemsMax)
      throw new TtlvRefusal('tooManyItems', '', `a message must have at most ${itemsMax} items`);
    if (depth > depthMax)
      throw new TtlvRefusal('tooDeep', '', `structures must be nested at most ${depthMax} deep`);

    const head = this.#source.view.getUint32(at);
    if (!isTagInRange(head >>> 8))
      throw malformed(parent, 'has an item whose tag is out of the defined ranges');
    const type = itemTypeOf(head & 0xff);
    if (type === undefined) throw malformed(parent, `has a ${tagLabel(head >>> 8)} of an unknown type`);
    const children: TtlvItem[] = [];
    const item = new TtlvItem(this.#source, at, type, parent, children);
    siblings.push(item);
    if (item.length > end - at - HEAD_BYTES) throw malformed(item, 'has a length beyond its surroundings');
    const itemEnd = this.#endOf(item, at);
    if (itemEnd > end) throw malformed(item, 'lacks its padding');
    if (type === 'Structure') this.#readChildren(item, children, at + HEAD_BYTES, itemEnd, depth + 1);
    else this.#checkValue(item, type, at + HEAD_BYTES, itemEnd);
    return item;
  }

  #readChildren(parent: TtlvItem, children: TtlvItem[], start: number, end: number, depth: number): void {
    if (parent.length % 8 !== 0) throw malformed(parent, 'must have a length that is a multiple of eight');
    for (let at = start; at < end; ) {
      at = this.#endOf(this.#readItem(at, end, parent, children, depth), at);
    }
  }

  #checkValue(item: TtlvItem, type: ItemType, start: number, end: number): void {
    const { length } = ITEM_TYPES[type];
    if (length === 'eights') {
      if (item.length === 0 || item.length % 8 !== 0)
        throw malformed(item, 'must have a length that is a positive multiple of eight');
    } else if (length !== 'any' && item.length !== length) {
      throw malformed(item, `must have a length of ${length} bytes`);
    }
    // What strangers leave behind their values is kept by nobody.
    this.#source.bytes.fill(0, start + item.length, end);
    if (type === 'Boolean' && item.int64 !== 0n && item.int64 !== 1n) throw malformed(item, 'must be 0 or 1');
    if (isText(type) && !isUtf8(item.content)) throw malformed(item, 'must be well-formed UTF-8');
  }

  #endOf(item: TtlvItem, at: number): number {
    return at + HEAD_BYTES + paddedLength(item.length);
  }
}

function isText(type: ItemType): boolean {
  return type === 'TextString' || type === 'Identifier' || type === 'Reference' || type === 'NameReference';
}

function malformed(at: TtlvItem | undefined, rule: string): TtlvRefusal {
  return new TtlvRefusal('malformed', at?.path ?? '', at === undefined ? `the message ${rule}` : rule);
}
