// Get: the object with its material, in the clear.

import { must } from '../../../base/assert.ts';
import type { Bytes } from '../../../base/bytes.ts';
import { readFacet, type WithFacet } from '../../../core/facets.ts';
import type { UseOperation } from '../../../core/operation.ts';
import {
  type ExportedKey,
  type ExportKeyInput,
  exportKey,
} from '../../../core/operations/keys/export-key.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { make, read, type TtlvField } from '../../../wire/ttlv/index.ts';
import { isExtractable, isSensitive } from '../attributes/of-key.ts';
import { refusal } from '../faults.ts';
import { answered, readIdentifier } from '../identifier.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { selectorOf, visible } from '../objects/find.ts';
import { requireFormat, writeKeyBlock } from '../objects/key-block.ts';
import { type KeyFormat, type ManagedObject, managedObject, type ObjectFacts } from '../objects/object.ts';
import { operation } from '../operation.ts';
import { disclosed, perform } from '../request.ts';

export const GET = operation({
  decode(payload, request) {
    const id = readIdentifier(payload, request);
    const format = payload.optional('KeyFormatType', read.enumeration('KeyFormatType'));
    // Nothing is kept wrapped under a client's key here: as registered and not wrapped are the same.
    payload.optional('KeyWrapType', read.enumeration('KeyWrapType'));
    if (payload.has('KeyCompressionType')) throw refusal('keyCompressionTypeNotSupported');
    if (payload.has('KeyWrappingSpecification')) {
      throw refusal('featureNotSupported', 'Keys are not wrapped here yet.');
    }
    return { id, format };
  },

  async run(request, { id, format }) {
    const { of, material, facet } = await perform(request, visible(exportObject), {
      key: selectorOf(id),
      format,
    });
    const object = objectOf({ ...of, facet });
    const bytes = disclosed(request, material);
    return [
      make.enumeration('ObjectType', object.facts.objectType),
      answered(request, 'Get', id),
      writeObject(object.facts, format ?? object.facts.keyFormat ?? 'Raw', bytes),
    ];
  },
});

type ExportedObject = ExportedKey & WithFacet;
type ExportTarget = KeyWithVersion & WithFacet;

/** The core's export, with what this protocol asks of the object before its material is opened. */
const exportObject: UseOperation<ExportObjectInput, ExportTarget, ExportedObject> = {
  name: exportKey.name,
  kind: 'use',
  disclosure: exportKey.disclosure,
  async find(reads, context, input, kms) {
    const target = await exportKey.find(reads, context, input, kms);
    return { ...target, facet: await readFacet(reads, target.key.id, PROTOCOL_NAME) };
  },
  demands: (target, input, context) => exportKey.demands(target, input, context),
  allow(target, input, at) {
    const object = objectOf(target);
    requireReleasable(object);
    if (input.format !== undefined && object.facts.keyFormat !== undefined)
      requireFormat(input.format, object.facts.objectType);
    exportKey.allow?.(target, input, at);
  },
  async run(kms, args) {
    return { ...(await exportKey.run(kms, args)), facet: args.target.facet };
  },
  discard: output => exportKey.discard?.(output),
  record: (input, target) => exportKey.record(input, target, undefined),
};

interface ExportObjectInput extends ExportKeyInput {
  readonly format: KeyFormat | undefined;
}

function objectOf({ key, facet }: ExportTarget): ManagedObject {
  return must(managedObject(key, facet, []), 'a visible key is an object');
}

function requireReleasable(object: ManagedObject): void {
  if (!isExtractable(object)) throw refusal('notExtractable');
  if (isSensitive(object)) throw refusal('sensitive');
  if (!object.key.exportable) throw refusal('notExtractable');
}

function writeObject(facts: ObjectFacts, format: KeyFormat, material: Bytes): TtlvField {
  if (facts.objectType === 'OpaqueObject') {
    return make.structure('OpaqueObject', [
      make.enumeration('OpaqueDataType', facts.opaqueDataType ?? 0),
      make.byteString('OpaqueDataValue', material),
    ]);
  }
  const block = writeKeyBlock(facts, format, material);
  if (facts.objectType === 'SecretData') {
    return make.structure('SecretData', [
      make.enumeration('SecretDataType', facts.secretDataType ?? 0),
      block,
    ]);
  }
  return make.structure('SymmetricKey', [block]);
}
