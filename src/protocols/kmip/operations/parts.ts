// A part of a message under a key: what it goes on from, and what it is answered with.

import type { MechanismInput } from '../../../core/operations/crypto/mechanism.ts';
import type { MessageStart, TakenPart } from '../../../core/operations/crypto/message-part.ts';
import { make, type TtlvField } from '../../../wire/ttlv/index.ts';
import { answered } from '../identifier.ts';
import { findObject } from '../objects/find.ts';
import type { Payload } from '../operation.ts';
import { disclosed, type KmipRequest, type OperationName } from '../request.ts';
import { answeredData, correlationOf } from './work.ts';

/** A first part begins with what `begin` finds for the key; a later one of an object that is gone is refused for the object. */
export async function startOf(
  request: KmipRequest,
  id: string,
  stream: string | undefined,
  begin: () => Promise<Pick<MechanismInput, 'mechanism' | 'parameters'>>,
): Promise<MessageStart> {
  if (stream === undefined) {
    const { mechanism, parameters } = await begin();
    return { by: 'first', mechanism, parameters };
  }
  await findObject(request, id);
  return { by: 'stream', stream };
}

/** Of what is made of the whole message: it comes with the last part. */
export function answeredPart(
  request: KmipRequest,
  operation: OperationName,
  id: string,
  tag: 'MACData' | 'SignatureData',
  { output, stream }: TakenPart,
): Payload {
  const made = disclosed(request, output);
  return [
    answered(request, operation, id),
    stream === undefined ? answeredData(request, operation, tag, made) : undefined,
    correlationOf(stream),
  ];
}

/** Of a verification: what it says comes with the last part. */
export function answeredVerdict(
  request: KmipRequest,
  operation: OperationName,
  id: string,
  { valid, stream }: Pick<TakenPart, 'valid' | 'stream'>,
): Payload {
  return [answered(request, operation, id), make.ifPresent(valid, validity), correlationOf(stream)];
}

export function validity(valid: boolean): TtlvField {
  return make.enumeration('ValidityIndicator', valid ? 'Valid' : 'Invalid');
}
