// The bytes of a request, whole: a signature may be over them, so that they are held before anybody is known, and never without a bound. What
// is gathered in pieces is wiped once it is joined.

import type { Readable } from 'node:stream';
import { type Bytes, wipe } from '../base/bytes.ts';

/** More arrived than any request may have. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  /** As the listener names its own refusals. */
  readonly code = 'FST_ERR_CTP_BODY_TOO_LARGE';
  readonly statusCode = 413;
}

/** All long bodies together are more than is held for strangers. */
export class BodiesOverloaded extends Error {
  override readonly name = 'BodiesOverloaded';
  readonly statusCode = 503;
}

/** The sender has gone before its end. */
export class BodyNotWhole extends Error {
  override readonly name = 'BodyNotWhole';
  readonly code = 'FST_ERR_CTP_INVALID_CONTENT_LENGTH';
  readonly statusCode = 400;
}

export interface BodyBounds {
  readonly bytesMax: number;
  /** So much of each body is taken in any case: slow senders of long bodies keep nobody's short ones out. */
  readonly shortBytes: number;
  /** What all bodies that are being read may have beyond that, together. */
  readonly pooledBytesMax: number;
}

/** Of protocols whose requests are seldom longer than a few kilobytes. */
export const BOUNDS_OF_MANY = { shortBytes: 32_768, pooledBytesMax: 67_108_864 } as const;

/**
 * Rejects with {@link BodyTooLarge} and {@link BodiesOverloaded} beyond the bounds, with {@link BodyNotWhole} where the sender has gone,
 * and with whatever else the stream fails with. The bytes are the caller's, to be wiped.
 */
export type BodyReader = (stream: Readable) => Promise<Bytes>;

export function createBodyReader({ bytesMax, shortBytes, pooledBytesMax }: BodyBounds): BodyReader {
  /** What all long bodies hold beyond the short part of each. */
  let pooled = 0;

  // By events, which cost a fraction of an asynchronous iteration. The last of them come once, and count once.
  return stream =>
    new Promise((resolve, reject) => {
      const pieces: Uint8Array[] = [];
      let length = 0;
      let taken = 0;
      let ended = false;

      function end(settle: () => void): void {
        if (ended) return;
        ended = true;
        settle();
        pooled -= taken;
        for (const piece of pieces) wipe(piece);
      }

      function fail(reason: unknown): void {
        end(() => reject(reason));
      }

      stream.on('data', (piece: Uint8Array) => {
        // What comes behind a refused part is let go by.
        if (ended) return void wipe(piece);
        pieces.push(piece);
        length += piece.length;
        if (length > bytesMax) return fail(new BodyTooLarge(`a body has at most ${bytesMax} bytes`));
        const beyond = Math.max(0, length - shortBytes);
        pooled += beyond - taken;
        taken = beyond;
        if (taken > 0 && pooled > pooledBytesMax) fail(new BodiesOverloaded('too many long bodies at once'));
      });
      stream.on('end', () => end(() => resolve(join(pieces, length))));
      stream.on('error', (reason: Error & { readonly code?: unknown }) =>
        fail(reason.code === 'ECONNRESET' ? new BodyNotWhole('the sender has gone') : reason),
      );
      // Comes after every body, and to make an error costs more than to read one.
      stream.on('close', () => {
        if (!ended) fail(new BodyNotWhole('the sender has gone'));
      });
    });
}

/** One piece in memory of its own, as node's reader of HTTP makes them, is taken over; one that may be a view of what others share is copied. */
function join(pieces: Uint8Array[], length: number): Bytes {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1 && only.length === only.buffer.byteLength) {
    pieces.pop();
    return new Uint8Array(only.buffer);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}
