// Tokens of an external Keystone: asked about there, and remembered for a few seconds, so that a busy client does not cost a question for
// every request. What is taken back there counts no more here once those seconds are over.

import { hash } from 'node:crypto';
import { Mutex } from '../../base/mutex.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { TokenAuthority, VouchedToken } from '../../core/ports/token-authority.ts';
import { BoundedQueue } from '../../crypto/bounded-queue.ts';
import { KmsError } from '../../domain/errors.ts';
import { KeystoneClient, type OwnToken, type ServiceUser } from './client.ts';

/** The longest that an answer is believed: how late a revocation may count here. */
export const ANSWER_KEPT_MS = 10_000;
/** Answers kept at most, refusals among them; when they are too many, the oldest go first. */
const ANSWERS_MAX = 10_000;
/** Our own token is replaced so long before its end. */
const RENEWED_MS = 60_000;

interface Kept {
  readonly vouched: VouchedToken | undefined;
  readonly until: number;
}

export interface KeystoneParts {
  /** The URL of its identity API, such as `https://keystone.example:5000/v3`. */
  readonly url: string;
  readonly serviceUser: () => ServiceUser;
  readonly clock: Clock;
  /** Hears why it could not be asked. */
  readonly onFailure: (error: unknown) => void;
}

export function keystoneAuthority(parts: KeystoneParts): TokenAuthority {
  const authority = new KeystoneAuthority(parts);
  return {
    validate: (token, at, { expiredToo } = { expiredToo: false }) =>
      authority.validate(token, at, expiredToo),
  };
}

class KeystoneAuthority {
  readonly #parts: KeystoneParts;
  readonly #client: KeystoneClient;
  /** By the digest of the token: tokens themselves are not kept. */
  readonly #kept = new Map<string, Kept>();
  readonly #underWay = new Map<string, Promise<VouchedToken | undefined>>();
  readonly #line = new BoundedQueue({ runningMax: 16, waitingMax: 1_024 });
  readonly #logIn = new Mutex();
  #own: OwnToken | undefined;
  #toldUntil = 0;

  constructor(parts: KeystoneParts) {
    this.#parts = parts;
    this.#client = new KeystoneClient(parts.url, parts.serviceUser);
  }

  async validate(token: string, at: number, expiredToo: boolean): Promise<VouchedToken | undefined> {
    if (!isToken(token)) return undefined;
    const name = `${hash('sha256', token, 'base64url')} ${expiredToo}`;
    const kept = this.#kept.get(name);
    const vouched =
      kept !== undefined && at < kept.until ? kept.vouched : await this.#ask(name, token, expiredToo);
    return vouched !== undefined && (expiredToo || at < vouched.expiresAt) ? vouched : undefined;
  }

  /** Whoever asks about a token while it is asked about waits for the same answer. */
  #ask(name: string, token: string, expiredToo: boolean): Promise<VouchedToken | undefined> {
    const underWay = this.#underWay.get(name);
    if (underWay !== undefined) return underWay;
    const asked = this.#line
      .run(() => this.#askOnce(token, expiredToo))
      .then(vouched => this.#keep(name, vouched))
      .catch((error: unknown) => {
        this.#tell(error);
        throw error;
      })
      .finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, asked);
    return asked;
  }

  async #askOnce(token: string, expiredToo: boolean): Promise<VouchedToken | undefined> {
    for (let tries = 0; tries < 2; tries += 1) {
      const own = await this.#ownToken();
      const answer = await this.#client.validate(own, token, expiredToo);
      if (answer !== 'ownTokenRefused') return answer.vouched;
      if (this.#own === own) this.#own = undefined;
    }
    throw new KmsError('identityUnavailable', 'The identity service refuses the token that it gave to us.');
  }

  #ownToken(): Promise<OwnToken> {
    return this.#logIn.run(async () => {
      const known = this.#own;
      if (known !== undefined && this.#parts.clock.now() < known.expiresAt - RENEWED_MS) return known;
      this.#own = await this.#client.logIn();
      return this.#own;
    });
  }

  /** A service that is away is told of once for every few seconds, not for every request. */
  #tell(error: unknown): void {
    const now = this.#parts.clock.now();
    if (now < this.#toldUntil) return;
    this.#toldUntil = now + ANSWER_KEPT_MS;
    this.#parts.onFailure(error);
  }

  #keep(name: string, vouched: VouchedToken | undefined): VouchedToken | undefined {
    this.#kept.delete(name);
    if (this.#kept.size >= ANSWERS_MAX) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(name, { vouched, until: this.#parts.clock.now() + ANSWER_KEPT_MS });
    return vouched;
  }
}

/** What may stand in a header field, and is short enough to be a token. */
function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,16384}$/.test(text);
}
