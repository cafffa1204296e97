// The answer with the tokens. They go from their guarded form straight into the bytes of the answer; whoever sends it wipes it afterwards.

import { revealSecretBytes, type SecretBytes } from '../../base/secret-bytes.ts';
import type { IssuedToken } from '../../core/ports/identity.ts';
import { SCOPE } from './token-claims.ts';

/** IBM's words to clients that get none. */
const NO_REFRESH_TOKEN = 'not_supported';

/** Disposes of the tokens, whatever happens. */
export function encodeTokens({ text, issuedAt, expiresAt }: IssuedToken, refreshToken?: SecretBytes): Buffer {
  using access = text;
  using refresh = refreshToken;
  const rest = JSON.stringify({
    token_type: 'Bearer',
    expires_in: (expiresAt - issuedAt) / 1000,
    expiration: expiresAt / 1000,
    scope: SCOPE,
  });
  const refreshBytes = refresh === undefined ? Buffer.from(NO_REFRESH_TOKEN) : revealSecretBytes(refresh);
  const parts = [
    Buffer.from('{"access_token":"'),
    revealSecretBytes(access),
    Buffer.from('","refresh_token":"'),
    refreshBytes,
    Buffer.from(`",${rest.slice(1)}`),
  ];
  // Not from the shared pool: the whole buffer is ours to wipe.
  const body = Buffer.alloc(parts.reduce((bytes, part) => bytes + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    body.set(part, offset);
    offset += part.length;
  }
  return body;
}
