// The bytes of a request, whole: the signature is over them. What is gathered in pieces is wiped once it is joined.

import { type Bytes, wipe } from '../../base/bytes.ts';

/** More arrived than any request may have. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Throws {@link BodyTooLarge} beyond the bound, and whatever the stream fails with. The bytes are the caller's, to be wiped. */
export async function readBody(stream: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Bytes> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of stream) {
      pieces.push(piece);
      length += piece.length;
      if (length > bytesMax) throw new BodyTooLarge(`a body has at most ${bytesMax} bytes`);
    }
    // A copy even of a single piece: it may be a view of memory that others share.
    const body = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      body.set(piece, at);
      at += piece.length;
    }
    return body;
  } finally {
    for (const piece of pieces) wipe(piece);
  }
}
