// Fail the n-th call: everything that is asked of a port counts, also within a transaction, and one call fails before or after its effect.
// Driven with n = 1, 2, 3 ... until nothing fails any more, an operation has met a crash at each of its steps.

export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

export interface FaultPlan {
  /** Counts from 1. */
  readonly failingCall: number;
  readonly when: 'before' | 'after';
}

export class Faults {
  readonly #plan: FaultPlan;
  #calls = 0;
  #struck = false;

  constructor(plan: FaultPlan) {
    this.#plan = plan;
  }

  /** Whether the call that should fail was reached. */
  get struck(): boolean {
    return this.#struck;
  }

  /** The same port with the fault in it. After the fault every call fails: the process is gone. */
  into<T extends object>(port: T): T {
    const faults = this;
    return new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member === 'function') {
          return (...args: unknown[]) =>
            faults.#call(() => Reflect.apply(member, target, args.map(wrapWork)));
        }
        return typeof member === 'object' && member !== null ? faults.into(member) : member;
      },
    });

    function wrapWork(argument: unknown): unknown {
      if (typeof argument !== 'function') return argument;
      return (tx: object) => Reflect.apply(argument, undefined, [faults.into(tx)]);
    }
  }

  async #call(work: () => unknown): Promise<unknown> {
    this.#calls += 1;
    const chosen = this.#calls === this.#plan.failingCall;
    if (chosen && this.#plan.when === 'before') this.#struck = true;
    if (this.#struck) throw new InjectedFault();
    const [outcome] = await Promise.allSettled([Promise.try(work)]);
    // A call that refuses has been made as well.
    if (chosen) this.#struck = true;
    if (this.#struck) throw new InjectedFault();
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }
}
