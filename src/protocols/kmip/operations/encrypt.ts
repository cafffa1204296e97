// Encrypt and Decrypt (KMIP 1.4 section 4.29 and 4.30, 2.1 section 6.1.15 and 6.1.18), in one piece or in parts.

import { type Bytes, concatBytes } from '../../../base/bytes.ts';
import type { KeySelector } from '../../../core/find-key.ts';
import { type DecryptByInput, decryptBy } from '../../../core/operations/crypto/decrypt-by.ts';
import {
  type EncryptByInput,
  type EncryptionParameters,
  encryptBy,
} from '../../../core/operations/crypto/encrypt-by.ts';
import { decryptPart, encryptPart } from '../../../core/operations/crypto/message-part.ts';
import { MECHANISMS, type Mechanism } from '../../../domain/algorithms.ts';
import { make, read, type StructureReader } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { answered } from '../identifier.ts';
import { byObject } from '../objects/by-object.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import type { ManagedObject } from '../objects/object.ts';
import { operation, type Payload } from '../operation.ts';
import { disclosed, type KmipRequest, perform } from '../request.ts';
import { wholeIv } from './iv-fields.ts';
import { type CipherUse, cipherParametersFor, cipherUse, requireKey } from './parameters.ts';
import { startOf } from './parts.ts';
import { answeredData, correlationOf, OF_STREAM, type Piece, readWork, type Work } from './work.ts';

interface CipherWork extends Work {
  readonly iv: Bytes | undefined;
  readonly associatedData: Bytes | undefined;
}

function readCipherWork(payload: StructureReader, request: KmipRequest): CipherWork {
  const work = readWork(payload, request);
  const iv = payload.optional('IVCounterNonce', read.byteString);
  const associatedData = payload.optional('AuthenticatedEncryptionAdditionalData', read.byteString);
  if (isLater(work.piece) && (iv ?? associatedData) !== undefined)
    throw refusal('invalidField', 'An IV and additional data come with the first part.');
  return { ...work, iv, associatedData };
}

export const ENCRYPT = operation({
  since: '1.2',
  decode: readCipherWork,

  async run(request, work) {
    const { id, piece } = work;
    if (piece !== 'whole') return encryptOnePart(request, work, piece);
    const asked = { key: selectorOf(id), plaintext: work.data, ...cipherAsked(work) };
    const { input, output: message } = await perform(request, visible(encryptObject), asked, OF_CIPHER);
    const { mechanism } = input;
    return [
      answered(request, 'Encrypt', id),
      ...ciphertextFields(request, mechanism, message.tagBytes, message.ciphertext),
      make.ifPresent(message.iv, made => make.byteString('IVCounterNonce', made)),
      ...tagFields(request, mechanism, message.tagBytes, message.ciphertext),
    ];
  },
});

export const DECRYPT = operation({
  since: '1.2',
  decode: (payload, request) => ({
    ...readCipherWork(payload, request),
    tag: payload.optional('AuthenticatedEncryptionTag', read.byteString),
  }),

  async run(request, { tag, ...work }) {
    const { id, piece } = work;
    // The core has the tag at the end.
    const ciphertext = tag === undefined ? work.data : concatBytes(work.data, tag);
    if (piece !== 'whole') return decryptOnePart(request, { ...work, data: ciphertext }, piece);
    const asked = { key: selectorOf(id), ciphertext, ...cipherAsked(work) };
    const { output } = await perform(request, visible(decryptObject), asked, OF_CIPHER);
    const { plaintext } = output;
    return [
      answered(request, 'Decrypt', id),
      answeredData(request, 'Decrypt', 'Data', disclosed(request, plaintext)),
    ];
  },
});

/** A tag of a length that is not offered, or data that is no whole block, is a failure of the cipher in the published cases. */
const OF_CIPHER = { invalidInput: 'wrongDataLength' } as const;
const OF_PART = { ...OF_CIPHER, ...OF_STREAM } as const;

type PartOf = Exclude<Piece, 'whole'>;

function isLater(piece: Piece): boolean {
  return piece !== 'whole' && piece.stream !== undefined;
}

interface CipherAsked {
  readonly asked: Pick<CipherWork, 'parameters' | 'iv' | 'associatedData'>;
}

function cipherAsked({ parameters, iv, associatedData }: CipherWork): CipherAsked {
  return { asked: { parameters, iv, associatedData } };
}

type Named = { readonly key: KeySelector } & CipherAsked;

const encryptObject = byObject(
  encryptBy,
  (object, { key, plaintext, asked }: Named & { readonly plaintext: Bytes }): EncryptByInput => ({
    key,
    plaintext,
    ...cipherFor(object, asked, 'protect'),
  }),
);

const decryptObject = byObject(
  decryptBy,
  (object, { key, ciphertext, asked }: Named & { readonly ciphertext: Bytes }): DecryptByInput => ({
    key,
    ciphertext,
    ...cipherFor(object, asked, 'process'),
  }),
);

async function useFor(
  request: KmipRequest,
  work: CipherWork,
  need: 'protect' | 'process',
): Promise<CipherUse> {
  return cipherFor(await findObject(request, work.id), work, need);
}

/** Throws `missingIv`: one is made here only where the client asks for it. */
function cipherFor(
  object: ManagedObject,
  { parameters: given, iv, associatedData }: CipherAsked['asked'],
  need: 'protect' | 'process',
): CipherUse {
  requireKey(object);
  const asked = cipherParametersFor(object, given);
  const { mechanism, parameters } = cipherUse(object, asked);
  const isMade = iv === undefined && need === 'protect' && asked.randomIv === true;
  if (iv === undefined && MECHANISMS[mechanism].ivBytes !== undefined && !isMade) throw refusal('missingIv');
  const whole = wholeIv(mechanism, iv, asked, isMade);
  return { mechanism, parameters: { ...parameters, ...whole, associatedData } };
}

async function encryptOnePart(request: KmipRequest, work: CipherWork, piece: PartOf): Promise<Payload> {
  const { id, data: part } = work;
  const of = await startOf(request, id, piece.stream, () => useFor(request, work, 'protect'));
  const taken = await perform(
    request,
    visible(encryptPart),
    { key: selectorOf(id), of, part, isLast: piece.isLast },
    OF_PART,
  );
  const { mechanism, parameters, iv, stream } = taken;
  const tagBytes = piece.isLast ? tagBytesOf(mechanism, parameters) : 0;
  const output = disclosed(request, taken.output);
  return [
    answered(request, 'Encrypt', id),
    ...ciphertextFields(request, mechanism, tagBytes, output, 'part'),
    make.ifPresent(iv, made => make.byteString('IVCounterNonce', made)),
    correlationOf(stream),
    ...(piece.isLast ? tagFields(request, mechanism, tagBytes, output) : []),
  ];
}

async function decryptOnePart(request: KmipRequest, work: CipherWork, piece: PartOf): Promise<Payload> {
  const { id, data: part } = work;
  const of = await startOf(request, id, piece.stream, () => useFor(request, work, 'process'));
  const input = { key: selectorOf(id), of, part, isLast: piece.isLast };
  const { output, stream } = await perform(request, visible(decryptPart), input, OF_PART);
  const plaintext = disclosed(request, output);
  return [
    answered(request, 'Decrypt', id),
    plaintext.length === 0 ? undefined : answeredData(request, 'Decrypt', 'Data', plaintext),
    correlationOf(stream),
  ];
}

function tagBytesOf(mechanism: Mechanism, { tagBytes }: EncryptionParameters): number {
  const { kind, tagBytes: range } = MECHANISMS[mechanism];
  return kind === 'aead' ? (tagBytes ?? range?.default ?? 0) : 0;
}

/** From 1.4 on the tag has a field of its own; before it is at the end of the data. */
function tagAt({ version }: KmipRequest, mechanism: Mechanism, tagBytes: number | undefined, output: Bytes) {
  const isApart = MECHANISMS[mechanism].kind === 'aead' && version >= '1.4';
  return isApart ? output.length - (tagBytes ?? 0) : output.length;
}

/** A part of which nothing comes out yet has no data. */
function ciphertextFields(
  request: KmipRequest,
  mechanism: Mechanism,
  tagBytes: number | undefined,
  output: Bytes,
  piece?: 'part',
): Payload {
  const ciphertext = output.subarray(0, tagAt(request, mechanism, tagBytes, output));
  if (piece === 'part' && ciphertext.length === 0) return [];
  return [answeredData(request, 'Encrypt', 'Data', ciphertext)];
}

function tagFields(
  request: KmipRequest,
  mechanism: Mechanism,
  tagBytes: number | undefined,
  output: Bytes,
): Payload {
  const at = tagAt(request, mechanism, tagBytes, output);
  const tag = output.subarray(at);
  return at === output.length ? [] : [make.byteString('AuthenticatedEncryptionTag', tag)];
}
