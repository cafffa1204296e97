// Hash (KMIP 1.4 section 4.36, 2.1 section 6.1.26), in one piece or in parts.

import { hashPart } from '../../../core/operations/crypto/hash-part.ts';
import { refusal } from '../faults.ts';
import { operation } from '../operation.ts';
import { disclosed, perform } from '../request.ts';
import { digestOf } from './parameters.ts';
import { answeredData, correlationOf, OF_STREAM, readPiece } from './work.ts';

export const HASH = operation({
  since: '1.2',
  decode: (payload, request) => {
    const { parameters, data, piece } = readPiece(payload, request);
    const { stream, isLast } = piece === 'whole' ? { stream: undefined, isLast: true } : piece;
    if (stream !== undefined) return { of: { by: 'stream', stream } as const, data, isLast };
    const hash = parameters?.hash;
    if (hash === undefined) throw refusal('missingData', 'Hashing Algorithm is required.');
    return { of: { by: 'first', digest: digestOf(hash) } as const, data, isLast };
  },
  async run(request, { of, data, isLast }) {
    const taken = await perform(request, hashPart, { of, part: data, isLast }, OF_STREAM);
    const digest = disclosed(request, taken.output);
    return [isLast ? answeredData(request, 'Hash', 'Data', digest) : undefined, correlationOf(taken.stream)];
  },
});
