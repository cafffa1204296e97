// What takes over from an object when it is replaced (Re-key, Re-key Key Pair, Re-certify; KMIP 1.4 section 4.4, 2.1 section 6.1.46):
// its attributes with those of the request in their place, its names, and its dates as they are or shifted by an offset.

import type { Facet, FacetDocument } from '../../../domain/facet.ts';
import { make, read, readItem, type StructureReader, type TtlvField } from '../../../wire/ttlv/index.ts';
import { heldValues } from '../attributes/held.ts';
import { isView } from '../attributes/plain-forms.ts';
import {
  type AttributeName,
  attributeRow,
  STANDARD_ATTRIBUTES,
  type StandardAttribute,
} from '../attributes/table.ts';
import { type GivenValue, givenAs } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { namespaceOf } from '../names.ts';
import type { KmipRequest } from '../request.ts';
import { secondsOf } from '../words.ts';
import { attributeToKeep, facetOf, proven } from './facet.ts';
import type { ManagedObject } from './object.ts';
import { type ObjectPlan, planObject } from './plan.ts';

/** Of the new object alone. */
const NOT_TAKEN_OVER: ReadonlySet<AttributeName> = new Set<AttributeName>([
  'Name',
  'Link',
  'RandomNumberGenerator',
  'OriginalCreationDate',
  'Fresh',
]);

const DATES = ['ActivationDate', 'ProcessStartDate', 'ProtectStopDate', 'DeactivationDate'] as const;
type PlannedDate = (typeof DATES)[number];

/** The Offset of a request, in seconds. */
export function readOffset(payload: StructureReader): number | undefined {
  return payload.optional('Offset', read.interval);
}

export interface ReplacementPlan {
  readonly plan: ObjectPlan;
  /** Names that the old object does not have: those that it has go over by themselves. */
  readonly kept: FacetDocument;
}

/**
 * Throws `invalidMessage` for an offset beside dates, `offsetFromNothing` for one where the object has no Activation Date, and what
 * `planObject` throws.
 */
export async function planReplacement(
  request: KmipRequest,
  object: ManagedObject,
  given: readonly GivenValue[],
  offsetSeconds: number | undefined,
): Promise<ReplacementPlan> {
  const named = new Set(given.map(({ name }) => name));
  if (offsetSeconds !== undefined && DATES.some(date => named.has(date)))
    throw refusal('invalidMessage', 'An Offset says what the dates are: none of them is given beside it.');
  const now = secondsOf(request.kms.clock.now());
  const taken = [...STANDARD_ATTRIBUTES, ...customNames(object)].filter(
    name => !named.has(name) && !isDate(name) && isTakenOver(name),
  );
  const values = [
    ...taken.flatMap(name => valuesOf(object, name)),
    ...plannedDates(object, named, offsetSeconds, now),
    ...given.map(({ name, item }) => ({ name, item })),
  ];
  const { objectType } = object.facts;
  const plan = await planObject(
    request,
    objectType,
    values,
    objectType === 'Certificate' ? 'brought' : 'made',
  );
  const names = [...valuesOf(object, 'Name'), ...given.filter(({ name }) => name === 'Name')];
  const fields = names.map(({ item }, index) => ({ index, field: make.copy(item) }));
  return { plan, kept: { ...plan.kept, ...attributeToKeep('Name', fields), ...rotated(object, now) } };
}

/** Which of a row of replacements the new object is (2.1 sections 4.47 to 4.51). */
function rotated(object: ManagedObject, now: number): FacetDocument {
  const [generation] = valuesOf(object, 'RotateGeneration');
  const before = generation === undefined ? 0 : readItem(generation.item, read.integer);
  return {
    ...only('RotateGeneration', make.integer('RotateGeneration', before + 1)),
    ...only('RotateDate', make.dateTime('RotateDate', now)),
    ...only('RotateLatest', make.boolean('RotateLatest', true)),
  };
}

function only(name: AttributeName, field: TtlvField): FacetDocument {
  return attributeToKeep(name, [{ index: 0, field }]);
}

/** The namespace whose names go over: that of the client who has given them. */
export function namesOf({ context }: KmipRequest, { names: [name] }: ManagedObject): string {
  return name?.namespace ?? namespaceOf(context);
}

/** What is kept of an object whose place is taken. */
export function facetOfReplaced({ context }: KmipRequest, object: ManagedObject): Facet {
  const isPlanned = valuesOf(object, 'RotateAutomatic').length > 0;
  const over = isPlanned ? only('RotateAutomatic', make.boolean('RotateAutomatic', false)) : {};
  const latest = only('RotateLatest', make.boolean('RotateLatest', false));
  return facetOf({ Name: null, ...over, ...latest, ...proven('changedByCredential', context) });
}

function customNames({ facet }: ManagedObject): readonly AttributeName[] {
  return Object.keys(facet).filter(name => name.includes('-')) as AttributeName[];
}

/** What clients set. */
function isTakenOver(name: AttributeName): boolean {
  return attributeRow(name).init === 'client' && !NOT_TAKEN_OVER.has(name) && !isView(name);
}

function isDate(name: AttributeName): name is PlannedDate {
  return DATES.some(date => date === name);
}

function valuesOf(object: ManagedObject, name: AttributeName): readonly GivenValue[] {
  const said = heldValues(object, name).filter(({ isDefault }) => !isDefault);
  return said.map(({ field }) => givenAs(name, field));
}

/**
 * As they are, or with an offset so that the activation is that long after now and the others keep their distance from it. A certificate is not
 * renewed until an end that has passed.
 */
function plannedDates(
  object: ManagedObject,
  named: ReadonlySet<AttributeName>,
  offsetSeconds: number | undefined,
  now: number,
): readonly GivenValue[] {
  const activation = secondsHeld(object, 'ActivationDate');
  if (offsetSeconds !== undefined && activation === undefined) throw refusal('offsetFromNothing');
  const shift = offsetSeconds === undefined ? 0 : now + offsetSeconds - (activation ?? now);
  return DATES.filter(name => !named.has(name)).flatMap(name => {
    const held = secondsHeld(object, name);
    if (held === undefined) return [];
    const seconds = held + shift;
    const isOver = object.facts.objectType === 'Certificate' && name === 'DeactivationDate' && seconds <= now;
    return isOver ? [] : [dateValue(name, seconds)];
  });
}

function secondsHeld(object: ManagedObject, name: PlannedDate): number | undefined {
  const [value] = valuesOf(object, name);
  return value && Number(value.item.int64);
}

function dateValue(name: Extract<StandardAttribute, PlannedDate>, seconds: number): GivenValue {
  return givenAs(name, make.dateTime(name, seconds));
}
