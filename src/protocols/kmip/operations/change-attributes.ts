// Add, Modify, Delete and Set Attribute. In 1.x the attribute comes back as it is then; in 2.x the identifier alone does.

import { equalBytes } from '../../../base/bytes.ts';
import { read, type StructureReader, type TtlvItem, writeTtlv } from '../../../wire/ttlv/index.ts';
import { addValue, removeValues, replaceValue } from '../attributes/change.ts';
import { heldValues } from '../attributes/held.ts';
import { keptAs } from '../attributes/plain-forms.ts';
import { type AttributeName, attributeRow, isStandard } from '../attributes/table.ts';
import {
  attributeReader,
  fieldOf,
  type GivenValue,
  type HeldValue,
  knownByText,
  readReference,
  readTagged,
  writeAttribute,
} from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { answered, readIdentifier, withIdentifier } from '../identifier.ts';
import { hasOwnTags } from '../names.ts';
import { requireStillAllowed } from '../objects/constraints.ts';
import { findObject } from '../objects/find.ts';
import type { ManagedObject } from '../objects/object.ts';
import { policiesFor } from '../objects/policies.ts';
import { operation, type Payload } from '../operation.ts';
import { inOne, type KmipRequest, type OperationName } from '../request.ts';

export const ADD_ATTRIBUTE = operation({
  decode: (payload, request) => {
    const id = readIdentifier(payload, request);
    const given = readNew(payload, request);
    if (given.index !== undefined)
      throw refusal('invalidField', 'An attribute that is added has no Attribute Index yet.');
    return { id, given };
  },
  run: (request, { id, given }) =>
    changed(request, 'AddAttribute', id, (together, object) => addValue(together, object, given)),
});

export const MODIFY_ATTRIBUTE = operation({
  decode: (payload, request) => ({
    id: readIdentifier(payload, request),
    current: readCurrent(payload, request),
    given: readNew(payload, request),
  }),
  run: (request, { id, current, given }) =>
    changed(
      request,
      'ModifyAttribute',
      id,
      (together, object) => {
        if (!attributeRow(given.name).modify) throw refusal('attributeReadOnly');
        const held = heldValues(object, given.as ?? given.name);
        if (held.length === 0)
          throw refusal(attributeIsGiven(request) ? 'invalidField' : 'attributeNotFound');
        if (current === undefined && held.length > 1 && hasOwnTags(request.version))
          throw refusal('invalidField', 'Current Attribute says which of the values is meant.');
        const old = current === undefined ? atIndex(held, given.index ?? 0) : same(held, current);
        if (old === undefined) throw refusal('attributeInstanceNotFound');
        return replaceValue(together, object, old, given);
      },
      given.index,
    ),
});

function attributeIsGiven({ version }: KmipRequest): boolean {
  return !hasOwnTags(version);
}

export const DELETE_ATTRIBUTE = operation({
  decode: (payload, request) => ({ id: readIdentifier(payload, request), ...readDeleted(payload, request) }),
  run: (request, { id, name, index, current }) =>
    changed(
      request,
      'DeleteAttribute',
      id,
      async (together, object) => {
        if (!attributeRow(name).remove) throw refusal('attributeReadOnly');
        const held = heldValues(object, name);
        if (held.length === 0) throw refusal('attributeNotFound');
        const one = current === undefined ? atIndex(held, index ?? 0) : same(held, current);
        if (one === undefined) throw refusal('attributeInstanceNotFound');
        const all = hasOwnTags(request.version) && current === undefined;
        await removeValues(together, object, keptAs(name), all ? held : [one]);
        return one;
      },
      index,
    ),
});

export const SET_ATTRIBUTE = operation({
  since: '2.0',
  decode: (payload, request) => ({
    id: readIdentifier(payload, request),
    given: readNew(payload, request),
  }),
  async run(request, { id, given }) {
    const { init, modify, multiple } = attributeRow(given.name);
    // One of somebody's own has several values only where it was given several.
    if (multiple && isStandard(given.name)) throw refusal('multiValuedAttribute');
    if (init !== 'client' || !modify) throw refusal('readOnlyAttribute');
    return changed(request, 'SetAttribute', id, (together, object) => {
      const [old, another] = heldValues(object, given.name);
      if (another !== undefined) throw refusal('multiValuedAttribute');
      return old === undefined
        ? addValue(together, object, given)
        : replaceValue(together, object, old, given);
    });
  },
});

/** What describes a destroyed object stays as it is. */
async function findChangeable(request: KmipRequest, id: string): Promise<ManagedObject> {
  const object = await findObject(request, id);
  if (object.key.state === 'destroyed') throw refusal('alreadyDestroyed');
  return object;
}

/** A change by what the object has: what others change at the same time comes before it or behind it. `index`: by which the client has named the value. */
export async function changed(
  request: KmipRequest,
  name: OperationName,
  id: string,
  change: (together: KmipRequest, object: ManagedObject) => Promise<HeldValue>,
  index?: number,
): Promise<Payload> {
  const value = await inOne(request, async together => {
    const changed = await change(together, await findChangeable(together, id));
    const { constraints } = await policiesFor(together);
    if (constraints.length > 0)
      requireStillAllowed(constraints, await findObject(together, id), changed.name);
    return changed;
  });
  const identifier = answered(request, name, id);
  if (hasOwnTags(request.version)) return [identifier];
  return [identifier, writeAttribute(request.version, value, index !== undefined)];
}

function readNew(payload: StructureReader, request: KmipRequest): GivenValue {
  const { version } = request;
  if (!hasOwnTags(version)) return payload.one('Attribute', attributeReader(version));
  return onlyOne(payload.one('NewAttribute', read.item), request);
}

function readCurrent(payload: StructureReader, request: KmipRequest): GivenValue | undefined {
  if (!hasOwnTags(request.version)) return undefined;
  const item = payload.optional('CurrentAttribute', read.item);
  return item === undefined ? undefined : onlyOne(item, request);
}

function onlyOne(item: TtlvItem, request: KmipRequest): GivenValue {
  const [given, ...others] = readTagged(item, request.version);
  if (given === undefined || others.length > 0)
    throw refusal('invalidMessage', `${item.path} must hold one attribute.`);
  return withIdentifier(request, given);
}

interface Deleted {
  readonly name: AttributeName;
  readonly index?: number | undefined;
  readonly current?: GivenValue | undefined;
}

function readDeleted(payload: StructureReader, request: KmipRequest): Deleted {
  const { version } = request;
  if (!hasOwnTags(version)) {
    const name = knownByText(payload.one('AttributeName', read.textString), version);
    if (name === undefined) throw refusal('attributeNotFound');
    return { name, index: payload.optional('AttributeIndex', read.integer) };
  }
  const current = readCurrent(payload, request);
  const reference = payload.optional('AttributeReference', read.item);
  if (current !== undefined) return { name: current.as ?? current.name, current };
  if (reference === undefined)
    throw refusal('missingData', 'Current Attribute or Attribute Reference is required.');
  return { name: readReference(reference, version) };
}

function atIndex(held: readonly HeldValue[], index: number): HeldValue | undefined {
  return held.find(value => value.index === index);
}

function same(held: readonly HeldValue[], current: GivenValue): HeldValue | undefined {
  const wanted = writeTtlv(fieldOf(current));
  return held.find(({ field }) => equalBytes(writeTtlv(field), wanted));
}
