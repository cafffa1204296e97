// A token as the rest of custody sees it: commands that take their turn at a few sessions, each in a worker thread of its own. While the
// token is away every command is `sealed`, and one attempt after another is made to get it back.

import { assert } from '../../base/assert.ts';
import { Mutex } from '../../base/mutex.ts';
import { revealSecretBytes, type SecretBytes } from '../../base/secret-bytes.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { KmsError } from '../../domain/errors.ts';
import type { CommandName, Gives, Takes } from './commands.ts';
import { isSessionLost, PIN_REFUSED } from './fault.ts';
import type { Request, ThreadSettings } from './messages.ts';
import type { SessionThread } from './session-thread.ts';
import { ThreadLine } from './thread-line.ts';

export interface TokenOptions extends ThreadSettings {
  /** Asked for at every login; what it gives is disposed of. */
  readonly readPin: () => Promise<SecretBytes>;
  readonly clock: Clock;
  /** How many commands the token works at at once. */
  readonly sessions: number;
  /** How many wait beyond those, before the next one is `overloaded`. */
  readonly waitingMax: number;
}

/** Between two attempts to get a token back. */
const RETRY_MS = 1_000;

/** What a token may take long for, or what asks it many times. */
const SLOW: ReadonlySet<CommandName> = new Set<CommandName>([
  'generateKey',
  'generatePair',
  'find',
  'destroy',
]);

export class Token {
  readonly #options: TokenOptions;
  readonly #line: ThreadLine;
  readonly #recovery = new Mutex();
  readonly #opening = new Mutex();
  #running = 0;
  /** Why nothing is asked of the token now, and since when. */
  #lost: { readonly refusal: KmsError; readonly at: number; readonly mayReturn: boolean } | undefined;

  constructor(options: TokenOptions) {
    assert(options.sessions > 0, 'a token has a session');
    this.#options = options;
    this.#line = new ThreadLine(options);
  }

  /** The refusal of everything while the token is away, which is then looked for again. Undefined: as far as is known it is there. */
  refusal(): KmsError | undefined {
    const refusal = this.#lost?.refusal;
    if (refusal !== undefined) this.#requireThere().catch(() => undefined);
    return refusal;
  }

  /**
   * Runs a command. Throws TokenFault for what the token refuses, `sealed` while it is away or does not let us in, `overloaded` when too many
   * wait. The secret in `takes` (data, material) has memory of its own, which is moved to the token's thread.
   */
  async run<Name extends CommandName>(command: Name, takes: Takes<Name>): Promise<Gives<Name>> {
    await this.#requireThere();
    const request = { step: 'run', command, takes } as Request;
    const run = (thread: SessionThread) => this.#inThread(thread, request);
    return (await this.#line.run(!SLOW.has(command), run)) as Gives<Name>;
  }

  /** Ends the threads. What is under way fails. */
  async close(): Promise<void> {
    await this.#line.end();
  }

  async #inThread(thread: SessionThread, request: Request): Promise<unknown> {
    this.#running += 1;
    try {
      if (!thread.isOpen) await this.#open(thread);
      return await thread.ask(request);
    } catch (thrown) {
      this.#judge(thrown);
      throw this.#lost?.refusal ?? thrown;
    } finally {
      this.#running -= 1;
    }
  }

  async #open(thread: SessionThread): Promise<void> {
    using secret = await this.#options.readPin();
    // A copy that is moved, and wiped in the thread. One thread after the other: a library that another one is just beginning has no tokens yet.
    const pin = Uint8Array.from(revealSecretBytes(secret));
    await this.#opening.run(() => thread.ask({ step: 'open', pin }));
    thread.isOpen = true;
  }

  /** Whether what was thrown means that the token is away, or that we are kept out. */
  #judge(thrown: unknown): void {
    const at = this.#options.clock.now();
    if (isSessionLost(thrown)) {
      const refusal = new KmsError('sealed', 'The token of the hardware keys is away.', {}, thrown);
      this.#lost ??= { refusal, at, mayReturn: true };
    }
    if (!(thrown instanceof KmsError) || thrown.code !== 'sealed') return;
    // A PIN that was refused once is not tried again by ourselves: that would lock it.
    this.#lost = { refusal: thrown, at, mayReturn: !(PIN_REFUSED in thrown.details) };
  }

  async #requireThere(): Promise<void> {
    if (this.#lost === undefined) return;
    await this.#recovery.run(async () => {
      const lost = this.#lost;
      if (lost === undefined) return;
      const at = this.#options.clock.now();
      // Whoever was in a call when the token went away must be out of it before the library is begun anew.
      if (!lost.mayReturn || at - lost.at < RETRY_MS || this.#running > 0) throw lost.refusal;
      this.#lost = undefined;
      try {
        await this.#recover();
      } catch (thrown) {
        this.#lost = { ...lost, at };
        this.#judge(thrown);
        throw this.#lost.refusal;
      }
    });
  }

  async #recover(): Promise<void> {
    const { threads } = this.#line;
    for (const thread of threads) {
      thread.isOpen = false;
      await thread.ask({ step: 'close' });
    }
    const [first = this.#line.begin()] = threads;
    await first.ask({ step: 'restart' });
    await this.#open(first);
  }
}
