// The items of a request's batch.

import type { Bytes } from '../../../base/bytes.ts';
import { read, StructureReader, type TtlvItem, type Version } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import type { OperationName } from '../request.ts';
import type { RequestHeader } from './header.ts';

export interface BatchItem {
  readonly operation: OperationName;
  readonly id?: Bytes | undefined;
  readonly payload: TtlvItem;
  /** The output is for later items alone. */
  readonly isEphemeral: boolean;
  /** A message extension that must be understood is not. */
  readonly hasUnknownExtension: boolean;
}

/** Throws TtlvRefusal, and `invalidMessage` for a batch that does not fit its header. */
export function readBatch(
  message: StructureReader,
  { version, batchCount }: RequestHeader,
): readonly BatchItem[] {
  const items = message.many('BatchItem', read.item);
  message.refuseOthers();
  if (items.length === 0 || items.length !== batchCount)
    throw refusal('invalidMessage', 'Batch Count must be the number of Batch Items, and not 0.');
  const batch = items.map(item => readBatchItem(item, version));
  if (batch.length > 1 && batch.some(({ id }) => id === undefined))
    throw refusal('invalidMessage', 'Each of several Batch Items must have a Unique Batch Item ID.');
  return batch;
}

function readBatchItem(item: TtlvItem, version: Version): BatchItem {
  const fields = new StructureReader(item);
  const operation = fields.one('Operation', read.enumeration('Operation'));
  const isEphemeral = version >= '2.0' && (fields.optional('Ephemeral', read.boolean) ?? false);
  const id = fields.optional('UniqueBatchItemID', read.byteString);
  const payload = fields.one('RequestPayload', { types: ['Structure'], take: found => found });
  const extensions = fields.many(
    'MessageExtension',
    read.structure(extension => {
      extension.one('VendorIdentification', read.textString);
      const isCritical = extension.one('CriticalityIndicator', read.boolean);
      extension.one('VendorExtension', read.item);
      extension.refuseOthers();
      return isCritical;
    }),
  );
  fields.refuseOthers();
  return { operation, id, payload, isEphemeral, hasUnknownExtension: extensions.includes(true) };
}
