// Messages in parts that are open between requests: found again by an id that is a secret of its owner, bounded in number, size and idle
// time. Nothing here computes, and nothing here is kept once a message is over. docs/decisions/0024-messages-in-parts.md says why.

import type { Bytes } from '../base/bytes.ts';
import type { Mechanism } from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Clock, Random } from './ports/clock.ts';
import type { MechanismParameters, MessageStream, PartUse, StreamEnd } from './ports/custody.ts';

/** What was said with the first part and holds for all. */
export interface StreamFacts {
  /** Id of a principal, or the name of a part of the server. */
  readonly ownerId: string;
  readonly use: PartUse;
  /** Undefined of a hash. */
  readonly keyId?: string | undefined;
  readonly version?: number | undefined;
  readonly mechanism?: Mechanism | undefined;
  readonly parameters?: MechanismParameters | undefined;
  /** Of a verification, where it came before the last part. */
  readonly proof?: Bytes | undefined;
}

export interface OpenStream {
  readonly id: string;
  readonly facts: StreamFacts;
}

interface Entry extends OpenStream {
  /** Undefined once it is over. */
  message: MessageStream | undefined;
  parts: number;
  bytes: number;
  usedAt: number;
  isBusy: boolean;
}

/** One part, which may be the last. */
export async function givePart(
  message: MessageStream,
  part: Bytes,
  isLast: boolean,
  proof?: Bytes,
): Promise<StreamEnd> {
  return isLast ? message.finish(part, proof) : { output: message.update(part) };
}

/** Never found: one answer for an unknown id, somebody else's, and one that is over. */
const unknownStream = (): KmsError => new KmsError('notFound', 'There is no such message in parts.');

export class OpenStreams {
  readonly #clock: Clock;
  readonly #random: Random;
  /** In order of use: the first has been idle the longest. */
  readonly #entries = new Map<string, Entry>();
  #sweep: NodeJS.Timeout | undefined;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Keeps a message that has begun. Throws `limitExceeded`, and then the message is over. */
  begin(facts: StreamFacts, message: MessageStream): OpenStream {
    this.#dropIdle();
    const open = [...this.#entries.values()].filter(entry => entry.message !== undefined);
    const own = open.filter(entry => entry.facts.ownerId === facts.ownerId);
    if (open.length >= LIMITS.streamsMax || own.length >= LIMITS.streamsPerPrincipalMax) {
      message[Symbol.dispose]();
      const limit = LIMITS.streamsPerPrincipalMax;
      throw new KmsError('limitExceeded', 'Too many messages in parts are open.', { limit });
    }
    const id = this.#random.uuid();
    const usedAt = this.#clock.now();
    const entry: Entry = { id, facts, message, parts: 0, bytes: 0, usedAt, isBusy: false };
    this.#entries.set(id, entry);
    this.#sweep ??= setTimeout(() => this.#sweepIdle(), LIMITS.streamIdleMsMax).unref();
    return entry;
  }

  /** Throws `notFound`. One that has ended is found for a while: a batch that is run again comes by each of its parts again. */
  find(id: string, ownerId: string, use: PartUse): OpenStream {
    this.#dropIdle();
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.facts.ownerId !== ownerId || entry.facts.use !== use)
      throw unknownStream();
    return entry;
  }

  /**
   * Gives one part to the message. Whatever fails ends it, but for `conflict`: another part is under way. Throws `notFound` when it is over,
   * `limitExceeded` and `tooLarge`.
   */
  async take<Output>(
    { id }: OpenStream,
    bytes: number,
    work: (message: MessageStream, part: number) => Promise<Output>,
  ): Promise<Output> {
    const entry = this.#entries.get(id);
    if (entry?.message === undefined) throw unknownStream();
    if (entry.isBusy) throw new KmsError('conflict', 'Another part of the message is under way.');
    entry.isBusy = true;
    try {
      this.#requireRoom(entry, bytes);
      entry.parts += 1;
      entry.bytes += bytes;
      return await work(entry.message, entry.parts);
    } catch (thrown) {
      this.end(entry);
      throw thrown;
    } finally {
      entry.isBusy = false;
      this.#touch(entry);
    }
  }

  /** Wipes what is held of the message. Repeatable. */
  end({ id }: OpenStream): void {
    const entry = this.#entries.get(id);
    entry?.message?.[Symbol.dispose]();
    if (entry !== undefined) entry.message = undefined;
  }

  #requireRoom({ bytes }: Entry, more: number): void {
    const limit = LIMITS.streamBytesMax;
    if (bytes + more > limit)
      throw new KmsError('tooLarge', `A message in parts must have at most ${limit} bytes.`, { limit });
    let held = more;
    for (const { message } of this.#entries.values()) held += message?.heldBytes ?? 0;
    if (held > LIMITS.streamsHeldBytesMax)
      throw new KmsError('limitExceeded', 'Too much is held for messages in parts.');
  }

  #touch(entry: Entry): void {
    entry.usedAt = this.#clock.now();
    if (!this.#entries.delete(entry.id)) return;
    this.#entries.set(entry.id, entry);
  }

  #dropIdle(): void {
    const since = this.#clock.now() - LIMITS.streamIdleMsMax;
    const tooMany = () => this.#entries.size > 2 * LIMITS.streamsMax;
    for (const entry of this.#entries.values()) {
      if (entry.isBusy || (entry.usedAt > since && !(entry.message === undefined && tooMany()))) continue;
      this.end(entry);
      this.#entries.delete(entry.id);
    }
  }

  /** So that nothing outlives its time only because nobody asks for it. */
  #sweepIdle(): void {
    this.#dropIdle();
    this.#sweep = undefined;
    if (this.#entries.size > 0)
      this.#sweep = setTimeout(() => this.#sweepIdle(), LIMITS.streamIdleMsMax).unref();
  }
}
