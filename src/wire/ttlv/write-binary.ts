// Writes TTLV (KMIP 2.1 section 10.1). The bytes of the message are allocated once, at their final length, so that no other copy of what
// may be key material is left behind; who sends them may wipe them.

import { assert } from '../../base/assert.ts';
import { type BigIntegerDigits, bigIntegerLength } from './big-integer.ts';
import { HEAD_BYTES, paddedLength } from './item.ts';
import { ITEM_TYPES } from './item-types.ts';
import type { TtlvField } from './make.ts';

const UINT32_MAX = 0xffff_ffff;

export function writeTtlv(message: TtlvField): Uint8Array<ArrayBuffer> {
  const lengths: number[] = [];
  const length = measure(message, lengths);
  assert(length <= UINT32_MAX, 'a message has a length of 32 bits');
  const bytes = new Uint8Array(HEAD_BYTES + paddedLength(length));
  const end = new BinaryWriter(bytes, lengths).write(message, 0);
  assert(end === bytes.length, 'a message fills the bytes that it was measured for');
  return bytes;
}

/** The bytes that a message would have: what Maximum Response Size counts, in whichever form it is sent. */
export function ttlvLength(message: TtlvField): number {
  return HEAD_BYTES + paddedLength(measure(message, []));
}

/** The length of the field's value. Lengths are collected in the order in which heads are written, so that each is computed once. */
function measure(field: TtlvField, lengths: number[]): number {
  const slot = lengths.push(0) - 1;
  const length = field.type === 'Structure' ? measureChildren(field.fields, lengths) : valueLength(field);
  lengths[slot] = length;
  return length;
}

function measureChildren(fields: readonly TtlvField[], lengths: number[]): number {
  let length = 0;
  for (const field of fields) length += HEAD_BYTES + paddedLength(measure(field, lengths));
  return length;
}

function valueLength(field: Exclude<TtlvField, { type: 'Structure' }>): number {
  switch (field.type) {
    case 'Integer':
    case 'Enumeration':
    case 'Interval':
      return 4;
    case 'LongInteger':
    case 'DateTime':
    case 'DateTimeExtended':
    case 'Boolean':
      return 8;
    case 'BigInteger':
      return bigIntegerLength(field.digits);
    case 'ByteString':
      return field.value.length;
    case 'copy':
      return field.item.length;
    default:
      return Buffer.byteLength(field.value);
  }
}

class BinaryWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #lengths: readonly number[];
  #written = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>, lengths: readonly number[]) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#lengths = lengths;
  }

  /** Gives back where the field ends. */
  write(field: TtlvField, at: number): number {
    const length = this.#lengths[this.#written] ?? 0;
    this.#written += 1;
    const code = ITEM_TYPES[field.type === 'copy' ? field.item.type : field.type].code;
    this.#view.setUint32(at, ((field.tag << 8) | code) >>> 0);
    this.#view.setUint32(at + 4, length);
    const start = at + HEAD_BYTES;
    if (field.type !== 'Structure') {
      this.#writeValue(field, start, length);
      return start + paddedLength(length);
    }
    let end = start;
    for (const child of field.fields) end = this.write(child, end);
    return end;
  }

  #writeValue(field: Exclude<TtlvField, { type: 'Structure' }>, at: number, length: number): void {
    switch (field.type) {
      case 'Integer':
      case 'Enumeration':
      case 'Interval':
        // Wraps a negative number into its two's complement.
        this.#view.setUint32(at, field.value);
        return;
      case 'LongInteger':
      case 'DateTime':
      case 'DateTimeExtended':
        this.#view.setBigInt64(at, field.value);
        return;
      case 'Boolean':
        this.#view.setUint32(at + 4, field.value ? 1 : 0);
        return;
      case 'BigInteger':
        this.#writeDigits(field.digits, at, length);
        return;
      case 'ByteString':
        this.#bytes.set(field.value, at);
        return;
      case 'copy':
        this.#bytes.set(field.item.content, at);
        return;
      default:
        utf8Encoder.encodeInto(field.value, this.#bytes.subarray(at, at + length));
    }
  }

  #writeDigits({ bytes, negative }: BigIntegerDigits, at: number, length: number): void {
    if (negative) this.#bytes.fill(0xff, at, at + length - bytes.length);
    this.#bytes.set(bytes, at + length - bytes.length);
  }
}

const utf8Encoder = new TextEncoder();
