// Applications of PKCS #11 that have initialised the module on this server (KMIP 2.1 section 6.1.35): who they are, and no more. Bounded in number and
// idle time.

import { type Bytes, hex } from '../../../base/bytes.ts';
import type { Random } from '../../../core/ports/clock.ts';
import { refusal } from '../faults.ts';
import { hasRoom } from './room.ts';

interface Entry {
  readonly ownerId: string;
  readonly projectId: string | undefined;
  usedAt: number;
}

const CORRELATION_BYTES = 16;
const IDLE_MS = 3_600_000;
const ALL_MAX = 4_096;
const PER_OWNER_MAX = 64;

export class Modules {
  readonly #entries = new Map<string, Entry>();
  readonly #random: Pick<Random, 'bytes'>;

  constructor(random: Pick<Random, 'bytes'>) {
    this.#random = random;
  }

  /** The correlation value of the application. Throws `serverLimitExceeded`. */
  initialize(ownerId: string, projectId: string | undefined, at: number): Bytes {
    for (const [name, { usedAt }] of this.#entries) if (usedAt + IDLE_MS <= at) this.#entries.delete(name);
    const own = [...this.#entries.values()].filter(entry => entry.ownerId === ownerId).length;
    if (own >= PER_OWNER_MAX || !hasRoom(this.#entries.values(), projectId, ALL_MAX))
      throw refusal('serverLimitExceeded', 'Too many applications have initialised the module.');
    const correlation = this.#random.bytes(CORRELATION_BYTES);
    this.#entries.set(hex(correlation), { ownerId, projectId, usedAt: at });
    return correlation;
  }

  /** Whether the owner has initialised it; it counts as used. */
  isInitialized(correlation: Bytes, ownerId: string, at: number): boolean {
    const entry = this.#entries.get(hex(correlation));
    if (entry?.ownerId !== ownerId || entry.usedAt + IDLE_MS <= at) return false;
    entry.usedAt = at;
    return true;
  }

  finalize(correlation: Bytes): void {
    this.#entries.delete(hex(correlation));
  }
}
