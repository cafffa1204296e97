// Tickets that Login and Delegated Login have given out (KMIP 2.1 section 6.1.26): what stands in place of a credential, for a time and a
// number of messages. They live in this process alone, and nothing is found by them once they are over. What they stand for is asked
// anew with every message: a ticket is never more than the credential behind it.

import { createHash } from 'node:crypto';
import { type Bytes, hex } from '../../../base/bytes.ts';
import type { Random } from '../../../core/ports/clock.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { ValueName } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import type { ProveAgain } from '../prove-again.ts';
import { hasRoom } from './room.ts';

type OperationName = ValueName<'Operation'>;

/** What a delegated ticket is good for: each right by itself. */
export interface Right {
  /** Undefined: every operation. */
  readonly operations: ReadonlySet<OperationName> | undefined;
  /** Ids of objects; undefined, with no groups either: whatever the principal may touch. */
  readonly objects: ReadonlySet<string> | undefined;
  /** Values of Object Group; undefined like the ids. Members and named objects count together. */
  readonly groups: ReadonlySet<string> | undefined;
}

export interface TicketTerms {
  /** From when on it is good. */
  readonly at: number;
  readonly expiresAt: number;
  /** Messages; undefined: as many as come. */
  readonly requests: number | undefined;
  /** Undefined: all that the principal may do. */
  readonly rights: readonly Right[] | undefined;
}

export interface Ticket {
  readonly principalId: string;
  readonly projectId: string | undefined;
  /** What it stands for. */
  readonly proveAgain: ProveAgain;
  readonly rights: readonly Right[] | undefined;
}

interface Entry extends Ticket {
  readonly expiresAt: number;
  requestsLeft: number | undefined;
}

const VALUE_BYTES = 32;
const TICKETS_MAX = 10_000;
const TICKETS_PER_PRINCIPAL_MAX = 100;

export class Tickets {
  /** By the digest of its value: the value itself is kept by nobody but its owner. */
  readonly #entries = new Map<string, Entry>();
  readonly #random: Pick<Random, 'bytes'>;

  constructor(random: Pick<Random, 'bytes'>) {
    this.#random = random;
  }

  /** The value of a new ticket, which is a secret. Throws `serverLimitExceeded`. */
  issue(principal: Principal, proveAgain: ProveAgain, terms: TicketTerms): Bytes {
    const { at } = terms;
    this.#forgetExpired(at);
    const own = [...this.#entries.values()].filter(({ principalId }) => principalId === principal.id).length;
    const { projectId } = principal;
    if (own >= TICKETS_PER_PRINCIPAL_MAX || !hasRoom(this.#entries.values(), projectId, TICKETS_MAX))
      throw refusal('serverLimitExceeded', 'Too many tickets are out. Log out of some.');
    const value = this.#random.bytes(VALUE_BYTES);
    this.#entries.set(nameOf(value), {
      principalId: principal.id,
      projectId,
      proveAgain,
      rights: terms.rights,
      expiresAt: terms.expiresAt,
      requestsLeft: terms.requests,
    });
    return value;
  }

  /** Throws `invalidTicket` for one that is unknown or over, and `ticketUsedUp`. The message counts. */
  use(value: Bytes, at: number): Ticket {
    this.#forgetExpired(at);
    const entry = this.#entries.get(nameOf(value));
    if (entry === undefined) throw refusal('invalidTicket');
    if (entry.requestsLeft === undefined) return entry;
    if (entry.requestsLeft === 0) throw refusal('ticketUsedUp');
    entry.requestsLeft -= 1;
    return entry;
  }

  /** Throws `invalidTicket` for one that is not the principal's. */
  end(value: Bytes, principalId: string): void {
    const name = nameOf(value);
    if (this.#entries.get(name)?.principalId !== principalId) throw refusal('invalidTicket');
    this.#entries.delete(name);
  }

  #forgetExpired(at: number): void {
    for (const [name, { expiresAt }] of this.#entries) if (expiresAt <= at) this.#entries.delete(name);
  }
}

function nameOf(value: Bytes): string {
  return hex(createHash('sha256').update(value).digest());
}
