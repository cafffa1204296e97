// Derived signing keys of access-key pairs, kept for the next request of the same day, region and service. A cache only: whether the
// credential still counts is read from the store in every request, and a kept key serves exactly the row that it was derived from.

import type { KeyObject } from 'node:crypto';
import { type Bytes, equalBytes } from '../base/bytes.ts';
import { RecentlyUsed } from '../base/recently-used.ts';
import type { Credential } from '../domain/principal.ts';

const SIGNING_KEYS_MAX = 1_024;

interface KeptKey {
  readonly verifier: Bytes;
  readonly key: KeyObject;
}

export class SigningKeys {
  readonly #kept: RecentlyUsed<KeptKey>;

  constructor(max: number = SIGNING_KEYS_MAX) {
    this.#kept = new RecentlyUsed(max);
  }

  /** The kept key of this very credential: one with another verifier is another credential. */
  get(credential: Credential, scope: string): KeyObject | undefined {
    const id = idOf(credential, scope);
    const kept = this.#kept.get(id);
    if (kept === undefined || equalBytes(kept.verifier, credential.verifier)) return kept?.key;
    this.#kept.delete(id);
    return undefined;
  }

  put(credential: Credential, scope: string, key: KeyObject): void {
    this.#kept.set(idOf(credential, scope), { verifier: credential.verifier, key });
  }

  get size(): number {
    return this.#kept.size;
  }
}

function idOf(credential: Credential, scope: string): string {
  return `${credential.id} ${scope}`;
}
