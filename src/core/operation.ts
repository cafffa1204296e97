// What an operation states about itself; core/execute.ts is the only caller. An operation is data and small functions: it checks its
// input, finds its target, names the permissions it demands, and runs. It never audits, authorizes or commits by itself.

import type { AuditDetails, AuditTarget } from '../domain/audit-entry.ts';
import type { Key } from '../domain/key.ts';
import type { OperationName } from '../domain/operation-name.ts';
import type { Permission } from '../domain/permission.ts';
import type { RequestContext } from './context.ts';
import type { Kms } from './kms.ts';
import type { StoreReads, StoreTransaction } from './ports/store.ts';

/** Where an object stands: roles and rules of every named place, and of the system, apply to it. */
export interface Place {
  readonly projectId?: string | undefined;
  readonly keyRingId?: string | undefined;
  readonly keyId?: string | undefined;
}

/** One permission that must hold on one place, with the attributes of that object for the conditions of rules. */
export interface Demand {
  readonly permission: Permission;
  readonly place: Place;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** What allows it without a role, where no rule denies it: such as the access list of the object, which names the caller. */
  readonly granted?: string | undefined;
}

/** What the audit entry says of the operation: allow-listed by the operation itself. */
export interface AuditRecord {
  readonly projectId?: string | undefined;
  readonly targets: readonly AuditTarget[];
  readonly details?: AuditDetails | undefined;
}

interface OperationFacts<Input, Target, Output> {
  /** The name in the audit log and in metrics, such as `key.encrypt`. */
  readonly name: OperationName;
  /** Whether a sealed server does it: then it needs no key of ours. */
  readonly whileSealed?: boolean | undefined;
  /** What an unauthorised caller is told of an object of its own project. Objects of other projects are never disclosed. */
  readonly disclosure: 'denied' | 'notFound';
  /** Bounds and shapes: throws `invalidInput`, `tooLarge`, `unsupported`. Pure. */
  check?(input: Input): void;
  /** Throws `notFound`, or `denied` for an object that the caller named in a foreign project. Reads through `reads` alone. */
  find(reads: StoreReads, context: RequestContext, input: Input, kms: Kms): Promise<Target>;
  /** All must hold. An empty list means: whoever has authenticated. */
  demands(target: Target, input: Input, context: RequestContext): readonly Demand[];
  /** Whether the state of the target allows it at the instant: throws by the state table. */
  allow?(target: Target, input: Input, at: number): void;
  record(input: Input, target: Target | undefined, output: Output | undefined): AuditRecord;
}

export interface RunArguments<Input, Target> {
  readonly context: RequestContext;
  readonly input: Input;
  readonly target: Target;
}

/** One protection under a key, and how many bytes were handed in for it. */
export interface Protection {
  readonly key: Key;
  readonly bytes: number;
}

/** A read or a cryptographic use: no row changes but the log, and what is left of a usage limit. */
export interface UseOperation<Input, Target, Output> extends OperationFacts<Input, Target, Output> {
  readonly kind: 'read' | 'use';
  run(kms: Kms, args: RunArguments<Input, Target>): Promise<Output>;
  /** Wipes the secrets of an output that may not be answered after all. */
  discard?(output: Output): void;
  /** What is protected under which key, for its usage limit; undefined where nothing is. An operation that protects must say so. */
  protects?(target: Target, input: Input): Protection | undefined;
  /** What another project than that of the entry is to find in its own part of the log: an entry of its own, written beside the first. */
  recordElsewhere?(input: Input, target: Target): AuditRecord | undefined;
}

export interface ChangeArguments<Input, Target, Prepared> extends RunArguments<Input, Target> {
  readonly prepared: Prepared;
  /** The instant of the change. */
  readonly at: number;
}

/** A change commits together with its audit entry. */
export interface ChangeOperation<Input, Target, Output, Prepared = undefined>
  extends OperationFacts<Input, Target, Output> {
  readonly kind: 'change';
  /** Work outside the transaction, after a first authorization: making material, talking to a device. */
  prepare?(kms: Kms, args: RunArguments<Input, Target>): Promise<Prepared>;
  /** Inside the transaction, after the target was found and authorized again in it. Waits for `tx` alone. */
  run(kms: Kms, tx: StoreTransaction, args: ChangeArguments<Input, Target, Prepared>): Promise<Output>;
  /** After the commit: forgetting and destroying outside. A crash before it is made good by a sweep. */
  finish?(kms: Kms, output: Output): Promise<void> | void;
  /** Wipes the secrets of what was prepared for a change that is not answered: refused, or perhaps not committed. */
  abandon?(prepared: Prepared): void;
}

export type Operation<Input, Target, Output, Prepared = undefined> =
  | UseOperation<Input, Target, Output>
  | ChangeOperation<Input, Target, Output, Prepared>;
