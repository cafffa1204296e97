// Derived signing keys of access-key pairs, kept for the next request of the same day, region and service. A cache only: whether the
// credential still counts is read from the store in every request, and a kept key serves exactly the row that it was derived from.

import type { KeyObject } from 'node:crypto';
import { type Bytes, equalBytes } from '../base/bytes.ts';
import type { Credential } from '../domain/principal.ts';

export const SIGNING_KEYS_MAX = 1_024;

interface KeptKey {
  readonly verifier: Bytes;
  readonly key: KeyObject;
}

/** The least recently used ones go first. */
export class SigningKeys {
  readonly #kept = new Map<string, KeptKey>();
  readonly #max: number;

  constructor(max: number = SIGNING_KEYS_MAX) {
    this.#max = max;
  }

  /** The kept key of this very credential: one with another verifier is another credential. */
  get(credential: Credential, scope: string): KeyObject | undefined {
    const id = idOf(credential, scope);
    const kept = this.#kept.get(id);
    if (kept === undefined) return undefined;
    this.#kept.delete(id);
    if (!equalBytes(kept.verifier, credential.verifier)) return undefined;
    this.#kept.set(id, kept);
    return kept.key;
  }

  put(credential: Credential, scope: string, key: KeyObject): void {
    const id = idOf(credential, scope);
    this.#kept.delete(id);
    this.#kept.set(id, { verifier: credential.verifier, key });
    if (this.#kept.size <= this.#max) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }

  get size(): number {
    return this.#kept.size;
  }
}

function idOf(credential: Credential, scope: string): string {
  return `${credential.id} ${scope}`;
}
