// The header of a request (KMIP 1.4 section 6.1 to 6.14, 2.1 section 8): which version it speaks, and how its batch is to be answered.

import {
  read,
  readItem,
  type StructureReader,
  type TtlvItem,
  TtlvRefusal,
  type ValueName,
  type Version,
} from '../../../wire/ttlv/index.ts';
import { dialectOf } from '../dialects.ts';
import { servedVersion, type VersionNumbers } from '../names.ts';

export interface RequestHeader {
  readonly version: Version;
  /** In bytes of TTLV, whichever form the answer has. */
  readonly responseBytesMax?: number | undefined;
  readonly clientCorrelation?: string | undefined;
  /** The client wants to come back for the answer. */
  readonly isDeferred: boolean;
  readonly credentials: readonly TtlvItem[];
  readonly onError: ValueName<'BatchErrorContinuationOption'>;
  /** How many items there must be; undefined where the version does not say. */
  readonly batchCount: number | undefined;
}

const versionReader = read.structure((fields): VersionNumbers => {
  const major = fields.one('ProtocolVersionMajor', read.integer);
  const minor = fields.one('ProtocolVersionMinor', read.integer);
  fields.refuseOthers();
  return { major, minor };
});

/** The version that a message says it is in; undefined where it says none. */
export function statedVersion(message: TtlvItem): VersionNumbers | undefined {
  const header = message.children.find(child => child.name === 'RequestHeader');
  const stated = header?.children.find(child => child.name === 'ProtocolVersion');
  try {
    return stated === undefined ? undefined : readItem(stated, versionReader);
  } catch (thrown) {
    if (thrown instanceof TtlvRefusal) return undefined;
    throw thrown;
  }
}

/** Throws TtlvRefusal, and what is refused of the header as a whole. */
export function readHeader(fields: StructureReader, spoken: Version): RequestHeader {
  const numbers = fields.one('ProtocolVersion', versionReader);
  const version = servedVersion(numbers) ?? spoken;
  const responseBytesMax = fields.optional('MaximumResponseSize', read.integer);
  const clientCorrelation = fields.optional('ClientCorrelationValue', read.textString);
  fields.optional('ServerCorrelationValue', read.textString);
  const isDeferred = readIsDeferred(fields, version);
  // What the client could attest to, which nobody asks here.
  fields.optional('AttestationCapableIndicator', read.boolean);
  fields.many('AttestationType', read.enumerationNumber);
  const credentials = fields.optional(
    'Authentication',
    read.structure(inner => {
      const all = inner.many('Credential', read.item);
      inner.refuseOthers();
      return all;
    }),
  );
  const onError = fields.optional(
    'BatchErrorContinuationOption',
    read.enumeration('BatchErrorContinuationOption'),
  );
  const { countsItems } = dialectOf(version);
  // Items are always answered in their order, which is one that a client without a wish may be given.
  if (countsItems) fields.optional('BatchOrderOption', read.boolean);
  fields.optional('TimeStamp', read.dateTime);
  const batchCount = readBatchCount(fields, countsItems, servedVersion(numbers) !== undefined);
  fields.refuseOthers();
  return {
    version,
    responseBytesMax,
    clientCorrelation,
    isDeferred,
    credentials: credentials ?? [],
    onError: onError ?? 'Stop',
    batchCount,
  };
}

/** Who speaks a version that nobody here knows may count or not. */
function readBatchCount(fields: StructureReader, isCounted: boolean, isKnown: boolean): number | undefined {
  if (isCounted) return fields.one('BatchCount', read.integer);
  return isKnown ? undefined : fields.optional('BatchCount', read.integer);
}

/** In 1.x true says that the client is ready to wait, from 2.0 on Mandatory that it insists; Optional leaves it to the server, which answers at once. */
function readIsDeferred(fields: StructureReader, version: Version): boolean {
  if (dialectOf(version).asynchronous === 'Boolean')
    return fields.optional('AsynchronousIndicator', read.boolean) ?? false;
  return fields.optional('AsynchronousIndicator', read.enumeration('AsynchronousIndicator')) === 'Mandatory';
}
