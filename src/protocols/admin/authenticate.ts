// Proof of identity: an API key as a bearer token (RFC 6750 section 2.1), in the Authorization header alone.

import { refuseAuthentication } from '../../core/authentication.ts';
import type { Actor } from '../../core/context.ts';
import type { Kms } from '../../core/kms.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';

export const PROTOCOL_NAME = 'admin';

const BEARER = /^Bearer +([\x21-\x7e]{1,1024})$/i;
/** The public part of an API key, for the audit log. */
const LOOKUP = /^kh_[a-z2-7]{16}(?=_)/;

export interface Presented {
  readonly requestId: string;
  readonly authorization: string | undefined;
  readonly sourceAddress: string;
}

/** Throws the refusal once it is recorded. */
export async function authenticate(kms: Kms, presented: Presented): Promise<Actor & { type: 'principal' }> {
  const apiKey = BEARER.exec(presented.authorization ?? '')?.[1];
  const proof = await prove(kms, apiKey);
  if (!(proof instanceof KmsError)) return { type: 'principal', ...proof };
  throw await refuseAuthentication(kms, {
    protocol: PROTOCOL_NAME,
    requestId: presented.requestId,
    sourceAddress: presented.sourceAddress,
    error: proof,
    claimed: LOOKUP.exec(apiKey ?? '')?.[0],
  });
}

async function prove(kms: Kms, apiKey: string | undefined) {
  if (apiKey === undefined) {
    return new KmsError('unauthenticated', 'Send an API key: Authorization: Bearer kh_...');
  }
  try {
    const proof = await kms.identity.proveApiKey(apiKey, kms.clock.now());
    return proof ?? new KmsError('unauthenticated', 'The API key is not valid.');
  } catch (thrown) {
    return toKmsError(thrown);
  }
}
