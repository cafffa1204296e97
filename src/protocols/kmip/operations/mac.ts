// MAC and MAC Verify (KMIP 1.4 section 4.33 and 4.34, 2.1 section 6.1.37 and 6.1.38), in one piece or in parts.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeySelector } from '../../../core/find-key.ts';
import { mac } from '../../../core/operations/crypto/mac.ts';
import { macPart, verifyMacPart } from '../../../core/operations/crypto/message-part.ts';
import { verifyMac } from '../../../core/operations/crypto/verify-mac.ts';
import type { Mechanism } from '../../../domain/algorithms.ts';
import { read } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { answered } from '../identifier.ts';
import { byObject } from '../objects/by-object.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import type { ManagedObject } from '../objects/object.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';
import { macMechanism, parametersFor, requireKey } from './parameters.ts';
import { answeredPart, answeredVerdict, startOf, validity } from './parts.ts';
import { answeredData, OF_STREAM, readWork, type Work } from './work.ts';

export const MAC = operation({
  since: '1.2',
  decode: (payload, request) => readWork(payload, request),
  async run(request, work) {
    const { id, data, piece } = work;
    const key = selectorOf(id);
    if (piece === 'whole') {
      const asked = { key, message: data, parameters: work.parameters };
      const { output } = await perform(request, visible(macByObject), asked);
      return [answered(request, 'MAC', id), answeredData(request, 'MAC', 'MACData', output.mac)];
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
    ...readWork(payload, request, 'nothing'),
    mac: payload.optional('MACData', read.byteString),
  }),
  async run(request, { mac: given, ...work }) {
    const { id, data, piece } = work;
    const key = selectorOf(id);
    if (piece === 'whole') {
      const asked = { key, message: data, parameters: work.parameters, mac: required(given) };
      const { output } = await perform(request, visible(verifyMacByObject), asked);
      return [answered(request, 'MACVerify', id), validity(output.valid)];
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

interface MacAsked extends Pick<Work, 'parameters'> {
  readonly key: KeySelector;
  readonly message: Bytes;
}

const macByObject = byObject(mac, (object, { parameters, ...asked }: MacAsked) => ({
  ...asked,
  ...macFor(object, parameters),
}));

const verifyMacByObject = byObject(
  verifyMac,
  (object, { parameters, ...asked }: MacAsked & { readonly mac: Bytes }) => ({
    ...asked,
    ...macFor(object, parameters),
  }),
);

async function useFor(
  request: KmipRequest,
  { id, parameters }: Work,
): Promise<{ readonly mechanism: Mechanism }> {
  return macFor(await findObject(request, id), parameters);
}

function macFor(object: ManagedObject, parameters: Work['parameters']): { readonly mechanism: Mechanism } {
  requireKey(object);
  return { mechanism: macMechanism(object, parametersFor(object, parameters)) };
}
