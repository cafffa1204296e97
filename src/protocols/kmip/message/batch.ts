// The items of a request's batch.

import type { Bytes } from '../../../base/bytes.ts';
import {
  type ItemType,
  isTagIn,
  read,
  StructureReader,
  type TagName,
  type TtlvItem,
  TtlvRefusal,
  type ValueName,
  type Version,
  valueName,
} from '../../../wire/ttlv/index.ts';
import { dialectOf } from '../dialects.ts';
import { refusal } from '../faults.ts';
import type { OperationName } from '../request.ts';
import type { RequestHeader } from './header.ts';

export interface BatchItem {
  /** Undefined where nobody here knows it. */
  readonly operation: OperationName | undefined;
  /** The same as its number; undefined where there is none. */
  readonly code: number | undefined;
  readonly id?: Bytes | undefined;
  readonly payload: TtlvItem;
  /** What of its answer is for later items alone; undefined: nothing. */
  readonly ephemeral: ValueName<'Ephemeral'> | undefined;
  /** A message extension that must be understood is not. */
  readonly hasUnknownExtension: boolean;
  /** Why the item cannot be read: nothing but this is answered to it. */
  readonly unreadable?: TtlvRefusal | undefined;
}

/** Throws `invalidMessage` for a batch that does not fit its header; an item that cannot be read fails by itself. */
export function readBatch(
  message: StructureReader,
  { version, batchCount }: RequestHeader,
): readonly BatchItem[] {
  const items = message.many('BatchItem', read.item);
  message.refuseOthers();
  if (items.length === 0) throw refusal('invalidMessage', 'A message has at least one Batch Item.');
  const batch = items.map(item => readAnyItem(item, version));
  if (batchCount === undefined) return batch;
  if (items.length !== batchCount)
    throw refusal('invalidMessage', 'Batch Count must be the number of Batch Items, and not 0.');
  if (batch.length > 1 && batch.some(({ id }) => id === undefined))
    throw refusal('invalidMessage', 'Each of several Batch Items must have a Unique Batch Item ID.');
  return batch;
}

function readAnyItem(item: TtlvItem, version: Version): BatchItem {
  try {
    return readBatchItem(item, version);
  } catch (thrown) {
    if (thrown instanceof TtlvRefusal) return unreadableItem(item, version, thrown);
    throw thrown;
  }
}

/** With what the client knows it by, as far as that can be read. */
function unreadableItem(item: TtlvItem, version: Version, unreadable: TtlvRefusal): BatchItem {
  const field = (tag: TagName, type: ItemType) =>
    item.children.find(child => child.name === tag && child.type === type);
  return {
    operation: undefined,
    code: field('Operation', 'Enumeration')?.uint32,
    id: dialectOf(version).countsItems ? field('UniqueBatchItemID', 'ByteString')?.content : undefined,
    payload: item,
    ephemeral: undefined,
    hasUnknownExtension: false,
    unreadable,
  };
}

function readBatchItem(item: TtlvItem, version: Version): BatchItem {
  const fields = new StructureReader(item);
  const code = fields.one('Operation', read.enumerationNumber);
  const operation = valueName('Operation', code);
  const ephemeral = readEphemeral(fields, version);
  const id = dialectOf(version).countsItems
    ? fields.optional('UniqueBatchItemID', read.byteString)
    : undefined;
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
  return { operation, code, id, payload, ephemeral, hasUnknownExtension: extensions.includes(true) };
}

/** Throws TtlvRefusal for a field that the version does not have, or has no more, wherever it stands. */
export function requireKnownTags({ children }: TtlvItem, version: Version): void {
  for (const child of children) {
    if (child.name !== undefined && !isTagIn(version, child.name))
      throw new TtlvRefusal('unknownField', child.path, `is not a field of KMIP ${version}`);
    requireKnownTags(child, version);
  }
}

function readEphemeral(fields: StructureReader, version: Version): BatchItem['ephemeral'] {
  const { ephemeral } = dialectOf(version);
  if (ephemeral === undefined) return undefined;
  if (ephemeral === 'Enumeration') return fields.optional('Ephemeral', read.enumeration('Ephemeral'));
  return fields.optional('Ephemeral', read.boolean) ? 'Data' : undefined;
}
