// One part of a secret.

import type { Bytes } from '../../base/bytes.ts';

export interface Part {
  /** From 1 on: where the polynomial is known. */
  readonly number: number;
  /** Stays the caller's, who wipes it. */
  readonly share: Bytes;
}
