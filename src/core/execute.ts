// The one door: check, find, authorize, state, run, audit, commit. Every answer and every refusal of every protocol passes here, and
// nothing leaves before its audit entry is durable. Several operations that are kept or undone together: execute-batch.ts.

import type { AuditEntry } from '../domain/audit-entry.ts';
import { type KmsError, toKmsError } from '../domain/errors.ts';
import { usageLimitExceeded } from '../domain/usage-limit.ts';
import type { RequestContext } from './context.ts';
import type { Kms } from './kms.ts';
import type { ChangeOperation, Operation, UseOperation } from './operation.ts';
import type { ChangeOutcome } from './ports/audit-log.ts';
import type { StoreTransaction } from './ports/store.ts';
import {
  admit,
  discard,
  dryRunSucceeded,
  entriesOf,
  entryOf,
  type Spending,
  spendingOf,
  type Trail,
} from './trail.ts';

/** Throws {@link KmsError} alone: the code says why, and the audit entry is durable whether it throws or not. */
export function execute<Input, Target, Output, Prepared>(
  kms: Kms,
  operation: Operation<Input, Target, Output, Prepared>,
  context: RequestContext,
  input: Input,
): Promise<Output> {
  return operation.kind === 'change'
    ? executeChange(kms, operation, context, input)
    : executeUse(kms, operation, context, input);
}

async function executeUse<Input, Target, Output>(
  kms: Kms,
  operation: UseOperation<Input, Target, Output>,
  context: RequestContext,
  input: Input,
): Promise<Output> {
  const trail: Trail<Target, Output> = {};
  let spending: Spending | undefined;
  let refusal: KmsError | undefined;
  try {
    operation.check?.(input);
    if (!operation.whileSealed) kms.custody.requireReady();
    const target = await admit(kms, kms.store, operation, context, input, trail);
    spending = spendingOf(operation, input, target);
    trail.output = await operation.run(kms, { context, input, target });
    if (context.dryRun) throw dryRunSucceeded();
  } catch (thrown) {
    refusal = toKmsError(thrown);
  }
  try {
    const entries = (error: KmsError | undefined) => entriesOf(kms, operation, context, input, trail, error);
    if (refusal !== undefined || spending === undefined) await recordAll(kms, entries(refusal));
    else refusal = await spend(kms, spending, entries);
  } catch (thrown) {
    discard(operation, trail);
    throw toKmsError(thrown);
  }
  if (refusal !== undefined) {
    discard(operation, trail);
    throw refusal;
  }
  return trail.output as Output;
}

/** Two entries join one batch: there is no moment at which one project could read of it and the other not. */
function recordAll({ auditLog }: Kms, entries: readonly [AuditEntry, ...AuditEntry[]]): Promise<unknown> {
  return entries.length === 1
    ? auditLog.record(entries[0])
    : Promise.all(entries.map(entry => auditLog.record(entry)));
}

/** The use is a change of what is left, committed with its entry. Returns the refusal when others have used it up meanwhile. */
async function spend(
  kms: Kms,
  { key, unit, amount }: Spending,
  entriesFor: (refusal: KmsError | undefined) => readonly AuditEntry[],
): Promise<KmsError | undefined> {
  const outcome = await kms.auditLog.commit(async tx => {
    const error = (await tx.keys.spendUsage(key.id, unit, amount)) ? undefined : usageLimitExceeded(key.id);
    const entries = entriesFor(error);
    return error === undefined ? { ok: true, value: undefined, entries } : { ok: false, error, entries };
  });
  return outcome.ok ? undefined : toKmsError(outcome.error);
}

async function executeChange<Input, Target, Output, Prepared>(
  kms: Kms,
  operation: ChangeOperation<Input, Target, Output, Prepared>,
  context: RequestContext,
  input: Input,
): Promise<Output> {
  let prepared: Prepared | undefined;
  const early: Trail<Target, Output> = {};
  try {
    operation.check?.(input);
    kms.custody.requireReady();
    if (operation.prepare !== undefined) {
      const target = await admit(kms, kms.store, operation, context, input, early);
      prepared = await operation.prepare(kms, { context, input, target });
    }
  } catch (thrown) {
    const refusal = toKmsError(thrown);
    await kms.auditLog.record(entryOf(kms, operation, context, input, early, refusal));
    throw refusal;
  }

  try {
    const outcome = await kms.auditLog.commit<Output>(tx =>
      runChange(kms, tx, operation, context, input, prepared as Prepared),
    );
    if (!outcome.ok) throw outcome.error;
    await operation.finish?.(kms, outcome.value);
    return outcome.value;
  } catch (thrown) {
    if (prepared !== undefined) operation.abandon?.(prepared);
    throw toKmsError(thrown);
  }
}

async function runChange<Input, Target, Output, Prepared>(
  kms: Kms,
  tx: StoreTransaction,
  operation: ChangeOperation<Input, Target, Output, Prepared>,
  context: RequestContext,
  input: Input,
  prepared: Prepared,
): Promise<ChangeOutcome<Output>> {
  const trail: Trail<Target, Output> = {};
  try {
    // Found and authorized anew: between the first look and this transaction everything may have changed.
    const target = await admit(kms, tx, operation, context, input, trail);
    const at = kms.clock.now();
    const value = await operation.run(kms, tx, { context, input, target, prepared, at });
    trail.output = value;
    if (context.dryRun) throw dryRunSucceeded();
    return { ok: true, value, entries: [entryOf(kms, operation, context, input, trail)] };
  } catch (thrown) {
    const error = toKmsError(thrown);
    return { ok: false, error, entries: [entryOf(kms, operation, context, input, trail, error)] };
  }
}
