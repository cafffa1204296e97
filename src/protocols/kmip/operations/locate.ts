// Locate: the objects whose attributes match, newest first (KMIP 1.4 section 4.9, 2.1 section 6.1.27). A filter is never passed over: what
// cannot be matched is refused, or matches nothing.

import { type FoundKeys, searchKeys } from '../../../core/operations/keys/search-keys.ts';
import type { SoughtState } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { bitsOf, make, read, StructureReader, type ValueName } from '../../../wire/ttlv/index.ts';
import { matches, type Sought } from '../attributes/match.ts';
import { attributeReader, type GivenValue, readAttributesOf } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { hasOwnTags, namespaceOf, PROTOCOL_NAME } from '../names.ts';
import { findNamed } from '../objects/find.ts';
import { isFresh } from '../objects/fresh.ts';
import { type ManagedObject, managedObject } from '../objects/object.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';

interface Wanted {
  readonly member: ValueName<'ObjectGroupMember'> | undefined;
  readonly itemsMax?: number | undefined;
  readonly offset: number;
  readonly tellsTotal: boolean;
  readonly sought: Sought;
  readonly isArchived: boolean;
  readonly isOnLine: boolean;
  readonly isDestroyed: boolean;
}

export const LOCATE = operation<Wanted>({
  decode(payload, { version }) {
    const itemsMax = payload.optional('MaximumItems', read.integer);
    const offset = payload.optional('OffsetItems', read.integer);
    const storage = bitsOf(
      'StorageStatusMask',
      payload.optional('StorageStatusMask', read.integer) ?? ON_LINE,
    );
    const member = payload.optional('ObjectGroupMember', read.enumeration('ObjectGroupMember'));
    // Some clients of 2.0 leave out Attributes that would be empty.
    const filters = hasOwnTags(version)
      ? readAttributesOf(payload, version)
      : // Some clients of 1.0 wrap their filters as if they made an object.
        [...payload.many('Attribute', attributeReader(version)), ...readAttributesOf(payload, version)];
    if ((itemsMax ?? 0) < 0 || (offset ?? 0) < 0)
      throw refusal('invalidField', 'Numbers of items must not be negative.');
    const sought = grouped(filters);
    if (member !== undefined && !sought.has('ObjectGroup'))
      throw refusal('invalidField', 'Object Group Member is of an Object Group, which must be named.');
    return {
      member,
      itemsMax,
      offset: offset ?? 0,
      tellsTotal: offset !== undefined || version >= '1.3',
      sought,
      isOnLine: storage.names.includes('OnLineStorage'),
      isArchived: storage.names.includes('ArchivalStorage'),
      isDestroyed: storage.names.includes('DestroyedStorage'),
    };
  },

  async run(request, wanted) {
    const matching = (await candidates(request, wanted)).filter(
      object => isStored(object, wanted) && matches(object, wanted.sought),
    );
    const found = membersOf(matching, wanted.member);
    const end = wanted.itemsMax === undefined ? undefined : wanted.offset + wanted.itemsMax;
    const shown = found.slice(wanted.offset, end).map(({ key }) => key.id);
    const [only, ...others] = shown;
    request.memory.placeholder = others.length === 0 ? only : undefined;
    request.memory.answered.set('Locate', shown);
    return [
      wanted.tellsTotal && found.length > 0 ? make.integer('LocatedItems', found.length) : undefined,
      ...shown.map(id => make.textString('UniqueIdentifier', id)),
    ];
  },
});

const ON_LINE = 0x01;

function grouped(filters: readonly GivenValue[]): Sought {
  const sought = new Map<GivenValue['name'], GivenValue[]>();
  for (const filter of filters) sought.set(filter.name, [...(sought.get(filter.name) ?? []), filter]);
  return sought;
}

/** Fresh objects are given out in the order in which they came; what a group is represented by is the newest object. */
function membersOf(matching: readonly ManagedObject[], member: Wanted['member']): readonly ManagedObject[] {
  if (member === 'GroupMemberDefault') return matching.slice(0, 1);
  return member === 'GroupMemberFresh' ? matching.filter(isFresh).reverse() : matching;
}

function isStored({ key }: ManagedObject, { isOnLine, isArchived, isDestroyed }: Wanted): boolean {
  if (key.state === 'destroyed') return isDestroyed;
  return key.archivedAt === undefined ? isOnLine : isArchived;
}

/** Those that a look at one name, or at the project's list, may show. Newest first. */
async function candidates(request: KmipRequest, wanted: Wanted): Promise<readonly ManagedObject[]> {
  const [name] = wanted.sought.get('Name') ?? [];
  if (name === undefined || wanted.isDestroyed) return listed(request, wanted);
  const object = await findNamed(request, new StructureReader(name.item).one('NameValue', read.textString));
  return object === undefined ? [] : [object];
}

const KEPT_STATES: readonly SoughtState[] = [
  'preActive',
  'active',
  'suspended',
  'deactivated',
  'compromised',
  'pendingDestruction',
];

async function listed(
  request: KmipRequest,
  { isDestroyed, isOnLine, isArchived }: Wanted,
): Promise<readonly ManagedObject[]> {
  const states: readonly SoughtState[] = [
    ...(isOnLine || isArchived ? KEPT_STATES : []),
    ...(isDestroyed ? (['destroyed'] as const) : []),
  ];
  if (states.length === 0) return [];
  const objects: ManagedObject[] = [];
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const page: FoundKeys = await perform(request, searchKeys, {
      states,
      sort: [{ by: 'createdAt', descending: true }],
      window: { offset, limit: LIMITS.windowItemsMax },
      withFacet: PROTOCOL_NAME,
      withLinks: true,
      withNames: namespaceOf(request.context),
    });
    for (const { key, facet, names, links } of page.items) {
      const object = managedObject(key, facet, names, undefined, links);
      if (object !== undefined) objects.push(object);
    }
    offset = page.next;
  }
  return objects;
}
