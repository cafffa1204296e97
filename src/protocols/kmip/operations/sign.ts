// Sign and Signature Verify (KMIP 1.4 section 4.31 and 4.32, 2.1 section 6.1.56 and 6.1.57), in one piece or in parts, of data or of its digest.

import { type Bytes, EMPTY_BYTES } from '../../../base/bytes.ts';
import { signPart, verifyPart } from '../../../core/operations/crypto/message-part.ts';
import { sign } from '../../../core/operations/crypto/sign.ts';
import { verify } from '../../../core/operations/crypto/verify.ts';
import { KmsError } from '../../../domain/errors.ts';
import { maskOf, read, type StructureReader } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { answered } from '../identifier.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import type { ManagedObject } from '../objects/object.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';
import { parametersFor, requireKey } from './parameters.ts';
import { answeredPart, answeredVerdict, startOf, validity } from './parts.ts';
import { type SignatureUse, signatureUse } from './signatures.ts';
import { answeredData, OF_STREAM, readWork, type Work } from './work.ts';

interface SignatureWork extends Work {
  /** The digest of the data, in its place. */
  readonly digested: Bytes | undefined;
}

function readSignatureWork(payload: StructureReader, request: KmipRequest, need?: 'nothing'): SignatureWork {
  const work = readWork(payload, request, need);
  const digested = payload.optional('DigestedData', read.byteString);
  if (digested !== undefined && (work.given !== undefined || work.piece !== 'whole'))
    throw refusal('invalidField', 'Digested Data is of the whole data, and stands in its place.');
  return { ...work, digested };
}

export const SIGN_BIT = maskOf('CryptographicUsageMask', ['Sign']);
export const VERIFY_BIT = maskOf('CryptographicUsageMask', ['Verify']);

export const SIGN = operation({
  since: '1.2',
  decode: (payload, request) => readSignatureWork(payload, request),

  async run(request, work) {
    const { id, data, piece } = work;
    const key = selectorOf(id);
    if (piece === 'whole') {
      const { mechanism, message, parameters } = await useFor(request, work, SIGN_BIT);
      const signed = await perform(request, visible(sign), { key, mechanism, message, parameters });
      return [
        answered(request, 'Sign', id),
        answeredData(request, 'Sign', 'SignatureData', signed.signature),
      ];
    }
    const { isLast, stream } = piece;
    const of = await startOf(request, id, stream, () => useFor(request, work, SIGN_BIT));
    const taken = await perform(request, visible(signPart), { key, of, part: data, isLast }, OF_STREAM);
    return answeredPart(request, 'Sign', id, 'SignatureData', taken);
  },
});

export const SIGNATURE_VERIFY = operation({
  since: '1.2',
  decode: (payload, request) => ({
    ...readSignatureWork(payload, request, 'nothing'),
    signature: payload.optional('SignatureData', read.byteString),
  }),

  async run(request, { signature, ...work }) {
    const { id, data, piece } = work;
    const key = selectorOf(id);
    if (piece === 'whole') {
      if (signature === undefined) throw refusal('missingData', 'Signature Data is required.');
      const { mechanism, message, parameters } = await useFor(request, work, VERIFY_BIT);
      const input = { key, mechanism, message, signature, parameters };
      const valid = await isValid(() => perform(request, visible(verify), input));
      return [answered(request, 'SignatureVerify', id), validity(valid)];
    }
    const { isLast, stream } = piece;
    const of = await startOf(request, id, stream, () => useFor(request, work, VERIFY_BIT));
    const input = { key, of, part: data, isLast, proof: signature };
    const taken = await perform(request, visible(verifyPart), input, OF_STREAM);
    return answeredVerdict(request, 'SignatureVerify', id, taken);
  },
});

/** In the published cases a signature by a mechanism that the key does not have is not valid, and no error. */
async function isValid(verified: () => Promise<{ readonly valid: boolean }>): Promise<boolean> {
  try {
    return (await verified()).valid;
  } catch (thrown) {
    if (thrown instanceof KmsError && thrown.code === 'incompatibleAlgorithm') return false;
    throw thrown;
  }
}

async function useFor(request: KmipRequest, work: SignatureWork, bit: number): Promise<SignatureUse> {
  const { id, parameters, digested, data = EMPTY_BYTES } = work;
  const object = await findObject(request, id);
  requireKey(object);
  requireMask(object, bit);
  const isVerified = bit === VERIFY_BIT;
  return signatureUse(object.facts, parametersFor(object, parameters), { data, digested, isVerified });
}

/** A key that signs certificates alone is one that signs in the core: the mask says what. */
export function requireMask({ facts }: ManagedObject, bit: number): void {
  if (((facts.usageMask ?? 0) & bit) === 0) throw refusal('incompatibleUsageMask');
}
