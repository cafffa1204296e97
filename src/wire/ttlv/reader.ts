// What takes a value out of an item. The readers themselves are in read.ts.

import type { TtlvItem } from './item.ts';
import type { ItemType } from './item-types.ts';
import { TtlvRefusal } from './refusal.ts';

/** Reads items of some types; `take` is called with an item of one of them and throws {@link TtlvRefusal}. */
export interface Reader<Type extends ItemType, Value> {
  readonly types: readonly Type[];
  readonly take: (item: TtlvItem) => Value;
}

/** Throws {@link TtlvRefusal}. */
export function readItem<Value>(item: TtlvItem, reader: Reader<ItemType, Value>): Value {
  if (!reader.types.includes(item.type))
    throw new TtlvRefusal('wrongType', item.path, `must be ${reader.types.map(withArticle).join(' or ')}`);
  return reader.take(item);
}

function withArticle(type: ItemType): string {
  return `${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type}`;
}
