// Fail the n-th call, once: a port in which one chosen call fails before or after its effect, and everything before and after it works.
// (faults.ts is for a process that is gone after its fault; here it lives on and must have kept its promises.)

import type { AuditLog } from '../../src/core/ports/audit-log.ts';
import type { Custody } from '../../src/core/ports/custody.ts';
import type { Store, StoreTransaction } from '../../src/core/ports/store.ts';
import { KmsError } from '../../src/domain/errors.ts';
import type { Key, KeyVersion } from '../../src/domain/key.ts';

export interface Fault {
  /** Counts from 1 over every call of a port, those inside a transaction included. */
  readonly nth: number;
  /** `after`: the call has had its effect and its answer is lost. Calls without an effect fail `before` alone. */
  readonly moment: 'before' | 'after';
  /**
   * `statement`: this call alone throws something unforeseen; the engine lets nothing more happen up to the end of the savepoint.
   * `connection`: the store is gone for the rest of the transaction, which is lost whole.
   */
  readonly failure: 'statement' | 'connection';
}

const CHANGES = /^(?:put|insert|update|delete|set|rewrap|append|transaction|savepoint|record|commit)/;

/** Members that answer at once and are no requests: they are never counted. */
const PASSED_THROUGH = new Set([
  'snapshot',
  'close',
  'export',
  'requireReady',
  'readMessageHeader',
  'forget',
  'seal',
]);

/** Counts calls while a fault is set, and strikes at one. */
export class NthCall {
  #fault: Fault | undefined;
  #calls = 0;
  #struck = false;

  set(fault: Fault): void {
    this.#fault = fault;
    this.#calls = 0;
    this.#struck = false;
  }

  /** Back to a port that works. Returns whether the call was reached. */
  clear(): boolean {
    this.#fault = undefined;
    return this.#struck;
  }

  /** Runs the call, or fails in its place, or runs it and fails then. */
  async run(name: string, call: () => unknown, errorOf: ErrorOf): Promise<unknown> {
    const fault = this.#fault;
    if (fault === undefined || (fault.moment === 'after' && !CHANGES.test(name))) return call();
    this.#calls += 1;
    if (this.#struck || this.#calls !== fault.nth) return call();
    if (fault.moment === 'after') await call();
    this.#struck = true;
    throw errorOf(name, fault.failure);
  }
}

type ErrorOf = (name: string, failure: Fault['failure']) => Error;

const storeError: ErrorOf = (name, failure) =>
  failure === 'statement'
    ? new Error(`injected: ${name} failed`)
    : new KmsError('storeUnavailable', `Injected: ${name} lost the store.`);

/** By its contract the log throws nothing else. */
const auditError: ErrorOf = name =>
  new KmsError('auditUnavailable', `Injected: ${name} could not be written.`);

/** The store with the fault in it. */
export function failingStore(store: Store, nthCall: NthCall): Store {
  return failing(store, nthCall, storeError, {
    transaction: work =>
      store.transaction(async tx => {
        const state = new TransactionState();
        const result = await (work as (tx: StoreTransaction) => Promise<unknown>)(
          failingTransaction(tx, nthCall, state),
        );
        // The engine commits nothing that has failed, even when the work looked away.
        if (state.failure !== undefined) throw state.failure;
        return result;
      }),
  });
}

/** The audit log with the fault in `record` and `commit` themselves; what is called within is the store's. */
export function failingAuditLog<T extends AuditLog>(auditLog: T, nthCall: NthCall): T {
  return failing(auditLog, nthCall, auditError, {});
}

/** Custody, and the handles of opened keys, with the fault in them. What custody answers at once cannot fail. */
export function failingCustody<T extends Custody>(custody: T, nthCall: NthCall): T {
  return failing(custody, nthCall, storeError, {
    open: async (key, version) =>
      failing(await custody.open(key as Key, version as KeyVersion), nthCall, storeError, {}),
  });
}

/** What has failed in a transaction and was not rolled back. */
class TransactionState {
  failure: Error | undefined;
}

function failingTransaction(
  tx: StoreTransaction,
  nthCall: NthCall,
  state: TransactionState,
): StoreTransaction {
  return failing(
    tx,
    nthCall,
    storeError,
    {
      savepoint: async work => {
        try {
          return await tx.savepoint(work as () => Promise<unknown>);
        } catch (thrown) {
          if (!(state.failure instanceof KmsError)) state.failure = undefined;
          throw thrown;
        }
      },
    },
    state,
  );
}

type Replacements = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

function failing<T extends object>(
  port: T,
  nthCall: NthCall,
  errorOf: ErrorOf,
  replacements: Replacements,
  state?: TransactionState,
): T {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      const name = String(property);
      if (isGroup(member)) return failing(member, nthCall, errorOf, {}, state);
      if (typeof member !== 'function') return member;
      if (typeof property === 'symbol' || PASSED_THROUGH.has(name)) return member.bind(target);
      return async (...args: unknown[]) => {
        if (state?.failure !== undefined) throw state.failure;
        const replacement = replacements[name];
        try {
          return await nthCall.run(
            name,
            () => (replacement === undefined ? Reflect.apply(member, target, args) : replacement(...args)),
            errorOf,
          );
        } catch (thrown) {
          if (state !== undefined && isInjected(thrown)) state.failure = thrown;
          throw thrown;
        }
      };
    },
  });
}

/** `keys` of a store, unlike a list of names. */
function isGroup(member: unknown): member is object {
  return typeof member === 'object' && member !== null && !Array.isArray(member);
}

function isInjected(thrown: unknown): thrown is Error {
  return thrown instanceof Error && /^injected:/i.test(thrown.message);
}
