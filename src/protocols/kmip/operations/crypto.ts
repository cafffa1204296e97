// Encrypt, Decrypt, MAC, MAC Verify, Hash and RNG Retrieve, each in one piece (KMIP 1.4 section 4.29 to 4.36, 2.1 section 6.1).

import { createHash } from 'node:crypto';
import { type Bytes, concatBytes, EMPTY_BYTES } from '../../../base/bytes.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import { decryptBy } from '../../../core/operations/crypto/decrypt-by.ts';
import { encryptBy } from '../../../core/operations/crypto/encrypt-by.ts';
import { generateRandom } from '../../../core/operations/crypto/generate-random.ts';
import { mac } from '../../../core/operations/crypto/mac.ts';
import { verifyMac } from '../../../core/operations/crypto/verify-mac.ts';
import { MECHANISMS } from '../../../domain/algorithms.ts';
import { make, read, type StructureReader } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { answered, readIdentifier } from '../identifier.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { operation } from '../operation.ts';
import { disclosed, type KmipRequest, perform } from '../request.ts';
import {
  type CipherParameters,
  cipherMechanism,
  digestOf,
  macMechanism,
  parametersFor,
  readParameters,
} from './parameters.ts';

interface Work {
  readonly id: string;
  readonly parameters: CipherParameters | undefined;
  readonly data: Bytes;
}

/** Throws for a stream in parts, and for data that is the output of another item. */
function readWork(payload: StructureReader, request: KmipRequest): Work {
  const id = readIdentifier(payload, request);
  return { id, ...readData(payload) };
}

function readData(payload: StructureReader): Omit<Work, 'id'> {
  const given = payload.optional('CryptographicParameters', read.item);
  const data = payload.optional('Data', read.byteString) ?? EMPTY_BYTES;
  const isFirst = payload.optional('InitIndicator', read.boolean);
  const isLast = payload.optional('FinalIndicator', read.boolean);
  const isWhole = isFirst === undefined && isLast === undefined ? true : isFirst === true && isLast === true;
  if (!isWhole || payload.has('CorrelationValue')) {
    throw refusal('featureNotSupported', 'Data is taken in one piece here.');
  }
  return { parameters: given === undefined ? undefined : readParameters(given), data };
}

/** From 1.4 on the tag has a field of its own; before it is at the end of the data. */
function hasTagField({ version }: KmipRequest): boolean {
  return version >= '1.4';
}

export const ENCRYPT = operation({
  since: '1.2',
  decode: (payload, request) => ({
    ...readWork(payload, request),
    iv: payload.optional('IVCounterNonce', read.byteString),
    associatedData: payload.optional('AuthenticatedEncryptionAdditionalData', read.byteString),
  }),

  async run(request, { id, parameters: given, data, iv, associatedData }) {
    const object = await findObject(request, id);
    const parameters = parametersFor(object, given);
    const mechanism = cipherMechanism(object, parameters);
    const { kind, ivBytes } = MECHANISMS[mechanism];
    if (iv === undefined && ivBytes !== undefined && parameters.randomIv !== true) throw refusal('missingIv');
    const tagBytes = kind === 'aead' ? parameters.tagBytes : undefined;
    const message = await perform(
      request,
      visible(encryptBy),
      {
        key: selectorOf(id),
        mechanism,
        plaintext: data,
        parameters: { iv, associatedData, tagBytes },
      },
      OF_TAG,
    );
    const isApart = kind === 'aead' && hasTagField(request);
    const end = message.ciphertext.length - (isApart ? (message.tagBytes ?? 0) : 0);
    return [
      answered(request, 'Encrypt', id),
      make.byteString('Data', message.ciphertext.subarray(0, end)),
      make.ifPresent(message.iv, made => make.byteString('IVCounterNonce', made)),
      isApart ? make.byteString('AuthenticatedEncryptionTag', message.ciphertext.subarray(end)) : undefined,
    ];
  },
});

/** A tag of a length that is not offered, or data that is no whole block, is a failure of the cipher in the published cases. */
const OF_TAG = { invalidInput: 'generalFailure' } as const;

export const DECRYPT = operation({
  since: '1.2',
  decode: (payload, request) => ({
    ...readWork(payload, request),
    iv: payload.optional('IVCounterNonce', read.byteString),
    associatedData: payload.optional('AuthenticatedEncryptionAdditionalData', read.byteString),
    tag: payload.optional('AuthenticatedEncryptionTag', read.byteString),
  }),

  async run(request, { id, parameters: given, data, iv, associatedData, tag }) {
    const object = await findObject(request, id);
    const parameters = parametersFor(object, given);
    const mechanism = cipherMechanism(object, parameters);
    const { kind, ivBytes } = MECHANISMS[mechanism];
    if (iv === undefined && ivBytes !== undefined) throw refusal('missingIv');
    // Never the length of the tag that came: whoever cut it would choose how much of it is checked.
    const tagBytes = kind === 'aead' ? parameters.tagBytes : undefined;
    const { plaintext } = await perform(
      request,
      visible(decryptBy),
      {
        key: selectorOf(id),
        mechanism,
        ciphertext: tag === undefined ? data : concatBytes(data, tag),
        parameters: { iv, associatedData, tagBytes },
      },
      OF_TAG,
    );
    return [answered(request, 'Decrypt', id), make.byteString('Data', disclosed(request, plaintext))];
  },
});

export const MAC = operation({
  since: '1.2',
  decode: readWork,
  async run(request, { id, parameters, data }) {
    const object = await findObject(request, id);
    const mechanism = macMechanism(object, parametersFor(object, parameters));
    const made = await perform(request, visible(mac), { key: selectorOf(id), mechanism, message: data });
    return [answered(request, 'MAC', id), make.byteString('MACData', made.mac)];
  },
});

export const MAC_VERIFY = operation({
  since: '1.2',
  decode: (payload, request) => ({
    ...readWork(payload, request),
    given: payload.one('MACData', read.byteString),
  }),
  async run(request, { id, parameters, data, given }) {
    const object = await findObject(request, id);
    const mechanism = macMechanism(object, parametersFor(object, parameters));
    const input = { key: selectorOf(id), mechanism, message: data, mac: given };
    const { valid } = await perform(request, visible(verifyMac), input);
    return [
      answered(request, 'MACVerify', id),
      make.enumeration('ValidityIndicator', valid ? 'Valid' : 'Invalid'),
    ];
  },
});

export const HASH = operation({
  since: '1.2',
  decode: payload => {
    const work = readData(payload);
    const hash = work.parameters?.hash;
    if (hash === undefined) throw refusal('missingData', 'Hashing Algorithm is required.');
    return { name: digestOf(hash), data: work.data };
  },
  async run(request, { name, data }) {
    await perform(request, answerRequest, { asked: 'Hash' });
    return [make.byteString('Data', createHash(name.replace('sha-', 'sha')).update(data).digest())];
  },
});

export const RNG_RETRIEVE = operation({
  since: '1.2',
  decode: payload => payload.one('DataLength', read.integer),
  async run(request, bytes) {
    const random = await perform(request, generateRandom, { bytes });
    return [make.byteString('Data', disclosed(request, random))];
  },
});
