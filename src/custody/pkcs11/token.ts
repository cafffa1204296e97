// A token as the rest of custody sees it: commands that take their turn at a few sessions, each in a worker thread of its own. While the
// token is away, or does not answer, every command is `sealed`, and one attempt after another is made to get it back.

import { assert } from '../../base/assert.ts';
import { equalSecret } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { KmsError } from '../../domain/errors.ts';
import type { CommandName, Gives, ObjectName, Takes } from './commands.ts';
import { isSessionLost, PIN_REFUSED, TokenSilent } from './fault.ts';
import { type LibraryUse, useOfLibrary } from './library-use.ts';
import type { Request, ThreadSettings } from './messages.ts';
import { CLASS } from './names.ts';
import type { SessionThread } from './session-thread.ts';
import { closed, ThreadLine } from './thread-line.ts';

export interface TokenOptions extends ThreadSettings {
  /** Asked for at every login; what it gives is disposed of. */
  readonly readPin: () => Promise<SecretBytes>;
  readonly clock: Clock;
  /** How many commands the token works at at once. */
  readonly sessions: number;
  /** How many wait beyond those, before the next one is `overloaded`. */
  readonly waitingMax: number;
  /** How long one call of the library may take; a call that makes keys takes longer. */
  readonly callMsMax: number;
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
  readonly #library: LibraryUse;
  /** Of the library, when the sessions were opened. */
  #restarts: number;
  /** Why nothing is asked of the token now, and since when. */
  #lost: { readonly refusal: KmsError; readonly at: number } | undefined;
  #isReturning = false;
  readonly #expected = new Set<Expected>();
  /** Is not tried again by ourselves: that would lock it. */
  #refusedPin: SecretBytes | undefined;

  constructor(options: TokenOptions) {
    assert(options.sessions > 0, 'a token has a session');
    this.#options = options;
    this.#line = new ThreadLine(options);
    this.#library = useOfLibrary(options.library);
    this.#restarts = this.#library.restarts;
  }

  /** The refusal of everything while the token is away, which is then looked for again. Undefined: as far as is known it is there. */
  refusal(): KmsError | undefined {
    const refusal = this.#lost?.refusal;
    if (refusal !== undefined) this.#requireThere().catch(() => undefined);
    return refusal;
  }

  /**
   * Runs a command. Throws TokenFault for what the token refuses, `sealed` while it is away, does not answer or does not let us in,
   * `overloaded` when too many wait. The secret in `takes` (data, material) has memory of its own, which is moved to the token's thread.
   */
  async run<Name extends CommandName>(command: Name, takes: Takes<Name>): Promise<Gives<Name>> {
    if (this.#lost !== undefined) await this.#requireThere();
    const request = { step: 'run', command, takes } as Request;
    const run = (thread: SessionThread) => this.#inThread(thread, request);
    return (await this.#line.run(!SLOW.has(command), run)) as Gives<Name>;
  }

  /**
   * Until it is disposed of, a token that comes back without the object is not the one that went away: it stays `sealed`. `refusal` is given
   * its label.
   */
  expect(object: ObjectName, refusal: (label: string) => KmsError): Disposable {
    const expected: Expected = { object, refusal };
    this.#expected.add(expected);
    return { [Symbol.dispose]: () => this.#expected.delete(expected) };
  }

  /** Closes the sessions. What is under way ends or is waited for no more. */
  async close(): Promise<void> {
    // For ever, at the instant that never passes.
    this.#lost = { refusal: closed(), at: Number.POSITIVE_INFINITY };
    this.#refusedPin?.[Symbol.dispose]();
    await this.#line.end();
  }

  async #inThread(thread: SessionThread, request: Request): Promise<unknown> {
    while (this.#library.restarting !== undefined) await this.#library.restarting;
    // It went away while we stood in line.
    this.#refuseWhatIsLost();
    this.#library.running += 1;
    try {
      if (!thread.isOpen) {
        await this.#library.opening.run(async () => {
          this.#refuseWhatIsLost();
          // Whatever keeps us out is why the token is lost, and those who wait do not try once more: each attempt of a wrong PIN counts.
          await this.#open(thread).catch(thrown => this.#lose(thrown));
        });
      }
      this.#refuseWhatIsLost();
      return await thread.ask(request);
    } catch (thrown) {
      if (thrown instanceof TokenSilent || isSessionLost(thrown)) this.#lose(thrown);
      throw this.#lost?.refusal ?? thrown;
    } finally {
      this.#library.running -= 1;
    }
  }

  #refuseWhatIsLost(): void {
    if (this.#lost !== undefined) throw this.#lost.refusal;
  }

  #lose(why: unknown): void {
    this.#lost ??= { refusal: refusalOf(why), at: this.#options.clock.now() };
  }

  async #open(thread: SessionThread): Promise<void> {
    using secret = await this.#options.readPin();
    // A copy that is moved, and wiped in the thread.
    const pin = Uint8Array.from(revealSecretBytes(secret));
    try {
      await thread.ask({ step: 'open', pin });
    } catch (thrown) {
      if (thrown instanceof KmsError && PIN_REFUSED in thrown.details) this.#rememberRefused(secret);
      throw thrown;
    }
    this.#rememberRefused(undefined);
    thread.isOpen = true;
  }

  #rememberRefused(pin: SecretBytes | undefined): void {
    this.#refusedPin?.[Symbol.dispose]();
    this.#refusedPin = pin && SecretBytes.copyOf(revealSecretBytes(pin));
  }

  /** Makes the next attempt to get the token back, if it is time. Throws `sealed` unless it is there. */
  async #requireThere(): Promise<void> {
    const lost = this.#lost;
    if (lost === undefined) return;
    const at = this.#options.clock.now();
    // Calls that hang pile up no threads: one that begins something must have come back, of others there are as many as there are sessions.
    const hangs = this.#library.silentBeginnings > 0 || this.#line.silent > this.#options.sessions;
    if (this.#isReturning || at - lost.at < RETRY_MS || hangs) throw lost.refusal;
    this.#isReturning = true;
    this.#lost = { ...lost, at };
    try {
      if (this.#refusedPin !== undefined && (await this.#isRefused(this.#refusedPin))) throw lost.refusal;
      await this.#library.opening.run(() => this.#return());
      this.#lost = undefined;
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      this.#lost = { refusal, at };
      throw refusal;
    } finally {
      this.#isReturning = false;
    }
  }

  async #isRefused(pin: SecretBytes): Promise<boolean> {
    using present = await this.#options.readPin();
    return equalSecret(revealSecretBytes(present), revealSecretBytes(pin));
  }

  async #return(): Promise<void> {
    const { threads } = this.#line;
    await Promise.all(
      threads.map(thread => {
        thread.isOpen = false;
        return thread.ask({ step: 'close' });
      }),
    );
    const [first = this.#line.begin()] = threads;
    // Another token of the library may have been faster, and to begin it anew once more would end what that one does.
    if (this.#library.restarts === this.#restarts && isQuiet(this.#library)) await this.#restart(first);
    this.#restarts = this.#library.restarts;
    await this.#open(first);
    for (const { object, refusal } of this.#expected) await requireObject(first, object, refusal);
  }

  async #restart(thread: SessionThread): Promise<void> {
    const library = this.#library;
    const { promise, resolve } = Promise.withResolvers<void>();
    library.restarting = promise;
    try {
      await thread.ask({ step: 'restart' });
      library.restarts += 1;
    } finally {
      library.restarting = undefined;
      resolve();
    }
  }
}

interface Expected {
  readonly object: ObjectName;
  readonly refusal: (label: string) => KmsError;
}

async function requireObject(
  thread: SessionThread,
  { class: type, id }: ObjectName,
  refusal: Expected['refusal'],
): Promise<void> {
  const template = { token: true, class: CLASS[type], id };
  const found = (await thread.ask({ step: 'run', command: 'find', takes: { template } })) as Gives<'find'>;
  if (found.length > 0) return;
  const { label } = (await thread.ask({ step: 'run', command: 'facts', takes: {} })) as Gives<'facts'>;
  throw refusal(label);
}

/** Whether nobody is in a call of it. */
function isQuiet({ running, silent }: LibraryUse): boolean {
  return running === 0 && silent === 0;
}

/** Why the token is lost. */
function refusalOf(thrown: unknown): KmsError {
  if (thrown instanceof KmsError) return thrown;
  if (thrown instanceof TokenSilent) return new KmsError('sealed', thrown.message, {}, thrown);
  if (isSessionLost(thrown))
    return new KmsError('sealed', 'The token of the hardware keys is away.', {}, thrown);
  const why = thrown instanceof Error ? thrown.message : 'it does not say why';
  return new KmsError('sealed', `The token cannot be opened: ${why}.`, {}, thrown);
}
