// The bytes of a request, whole: the signature is over them. What is gathered in pieces is wiped once it is joined.

import type { Readable } from 'node:stream';
import { type Bytes, wipe } from '../../base/bytes.ts';

/** More arrived than any request may have. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Rejects with {@link BodyTooLarge} beyond the bound, and with whatever the stream fails with. The bytes are the caller's, to be wiped. */
export function readBody(stream: Readable, bytesMax: number): Promise<Bytes> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const { promise, resolve, reject } = Promise.withResolvers<Bytes>();
  // Settling a second time does nothing; wiping what is joined and wiped already does no harm.
  function fail(error: Error): void {
    for (const piece of pieces) wipe(piece);
    reject(error);
  }
  function take(piece: Uint8Array): void {
    pieces.push(piece);
    length += piece.length;
    if (length <= bytesMax) return;
    // No more of it is read; the answer closes the connection.
    stream.off('data', take).pause();
    fail(new BodyTooLarge(`a body has at most ${bytesMax} bytes`));
  }
  stream.on('data', take);
  stream.once('error', fail);
  stream.once('close', () => fail(new Error('the request ended before its body')));
  stream.once('end', () => resolve(joined(pieces, length)));
  return promise;
}

/** A copy even of a single piece: it may be a view of memory that others share. */
function joined(pieces: readonly Uint8Array[], length: number): Bytes {
  const body = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
    wipe(piece);
  }
  return body;
}
