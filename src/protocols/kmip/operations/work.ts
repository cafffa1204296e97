// What the cryptographic operations are handed (KMIP 1.4 section 4.29 to 4.36, 2.1 section 6.1): the data, or the data of an earlier item of
// the batch, and which part of a message it is.

import { type Bytes, EMPTY_BYTES, hex } from '../../../base/bytes.ts';
import {
  make,
  read,
  type StructureReader,
  type TtlvField,
  type TtlvItem,
  valueName,
} from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { readIdentifier } from '../identifier.ts';
import type { KmipRequest, OperationName, Told } from '../request.ts';
import { type CipherParameters, readParameters } from './parameters.ts';

/** Of later parts: the object is there, so what is not is the message. */
export const OF_STREAM = {
  notFound: 'invalidCorrelationValue',
  conflict: 'invalidCorrelationValue',
} as const satisfies Told;

/** A message in one piece, or a part of one. */
export type Piece = 'whole' | { readonly stream: string | undefined; readonly isLast: boolean };

export interface PieceOfData {
  readonly parameters: CipherParameters | undefined;
  /** Undefined where the field is not there. */
  readonly given: Bytes | undefined;
  readonly data: Bytes;
  readonly piece: Piece;
}

export interface Work extends PieceOfData {
  readonly id: string;
}

/** `nothing`: a proof may be of data that is not sent. */
type Need = 'data' | 'nothing';

export function readWork(payload: StructureReader, request: KmipRequest, need?: Need): Work {
  const id = readIdentifier(payload, request);
  return { id, ...readPiece(payload, request, need) };
}

/** The same without an object. Parameters of a later part say nothing new: what holds was said with the first. */
export function readPiece(payload: StructureReader, request: KmipRequest, need: Need = 'data'): PieceOfData {
  const parameters = payload.optional('CryptographicParameters', read.item);
  const given = payload.optional('Data', DATA_OF_EARLIER);
  if (given === undefined && need === 'data' && !mayLack(payload))
    throw refusal('missingData', 'Data is required.');
  const data = given === undefined ? undefined : dataOf(given, request);
  return {
    parameters: parameters === undefined ? undefined : readParameters(parameters),
    given: data,
    data: data ?? EMPTY_BYTES,
    piece: readPosition(payload),
  };
}

/** The first part and the last one may come without data (KMIP 2.1 section 6.1), and data whose digest is there. */
function mayLack(payload: StructureReader): boolean {
  return payload.has('InitIndicator') || payload.has('FinalIndicator') || payload.has('DigestedData');
}

function readPosition(payload: StructureReader): Piece {
  const correlation = payload.optional('CorrelationValue', read.byteString);
  const isFirst = payload.optional('InitIndicator', read.boolean) ?? false;
  const isLast = payload.optional('FinalIndicator', read.boolean) ?? false;
  if (correlation !== undefined) {
    if (isFirst) throw refusal('invalidField', 'A Correlation Value is of a message that has begun.');
    return { stream: streamOf(correlation), isLast };
  }
  if (isFirst) return isLast ? 'whole' : { stream: undefined, isLast };
  if (isLast) throw refusal('missingData', 'The last part comes with a Correlation Value.');
  return 'whole';
}

const DATA_OF_EARLIER = {
  types: ['ByteString', 'Enumeration', 'Integer'],
  take: (item: TtlvItem) => item,
} as const;

/** Which operation has answered with the data that an enumeration names (2.1 section 11.17). */
const ANSWERING: Readonly<Record<string, OperationName>> = {
  Decrypt: 'Decrypt',
  Encrypt: 'Encrypt',
  Hash: 'Hash',
  MACMACData: 'MAC',
  RNGRetrieve: 'RNGRetrieve',
  SignSignatureData: 'Sign',
};

/** Bytes, or from 2.0 on what stands for the data of an earlier item. Throws `invalidField` for data that is not there. */
function dataOf(item: TtlvItem, { version, memory }: KmipRequest): Bytes {
  if (item.type === 'ByteString') return item.content;
  if (version < '2.0') throw refusal('invalidMessage', `${item.path}: must be a ByteString`);
  const found =
    item.type === 'Integer'
      ? memory.data.at(item.int32)
      : memory.data.findLast(
          ({ operation }) => operation === ANSWERING[valueName('Data', item.uint32) ?? ''],
        );
  if (found === undefined)
    throw refusal('invalidField', 'No item before this one has answered with that data.');
  return found.bytes;
}

/** The data that an operation answers with, which later items may mean without sending it. */
export function answeredData(
  { memory }: KmipRequest,
  operation: OperationName,
  tag: 'Data' | 'MACData' | 'SignatureData',
  bytes: Bytes,
): TtlvField {
  memory.data.push({ operation, bytes });
  return make.byteString(tag, bytes);
}

const UUID = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** On the wire the id of a stream is its sixteen bytes; anything else is the id of none. */
function streamOf(correlation: Bytes): string {
  return hex(correlation).replace(UUID, '$1-$2-$3-$4-$5');
}

/** Undefined behind the last part. */
export function correlationOf(stream: string | undefined): TtlvField | undefined {
  return make.ifPresent(stream, id =>
    make.byteString('CorrelationValue', Uint8Array.from(Buffer.from(id.replaceAll('-', ''), 'hex'))),
  );
}
