// Takes a structure apart by the tags of its fields. Every refusal names the field; a field that was not asked for can be refused too.

import type { TtlvItem } from './item.ts';
import type { ItemType } from './item-types.ts';
import { type Reader, readItem } from './reader.ts';
import { TtlvRefusal } from './refusal.ts';
import { type TagName, type TagsOf, tagCode, tagLabel } from './tags.ts';

export class StructureReader {
  readonly item: TtlvItem;
  readonly #asked = new Set<number>();

  /** For an item that is a Structure. */
  constructor(item: TtlvItem) {
    this.item = item;
  }

  /** The field that must be there once. Throws {@link TtlvRefusal}, as all of these do. */
  one<Type extends ItemType, Value>(tag: TagsOf<Type> | number, reader: Reader<Type, Value>): Value {
    const found = this.#single(tag);
    if (found === undefined)
      throw new TtlvRefusal('missing', `${this.item.path}/${tagLabel(tagCode(tag))}`, 'is required');
    return readItem(found, reader);
  }

  /** The field that may be there once. */
  optional<Type extends ItemType, Value>(
    tag: TagsOf<Type> | number,
    reader: Reader<Type, Value>,
  ): Value | undefined {
    const found = this.#single(tag);
    return found === undefined ? undefined : readItem(found, reader);
  }

  /** All fields of the tag, in their order; none is fine. */
  many<Type extends ItemType, Value>(
    tag: TagsOf<Type> | number,
    reader: Reader<Type, Value>,
  ): readonly Value[] {
    const code = this.#ask(tag);
    return this.item.children.filter(child => code === child.tag).map(found => readItem(found, reader));
  }

  has(tag: TagName | number): boolean {
    const code = this.#ask(tag);
    return this.item.children.some(child => code === child.tag);
  }

  /** Throws unless every field of the structure has been asked for: a field that nothing reads would be silently ignored. */
  refuseOthers(): void {
    const other = this.item.children.find(child => !this.#asked.has(child.tag));
    if (other !== undefined)
      throw new TtlvRefusal('unknownField', other.path, 'is not a field of this structure');
  }

  #single(tag: TagName | number): TtlvItem | undefined {
    const code = this.#ask(tag);
    let found: TtlvItem | undefined;
    for (const child of this.item.children) {
      if (code !== child.tag) continue;
      if (found !== undefined) throw new TtlvRefusal('repeated', child.path, 'may occur only once');
      found = child;
    }
    return found;
  }

  #ask(tag: TagName | number): number {
    const code = tagCode(tag);
    this.#asked.add(code);
    return code;
  }
}
