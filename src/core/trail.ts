// What is known of a request while it passes the one door, and the audit entry that is made of it. For execute.ts and execute-batch.ts.

import type { AuditEntry } from '../domain/audit-entry.ts';
import { KmsError } from '../domain/errors.ts';
import type { Key } from '../domain/key.ts';
import { amountOf, requireUsageLeft, type UsageUnit } from '../domain/usage-limit.ts';
import { authorize } from './authorize.ts';
import { actorId, type RequestContext } from './context.ts';
import type { Kms } from './kms.ts';
import type { Operation, UseOperation } from './operation.ts';
import type { StoreReads } from './ports/store.ts';

/** What is known of a request when its entry is written. */
export interface Trail<Target, Output> {
  target?: Target;
  reason?: string;
  output?: Output;
}

/** Finds the target, authorizes, and asks whether its state allows the operation. */
export async function admit<Input, Target, Output, Prepared>(
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

export function entryOf<Input, Target, Output, Prepared>(
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
    // In the order of canonical form, which then has nothing to sort; so are the records of what is done most.
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

/** The entry of a use, and that of another project which is to read of it: what was done there, by whom, and nothing of the first's objects. */
export function entriesOf<Input, Target, Output>(
  kms: Kms,
  operation: UseOperation<Input, Target, Output>,
  context: RequestContext,
  input: Input,
  trail: Trail<Target, Output>,
  refusal?: KmsError,
): readonly [AuditEntry, ...AuditEntry[]] {
  const entry = entryOf(kms, operation, context, input, trail, refusal);
  if (trail.target === undefined || operation.recordElsewhere === undefined) return [entry];
  const record = operation.recordElsewhere(input, trail.target);
  if (record?.projectId === undefined || record.projectId === entry.projectId) return [entry];
  const { details = {}, projectId, targets } = record;
  return [entry, { ...entry, details, projectId, targets }];
}

/** What a use takes from the usage limit of a key. */
export interface Spending {
  readonly key: Key;
  readonly unit: UsageUnit;
  readonly amount: number;
}

/** Undefined where nothing is protected, or without a limit. Throws `usageLimitExceeded` when too little is left. */
export function spendingOf<Input, Target, Output>(
  operation: UseOperation<Input, Target, Output>,
  input: Input,
  target: Target,
): Spending | undefined {
  const protection = operation.protects?.(target, input);
  const limit = protection?.key.usageLimit;
  if (protection === undefined || limit === undefined) return undefined;
  const { key, bytes } = protection;
  const amount = amountOf(limit, bytes);
  requireUsageLeft(key, amount);
  return { key, unit: limit.unit, amount };
}

export function discard<Input, Target, Output>(
  operation: UseOperation<Input, Target, Output>,
  trail: Trail<Target, Output>,
): void {
  if (trail.output !== undefined) operation.discard?.(trail.output);
}

export function dryRunSucceeded(): KmsError {
  return new KmsError('dryRun', 'The request would have succeeded, but it was a dry run.');
}
