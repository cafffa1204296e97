// Get: the object with its material, in the clear, wrapped under another key, or wrapped as it was registered.

import {
  make,
  read,
  type StructureReader,
  type TtlvField,
  type ValueName,
} from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { answered, readIdentifier } from '../identifier.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { formatIn } from '../objects/forms/formats.ts';
import { noteServed } from '../objects/fresh.ts';
import { readCompression } from '../objects/key-block.ts';
import type { KeyFormat, ManagedObject } from '../objects/object.ts';
import { objectOf, releaseObject } from '../objects/release.ts';
import { requirePresent, writeElsewhere, writeObject } from '../objects/write-object.ts';
import { operation } from '../operation.ts';
import { writeAsBundle } from '../pkcs-12/bundle.ts';
import { disclosed, disclosing, type KmipRequest, perform } from '../request.ts';
import { writeAsRegistered } from '../wrapping/as-registered.ts';
import { specificationReader, type WrappingSpecification } from '../wrapping/specification.ts';
import { wrapObject } from '../wrapping/wrap-object.ts';

/** In which form an object is asked for. */
export interface AskedForm {
  readonly format: KeyFormat | undefined;
  readonly wrapType: ValueName<'KeyWrapType'> | undefined;
  readonly specification: WrappingSpecification | undefined;
}

export function readAskedForm(payload: StructureReader, request: KmipRequest): AskedForm {
  const format = payload.optional('KeyFormatType', read.enumeration('KeyFormatType'));
  const wrapType = payload.optional('KeyWrapType', read.enumeration('KeyWrapType'));
  readCompression(payload);
  const specification = payload.optional('KeyWrappingSpecification', specificationReader(request));
  if (specification !== undefined && wrapType === 'AsRegistered')
    throw refusal('invalidField', 'What is wrapped as registered is not wrapped anew.');
  return { format, wrapType, specification };
}

export const GET = operation({
  decode: (payload, request) => ({
    id: readIdentifier(payload, request),
    asked: readAskedForm(payload, request),
  }),

  async run(request, { id, asked }) {
    const { object, field } = await takeOut(request, id, asked);
    // Fresh is what no Get has served; an export makes no difference (KMIP 2.1 section 4.22).
    await noteServed(request, object);
    return [make.enumeration('ObjectType', object.facts.objectType), answered(request, 'Get', id), field];
  },
});

interface TakenOut {
  readonly object: ManagedObject;
  readonly field: TtlvField;
}

/** The object, and how it stands in the answer. Throws by what may leave, in which form and state. */
export async function takeOut(
  request: KmipRequest,
  id: string,
  { format, wrapType, specification }: AskedForm,
): Promise<TakenOut> {
  if (specification !== undefined) {
    const object = await findObject(request, id);
    requirePresent(object);
    if (isClosed(object)) throw refusal('notOpened');
    return { object, field: await wrapObject(request, object, specification, format) };
  }
  const { of, material, facet } = await perform(request, visible(releaseObject), { key: selectorOf(id) });
  const object = objectOf({ ...of, facet });
  const { facts } = object;
  const held = disclosed(request, material);
  if (facts.isElsewhere) return { object, field: writeElsewhere(facts, format) };
  if (facts.registered !== undefined && wrapType !== 'NotWrapped')
    return { object, field: writeAsRegistered(request.version, facts, facts.registered, held, format) };
  if (isClosed(object)) throw refusal('notOpened');
  if (format === 'PKCS_12') return { object, field: await writeAsBundle(request, id, held) };
  const usual = facts.keyFormat && formatIn(request.version, facts.keyFormat);
  return { object, field: writeObject(facts, format ?? usual, held, disclosing(request)) };
}

/** It came wrapped, and nobody here has opened it. */
function isClosed({ facts: { registered } }: ManagedObject): boolean {
  return registered !== undefined && registered.value === undefined;
}
