// The bytes of a request, whole: the signature is over them, so that they are held before anybody is known. What is gathered in pieces
// is wiped once it is joined.

import { type Bytes, wipe } from '../../base/bytes.ts';

/** More arrived than any request may have. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** All long bodies together are more than is held for strangers. */
export class BodiesOverloaded extends Error {
  override readonly name = 'BodiesOverloaded';
}

export interface BodyBounds {
  readonly bytesMax: number;
  /** So much of each body is taken in any case: slow senders of long bodies keep nobody's short ones out. */
  readonly shortBytes: number;
  /** What all bodies that are being read may have beyond that, together. */
  readonly pooledBytesMax: number;
}

/**
 * Throws {@link BodyTooLarge} and {@link BodiesOverloaded} beyond the bounds, and whatever the stream fails with. The bytes are the
 * caller's, to be wiped.
 */
export type BodyReader = (stream: AsyncIterable<Uint8Array>) => Promise<Bytes>;

export function createBodyReader({ bytesMax, shortBytes, pooledBytesMax }: BodyBounds): BodyReader {
  let pooled = 0;
  return async stream => {
    const pieces: Uint8Array[] = [];
    let length = 0;
    let taken = 0;
    try {
      for await (const piece of stream) {
        pieces.push(piece);
        length += piece.length;
        if (length > bytesMax) throw new BodyTooLarge(`a body has at most ${bytesMax} bytes`);
        const beyond = Math.max(0, length - shortBytes);
        pooled += beyond - taken;
        taken = beyond;
        if (taken > 0 && pooled > pooledBytesMax) throw new BodiesOverloaded('too many long bodies at once');
      }
      return join(pieces, length);
    } finally {
      pooled -= taken;
      for (const piece of pieces) wipe(piece);
    }
  };
}

/** A copy even of a single piece: it may be a view of memory that others share. */
function join(pieces: readonly Uint8Array[], length: number): Bytes {
  const body = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}
