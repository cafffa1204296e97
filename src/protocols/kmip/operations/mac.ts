// MAC and MAC Verify (KMIP 1.4 section 4.33 and 4.34, 2.1 section 6.1.37 and 6.1.38), in one piece or in parts.

import type { Bytes } from '../../../base/bytes.ts';
import { mac } from '../../../core/operations/crypto/mac.ts';
import { type MessageStart, macPart, verifyMacPart } from '../../../core/operations/crypto/message-part.ts';
import { verifyMac } from '../../../core/operations/crypto/verify-mac.ts';
import type { Mechanism } from '../../../domain/algorithms.ts';
import { make, read } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { answered } from '../identifier.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { requirePresent } from '../objects/write-object.ts';
import { operation } from '../operation.ts';
import { disclosed, type KmipRequest, perform } from '../request.ts';
import { macMechanism, parametersFor } from './parameters.ts';
import { answeredData, correlationOf, OF_STREAM, readWork, type Work } from './work.ts';

export const MAC = operation({
  since: '1.2',
  decode: readWork,
  async run(request, work) {
    const { id, data, piece } = work;
    const key = selectorOf(id);
    if (piece === 'whole') {
      const mechanism = await mechanismFor(request, work);
      const made = await perform(request, visible(mac), { key, mechanism, message: data });
      return [answered(request, 'MAC', id), answeredData(request, 'MAC', 'MACData', made.mac)];
    }
    const { isLast, stream } = piece;
    const of = await startOf(request, work, stream);
    const taken = await perform(request, visible(macPart), { key, of, part: data, isLast }, OF_STREAM);
    const made = disclosed(request, taken.output);
    return [
      answered(request, 'MAC', id),
      isLast ? answeredData(request, 'MAC', 'MACData', made) : undefined,
      correlationOf(taken.stream),
    ];
  },
});

export const MAC_VERIFY = operation({
  since: '1.2',
  decode: (payload, request) => ({
    ...readWork(payload, request),
    mac: payload.optional('MACData', read.byteString),
  }),
  async run(request, { mac: given, ...work }) {
    const { id, data, piece } = work;
    const key = selectorOf(id);
    if (piece === 'whole') {
      const mechanism = await mechanismFor(request, work);
      const input = { key, mechanism, message: data, mac: required(given) };
      const { valid } = await perform(request, visible(verifyMac), input);
      return [answered(request, 'MACVerify', id), validity(valid)];
    }
    const { isLast, stream } = piece;
    const proof = isLast ? required(given) : undefined;
    const of = await startOf(request, work, stream);
    const input = { key, of, part: data, isLast, proof };
    const taken = await perform(request, visible(verifyMacPart), input, OF_STREAM);
    return [
      answered(request, 'MACVerify', id),
      taken.valid === undefined ? undefined : validity(taken.valid),
      correlationOf(taken.stream),
    ];
  },
});

function validity(valid: boolean) {
  return make.enumeration('ValidityIndicator', valid ? 'Valid' : 'Invalid');
}

function required(given: Bytes | undefined): Bytes {
  if (given === undefined) throw refusal('missingData', 'MAC Data is required.');
  return given;
}

async function mechanismFor(request: KmipRequest, { id, parameters }: Work): Promise<Mechanism> {
  const object = await findObject(request, id);
  requirePresent(object);
  return macMechanism(object, parametersFor(object, parameters));
}

async function startOf(request: KmipRequest, work: Work, stream: string | undefined): Promise<MessageStart> {
  if (stream === undefined) return { by: 'first', mechanism: await mechanismFor(request, work) };
  await findObject(request, work.id);
  return { by: 'stream', stream };
}
