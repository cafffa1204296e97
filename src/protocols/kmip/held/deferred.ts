// Requests that are answered later (KMIP 2.1 section 7.10): what was asked waits, is done, and lies ready until its owner polls for it. They live in
// this process alone, are bounded in number and time, and a result is given once.

import { must } from '../../../base/assert.ts';
import { type Bytes, decodeHex, hex } from '../../../base/bytes.ts';
import type { RequestContext } from '../../../core/context.ts';
import type { Clock, Random } from '../../../core/ports/clock.ts';
import type { ValueName } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import type { Outcome } from '../message/outcome.ts';
import { hasRoom } from './room.ts';
import type { Ticket } from './tickets.ts';

type OperationName = ValueName<'Operation'>;

/** Who may ask for the result. */
export interface Owner {
  readonly principalId: string;
  readonly projectId: string | undefined;
  /** A delegated one: whoever holds it has what was asked with it, and nothing else of the principal's. */
  readonly ticket: Ticket | undefined;
}

export function ownerOf({
  context: { actor, projectId },
  ticket,
}: {
  readonly context: RequestContext;
  readonly ticket?: Ticket | undefined;
}): Owner {
  return {
    principalId: actor.type === 'principal' ? actor.principal.id : '',
    projectId,
    ticket: ticket?.rights === undefined ? undefined : ticket,
  };
}

function isOwnedBy({ owner }: Deferred, { principalId, ticket }: Owner): boolean {
  return owner.principalId === principalId && owner.ticket === ticket;
}

export interface Deferred {
  readonly owner: Owner;
  readonly operation: OperationName;
  /** Does what was asked, once. Never rejects. */
  work(): Promise<Outcome>;
  /** Wipes what the request has brought and its result holds. */
  readonly secrets: DisposableStack;
}

interface Entry extends Deferred {
  readonly submittedAt: number;
  stage: 'Submitted' | 'InProcess' | 'Completed';
  outcome?: Outcome;
  /** It was taken back: nothing of it is held but that. */
  isCanceled?: true;
  running?: Promise<void>;
  timer: NodeJS.Timeout;
}

/** A request that is known from outside. */
export interface DeferredFacts {
  readonly correlation: Bytes;
  readonly operation: OperationName;
  readonly submittedAt: number;
  readonly stage: Entry['stage'];
}

const CORRELATION_BYTES = 16;
const PER_PRINCIPAL_MAX = 32;
const ALL_MAX = 256;
/** In which a client may still take back what it has asked for. */
const BEGIN_AFTER_MS = 250;
/** How long a result lies ready. */
const KEPT_MS = 300_000;
/** How long a poll waits for the end of what is under way. */
const POLL_MS = 5_000;

export class DeferredRequests {
  readonly #entries = new Map<string, Entry>();
  readonly #parts: { readonly clock: Clock; readonly random: Pick<Random, 'bytes'> };

  constructor(parts: { readonly clock: Clock; readonly random: Pick<Random, 'bytes'> }) {
    this.#parts = parts;
  }

  /** Fulfils once what was submitted under these values is done, one behind the other; what was taken back is passed over. */
  async done(correlations: readonly Bytes[]): Promise<void> {
    for (const correlation of correlations) await this.#begin(hex(correlation));
  }

  /** The correlation value. Throws `serverLimitExceeded`. */
  submit(deferred: Deferred): Bytes {
    this.#requireRoom(deferred.owner);
    const correlation = this.#parts.random.bytes(CORRELATION_BYTES);
    const name = hex(correlation);
    const timer = setTimeout(() => void this.#begin(name), BEGIN_AFTER_MS).unref();
    const submittedAt = this.#parts.clock.now();
    this.#entries.set(name, { ...deferred, submittedAt, stage: 'Submitted', timer });
    return correlation;
  }

  /** Of what was taken back nobody need be told where places are wanted. */
  #requireRoom({ principalId, projectId }: Owner): void {
    const entries = [...this.#entries].filter(([, { owner }]) => owner.principalId === principalId);
    if (entries.length >= PER_PRINCIPAL_MAX)
      for (const [name, { isCanceled }] of entries) if (isCanceled) this.#forget(name);
    const owners = [...this.#entries.values()].map(({ owner }) => owner);
    const own = owners.filter(owner => owner.principalId === principalId);
    if (own.length >= PER_PRINCIPAL_MAX || !hasRoom(owners, projectId, ALL_MAX))
      throw refusal('serverLimitExceeded', 'Too many requests wait for their answers. Poll for some.');
  }

  /**
   * The result, which is forgotten here with its secrets given over; while it is not there, which operation it will be of. Waits a while for one
   * that is under way, if it may. Throws `invalidCorrelation`.
   */
  async poll(
    correlation: Bytes,
    owner: Owner,
    mayWait: boolean,
  ): Promise<{ readonly outcome: Outcome; readonly secrets?: DisposableStack }> {
    const entry = this.#require(correlation, owner);
    await Promise.race([this.#begin(hex(correlation)), pause(mayWait ? POLL_MS : 0)]);
    if (entry.outcome === undefined) return { outcome: { operation: entry.operation, pending: correlation } };
    // Of two polls at once the first has it.
    this.#require(correlation, owner);
    this.#entries.delete(hex(correlation));
    clearTimeout(entry.timer);
    return { outcome: entry.outcome, secrets: entry.secrets };
  }

  /** Begins at once, and fulfils when it is done or a while is over. Throws `invalidCorrelation` and `duplicateProcess`. */
  async process(correlation: Bytes, owner: Owner, mayWait: boolean): Promise<void> {
    if (this.#require(correlation, owner).stage !== 'Submitted') throw refusal('duplicateProcess');
    await Promise.race([this.#begin(hex(correlation)), pause(mayWait ? POLL_MS : 0)]);
  }

  /** What has begun goes on to its end: nobody could say what half of it has done. */
  cancel(correlation: Bytes, owner: Owner): ValueName<'CancellationResult'> {
    const entry = this.#entries.get(hex(correlation));
    if (entry === undefined || !isOwnedBy(entry, owner)) return 'Unavailable';
    if (entry.stage === 'InProcess') return 'UnableToCancel';
    if (entry.isCanceled) return 'Canceled';
    if (entry.stage === 'Completed') return entry.outcome?.failure === undefined ? 'Completed' : 'Failed';
    clearTimeout(entry.timer);
    entry.secrets.dispose();
    entry.isCanceled = true;
    entry.outcome = { operation: entry.operation, failure: refusal('canceledByRequester') };
    entry.running = Promise.resolve();
    this.#keep(hex(correlation), entry);
    return 'Canceled';
  }

  /** As if it had never been submitted. */
  withdraw(correlation: Bytes): void {
    this.#forget(hex(correlation));
  }

  /** Those of the owner, oldest first. */
  list(owner: Owner): readonly DeferredFacts[] {
    return this.#ofOwner(owner).map(([name, { operation, submittedAt, stage }]) => ({
      correlation: must(decodeHex(name), 'a name is hexadecimal'),
      operation,
      submittedAt,
      stage,
    }));
  }

  #ofOwner(owner: Owner): readonly (readonly [name: string, entry: Entry])[] {
    return [...this.#entries].filter(([, entry]) => isOwnedBy(entry, owner));
  }

  #require(correlation: Bytes, owner: Owner): Entry {
    const entry = this.#entries.get(hex(correlation));
    if (entry === undefined || !isOwnedBy(entry, owner)) throw refusal('invalidCorrelation');
    return entry;
  }

  /** Fulfils once the work is done, whoever has begun it. */
  #begin(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return Promise.resolve();
    clearTimeout(entry.timer);
    entry.running ??= this.#run(name, entry);
    return entry.running;
  }

  async #run(name: string, entry: Entry): Promise<void> {
    entry.stage = 'InProcess';
    entry.outcome = await entry.work();
    this.#keep(name, entry);
  }

  #keep(name: string, entry: Entry): void {
    entry.stage = 'Completed';
    entry.timer = setTimeout(() => this.#forget(name), KEPT_MS).unref();
  }

  #forget(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    clearTimeout(entry.timer);
    entry.secrets.dispose();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}
