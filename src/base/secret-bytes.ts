// Bytes that must not be seen: key material, plaintexts, passwords. They cannot be printed, serialised or cloned by accident, and
// they are wiped when their scope ends (`using secret = ...`). The one way to read them has a name that can be searched for; the
// tidy test holds the list of files that may.

import { inspect } from 'node:util';
import { assert } from './assert.ts';
import { type Bytes, wipe } from './bytes.ts';

const REDACTED = '[SecretBytes]';

export class SecretBytes implements Disposable {
  #bytes: Bytes | undefined;
  readonly length: number;

  private constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  /** Takes the bytes over: the caller keeps no other reference, and they are wiped with this object. */
  static own(bytes: Bytes): SecretBytes {
    return new SecretBytes(bytes);
  }

  static copyOf(bytes: Bytes): SecretBytes {
    return new SecretBytes(Uint8Array.from(bytes));
  }

  static reveal(secret: SecretBytes): Bytes {
    assert(secret.#bytes !== undefined, 'secret bytes are not read after their scope has ended');
    return secret.#bytes;
  }

  [Symbol.dispose](): void {
    if (this.#bytes !== undefined) wipe(this.#bytes);
    this.#bytes = undefined;
  }

  toJSON(): string {
    return REDACTED;
  }

  toString(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** The bytes themselves, not a copy: they become zeros when the secret is disposed of. */
export function revealSecretBytes(secret: SecretBytes): Bytes {
  return SecretBytes.reveal(secret);
}
