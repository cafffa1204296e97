// Time and chance are handed in, so that tests can move the one and repeat the other.

import type { Bytes } from '../../base/bytes.ts';

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. Never goes backwards. */
  now(): number;
}

export interface Random {
  /** Bytes from a generator fit for keys (NIST SP 800-90A). */
  bytes(count: number): Bytes;
  /** Bytes that anyone may know afterwards, such as salts: as unpredictable as the others, but maybe drawn ahead of their use. */
  publicBytes(count: number): Bytes;
  /** What is drawn afterwards depends on these bytes too, whoever knows them, and is no less unpredictable than before. */
  mix(bytes: Bytes): void;
  uuid(): string;
}
