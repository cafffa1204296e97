// Random bytes of the generator of a token (C_GenerateRandom), asked for like every other command: in its threads and in its line.

import { SecretBytes } from '../base/secret-bytes.ts';
import type { RandomSource } from '../core/ports/random-source.ts';
import { isReason, TokenFault } from '../custody/pkcs11/fault.ts';
import type { Token } from '../custody/pkcs11/token.ts';
import { KmsError } from '../domain/errors.ts';
import { TOKEN_SOURCE } from './settings-table.ts';

/** It throws `sealed` for a token that may give bytes later, and `invalidInput` for one that has no generator. */
export function tokenRandom(token: Pick<Token, 'run'>): RandomSource {
  return {
    name: TOKEN_SOURCE,
    async read(count) {
      try {
        return SecretBytes.own(await token.run('random', { bytes: count }));
      } catch (thrown) {
        throw refusalOf(thrown);
      }
    },
  };
}

function refusalOf(thrown: unknown): unknown {
  if (isReason(thrown, 'randomNoRng', 'functionNotSupported')) {
    const message = 'The token has no generator of random bytes. Name another random source.';
    return new KmsError('invalidInput', message, { source: TOKEN_SOURCE }, thrown);
  }
  if (!(thrown instanceof TokenFault) && !(thrown instanceof KmsError)) return thrown;
  // With what the refusal says of itself: whether it comes back each time.
  const details = { ...(thrown instanceof KmsError ? thrown.details : {}), source: TOKEN_SOURCE };
  return new KmsError('sealed', `The token gives no random bytes: ${thrown.message}`, details, thrown);
}
