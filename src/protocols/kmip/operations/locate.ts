// Locate: the objects whose attributes match, newest first (KMIP 1.4 section 4.9, 2.1 section 6.1.27). A filter is never passed over: what
// cannot be matched is refused, or matches nothing.

import type { SoughtState } from '../../../domain/key-state.ts';
import { bitsOf, make, read, StructureReader, type ValueName } from '../../../wire/ttlv/index.ts';
import { matches, type Sought } from '../attributes/match.ts';
import { type GivenValue, readFilters } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { withIdentifier } from '../identifier.ts';
import { identifierField } from '../identifier-form.ts';
import { newMember } from '../objects/default-group.ts';
import { findNamed } from '../objects/find.ts';
import { isFresh } from '../objects/fresh.ts';
import type { ManagedObject } from '../objects/object.ts';
import { operation } from '../operation.ts';
import type { KmipRequest } from '../request.ts';
import { type ObjectPage, walkObjects } from './locate-walk.ts';

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
  decode(payload, request) {
    const { version } = request;
    const itemsMax = payload.optional('MaximumItems', read.integer);
    const offset = payload.optional('OffsetItems', read.integer);
    const storage = bitsOf(
      'StorageStatusMask',
      payload.optional('StorageStatusMask', read.integer) ?? ON_LINE,
    );
    const classes = version < '3.0' ? undefined : payload.optional('ObjectClassMask', read.integer);
    const isOfUsers = ((classes ?? USER) & USER) !== 0;
    const member = payload.optional('ObjectGroupMember', read.enumeration('ObjectGroupMember'));
    // Some clients of 2.0 leave out Attributes that would be empty.
    const filters = readFilters(payload, version).map(filter => withIdentifier(request, filter));
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
      isOnLine: isOfUsers && storage.names.includes('OnLineStorage'),
      isArchived: isOfUsers && storage.names.includes('ArchivalStorage'),
      isDestroyed: isOfUsers && storage.names.includes('DestroyedStorage'),
    };
  },

  async run(request, wanted) {
    const { matching, isWhole } = await look(request, wanted);
    const members = membersOf(matching, wanted.member).map(({ key }) => key.id);
    const made =
      members.length === 0 && wanted.member === 'GroupMemberFresh' && wanted.isOnLine && wanted.offset === 0
        ? await newMember(request, wanted.sought)
        : undefined;
    const found = made === undefined ? members : [made];
    const end = wanted.itemsMax === undefined ? undefined : wanted.offset + wanted.itemsMax;
    const shown = found.slice(wanted.offset, end);
    const [only, ...others] = shown;
    request.memory.placeholder = others.length === 0 ? only : undefined;
    request.memory.answered.push({ operation: 'Locate', ids: shown });
    return [
      wanted.tellsTotal && isWhole && found.length > 0
        ? make.integer('LocatedItems', found.length)
        : undefined,
      ...shown.map(id => identifierField(request.version, 'UniqueIdentifier', id)),
    ];
  },
});

const ON_LINE = 0x01;
/** Of Object Class (3.0): what the server keeps for itself is found by nobody. */
const USER = 0x01;

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

interface Look {
  /** Newest first. */
  readonly matching: readonly ManagedObject[];
  /** Whether there are no others: else so many are there that more need not be looked at. */
  readonly isWhole: boolean;
}

async function look(request: KmipRequest, wanted: Wanted): Promise<Look> {
  const { member, itemsMax, offset, sought } = wanted;
  const enough =
    itemsMax === undefined || member !== undefined ? Number.POSITIVE_INFINITY : offset + itemsMax;
  const matching: ManagedObject[] = [];
  for await (const { objects, isLast } of candidates(request, wanted, enough)) {
    matching.push(...objects.filter(object => isStored(object, wanted) && matches(object, sought)));
    if (!isLast && matching.length >= enough) return { matching, isWhole: false };
  }
  return { matching, isWhole: true };
}

/** What a look at one name, or at the project's list, may show. */
async function* candidates(
  request: KmipRequest,
  { sought, isOnLine, isArchived, isDestroyed }: Wanted,
  enough: number,
): AsyncGenerator<ObjectPage, void, void> {
  const [name] = sought.get('Name') ?? [];
  const text = name && new StructureReader(name.item).optional('NameValue', read.textString);
  if (text !== undefined && !isDestroyed) {
    const object = await findNamed(request, text);
    yield { objects: object === undefined ? [] : [object], isLast: true };
    return;
  }
  const states: readonly SoughtState[] = [
    ...(isOnLine || isArchived ? KEPT_STATES : []),
    ...(isDestroyed ? (['destroyed'] as const) : []),
  ];
  if (states.length > 0) yield* walkObjects(request, states, sought, enough);
}

const KEPT_STATES: readonly SoughtState[] = [
  'preActive',
  'active',
  'suspended',
  'deactivated',
  'compromised',
  'pendingDestruction',
];
