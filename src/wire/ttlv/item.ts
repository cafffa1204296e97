// One item of a message: a view over the bytes of the message, whose value is read from them when it is asked for. Nothing is copied, so
// who wipes the bytes wipes every value of the message but the texts that were read.

import { assert } from '../../base/assert.ts';
import { type Bytes, decodeUtf8 } from '../../base/bytes.ts';
import type { ItemType } from './item-types.ts';
import { type TagName, tagLabel, tagName } from './tags.ts';

/** The head of an item: three bytes of tag, one of type, four of length (KMIP 2.1 section 10.1). */
export const HEAD_BYTES = 8;

/** The bytes of a value with its padding. */
export function paddedLength(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** The bytes that a message was read from. */
export interface TtlvSource {
  readonly bytes: Bytes;
  readonly view: DataView;
}

export class TtlvItem {
  readonly tag: number;
  readonly type: ItemType;
  /** Bytes of the value, padding not counted. */
  readonly length: number;
  /** The items of a structure, in their order; empty for any other type. */
  readonly children: readonly TtlvItem[];
  readonly #source: TtlvSource;
  readonly #at: number;
  readonly #parent: TtlvItem | undefined;
  #childLabels: ReadonlyMap<TtlvItem, string> | undefined;

  /** For the readers of this folder, which have checked what stands at the offset. `children` may be filled afterwards. */
  constructor(
    source: TtlvSource,
    at: number,
    type: ItemType,
    parent: TtlvItem | undefined,
    children: readonly TtlvItem[],
  ) {
    this.tag = source.view.getUint32(at) >>> 8;
    this.type = type;
    this.length = source.view.getUint32(at + 4);
    this.children = children;
    this.#source = source;
    this.#at = at;
    this.#parent = parent;
  }

  /** The name of the tag; undefined for an extension. */
  get name(): TagName | undefined {
    return tagName(this.tag);
  }

  /** Where the item stands: `RequestMessage/BatchItem[0]/Operation`. Of several items of one tag in a structure each has its index. */
  get path(): string {
    const parent = this.#parent;
    return parent === undefined ? tagLabel(this.tag) : `${parent.path}/${parent.#labelOf(this)}`;
  }

  /** The whole item as it was encoded, head and padding included. */
  get encoding(): Bytes {
    return this.#source.bytes.subarray(this.#at, this.#at + HEAD_BYTES + paddedLength(this.length));
  }

  /** The value's bytes: of a Byte String itself, of a text its UTF-8, of a Big Integer two's complement. */
  get content(): Bytes {
    const start = this.#at + HEAD_BYTES;
    return this.#source.bytes.subarray(start, start + this.length);
  }

  /** The same structure with others in the place of its children: its bytes stay those that were read. */
  withChildren(children: readonly TtlvItem[]): TtlvItem {
    return new TtlvItem(this.#source, this.#at, this.type, this.#parent, children);
  }

  /** The text of a Text String or of one of the kinds of reference. */
  get text(): string {
    return decodeUtf8(this.content);
  }

  get int32(): number {
    assert(this.length === 4, 'an item of four bytes is read as four');
    return this.#source.view.getInt32(this.#at + HEAD_BYTES);
  }

  get uint32(): number {
    assert(this.length === 4, 'an item of four bytes is read as four');
    return this.#source.view.getUint32(this.#at + HEAD_BYTES);
  }

  get int64(): bigint {
    assert(this.length === 8, 'an item of eight bytes is read as eight');
    return this.#source.view.getBigInt64(this.#at + HEAD_BYTES);
  }

  /** Labels are made for all children at once: made one by one they would cost the square of their number. */
  #labelOf(child: TtlvItem): string {
    this.#childLabels ??= labelled(this.children);
    return this.#childLabels.get(child) ?? tagLabel(child.tag);
  }
}

function labelled(children: readonly TtlvItem[]): ReadonlyMap<TtlvItem, string> {
  const counts = new Map<number, number>();
  for (const { tag } of children) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const seen = new Map<number, number>();
  const labels = new Map<TtlvItem, string>();
  for (const child of children) {
    const index = seen.get(child.tag) ?? 0;
    seen.set(child.tag, index + 1);
    const isAlone = counts.get(child.tag) === 1;
    labels.set(child, isAlone ? tagLabel(child.tag) : `${tagLabel(child.tag)}[${index}]`);
  }
  return labels;
}
