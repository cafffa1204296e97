// One batch item of an authenticated message, as its operation sees it, and the way in which it reaches the core.

import type { Bytes } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import type { RequestContext } from '../../core/context.ts';
import type { ExecuteInBatch } from '../../core/execute-batch.ts';
import type { Kms } from '../../core/kms.ts';
import type { Operation } from '../../core/operation.ts';
import { type ErrorCode, toKmsError } from '../../domain/errors.ts';
import type { ValueName, Version } from '../../wire/ttlv/index.ts';
import { type FaultName, KmipRefusal, refusal } from './faults.ts';
import type { Ticket } from './held/tickets.ts';
import type { Outcome } from './message/outcome.ts';
import type { ProveAgain } from './prove-again.ts';

export type OperationName = ValueName<'Operation'>;

/** What the items of one message leave for those behind them. */
export interface BatchMemory {
  /** The ID Placeholder (KMIP 2.1 section 9.13); undefined while it is empty. */
  placeholder?: string | undefined;
  /** The ids that the operations have answered with, one behind the other. */
  readonly answered: { readonly operation: OperationName; readonly ids: readonly string[] }[];
  /** Nothing of the batch is done any more, whatever its option says. */
  isOver?: boolean | undefined;
  /** What the item is answered with in place of its own payload. */
  instead?: Outcome | undefined;
  /** The data that the operations have answered with, one behind the other; secrets in it live as long as the answer. */
  readonly data: { readonly operation: OperationName; readonly bytes: Bytes }[];
}

export interface KmipRequest {
  readonly kms: Kms;
  /** The one door, or the part of it that undoes a batch. */
  readonly execute: ExecuteInBatch;
  /** Several operations of the core that are kept or undone together. The work may be called several times: see core/execute-batch.ts. */
  together<T>(work: (execute: ExecuteInBatch) => Promise<T>): Promise<T>;
  readonly context: RequestContext;
  readonly version: Version;
  /** Marks of tests are taken. */
  readonly takesInterop: boolean;
  /** Where keys that are made here stand, for protocols that have locations. */
  readonly location: string;
  readonly proveAgain: ProveAgain;
  /**
   * What is done to things outside the store, which a batch that runs again must not do again: the result of the first time, for the item. Rejects with
   * what that has thrown.
   */
  once<T>(work: () => T | Promise<T>): Promise<T>;
  /** Nobody else is held up meanwhile: no transaction is open. */
  readonly mayWait: boolean;
  /** By which the caller has proven itself; undefined: by a credential. */
  readonly ticket?: Ticket | undefined;
  readonly memory: BatchMemory;
  /** Refusals whose entries are in the audit log already. */
  readonly recorded: WeakSet<object>;
  /** Secrets of the answer: wiped once its bytes are written. */
  readonly secrets: DisposableStack;
}

/** What a code of ours means at one place, where it is another thing than in general. */
export type Told = Partial<Record<ErrorCode, FaultName>>;

/** Throws KmsError, recorded. */
export async function perform<Input, Target, Output, Prepared>(
  request: KmipRequest,
  operation: Operation<Input, Target, Output, Prepared>,
  input: Input,
  told: Told = {},
): Promise<Output> {
  try {
    return await request.execute(operation, request.context, input);
  } catch (thrown) {
    const error = toKmsError(thrown);
    const fault = error instanceof KmipRefusal ? undefined : told[error.code];
    const answered = fault === undefined ? error : refusal(fault);
    request.recorded.add(answered);
    throw answered;
  }
}

/** Work over several operations of the core, between which nobody else comes, and of which nothing stays where one is refused. */
export function inOne<T>(request: KmipRequest, work: (inOne: KmipRequest) => Promise<T>): Promise<T> {
  return request.together(execute => work({ ...request, execute, together: within => within(execute) }));
}

/** The bytes of a secret of the answer, as a view that is wiped once the answer is written. */
export function disclosed(request: KmipRequest, secret: SecretBytes): Bytes {
  request.secrets.use(secret);
  return revealSecretBytes(secret);
}

/** Takes over bytes that were made of a secret of the answer; they are wiped with it. */
export function disclosing(request: KmipRequest): (bytes: Bytes) => Bytes {
  return bytes => disclosed(request, SecretBytes.own(bytes));
}
