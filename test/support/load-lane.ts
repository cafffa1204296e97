// One lane of a load. It asks one thing at a time about keys and aliases of its own, so that when it is cut off everything it was
// answered is certain and one request at most is in doubt; afterwards it finds out what became of that one.

import assert from 'node:assert/strict';
import type { Answer, LoadClient, Reply } from './load-client.ts';
import type { KeyState } from './load-questions.ts';
import type { SeededRandom } from './load-random.ts';

const MESSAGES_KEPT_MAX = 400;

/** What AWS's clients are told of a store or an audit log that cannot be written: they repeat the request. */
const OUT_OF_ORDER = 'DependencyTimeoutException';

export interface KnownKey {
  readonly id: string;
  state: KeyState;
  rotations: number;
}

export interface Message {
  readonly key: KnownKey;
  readonly ciphertext: string;
  readonly plaintext: string;
  readonly context: Readonly<Record<string, string>>;
}

/** One request: what it asks, what it must be told, what is true once it was. */
export interface Step {
  readonly action: string;
  readonly input: object;
  /** `ok` or the name of the error. */
  readonly expected: string;
  /** Makes the effect known; called for `ok` alone. */
  acknowledge?(answer: Answer): void;
  /** Asks what became of it when no answer came, and makes that known. False when there was no answer to that either. */
  settle?(client: LoadClient): Promise<boolean>;
}

/** Undefined: not on what the lane has now. */
export type StepMaker = (lane: Lane, random: SeededRandom) => Step | undefined;

export interface LoadCounts {
  answered: number;
  /** Asked, and never or not clearly answered. */
  unanswered: number;
  /** Of those: changes that had happened. */
  happened: number;
}

/** What was answered, by request id: the audit log is held against it. */
export type Answers = Map<string, { readonly action: string; readonly ok: boolean }>;

export interface LaneParts {
  readonly name: string;
  readonly random: SeededRandom;
  readonly makers: readonly StepMaker[];
  readonly knownIds: Set<string>;
}

export class Lane {
  readonly keys: KnownKey[] = [];
  readonly aliases = new Map<string, KnownKey>();
  readonly messages: Message[] = [];
  readonly answers: Answers = new Map();
  readonly counts: LoadCounts = { answered: 0, unanswered: 0, happened: 0 };
  readonly #name: string;
  readonly #random: SeededRandom;
  readonly #makers: readonly StepMaker[];
  /** The ids of all lanes' keys. */
  readonly #knownIds: Set<string>;
  #labels = 0;
  #doubtful: Step | undefined;

  constructor(parts: LaneParts) {
    this.#name = parts.name;
    this.#random = parts.random;
    this.#makers = parts.makers;
    this.#knownIds = parts.knownIds;
  }

  adopt(id: string): void {
    this.#knownIds.add(id);
    this.keys.push({ id, state: 'Enabled', rotations: 0 });
  }

  isKnown(id: string): boolean {
    return this.#knownIds.has(id);
  }

  /** Asks on and on until a request is not answered, is answered with a fault of the server's, or `goesOn` says no. */
  async run(client: LoadClient, goesOn: () => boolean): Promise<Reply> {
    let reply: Reply;
    do {
      const step = this.#nextStep();
      reply = await client.call(step.action, step.input);
      if (!this.#hear(step, reply)) return reply;
    } while (goesOn());
    return reply;
  }

  /** Clears up what the last cut has left in doubt. False when the server does not answer. */
  async settle(client: LoadClient): Promise<boolean> {
    const step = this.#doubtful;
    if (step !== undefined && (await step.settle?.(client)) === false) return false;
    this.#doubtful = undefined;
    return true;
  }

  /** Asks one thing more; the same certainty as in `run`. */
  async ask(client: LoadClient, step: Step): Promise<boolean> {
    return this.#hear(step, await client.call(step.action, step.input));
  }

  /** Whether the step was answered for certain. */
  #hear(step: Step, reply: Reply): boolean {
    // An answer that names a fault of the server leaves open what has happened.
    if (reply === undefined || reply.status >= 500) {
      this.counts.unanswered += 1;
      this.#doubtful = step;
      if (reply !== undefined)
        assert.equal(reply.outcome, OUT_OF_ORDER, `${step.action}: ${reply.requestId}`);
      return false;
    }
    this.counts.answered += 1;
    this.answers.set(reply.requestId, { action: step.action, ok: reply.status === 200 });
    assert.equal(reply.outcome, step.expected, `${step.action} ${JSON.stringify(step.input)}`);
    if (reply.status === 200) step.acknowledge?.(reply);
    return true;
  }

  #nextStep(): Step {
    const random = this.#random;
    for (;;) {
      const make = random.pick(this.#makers);
      const step = make?.(this, random);
      if (step !== undefined) return step;
    }
  }

  label(): string {
    this.#labels += 1;
    return `${this.#name}-${this.#labels}`;
  }

  keep(message: Message): void {
    this.messages.push(message);
    if (this.messages.length > MESSAGES_KEPT_MAX) {
      // Not the oldest: messages of every age and every version are to be kept.
      this.messages.splice(this.#random.between(0, MESSAGES_KEPT_MAX - 1), 1);
    }
  }
}
