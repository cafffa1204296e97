// One share of a root key as its holder keeps it: docs/formats/root-key.md. Text and bytes are never strings here, and are wiped.

import { hash } from 'node:crypto';
import { type Bytes, concatBytes, equalBytes, hex, utf8, wipe } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import { invalidInput } from '../../domain/errors.ts';
import { bytesOfHexDigits, hexDigits } from './hex-digits.ts';
import { ROOT_KEY_BYTES } from './software-root-key.ts';

export const SET_BYTES = 4;
const NUMBER_OFFSET = SET_BYTES;
const SHARE_OFFSET = NUMBER_OFFSET + 1;
const CHECK_OFFSET = SHARE_OFFSET + ROOT_KEY_BYTES;
const CHECK_BYTES = 3;
const SHARE_BYTES = CHECK_OFFSET + CHECK_BYTES;

const HEAD = utf8('khs1');
const CHECK_LABEL = utf8('keyhold share check v1');
const GROUP_DIGITS = 4;
const DASH = 0x2d;
/** With room for line ends and blanks around and between. */
const TEXT_BYTES_MAX = 512;

export interface RootKeyShare extends Disposable {
  /** Of the set that it belongs to, in hex. */
  readonly set: string;
  /** From 1 on. */
  readonly number: number;
  /** As long as the root key. */
  readonly value: SecretBytes;
}

/** `khs1-` and groups of four hex digits: the set, the number, the share, and a check against slips of the pen. */
export function printShare(set: Bytes, number: number, value: SecretBytes): SecretBytes {
  const body = concatBytes(set, Uint8Array.of(number), revealSecretBytes(value));
  const whole = concatBytes(body, checkOf(body));
  const digits = hexDigits(whole);
  const groups = digits.length / GROUP_DIGITS;
  const text = new Uint8Array(HEAD.length + groups * (1 + GROUP_DIGITS)).fill(DASH);
  text.set(HEAD);
  for (let group = 0; group < groups; group += 1) {
    const from = digits.subarray(group * GROUP_DIGITS, (group + 1) * GROUP_DIGITS);
    text.set(from, HEAD.length + group * (1 + GROUP_DIGITS) + 1);
  }
  for (const bytes of [body, whole, digits]) wipe(bytes);
  return SecretBytes.own(text);
}

/** Takes capitals, and blanks and dashes wherever they are. Throws `invalidInput` for what is no share, one with a slip in it included. */
export function parseShare(text: SecretBytes): RootKeyShare {
  const whole = bytesIn(revealSecretBytes(text));
  if (whole === undefined) {
    const digits = 2 * SHARE_BYTES;
    throw invalidInput('share', `must be khs1- and ${digits} hex digits, as it was shown; look for a slip`);
  }
  const set = hex(whole.subarray(0, SET_BYTES));
  const number = whole[NUMBER_OFFSET] ?? 0;
  const value = SecretBytes.copyOf(whole.subarray(SHARE_OFFSET, CHECK_OFFSET));
  wipe(whole);
  return { set, number, value, [Symbol.dispose]: () => value[Symbol.dispose]() };
}

function bytesIn(text: Bytes): Bytes | undefined {
  if (text.length > TEXT_BYTES_MAX) return undefined;
  const kept = text.filter(byte => byte !== DASH && byte > 0x20).map(lowerCase);
  const isShare = equalBytes(kept.subarray(0, HEAD.length), HEAD);
  const whole = isShare ? bytesOfHexDigits(kept.subarray(HEAD.length)) : undefined;
  wipe(kept);
  if (whole === undefined) return undefined;
  const fits =
    whole.length === SHARE_BYTES &&
    equalBytes(whole.subarray(CHECK_OFFSET), checkOf(whole.subarray(0, CHECK_OFFSET)));
  if (fits) return whole;
  wipe(whole);
  return undefined;
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** Against slips, not against anybody: whoever can make a share can make its check. */
function checkOf(body: Bytes): Bytes {
  const labelled = concatBytes(CHECK_LABEL, body);
  const check = hash('sha256', labelled, 'buffer').subarray(0, CHECK_BYTES);
  wipe(labelled);
  return check;
}
