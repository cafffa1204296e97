// Several operations of one request that are kept or undone together: one transaction, and an entry in the log for each. What an operation
// does outside a transaction (making material, computing with a key) may need what an earlier one of the batch has changed, and must not
// hold up everybody who writes. So the batch is run again and again from its beginning: wherever something outside is missing, the
// transaction is undone, that is made, and the next run remembers it. Only a run that misses nothing is committed.

import { isDeepStrictEqual } from 'node:util';
import { assert } from '../base/assert.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import { KmsError, toKmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { usageLimitExceeded } from '../domain/usage-limit.ts';
import type { RequestContext } from './context.ts';
import type { Kms } from './kms.ts';
import type { ChangeOperation, Operation, UseOperation } from './operation.ts';
import type { ChangeOutcome } from './ports/audit-log.ts';
import type { StoreTransaction } from './ports/store.ts';
import {
  admit,
  dryRunSucceeded,
  entriesOf,
  entryOf,
  type Spending,
  spendingOf,
  type Trail,
} from './trail.ts';

/** As `execute` of execute.ts, inside a batch: one after the other, and not after its end. */
export type ExecuteInBatch = <Input, Target, Output, Prepared>(
  operation: Operation<Input, Target, Output, Prepared>,
  context: RequestContext,
  input: Input,
) => Promise<Output>;

/**
 * Runs the work, which is called several times: it does nothing but execute operations, and begins anew each time, with inputs that come from
 * the request and from earlier outputs alone. What it fulfils with is returned once everything is durable. What it rejects with is thrown, once
 * all changes are undone and every operation has its entry: changes that had worked with the outcome `undone`, uses as they are, since nobody
 * can take back that they have happened. A refused operation undoes itself alone; whether the rest goes on is for the work to say. Outputs of
 * uses are the caller's, also those of a batch that was undone; they are wiped when nothing may be answered (`auditUnavailable`).
 */
export async function executeBatch<T>(kms: Kms, work: (execute: ExecuteInBatch) => Promise<T>): Promise<T> {
  const memory: Memory = new Map();
  try {
    for (let runs = 1; ; runs += 1) {
      const run = new Run(kms, memory, runs >= RUNS_MAX);
      const outcome = await kms.auditLog.commit(tx => run.attempt(tx, work));
      if (!outcome.ok) {
        await recall(memory, outcome.error);
        continue;
      }
      run.release();
      if (!outcome.value.kept) throw new Undone(outcome.value.error);
      for (const finish of run.finishes) await finish();
      return outcome.value.value;
    }
  } catch (thrown) {
    if (thrown instanceof Undone) throw thrown.reason;
    for (const { wipe } of memory.values()) wipe();
    throw toKmsError(thrown);
  }
}

/** Each operation may miss something once; what others change meanwhile makes some miss it again. */
const RUNS_MAX = 3 * LIMITS.batchOperationsMax;

/** What was made outside, by the place of its operation in the batch. */
type Memory = Map<number, Made>;

interface Made {
  readonly operation: object;
  readonly input: unknown;
  readonly result:
    | { readonly ok: true; readonly value: unknown }
    | { readonly ok: false; readonly error: unknown };
  wipe(): void;
}

/** Ends a run that misses something; never leaves this file. */
class Missing extends Error {
  readonly place: number;
  readonly make: () => Promise<Made>;
  constructor(place: number, make: () => Promise<Made>) {
    super('missing');
    this.place = place;
    this.make = make;
  }
}

/** Carries what the work has thrown past our own faults. */
class Undone extends Error {
  readonly reason: unknown;
  constructor(reason: unknown) {
    super('undone');
    this.reason = reason;
  }
}

/** Makes what was missing; what came behind it in an earlier run may have been about something else. */
async function recall(memory: Memory, missing: unknown): Promise<void> {
  if (!(missing instanceof Missing)) throw missing;
  for (const [place, made] of memory) {
    if (place < missing.place) continue;
    made.wipe();
    memory.delete(place);
  }
  memory.set(missing.place, await missing.make());
}

type Settled<T> =
  | { readonly kept: true; readonly value: T }
  | { readonly kept: false; readonly error: unknown };

/** One run of the batch, in one transaction. */
class Run {
  /** What is to be done once everything is durable. */
  readonly finishes: (() => Promise<void> | void)[] = [];
  readonly #kms: Kms;
  readonly #memory: Memory;
  /** What is missing now is refused. */
  readonly #isLast: boolean;
  readonly #done: { readonly entry: AuditEntry; readonly undoable: boolean }[] = [];
  readonly #spendings: Spending[] = [];
  /** Places of what was made outside and is the caller's now. */
  readonly #handedOut = new Set<number>();
  readonly #changed: number[] = [];
  #places = 0;
  #busy = false;
  #missing: Missing | undefined;

  constructor(kms: Kms, memory: Memory, isLast: boolean) {
    this.#kms = kms;
    this.#memory = memory;
    this.#isLast = isLast;
  }

  async attempt<T>(
    tx: StoreTransaction,
    work: (execute: ExecuteInBatch) => Promise<T>,
  ): Promise<ChangeOutcome<Settled<T>>> {
    let ended = false;
    const execute: ExecuteInBatch = (operation, context, input) => {
      assert(!ended, 'a batch is not used after its end');
      return this.#execute(tx, operation, context, input);
    };
    try {
      const value = await tx.savepoint(async () => {
        const value = await work(execute);
        // The work may have caught it and gone on.
        if (this.#missing !== undefined) throw this.#missing;
        return value;
      });
      return { ok: true, value: { kept: true, value }, entries: this.#done.map(({ entry }) => entry) };
    } catch (error) {
      if (this.#missing !== undefined) return { ok: false, error: this.#missing, entries: [] };
      return { ok: true, value: { kept: false, error }, entries: await this.#undo(tx) };
    } finally {
      ended = true;
    }
  }

  /** After the commit: wipes what was made and went nowhere. */
  release(): void {
    for (const [place, { wipe }] of this.#memory) if (!this.#handedOut.has(place)) wipe();
  }

  /** The entries of what was undone. What uses have taken from usage limits stays taken, where the key is still there. */
  async #undo(tx: StoreTransaction): Promise<readonly AuditEntry[]> {
    for (const place of this.#changed) this.#handedOut.delete(place);
    for (const { key, unit, amount } of this.#spendings) await tx.keys.spendUsage(key.id, unit, amount);
    return this.#done.map(({ entry, undoable }) =>
      undoable ? { ...entry, outcome: 'undone' as const } : entry,
    );
  }

  async #execute<Input, Target, Output, Prepared>(
    tx: StoreTransaction,
    operation: Operation<Input, Target, Output, Prepared>,
    context: RequestContext,
    input: Input,
  ): Promise<Output> {
    assert(!this.#busy, 'the operations of a batch run one after the other');
    if (this.#missing !== undefined) throw this.#missing;
    this.#busy = true;
    const place = this.#places;
    this.#places += 1;
    const trail: Trail<Target, Output> = {};
    try {
      requireRoom(place);
      operation.check?.(input);
      this.#kms.custody.requireReady();
      const request = { place, context, input, trail };
      // A refused operation leaves nothing but its entry.
      return await tx.savepoint(() =>
        operation.kind === 'change'
          ? this.#change(tx, operation, request)
          : this.#use(tx, operation, request),
      );
    } catch (thrown) {
      if (thrown instanceof Missing) throw thrown;
      const error = toKmsError(thrown);
      this.#log(entryOf(this.#kms, operation, context, input, trail, error));
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async #change<Input, Target, Output, Prepared>(
    tx: StoreTransaction,
    operation: ChangeOperation<Input, Target, Output, Prepared>,
    { place, context, input, trail }: InBatch<Input, Target, Output>,
  ): Promise<Output> {
    const kms = this.#kms;
    const { prepare } = operation;
    const target = await admit(kms, tx, operation, context, input, trail);
    const args = { context, input, target };
    const prepared = (
      prepare === undefined
        ? undefined
        : this.#outside(place, operation, input, {
            make: () => prepare.call(operation, kms, args),
            wipe: made => operation.abandon?.(made),
          })
    ) as Prepared;
    const output = await operation.run(kms, tx, { ...args, prepared, at: kms.clock.now() });
    trail.output = output;
    if (context.dryRun) throw dryRunSucceeded();
    this.#log(entryOf(kms, operation, context, input, trail), true);
    this.#handedOut.add(place);
    this.#changed.push(place);
    this.finishes.push(() => operation.finish?.(kms, output));
    return output;
  }

  async #use<Input, Target, Output>(
    tx: StoreTransaction,
    operation: UseOperation<Input, Target, Output>,
    { place, context, input, trail }: InBatch<Input, Target, Output>,
  ): Promise<Output> {
    const kms = this.#kms;
    const target = await admit(kms, tx, operation, context, input, trail);
    const args = { context, input, target };
    const spending = spendingOf(operation, input, target);
    if (spending !== undefined) {
      const { key, unit, amount } = spending;
      if (!(await tx.keys.spendUsage(key.id, unit, amount))) throw usageLimitExceeded(key.id);
    }
    // A read is of what the batch has changed; a use has everything in its target.
    const output =
      operation.kind === 'read'
        ? await operation.run({ ...kms, store: { ...kms.store, ...tx } }, args)
        : this.#outside(place, operation, input, {
            make: () => operation.run(kms, args),
            wipe: made => operation.discard?.(made),
          });
    trail.output = output;
    if (context.dryRun) throw dryRunSucceeded();
    for (const entry of entriesOf(kms, operation, context, input, trail)) this.#log(entry);
    if (spending !== undefined) this.#spendings.push(spending);
    this.#handedOut.add(place);
    return output;
  }

  #log(entry: AuditEntry, undoable = false): void {
    this.#done.push({ entry, undoable });
  }

  /** What was made for the same question in an earlier run; ends this run where there is none. */
  #outside<Value>(place: number, operation: object, input: unknown, { make, wipe }: Outside<Value>): Value {
    const made = this.#memory.get(place);
    if (made !== undefined && made.operation === operation && isDeepStrictEqual(made.input, input)) {
      if (!made.result.ok) throw made.result.error;
      return made.result.value as Value;
    }
    if (this.#isLast) throw new KmsError('conflict', 'What the batch is about changes too often. Try again.');
    this.#missing = new Missing(place, async () => {
      try {
        const value = await make();
        return { operation, input, result: { ok: true, value }, wipe: () => wipe(value) };
      } catch (error) {
        return { operation, input, result: { ok: false, error }, wipe: () => {} };
      }
    });
    throw this.#missing;
  }
}

interface InBatch<Input, Target, Output> {
  readonly place: number;
  readonly context: RequestContext;
  readonly input: Input;
  readonly trail: Trail<Target, Output>;
}

interface Outside<Value> {
  make(): Promise<Value>;
  wipe(value: Value): void;
}

function requireRoom(place: number): void {
  const max = LIMITS.batchOperationsMax;
  if (place < max) return;
  throw new KmsError('limitExceeded', `A batch that is undone as a whole has at most ${max} operations.`, {
    limit: max,
  });
}
