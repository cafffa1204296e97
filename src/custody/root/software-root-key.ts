// A root key of 32 bytes in our own memory: what the providers `file` and `passphrase` make. See docs/formats/root-key.md.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { assert, must } from '../../base/assert.ts';
import { type Bytes, EMPTY_BYTES, hex, utf8 } from '../../base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../../base/secret-bytes.ts';
import type { Random } from '../../core/ports/clock.ts';
import { commitmentTo } from '../../crypto/message-seal.ts';
import { unwrapUnder, WRAP_FORMATS, type WrappingKey, wrapUnder } from '../wrapping.ts';
import type { RootKey } from './root-key.ts';

export const ROOT_KEY_BYTES = 32;

const FINGERPRINT = { label: utf8('keyhold root key fingerprint v1'), headerBytes: 0 };
const FINGERPRINT_BYTES = 16;

export class SoftwareRootKey implements RootKey {
  readonly fingerprint: string;
  readonly #generation: number;
  readonly #random: Random;
  #key: KeyObject | undefined;

  /** Copies the material: the caller disposes of it. */
  constructor(material: SecretBytes, generation: number, random: Random) {
    assert(material.length === ROOT_KEY_BYTES, 'a root key has 32 bytes');
    this.#key = createSecretKey(revealSecretBytes(material));
    this.#generation = generation;
    this.#random = random;
    this.fingerprint = hex(commitmentTo(FINGERPRINT, this.#key, EMPTY_BYTES).subarray(0, FINGERPRINT_BYTES));
  }

  async wrap(wrappingKey: SecretBytes, binding: Bytes): Promise<Bytes> {
    return wrapUnder(WRAP_FORMATS.projectKey, this.#opened(), this.#random, binding, wrappingKey);
  }

  async unwrap(wrapped: Bytes, binding: Bytes): Promise<SecretBytes> {
    return unwrapUnder(WRAP_FORMATS.projectKey, this.#opened(), wrapped, binding, 'a project wrapping key');
  }

  close(): void {
    this.#key = undefined;
  }

  #opened(): WrappingKey {
    return { generation: this.#generation, key: must(this.#key, 'a closed root key is not used') };
  }
}
