// Load on a server from several lanes at once, and the comparison of everything that they know with everything that the server holds.

import assert from 'node:assert/strict';
import type { LoadClient } from './load-client.ts';
import { type Answers, type KnownKey, Lane, type LoadCounts } from './load-lane.ts';
import { listAll, listKeyIds, rotationsOf, stateOf } from './load-questions.ts';
import { SeededRandom } from './load-random.ts';
import { opening, STEPS } from './load-steps.ts';

/** Things asked about at once while comparing. */
const QUESTIONS_AT_ONCE = 8;

export class Load {
  readonly #lanes: readonly Lane[];
  readonly #knownIds = new Set<string>();
  readonly #random: SeededRandom;

  constructor(seed: number, lanes: number) {
    this.#random = new SeededRandom(seed);
    this.#lanes = Array.from({ length: lanes }, (_, at) => {
      const random = new SeededRandom(seed + 7_919 * (at + 1));
      return new Lane({ name: `lane-${at}`, random, makers: STEPS, knownIds: this.#knownIds });
    });
  }

  get counts(): LoadCounts {
    const sum = (of: (counts: LoadCounts) => number) =>
      this.#lanes.reduce((total, { counts }) => total + of(counts), 0);
    return {
      answered: sum(({ answered }) => answered),
      unanswered: sum(({ unanswered }) => unanswered),
      happened: sum(({ happened }) => happened),
    };
  }

  get keys(): number {
    return this.#knownIds.size;
  }

  /** Runs every lane until its connection is cut or `goesOn` says no. A server that lives has no faults. */
  async run(client: LoadClient, goesOn: () => boolean): Promise<void> {
    const last = await Promise.all(this.#lanes.map(lane => lane.run(client, goesOn)));
    for (const reply of last) assert.ok(reply === undefined || reply.status < 500, JSON.stringify(reply));
  }

  /** As `run`, but a lane that meets a fault of the server's finds out what has happened, and goes on as soon as it can. */
  async persist(client: LoadClient, goesOn: () => boolean, pause: () => Promise<unknown>): Promise<void> {
    const persist = async (lane: Lane) => {
      while (goesOn()) {
        if (await lane.settle(client)) await lane.run(client, goesOn);
        if (goesOn()) await pause();
      }
    };
    await Promise.all(this.#lanes.map(persist));
  }

  /** Clears up what is in doubt, one lane after another. False when the server does not answer. */
  async settle(client: LoadClient): Promise<boolean> {
    for (const lane of this.#lanes) if (!(await lane.settle(client))) return false;
    return true;
  }

  /** The answers since the last call. */
  takeAnswers(): Answers {
    const taken: Answers = new Map();
    for (const { answers } of this.#lanes) {
      for (const [requestId, answer] of answers) {
        assert.ok(!taken.has(requestId), 'a request id is given once');
        taken.set(requestId, answer);
      }
      answers.clear();
    }
    return taken;
  }

  /**
   * The server holds exactly the keys and names that were acknowledged, and of `sample` keys and messages of each lane (all of them when
   * undefined) every state, every number of rotations and every plaintext is right. Nothing may be in doubt.
   */
  async compare(client: LoadClient, sample?: number): Promise<void> {
    const ids = answered(await listKeyIds(client));
    assert.deepEqual(
      [...ids].sort(),
      [...this.#knownIds].sort(),
      'the keys are those that were acknowledged',
    );

    type Alias = { readonly AliasName: string; readonly TargetKeyId: string };
    const aliases = answered(await listAll<Alias>(client, 'ListAliases', 'Aliases', 100));
    const held = aliases.map(({ AliasName, TargetKeyId }) => `${AliasName} ${TargetKeyId}`);
    const known = this.#lanes.flatMap(lane => [...lane.aliases].map(([name, { id }]) => `${name} ${id}`));
    assert.deepEqual(held.sort(), known.sort(), 'the names point where they should');

    const questions: (() => Promise<unknown>)[] = [];
    for (const lane of this.#lanes) {
      for (const key of this.#some(lane.keys, sample)) questions.push(() => compareKey(client, key));
      for (const message of this.#some(lane.messages, sample)) {
        questions.push(async () =>
          assert.ok(await lane.ask(client, opening(message)), 'a question is answered'),
        );
      }
    }
    await inParallel(questions);
  }

  /** The newest ones, and as many chosen by chance. */
  #some<T>(list: readonly T[], sample: number | undefined): readonly T[] {
    if (sample === undefined || list.length <= 2 * sample) return list;
    const older = Array.from({ length: sample }, () => this.#random.pick(list));
    return [...list.slice(-sample), ...older.filter(item => item !== undefined)];
  }
}

async function compareKey(client: LoadClient, key: KnownKey): Promise<void> {
  assert.equal(answered(await stateOf(client, key.id)), key.state, `the state of ${key.id}`);
  if (key.rotations > 0) {
    assert.equal(answered(await rotationsOf(client, key.id)), key.rotations, `the rotations of ${key.id}`);
  }
}

async function inParallel(questions: readonly (() => Promise<unknown>)[]): Promise<void> {
  const waiting = questions.values();
  const worker = async () => {
    for (const question of waiting) await question();
  };
  await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, worker));
}

function answered<T>(answer: T | undefined): T {
  assert.ok(answer !== undefined, 'a question is answered');
  return answer;
}
