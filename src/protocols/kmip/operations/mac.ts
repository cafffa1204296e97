// MAC and MAC Verify (KMIP 1.4 section 4.33 and 4.34, 2.1 section 6.1.37 and 6.1.38), in one piece or in parts.

import type { Bytes } from '../../../base/bytes.ts';
import { mac } from '../../../core/operations/crypto/mac.ts';
import { macPart, verifyMacPart } from '../../../core/operations/crypto/message-part.ts';
import { verifyMac } from '../../../core/operations/crypto/verify-mac.ts';
import type { Mechanism } from '../../../domain/algorithms.ts';
import { read } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { answered } from '../identifier.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { requirePresent } from '../objects/write-object.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';
import { macMechanism, parametersFor } from './parameters.ts';
import { answeredPart, answeredVerdict, startOf, validity } from './parts.ts';
import { answeredData, OF_STREAM, readWork, type Work } from './work.ts';

export const MAC = operation({
  since: '1.2',
  decode: readWork,
  async run(request, work) {
    const { id, data, piece } = work;
    const key = selectorOf(id);
    if (piece === 'whole') {
      const { mechanism } = await useFor(request, work);
      const made = await perform(request, visible(mac), { key, mechanism, message: data });
      return [answered(request, 'MAC', id), answeredData(request, 'MAC', 'MACData', made.mac)];
    }
    const { isLast, stream } = piece;
    const of = await startOf(request, id, stream, () => useFor(request, work));
    const taken = await perform(request, visible(macPart), { key, of, part: data, isLast }, OF_STREAM);
    return answeredPart(request, 'MAC', id, 'MACData', taken);
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
      const { mechanism } = await useFor(request, work);
      const input = { key, mechanism, message: data, mac: required(given) };
      const { valid } = await perform(request, visible(verifyMac), input);
      return [answered(request, 'MACVerify', id), validity(valid)];
    }
    const { isLast, stream } = piece;
    const proof = isLast ? required(given) : undefined;
    const of = await startOf(request, id, stream, () => useFor(request, work));
    const input = { key, of, part: data, isLast, proof };
    const taken = await perform(request, visible(verifyMacPart), input, OF_STREAM);
    return answeredVerdict(request, 'MACVerify', id, taken);
  },
});

function required(given: Bytes | undefined): Bytes {
  if (given === undefined) throw refusal('missingData', 'MAC Data is required.');
  return given;
}

async function useFor(
  request: KmipRequest,
  { id, parameters }: Work,
): Promise<{ readonly mechanism: Mechanism }> {
  const object = await findObject(request, id);
  requirePresent(object);
  return { mechanism: macMechanism(object, parametersFor(object, parameters)) };
}
