// What a connection has received and nobody has read yet, in the pieces in which it came. There may be keys in it: every piece is wiped once
// its bytes are elsewhere, and what is left when the connection ends.

import { EMPTY_BYTES } from '../base/bytes.ts';

/** Many small pieces would weigh more than their bytes. */
const PIECES_MAX = 64;

export class ReceivedBytes {
  #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Takes the piece over. */
  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#pieces.length > PIECES_MAX) this.#join();
  }

  /** A view of the first bytes, until more are added or cut: at least so many, where there are. */
  head(atLeast: number): Uint8Array {
    const [first = EMPTY_BYTES] = this.#pieces;
    if (first.length >= atLeast || this.#pieces.length < 2) return first;
    this.#join();
    return this.#pieces[0] ?? EMPTY_BYTES;
  }

  /** The first bytes, which are the caller's to wipe. What follows them stays. */
  cut(length: number): Uint8Array {
    const [first = EMPTY_BYTES] = this.#pieces;
    if (this.#length === length && first.length === length) {
      // A piece is a Buffer, whose slices are views: nobody is to be surprised by that.
      const message = new Uint8Array(first.buffer, first.byteOffset, length);
      this.#pieces = [];
      this.#length = 0;
      return message;
    }
    const all = this.#pieces.length === 1 ? (this.#pieces[0] ?? EMPTY_BYTES) : this.#join();
    const message = new Uint8Array(all.subarray(0, length));
    const rest = new Uint8Array(all.subarray(length));
    all.fill(0);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    return message;
  }

  /** Forgets everything. */
  wipe(): void {
    for (const piece of this.#pieces) piece.fill(0);
    this.#pieces = [];
    this.#length = 0;
  }

  #join(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
      piece.fill(0);
    }
    this.#pieces = [whole];
    return whole;
  }
}
