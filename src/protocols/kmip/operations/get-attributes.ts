// Get Attributes, Get Attribute List.

import { make, read, type StructureReader, type TtlvField } from '../../../wire/ttlv/index.ts';
import { namesHeld, valuesOf } from '../attributes/held.ts';
import { type AttributeName, isAttributeIn } from '../attributes/table.ts';
import { knownByText, readReference, writeAttribute, writeReference } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { answered, readIdentifier } from '../identifier.ts';
import { hasOwnTags } from '../names.ts';
import { findObject } from '../objects/find.ts';
import type { ManagedObject } from '../objects/object.ts';
import { operation } from '../operation.ts';
import type { KmipRequest } from '../request.ts';

export const GET_ATTRIBUTES = operation({
  decode: (payload, request) => ({
    id: readIdentifier(payload, request),
    wanted: readReferences(payload, request),
  }),

  async run(request, { id, wanted }) {
    const object = await findObject(request, id);
    const names = wanted ?? namesHeld(object, request);
    const values = await writeValues(request, object, names);
    return [
      answered(request, 'GetAttributes', id),
      ...(hasOwnTags(request.version) ? [make.structure('Attributes', values)] : values),
    ];
  },
});

export const GET_ATTRIBUTE_LIST = operation({
  decode: (payload, request) => ({ id: readIdentifier(payload, request) }),

  async run(request, { id }) {
    const object = await findObject(request, id);
    const names = namesHeld(object, request).map(name => writeReference(request.version, name));
    return [answered(request, 'GetAttributeList', id), ...names];
  },
});

/** The attributes that a request names, undefined: all. In 1.x one that nobody knows is one that no object has, as any other without a value. */
function readReferences(
  payload: StructureReader,
  { version }: KmipRequest,
): readonly AttributeName[] | undefined {
  const asked = hasOwnTags(version)
    ? payload.many('AttributeReference', read.item).map(item => readReference(item, version))
    : payload.many('AttributeName', read.textString).map(text => knownByText(text, version));
  if (asked.length === 0) return undefined;
  const names = asked.filter(name => name !== undefined);
  if (new Set(names).size < names.length) throw refusal('invalidMessage', 'An attribute is named twice.');
  return names;
}

/** The attributes of these names as they stand in an answer. */
export async function writeValues(
  request: KmipRequest,
  object: ManagedObject,
  names: readonly AttributeName[],
): Promise<readonly TtlvField[]> {
  const { version } = request;
  const fields: TtlvField[] = [];
  for (const name of names.filter(each => isAttributeIn(version, each))) {
    const values = await valuesOf(request, object, name);
    fields.push(...values.flatMap(value => writeAttribute(version, value) ?? []));
  }
  return fields;
}
