// Tokens whose signatures were found right, by their digests: a client sends the same token with hundreds of requests, and its signature does
// not change. Only what is a matter of the token's own text is remembered, and with which key it was found right. Whether that key, the
// credential and the token itself still count must be asked each time.

import { hash, type KeyObject } from 'node:crypto';
import { RecentlyUsed } from '../base/recently-used.ts';
import type { TokenKind } from '../core/ports/identity.ts';
import type { JsonObject } from '../wire/json.ts';
import type { RegisteredClaims } from '../wire/jwt/claims.ts';

/** Tokens that are in use at the same time on one node. About 2 KiB each. */
const ENTRIES_MAX = 4_096;

export interface VerifiedToken {
  readonly keyId: string;
  readonly publicKey: KeyObject;
  readonly claims: RegisteredClaims;
  readonly payload: JsonObject;
}

export class VerifiedTokens {
  readonly #entries = new RecentlyUsed<VerifiedToken>(ENTRIES_MAX);

  find(kind: TokenKind, text: string): VerifiedToken | undefined {
    return this.#entries.get(nameOf(kind, text));
  }

  remember(kind: TokenKind, text: string, token: VerifiedToken): void {
    this.#entries.set(nameOf(kind, text), token);
  }

  get size(): number {
    return this.#entries.size;
  }
}

/** The text itself, which opens doors, is not kept. */
function nameOf(kind: TokenKind, text: string): string {
  return `${kind} ${hash('sha256', text, 'base64')}`;
}
