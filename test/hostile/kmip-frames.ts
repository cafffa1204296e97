// Frames of KMIP that are nearly right: messages of the cases, changed where a reader trusts what it reads. Some changes keep the lengths of
// the structures around right, so that they reach what lies behind the codec. The same seed gives the same frames.

import { concatBytes, utf8 } from '../../src/base/bytes.ts';
import {
  readTtlv,
  TAGS,
  type TtlvField,
  type TtlvItem,
  writeJson,
  writeTtlv,
  writeXml,
} from '../../src/wire/ttlv/index.ts';
import { SeededRandom } from '../support/load-random.ts';

export const FORMS = ['binary', 'XML', 'JSON'] as const;
export type Form = (typeof FORMS)[number];

export interface Frame {
  readonly form: Form;
  readonly bytes: Uint8Array;
}

const LIMITS = { bytesMax: 1 << 24, depthMax: 34, itemsMax: 100_000 };
const HEAD_BYTES = 8;
/** Long messages would take most of the time, and are made of the same items. */
const MESSAGE_BYTES_MAX = 4_096;
const CHANGES_MAX = 4;
/** One frame of so many is text. */
const TEXT_ONE_IN = 10;

/** Numbers at which counting, signs and padding go wrong. */
const NUMBERS = [
  0, 1, 4, 7, 8, 9, 15, 16, 255, 256, 65_535, 0x0010_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff,
];
const TAG_CODES = Object.values(TAGS).map(([code]) => code);
const SPLINTERS = [
  '<',
  '>',
  '"',
  '&#0;',
  ']]>',
  '{',
  '[',
  ',',
  '\\ud800',
  '0x',
  '-',
  '\0',
  '1e999',
  'null',
].map(utf8);

interface Place {
  readonly at: number;
  readonly size: number;
  /** Where the structures around it begin. */
  readonly around: readonly number[];
}

interface Original {
  readonly binary: Uint8Array;
  readonly places: readonly Place[];
  readonly texts: Readonly<Record<'XML' | 'JSON', Uint8Array>>;
}

export class FrameSource {
  readonly #random: SeededRandom;
  readonly #originals: readonly Original[];

  constructor(messages: readonly TtlvField[], seed: number) {
    this.#random = new SeededRandom(seed);
    this.#originals = messages.flatMap(message => {
      const binary = writeTtlv(message);
      if (binary.length > MESSAGE_BYTES_MAX) return [];
      const item = readTtlv(binary, LIMITS);
      const texts = { XML: utf8(writeXml(item)), JSON: utf8(writeJson(item)) };
      return [{ binary, places: placesOf(item, 0, []), texts }];
    });
  }

  next(): Frame {
    const isText = this.#random.between(1, TEXT_ONE_IN) === 1;
    if (!isText) return { form: 'binary', bytes: this.nextBinary() };
    const form = this.#random.pick(['XML', 'JSON'] as const) ?? 'XML';
    return { form, bytes: this.#changedText(this.#original().texts[form]) };
  }

  nextBinary(): Uint8Array {
    const random = this.#random;
    const original = this.#original();
    let bytes = this.#restructured(original);
    for (let left = random.between(0, CHANGES_MAX); left > 0; left -= 1)
      bytes = this.#changed(bytes, original);
    return bytes;
  }

  #original(): Original {
    const original = this.#random.pick(this.#originals);
    if (original === undefined) throw new Error('there is no message to change');
    return original;
  }

  #place(original: Original): Place {
    return this.#random.pick(original.places) ?? { at: 0, size: original.binary.length, around: [] };
  }

  /** A copy in which an item is gone, doubled, or another message's, and every length is right. */
  #restructured(original: Original): Uint8Array {
    const random = this.#random;
    const place = this.#place(original);
    const item = original.binary.subarray(place.at, place.at + place.size);
    switch (random.between(0, 5)) {
      case 0:
        return spliced(original.binary, place, []);
      case 1:
        return spliced(original.binary, place, [item, item]);
      case 2: {
        const other = this.#original();
        const { at, size } = this.#place(other);
        return spliced(original.binary, place, [other.binary.subarray(at, at + size)]);
      }
      case 3: {
        const depth = random.between(1, 40);
        return spliced(original.binary, place, [nested(item, depth)]);
      }
      default:
        return original.binary.slice();
    }
  }

  #changed(bytes: Uint8Array, original: Original): Uint8Array {
    const random = this.#random;
    const head = Math.min(this.#place(original).at, bytes.length - HEAD_BYTES);
    if (head < 0) return bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const number = random.pick(NUMBERS) ?? 0;
    switch (random.between(0, 9)) {
      case 0:
        bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
        break;
      case 1: {
        const at = random.between(0, bytes.length - 1);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
        break;
      }
      case 2:
        view.setUint32(head + 4, number);
        break;
      case 3:
        view.setUint32(head + 4, (view.getUint32(head + 4) + random.between(-9, 9)) >>> 0);
        break;
      case 4:
        bytes[head + 3] = random.between(0, 12);
        break;
      case 5:
        view.setUint32(head, (((random.pick(TAG_CODES) ?? 0) << 8) | (bytes[head + 3] ?? 0)) >>> 0);
        break;
      case 6:
        if (head + 2 * HEAD_BYTES <= bytes.length) view.setUint32(head + HEAD_BYTES, number);
        break;
      case 7:
        return bytes.slice(0, random.between(0, bytes.length));
      case 8:
        return concatBytes(bytes, random.bytes(random.between(1, 16)));
      default:
        bytes.copyWithin(head, random.between(0, bytes.length - 1), random.between(0, bytes.length));
    }
    return bytes;
  }

  #changedText(text: Uint8Array): Uint8Array {
    const random = this.#random;
    let bytes = text.slice();
    for (let left = random.between(1, CHANGES_MAX); left > 0; left -= 1) {
      const at = random.between(0, Math.max(0, bytes.length - 1));
      const end = Math.min(bytes.length, at + random.between(0, 32));
      switch (random.between(0, 3)) {
        case 0:
          bytes[at] = random.between(0, 255);
          break;
        case 1:
          bytes = concatBytes(bytes.subarray(0, at), bytes.subarray(end));
          break;
        case 2:
          bytes = concatBytes(bytes.subarray(0, end), bytes.subarray(at));
          break;
        default:
          bytes = concatBytes(bytes.subarray(0, at), random.pick(SPLINTERS) ?? text, bytes.subarray(at));
      }
    }
    return bytes;
  }
}

/** Of the message and everything in it, `at` the offset of the item. */
function placesOf(item: TtlvItem, at: number, around: readonly number[]): readonly Place[] {
  const size = item.encoding.length;
  const places: Place[] = [{ at, size, around }];
  let next = at + HEAD_BYTES;
  for (const child of item.children) {
    places.push(...placesOf(child, next, [...around, at]));
    next += child.encoding.length;
  }
  return places;
}

function spliced(bytes: Uint8Array, { at, size, around }: Place, items: readonly Uint8Array[]): Uint8Array {
  const made = concatBytes(bytes.subarray(0, at), ...items, bytes.subarray(at + size));
  const view = new DataView(made.buffer, made.byteOffset, made.length);
  const growth = made.length - bytes.length;
  for (const structure of around) view.setUint32(structure + 4, view.getUint32(structure + 4) + growth);
  return made;
}

const STRUCTURE = 0x4200_0101 | 0;

function nested(item: Uint8Array, depth: number): Uint8Array {
  const made = new Uint8Array(depth * HEAD_BYTES + item.length);
  const view = new DataView(made.buffer);
  for (let level = 0; level < depth; level += 1) {
    view.setUint32(level * HEAD_BYTES, STRUCTURE);
    view.setUint32(level * HEAD_BYTES + 4, made.length - (level + 1) * HEAD_BYTES);
  }
  made.set(item, depth * HEAD_BYTES);
  return made;
}
