// Secrets that are recognised wherever they turn up: each one in every form that bytes commonly take, found by one pass over any amount
// of bytes.

import { randomBytes } from 'node:crypto';

export interface Canary {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Sighting {
  readonly canary: string;
  /** Such as `base64url at 2, as UTF-16`. */
  readonly form: string;
  readonly offset: number;
}

export function newCanary(name: string, length = 48): Canary {
  return { name, bytes: randomBytes(length) };
}

/** A secret that is a text, such as an API key: found as it is written as well as encoded once more. */
export function canaryOf(name: string, secret: string | Uint8Array): Canary {
  return { name, bytes: Buffer.from(secret) };
}

/** So many bytes of a form are enough to tell a secret from chance, and a piece of one from none. */
const NEEDLE_BYTES = 18;

/** The windows at both ends of a form: half a secret is a leak as well. */
function windows(form: Buffer): readonly Buffer[] {
  return [form.subarray(0, NEEDLE_BYTES), form.subarray(Math.max(0, form.length - NEEDLE_BYTES))];
}

function* formsOf(bytes: Buffer): Generator<readonly [form: string, text: Buffer]> {
  yield ['raw', bytes];
  const hex = bytes.toString('hex');
  const texts: (readonly [string, string])[] = [
    ['hex', hex],
    ['upper-case hex', hex.toUpperCase()],
    ['numbers', bytes.join(',')],
    ['percent-encoded', hex.replace(/../g, '%$&').toUpperCase()],
    ['escaped', [...bytes].map(escaped).join('')],
  ];
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const shift of [0, 1, 2]) {
      // Behind other bytes: without the digits that those have a part in.
      const shifted = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString(encoding)
        .replace(/=+$/, '');
      texts.push([`${encoding} at ${shift}`, shifted.slice(shift === 0 ? 0 : shift + 1, -1)]);
    }
  }
  for (const [form, text] of texts) {
    yield [form, Buffer.from(text, 'latin1')];
    yield [`${form}, as UTF-16`, Buffer.from(text, 'utf16le')];
  }
  yield ['raw, as UTF-16', Buffer.from(bytes.toString('latin1'), 'utf16le')];
}

/** As heap snapshots and some loggers write a byte that stands in a string. */
function escaped(byte: number): string {
  if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
  const printable = byte >= 0x20 && byte < 0x7f;
  return printable ? String.fromCharCode(byte) : `\\u${byte.toString(16).toUpperCase().padStart(4, '0')}`;
}

interface Needle {
  readonly canary: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Finds any of the canaries in one pass. */
export class Detector {
  /** Needles by their first two bytes, and whether there are any: most bytes of a haystack are dismissed by one look. */
  readonly #byHead = new Map<number, Needle[]>();
  readonly #heads = new Uint8Array(0x10000);

  constructor(canaries: readonly Canary[]) {
    for (const { name, bytes } of canaries) {
      for (const [form, text] of formsOf(bytes)) {
        for (const needle of windows(text)) this.#add({ canary: name, form, bytes: needle });
      }
    }
  }

  #add(needle: Needle): void {
    const head = needle.bytes.readUInt16BE(0);
    this.#heads[head] = 1;
    const same = this.#byHead.get(head) ?? [];
    if (!same.some(({ bytes }) => bytes.equals(needle.bytes))) same.push(needle);
    this.#byHead.set(head, same);
  }

  search(haystack: Uint8Array, from = 0): readonly Sighting[] {
    const found: Sighting[] = [];
    const heads = this.#heads;
    const last = haystack.length - 1;
    let head = haystack[0] ?? 0;
    for (let at = 0; at < last; at += 1) {
      head = ((head << 8) | (haystack[at + 1] ?? 0)) & 0xffff;
      if (heads[head] === 0) continue;
      for (const { canary, form, bytes } of this.#byHead.get(head) ?? []) {
        if (startsAt(haystack, at, bytes)) found.push({ canary, form, offset: from + at });
      }
    }
    return found;
  }

  /** The names of what is found. */
  names(haystack: Uint8Array | string): ReadonlySet<string> {
    const bytes = typeof haystack === 'string' ? Buffer.from(haystack) : haystack;
    return new Set(this.search(bytes).map(({ canary }) => canary));
  }
}

function startsAt(haystack: Uint8Array, at: number, needle: Uint8Array): boolean {
  if (at + needle.length > haystack.length) return false;
  for (let index = 2; index < needle.length; index += 1) {
    if (haystack[at + index] !== needle[index]) return false;
  }
  return true;
}
