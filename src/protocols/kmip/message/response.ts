// Responses (KMIP 1.4 section 7, 2.1 section 9): a header, and one item for each that was answered. How long it may be is the client's word.

import { make, type TtlvField, ttlvLength, type ValueName, type Version } from '../../../wire/ttlv/index.ts';
import { dialectOf } from '../dialects.ts';
import { reasonIn, refusal } from '../faults.ts';
import { numbersOf } from '../names.ts';
import { secondsOf } from '../words.ts';
import type { Outcome } from './outcome.ts';

export interface ResponseParts {
  readonly version: Version;
  /** The instant of the answer. */
  readonly at: number;
  readonly clientCorrelation?: string | undefined;
  readonly bytesMax?: number | undefined;
  readonly outcomes: readonly Outcome[];
}

/** An item beyond the length that the client takes is answered by saying so: what it asked for is done all the same. */
export function writeResponse(parts: ResponseParts): TtlvField {
  const { version, outcomes, bytesMax } = parts;
  const header = writeHeader(parts);
  const items = outcomes.map(outcome => writeItem(version, outcome));
  if (bytesMax === undefined) return message(header, items);
  let left = bytesMax - ttlvLength(message(header, []));
  const fitting = items.map((item, index) => {
    const length = ttlvLength(item);
    if (length <= left) {
      left -= length;
      return item;
    }
    const { operation, id } = outcomes[index] ?? {};
    return writeItem(version, { operation, id, failure: refusal('responseTooLarge') });
  });
  return message(header, fitting);
}

function message(header: TtlvField, items: readonly TtlvField[]): TtlvField {
  return make.structure('ResponseMessage', [header, ...items]);
}

function writeHeader({ version, at, clientCorrelation, outcomes }: ResponseParts): TtlvField {
  const { major, minor } = numbersOf(version);
  return make.structure('ResponseHeader', [
    make.structure('ProtocolVersion', [
      make.integer('ProtocolVersionMajor', major),
      make.integer('ProtocolVersionMinor', minor),
    ]),
    make.dateTime('TimeStamp', secondsOf(at)),
    // Older clients do not know the field.
    version >= '1.4'
      ? make.ifPresent(clientCorrelation, value => make.textString('ClientCorrelationValue', value))
      : undefined,
    dialectOf(version).countsItems ? make.integer('BatchCount', outcomes.length) : undefined,
  ]);
}

function writeItem(
  version: Version,
  { operation, id, payload, failure, isUndone, pending }: Outcome,
): TtlvField {
  const status: ValueName<'ResultStatus'> = isUndone
    ? 'OperationUndone'
    : failure === undefined
      ? pending === undefined
        ? 'Success'
        : 'OperationPending'
      : 'OperationFailed';
  return make.structure('BatchItem', [
    make.ifPresent(operation, name => make.enumeration('Operation', name)),
    make.ifPresent(id, value => make.byteString('UniqueBatchItemID', value)),
    make.enumeration('ResultStatus', status),
    make.ifPresent(failure, ({ fault }) => make.enumeration('ResultReason', reasonIn(version, fault))),
    make.ifPresent(failure, ({ message: text }) => make.textString('ResultMessage', text)),
    make.ifPresent(pending, value => make.byteString('AsynchronousCorrelationValue', value)),
    make.ifPresent(payload, fields => make.structure('ResponsePayload', fields)),
  ]);
}
