// Refused proofs: recorded like every other answer, and slowed down. A source that keeps guessing is answered `throttled`; its failures are
// gathered for up to a second and share one audit entry with their count. That entry, too, is durable before any of them is answered:
// guessing costs the guesser time, costs us one write a second and source, and is never unrecorded.

import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type AuditEntry, excerpt } from '../domain/audit-entry.ts';
import { type ErrorCode, KmsError, toKmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Kms } from './kms.ts';

/** What is known of a request whose sender has proven nothing. */
export interface FailedProof {
  readonly protocol: string;
  readonly requestId: string;
  readonly sourceAddress?: string | undefined;
  /** What the protocol would answer. */
  readonly error: KmsError;
  /** The public part of the credential that was presented, such as an access key id: never a secret. */
  readonly claimed?: string | undefined;
  /**
   * What was presented is nothing that can be guessed: a token. Most that fail have ended, and their senders log in again if they learn just
   * that. They wait as others do, and are answered `error`.
   */
  readonly unguessable?: boolean | undefined;
}

const limiters = new WeakMap<Kms['auditLog'], FailureLimiter>();

/**
 * Records the refusal and returns the error to answer: the given one, `throttled` for a source that guesses beyond its share, or
 * `auditUnavailable` when nothing can be recorded. Fulfils once the entry is durable, for a throttled one up to a second later. Never rejects.
 */
export async function refuseAuthentication(
  kms: Pick<Kms, 'auditLog' | 'clock'>,
  failure: FailedProof,
): Promise<KmsError> {
  let limiter = limiters.get(kms.auditLog);
  if (limiter === undefined) {
    limiter = new FailureLimiter({ now: () => kms.clock.now(), record: entry => kms.auditLog.record(entry) });
    limiters.set(kms.auditLog, limiter);
  }
  try {
    return await limiter.refuse(failure);
  } catch (thrown) {
    return toKmsError(thrown);
  }
}

export interface LimiterParts {
  now(): number;
  record(entry: AuditEntry): Promise<unknown>;
  /** Fulfils after so many milliseconds: a timer, unless a test moves the time. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

const GATHER_MS = 1_000;
const SECOND_MS = 1_000;

/** A proof that could not be checked has not failed: when the store is away, callers are told so, and are not throttled for it. */
const FAULTS_OF_OURS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'sealed',
  'auditUnavailable',
  'storeUnavailable',
  'identityUnavailable',
  'overloaded',
  'deadlineExceeded',
  'internal',
]);

interface Source {
  /** Failures that may still be answered one by one. */
  allowance: number;
  refilledAt: number;
  gathering?: Gathering | undefined;
}

/** Throttled failures on their way to one entry. */
interface Gathering {
  readonly first: FailedProof;
  readonly recorded: Promise<void>;
  count: number;
  /** Ends the gathering before its second is over. */
  close(): void;
}

export class FailureLimiter {
  readonly #parts: LimiterParts;
  /** In the order of their last failure. */
  readonly #sources = new Map<string, Source>();

  constructor(parts: LimiterParts) {
    this.#parts = parts;
  }

  get sources(): number {
    return this.#sources.size;
  }

  /** The error to answer, once its entry is durable. Throws what recording throws. */
  async refuse(failure: FailedProof): Promise<KmsError> {
    if (FAULTS_OF_OURS.has(failure.error.code)) return this.#refuseOne(failure);
    const source = this.#sourceOf(failure);
    if (source.allowance >= 1) {
      source.allowance -= 1;
      return this.#refuseOne(failure);
    }
    await this.#gather(source, failure);
    if (failure.unguessable === true) return failure.error;
    return new KmsError('throttled', 'Too many failed proofs of identity from here. Try again later.', {
      retryAfterMs: SECOND_MS / LIMITS.authenticationFailuresPerSecond,
    });
  }

  async #refuseOne(failure: FailedProof): Promise<KmsError> {
    await this.#parts.record(this.#entryOf(failure, failure.error.code, {}));
    return failure.error;
  }

  #gather(source: Source, failure: FailedProof): Promise<void> {
    source.gathering ??= this.#startGathering(source, failure);
    const { gathering } = source;
    gathering.count += 1;
    if (gathering.count >= LIMITS.authenticationRefusalsPerEntryMax) gathering.close();
    return gathering.recorded;
  }

  #startGathering(source: Source, first: FailedProof): Gathering {
    const wait = this.#parts.pause ?? pause;
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const recorded = Promise.race([wait(GATHER_MS), closed]).then(async () => {
      // What fails from here on belongs to the next entry.
      source.gathering = undefined;
      const outcome = first.unguessable === true ? first.error.code : 'throttled';
      await this.#parts.record(this.#entryOf(first, outcome, { failures: gathering.count }));
    });
    const gathering: Gathering = { first, recorded, count: 0, close };
    return gathering;
  }

  #sourceOf(failure: FailedProof): Source {
    const now = this.#parts.now();
    const kind = failure.unguessable === true ? 'tokens' : 'guesses';
    const name = `${failure.protocol} ${kind} ${networkOf(failure.sourceAddress)}`;
    const known = this.#sources.get(name);
    if (known !== undefined) {
      refill(known, now);
      this.#sources.delete(name);
      this.#sources.set(name, known);
      return known;
    }
    if (this.#sources.size >= LIMITS.authenticationSourcesMax) this.#forgetRested(now);
    // A crowd of sources is no way around the limit: those that find no room share one allowance.
    const crowded = this.#sources.size >= LIMITS.authenticationSourcesMax;
    return crowded ? this.#sourceNamed('the crowd', now) : this.#sourceNamed(name, now);
  }

  #sourceNamed(name: string, now: number): Source {
    const source = this.#sources.get(name) ?? {
      allowance: LIMITS.authenticationFailuresBurst,
      refilledAt: now,
    };
    refill(source, now);
    this.#sources.set(name, source);
    return source;
  }

  /** Forgets those, longest unseen first, whose allowance is whole again: forgetting them changes nothing. */
  #forgetRested(now: number): void {
    for (const [name, source] of this.#sources) {
      refill(source, now);
      if (source.allowance < LIMITS.authenticationFailuresBurst) return;
      this.#sources.delete(name);
    }
  }

  #entryOf(
    failure: FailedProof,
    outcome: AuditEntry['outcome'],
    details: Readonly<Record<string, number>>,
  ): AuditEntry {
    return {
      at: this.#parts.now(),
      operation: 'authenticate',
      kind: 'authentication',
      outcome,
      protocol: failure.protocol,
      requestId: failure.requestId,
      sourceAddress: failure.sourceAddress,
      targets: [],
      details: {
        claimed:
          failure.claimed === undefined
            ? undefined
            : excerpt(failure.claimed, LIMITS.claimedCredentialCharactersMax),
        ...details,
      },
    };
  }
}

function refill(source: Source, now: number): void {
  const earned = ((now - source.refilledAt) / SECOND_MS) * LIMITS.authenticationFailuresPerSecond;
  source.allowance = Math.min(LIMITS.authenticationFailuresBurst, source.allowance + earned);
  source.refilledAt = now;
}

/** One host is one source: a single IPv4 address, or the /64 that an IPv6 host is usually given whole (RFC 6177). */
function networkOf(address: string | undefined): string {
  if (address === undefined || isIP(address) !== 6) return address ?? 'nowhere';
  if (address.toLowerCase().startsWith('::ffff:')) return address.slice(7);
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? [];
  const before = head.split(':').filter(group => group !== '');
  const after = tail.split(':').filter(group => group !== '');
  const gap = address.includes('::')
    ? Array.from({ length: 8 - before.length - after.length }, () => '0')
    : [];
  return [...before, ...gap, ...after]
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':');
}
