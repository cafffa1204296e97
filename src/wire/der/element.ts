// Elements of DER (ITU-T X.690): views over the bytes that were read, which stay the caller's. Strict where BER is lenient, so that what is
// signed has one encoding: definite and shortest lengths, no tag numbers above 30. Elements open one level at a time, so no depth is paid for
// that nobody asks for.

import type { Bytes } from '../../base/bytes.ts';
import { DerRefusal } from './refusal.ts';

/** As many as a message of any protocol may have. */
const DER_BYTES_MAX = 4 * 1024 * 1024;

export interface DerElement {
  /** The identifier octet: class, form and number. */
  readonly typeOctet: number;
  /** Identifier, length and content. */
  readonly whole: Bytes;
  readonly content: Bytes;
}

/** The one element that the bytes are. Throws {@link DerRefusal}, for bytes behind it too. */
export function readDer(bytes: Bytes): DerElement {
  if (bytes.length > DER_BYTES_MAX)
    throw new DerRefusal(`An encoding must have at most ${DER_BYTES_MAX} bytes.`);
  const element = elementAt(bytes, 0);
  if (element.whole.length !== bytes.length) throw new DerRefusal('Bytes follow the end of the encoding.');
  return element;
}

/** More than any structure here has: bytes of a stranger weigh hundreds of times as much once they are parts of two each. */
const PARTS_MAX = 1_024;

/** What a constructed element consists of. Throws {@link DerRefusal} for a primitive one, and for too many parts. */
export function childrenOf({ typeOctet, content }: DerElement): readonly DerElement[] {
  if ((typeOctet & CONSTRUCTED) === 0) throw new DerRefusal('A primitive element has no parts.');
  const children: DerElement[] = [];
  for (let offset = 0; offset < content.length; ) {
    if (children.length === PARTS_MAX) throw new DerRefusal(`A structure has at most ${PARTS_MAX} parts.`);
    const child = elementAt(content, offset);
    children.push(child);
    offset += child.whole.length;
  }
  return children;
}

const CONSTRUCTED = 0x20;
const NUMBER = 0x1f;
/** A length of more bytes is beyond every bound here. */
const LENGTH_BYTES_MAX = 3;

function elementAt(bytes: Bytes, start: number): DerElement {
  const typeOctet = bytes[start];
  const first = bytes[start + 1];
  if (typeOctet === undefined || first === undefined)
    throw new DerRefusal('The encoding ends within an element.');
  if ((typeOctet & NUMBER) === NUMBER) throw new DerRefusal('Tag numbers above 30 are not known here.');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > LENGTH_BYTES_MAX)
    throw new DerRefusal('A length is indefinite or too long.');
  const contentStart = start + 2 + lengthBytes;
  if (contentStart > bytes.length) throw new DerRefusal('The encoding ends within an element.');
  const digits = bytes.subarray(start + 2, contentStart);
  const length = lengthBytes === 0 ? first : digits.reduce((sum, byte) => sum * 256 + byte, 0);
  // X.690 section 10.1: the shortest form of the length.
  if (lengthBytes > 0 && (length < 0x80 || digits[0] === 0))
    throw new DerRefusal('A length is not in its shortest form.');
  const end = contentStart + length;
  if (end > bytes.length) throw new DerRefusal('The encoding ends within an element.');
  return { typeOctet, whole: bytes.subarray(start, end), content: bytes.subarray(contentStart, end) };
}
