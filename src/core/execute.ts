// The one door: check, find, authorize, state, run, audit, commit. Every answer and every refusal of every protocol passes here, and
// nothing leaves before its audit entry is durable.

import type { AuditEntry } from '../domain/audit-entry.ts';
import { KmsError, toKmsError } from '../domain/errors.ts';
import { authorize } from './authorize.ts';
import { actorId, type RequestContext } from './context.ts';
import type { Kms } from './kms.ts';
import type { ChangeOperation, Operation, UseOperation } from './operation.ts';
import type { ChangeOutcome } from './ports/audit-log.ts';
import type { StoreReads, StoreTransaction } from './ports/store.ts';

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

/** What is known of a request when its entry is written. */
interface Trail<Target, Output> {
  target?: Target;
  reason?: string;
  output?: Output;
}

async function executeUse<Input, Target, Output>(
  kms: Kms,
  operation: UseOperation<Input, Target, Output>,
  context: RequestContext,
  input: Input,
): Promise<Output> {
  const trail: Trail<Target, Output> = {};
  let refusal: KmsError | undefined;
  try {
    operation.check?.(input);
    kms.custody.requireReady();
    const target = await admit(kms, kms.store, operation, context, input, trail);
    trail.output = await operation.run(kms, { context, input, target });
    if (context.dryRun) throw dryRunSucceeded();
  } catch (thrown) {
    refusal = toKmsError(thrown);
  }
  try {
    const entry = entryOf(kms, operation, context, input, trail, refusal);
    const second = elsewhere(operation, input, trail, entry);
    // Two entries join one batch: there is no moment at which one project could read of it and the other not.
    await (second === undefined ? kms.auditLog.record(entry) : recordBoth(kms, entry, second));
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
    return { ok: true, value, entry: entryOf(kms, operation, context, input, trail) };
  } catch (thrown) {
    const error = toKmsError(thrown);
    return { ok: false, error, entry: entryOf(kms, operation, context, input, trail, error) };
  }
}

async function admit<Input, Target, Output, Prepared>(
  kms: Kms,
  reads: StoreReads,
  operation: Operation<Input, Target, Output, Prepared>,
  context: RequestContext,
  input: Input,
  trail: Trail<Target, Output>,
): Promise<Target> {
  const target = await operation.find(reads, context, input, kms);
  trail.target = target;
  const demands = operation.demands(target, input, context);
  trail.reason = await authorize(reads, context, demands, operation.disclosure);
  operation.allow?.(target, input, kms.clock.now());
  return target;
}

function entryOf<Input, Target, Output, Prepared>(
  kms: Kms,
  operation: Operation<Input, Target, Output, Prepared>,
  context: RequestContext,
  input: Input,
  trail: Trail<Target, Output>,
  refusal?: KmsError,
): AuditEntry {
  const record = operation.record(input, trail.target, refusal === undefined ? trail.output : undefined);
  const { actor } = context;
  const refusalReason = refusal?.details.reason;
  return {
    // In the order of canonical form, which then has nothing to sort.
    at: kms.clock.now(),
    credentialId: actor.type === 'principal' ? actor.credentialId : undefined,
    details: record.details ?? {},
    kind: operation.kind,
    operation: operation.name,
    outcome: refusal?.code ?? 'ok',
    principalId: actorId(actor),
    projectId: record.projectId ?? context.projectId,
    protocol: context.protocol,
    reason: trail.reason ?? (refusalReason === undefined ? undefined : String(refusalReason)),
    requestId: context.requestId,
    sourceAddress: context.sourceAddress,
    targets: record.targets,
  };
}

/** The same event as another project is to read it: what was done there, by whom, and nothing of the first project's objects. */
function elsewhere<Input, Target, Output>(
  operation: UseOperation<Input, Target, Output>,
  input: Input,
  { target }: Trail<Target, Output>,
  entry: AuditEntry,
): AuditEntry | undefined {
  if (target === undefined || operation.recordElsewhere === undefined) return undefined;
  const record = operation.recordElsewhere(input, target);
  if (record?.projectId === undefined || record.projectId === entry.projectId) return undefined;
  const { details = {}, projectId, targets } = record;
  return { ...entry, details, projectId, targets };
}

async function recordBoth(kms: Kms, first: AuditEntry, second: AuditEntry): Promise<void> {
  await Promise.all([kms.auditLog.record(first), kms.auditLog.record(second)]);
}

function discard<Input, Target, Output>(
  operation: UseOperation<Input, Target, Output>,
  trail: Trail<Target, Output>,
): void {
  if (trail.output !== undefined) operation.discard?.(trail.output);
}

function dryRunSucceeded(): KmsError {
  return new KmsError('dryRun', 'The request would have succeeded, but it was a dry run.');
}
