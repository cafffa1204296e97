// A generator of random bytes besides that of the system: a device, or a token.

import type { SecretBytes } from '../../base/secret-bytes.ts';

export interface RandomSource {
  /** For the log. */
  readonly name: string;
  /** Exactly so many bytes. May be slow, and throws when the source does not give them. */
  read(count: number): Promise<SecretBytes>;
}
