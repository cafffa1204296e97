// Proof of identity: an access token of ours as a bearer token (RFC 6750 section 2.1), in the Authorization header alone. What the token
// says of its holder is never looked at: the holder is the one to whom it was issued.

import { refuseAuthentication } from '../../core/authentication.ts';
import type { Actor } from '../../core/context.ts';
import type { Kms } from '../../core/kms.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import { PROTOCOL_NAME } from './names.ts';

const BEARER = /^Bearer +([A-Za-z0-9_.-]{1,16384})$/i;

export interface Presented {
  readonly requestId: string;
  readonly authorization: string | undefined;
  readonly sourceAddress: string | undefined;
}

/** Throws the refusal once it is recorded: `unauthenticated`, `throttled`, or why the proof could not be checked. */
export async function authenticate(kms: Kms, presented: Presented): Promise<Actor & { type: 'principal' }> {
  const { authorization, requestId, sourceAddress } = presented;
  const proof = await prove(kms, BEARER.exec(authorization ?? '')?.[1]);
  if (!(proof instanceof KmsError)) return { type: 'principal', ...proof };
  throw await refuseAuthentication(kms, { protocol: PROTOCOL_NAME, requestId, sourceAddress, error: proof });
}

async function prove(kms: Kms, token: string | undefined) {
  if (token === undefined) {
    return new KmsError(
      'unauthenticated',
      'Send an access token: Authorization: Bearer <token>, fetched from /identity/token with an API key.',
    );
  }
  try {
    const purpose = { kind: 'access', audience: PROTOCOL_NAME, at: kms.clock.now() } as const;
    const proof = await kms.identity.proveToken(token, purpose);
    return proof ?? new KmsError('unauthenticated', 'The access token is not valid.');
  } catch (thrown) {
    return toKmsError(thrown);
  }
}
