// The fields that Cryptographic Parameters name in an IV (KMIP 1.2 section 3.6, 2.1 section 4.13): the counter of CTR with the value that it begins with, as of
// RFC 3686, and the two fields of an IV of GCM (SP 800-38D section 8.2.1). No IV is made by them here: that would need a count of all messages.

import { type Bytes, hex } from '../../../base/bytes.ts';
import { MECHANISMS, type Mechanism } from '../../../domain/algorithms.ts';
import { read, type StructureReader } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';

/** Lengths in bits. */
export interface IvFields {
  readonly fixedBits?: number | undefined;
  readonly invocationBits?: number | undefined;
  readonly counterBits?: number | undefined;
  readonly counterStart?: number | undefined;
}

export function readIvFields(fields: StructureReader): IvFields {
  return {
    fixedBits: fields.optional('FixedFieldLength', read.integer),
    invocationBits: fields.optional('InvocationFieldLength', read.integer),
    counterBits: fields.optional('CounterLength', read.integer),
    counterStart: fields.optional('InitialCounterValue', read.integer),
  };
}

/** Of a use that has no such IV. A length of the counter says nothing then. */
export function refuseIvFields({ fixedBits, invocationBits, counterStart }: IvFields): void {
  if ((fixedBits ?? invocationBits ?? counterStart) !== undefined)
    throw refusal('unsupportedCryptographicParameters');
}

interface WholeIv {
  readonly iv: Bytes | undefined;
  readonly counterBits: number | undefined;
}

/**
 * The IV that the mechanism takes. `isMade`: the core makes one. Throws `unsupportedCryptographicParameters` for fields that an IV of this mechanism does not have,
 * or of one that is made here, and `invalidField` for those that do not fit the one that is given.
 */
export function wholeIv(
  mechanism: Mechanism,
  given: Bytes | undefined,
  fields: IvFields,
  isMade: boolean,
): WholeIv {
  const { fixedBits, invocationBits, counterBits, counterStart } = fields;
  const { kind, counter } = MECHANISMS[mechanism];
  const hasFields = fixedBits !== undefined || invocationBits !== undefined;
  if (hasFields && (kind !== 'aead' || isMade)) throw refusal('unsupportedCryptographicParameters');
  if (hasFields && given !== undefined) requireFields(given, fields);
  if (counterStart === undefined) return { iv: given, counterBits: counter ? counterBits : undefined };
  if (!counter || isMade) throw refusal('unsupportedCryptographicParameters');
  return given === undefined ? { iv: given, counterBits } : counterBlock(given, counterBits, counterStart);
}

function requireFields({ length }: Bytes, { fixedBits = 0, invocationBits }: IvFields): void {
  const bits = 8 * length;
  const left = bits - fixedBits;
  if (fixedBits < 0 || left < 0 || (invocationBits ?? left) !== left)
    throw refusal('invalidField', 'The fields of the IV are not as long as the IV.');
}

const BLOCK_BYTES = 16;

/** The first counter block: the counter stands behind the IV, or in the end of one that has room for it. */
function counterBlock(given: Bytes, counterBits: number | undefined, start: number): WholeIv {
  const room = 8 * (BLOCK_BYTES - given.length);
  const bits = counterBits ?? room;
  if (bits <= 0 || bits > 8 * BLOCK_BYTES || (room !== 0 && room !== bits))
    throw refusal('invalidField', 'The IV and its counter must fill a block.');
  const first = BigInt(start);
  const counters = 1n << BigInt(bits);
  if (first < 0n || first >= counters)
    throw refusal('invalidField', 'Initial Counter Value must be within Counter Length.');
  const block = room === 0 ? given : Buffer.concat([given, Buffer.alloc(room / 8)]);
  const counted = BigInt(`0x${hex(block)}`);
  const held = counted % counters;
  if (held !== 0n && held !== first)
    throw refusal('invalidField', 'The IV begins to count otherwise than Initial Counter Value.');
  const whole = (counted - held + first).toString(16).padStart(2 * BLOCK_BYTES, '0');
  return { iv: Uint8Array.from(Buffer.from(whole, 'hex')), counterBits: bits };
}
