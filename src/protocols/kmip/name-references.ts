// Objects that 3.0 names by their Name, where an identifier stands or a link leads to: a Name Reference is looked up before the payload is read, so that nothing
// behind this knows it. A Name that the caller may not see is that of no object.

import { type ItemType, TAGS, type TtlvItem, tagName, viewOf } from '../../wire/ttlv/index.ts';
import { dialectOf } from './dialects.ts';
import { refusal } from './faults.ts';
import { findNamed } from './objects/find.ts';
import type { KmipRequest } from './request.ts';

/** Each costs a look at the store and an entry in the log. */
const NAMES_MAX = 32;

/** The payload with identifiers in the place of names. Throws `objectNotFound`, and `invalidField` for too many. */
export async function withNamedObjects(request: KmipRequest, payload: TtlvItem): Promise<TtlvItem> {
  if (dialectOf(request.version).identifiers !== 'Identifier') return payload;
  const names = new Set(namesIn(payload));
  if (names.size > NAMES_MAX)
    throw refusal('invalidField', `A request names at most ${NAMES_MAX} objects by their Name.`);
  const ids = new Map<string, string>();
  for (const name of names) {
    const object = await findNamed(request, name);
    if (object === undefined) throw refusal('objectNotFound');
    ids.set(name, object.key.id);
  }
  return ids.size === 0 ? payload : named(payload, ids);
}

function namesIn(item: TtlvItem): readonly string[] {
  return referringType(item) === undefined ? item.children.flatMap(namesIn) : [item.text];
}

function named(item: TtlvItem, ids: ReadonlyMap<string, string>): TtlvItem {
  const type = referringType(item);
  if (type !== undefined) return viewOf({ type, tag: item.tag, value: ids.get(item.text) ?? '' });
  return item.type === 'Structure' ? item.withChildren(item.children.map(child => named(child, ids))) : item;
}

/** The type that the field has with an identifier in the place of a name; undefined for what is none, or is a name by itself, as that of a group. */
function referringType({ type, tag }: TtlvItem): Referring | undefined {
  const name = tagName(tag);
  if (type !== 'NameReference' || name === undefined) return undefined;
  const [, , , ...types] = TAGS[name];
  // The value of a vendor's attribute may be of any type, and is nobody's link.
  if ((types as readonly ItemType[]).includes(type)) return undefined;
  return (types as readonly ItemType[]).find(isReferring);
}

type Referring = 'Identifier' | 'Reference';

function isReferring(type: ItemType): type is Referring {
  return type === 'Identifier' || type === 'Reference';
}
