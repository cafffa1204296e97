// How the structures of PKCS #11 lie in memory: words of the machine (CK_ULONG and pointers, of one size on the platforms that are served)
// and what they point to, which must stay alive as long as the structure is used.

import koffi from 'koffi';
import { assert } from '../../base/assert.ts';
import { type Bytes, utf8 } from '../../base/bytes.ts';
import { ATTRIBUTES, type AttributeName, MECHANISM, type MechanismName } from './names.ts';

export const WORD_BYTES = 8;

/** CK_UNAVAILABLE_INFORMATION as the length of an attribute that is not told. */
export const UNAVAILABLE = 0xff_ff_ff_ff_ff_ff_ff_ffn;

/** Throws where the platform has other words: 32-bit systems, and Windows. */
export function requireWords(): void {
  assert(
    koffi.sizeof('ulong') === WORD_BYTES && koffi.sizeof('void *') === WORD_BYTES,
    'PKCS #11 is served where long and pointers have 64 bits',
  );
}

/** A number, or bytes that are pointed to. */
export type Word = number | bigint | Buffer;

/** A structure in memory, together with all that it points to. */
export interface Structure {
  readonly memory: Buffer;
  readonly keptAlive: readonly unknown[];
}

export function structure(words: readonly Word[]): Structure {
  const memory = Buffer.alloc(words.length * WORD_BYTES);
  words.forEach((word, at) => {
    memory.writeBigUInt64LE(Buffer.isBuffer(word) ? addressOf(word) : BigInt(word), at * WORD_BYTES);
  });
  return { memory, keptAlive: words };
}

function addressOf(buffer: Buffer): bigint {
  return buffer.length === 0 ? 0n : koffi.address(buffer);
}

export function word(value: number | bigint = 0): Buffer {
  return structure([value]).memory;
}

export function wordAt(memory: Buffer, at = 0): number {
  const value = memory.readBigUInt64LE(at * WORD_BYTES);
  assert(value <= BigInt(Number.MAX_SAFE_INTEGER), 'a count or handle of a token is a safe integer');
  return Number(value);
}

/** Of a list that a library tells. */
const WORDS_MAX = 65_536;

/** A list whose length is asked for first. */
export function wordList(ask: (list: Buffer | null, count: Buffer) => void): readonly number[] {
  const count = word();
  ask(null, count);
  const room = countAt(count, WORDS_MAX);
  if (room === 0) return [];
  const list = Buffer.alloc(room * WORD_BYTES);
  ask(list, count);
  return Array.from({ length: countAt(count, room) }, (_, at) => wordAt(list, at));
}

/** How much a library says that it has given: no more than there is room for, or it is none to trust. */
export function countAt(memory: Buffer, room: number, at = 0): number {
  const count = memory.readBigUInt64LE(at * WORD_BYTES);
  assert(count <= BigInt(room), 'a library gives no more than there is room for');
  return Number(count);
}

export type AttributeValue = number | boolean | string | Bytes;
export type Template = Readonly<Partial<Record<AttributeName, AttributeValue>>>;

/** CK_ATTRIBUTE for each, in their order. */
export function template(attributes: Template): Structure & { readonly count: number } {
  const given = Object.entries(attributes) as [AttributeName, AttributeValue][];
  const words = given.flatMap(([name, value]): Word[] => {
    const bytes = attributeBytes(name, value);
    return [ATTRIBUTES[name].type, bytes, bytes.length];
  });
  return { ...structure(words), count: given.length };
}

function attributeBytes(name: AttributeName, value: AttributeValue): Buffer {
  const { as } = ATTRIBUTES[name];
  if (as === 'boolean' && typeof value === 'boolean') return Buffer.from([Number(value)]);
  if (as === 'number' && typeof value === 'number') return word(value);
  if (as === 'text' && typeof value === 'string') return asBuffer(utf8(value));
  assert(as === 'bytes' && value instanceof Uint8Array, `attribute ${name} has a value of its kind`);
  return asBuffer(value);
}

/** A view of the same bytes, in a form whose address can be taken. */
export function asBuffer(bytes: Bytes): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Parameters of mechanisms, as the structures of "Current Mechanisms" have them. */
export type Parameter =
  | { readonly kind: 'bytes'; readonly bytes: Bytes }
  /** CK_GCM_PARAMS (v2.40 section 2.12.3). Tokens that make the IV themselves write it over the one given. */
  | { readonly kind: 'gcm'; readonly iv: Bytes; readonly associatedData: Bytes; readonly tagBits: number }
  /** CK_AES_CTR_PARAMS. */
  | { readonly kind: 'ctr'; readonly counterBits: number; readonly block: Bytes }
  /** CK_RSA_PKCS_OAEP_PARAMS; the label is the "encoding parameter". */
  | { readonly kind: 'oaep'; readonly hash: number; readonly mgf: number; readonly label: Bytes }
  /** CK_RSA_PKCS_PSS_PARAMS. */
  | { readonly kind: 'pss'; readonly hash: number; readonly mgf: number; readonly saltBytes: number }
  /** CK_ECDH1_DERIVE_PARAMS without a derivation function. */
  | { readonly kind: 'ecdh'; readonly publicPoint: Bytes };

const OAEP_LABEL_SPECIFIED = 1;
const NO_KDF = 1;
const EMPTY = Buffer.alloc(0);

function parameterMemory(parameter: Parameter): Structure {
  switch (parameter.kind) {
    case 'bytes':
      return { memory: asBuffer(parameter.bytes), keptAlive: [parameter.bytes] };
    case 'gcm': {
      const { iv, associatedData, tagBits } = parameter;
      return structure([
        asBuffer(iv),
        iv.length,
        iv.length * 8,
        asBuffer(associatedData),
        associatedData.length,
        tagBits,
      ]);
    }
    case 'ctr':
      return { memory: Buffer.concat([word(parameter.counterBits), parameter.block]), keptAlive: [] };
    case 'oaep': {
      const { hash, mgf, label } = parameter;
      return structure([hash, mgf, OAEP_LABEL_SPECIFIED, asBuffer(label), label.length]);
    }
    case 'pss':
      return structure([parameter.hash, parameter.mgf, parameter.saltBytes]);
    case 'ecdh': {
      const point = asBuffer(parameter.publicPoint);
      return structure([NO_KDF, 0, EMPTY, point.length, point]);
    }
  }
}

export interface MechanismUse {
  readonly name: MechanismName;
  readonly parameter?: Parameter | undefined;
}

/** CK_MECHANISM. */
export function mechanism({ name, parameter }: MechanismUse): Structure {
  const parameters = parameter === undefined ? undefined : parameterMemory(parameter);
  const memory = parameters?.memory ?? EMPTY;
  const made = structure([MECHANISM[name], memory, memory.length]);
  return { memory: made.memory, keptAlive: [made, parameters] };
}
