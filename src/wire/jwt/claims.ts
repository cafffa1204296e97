// The registered claims of a token (RFC 7519 section 4.1), each of exactly its type. What they mean together is for the one who relies
// on the token.

import type { JsonObject } from '../json.ts';

export interface RegisteredClaims {
  readonly iss?: string | undefined;
  readonly sub?: string | undefined;
  /** One audience is a list of one. Empty: the token names none. */
  readonly aud: readonly string[];
  readonly jti?: string | undefined;
  /** Seconds since 1970-01-01T00:00:00Z, perhaps with a fraction. */
  readonly exp?: number | undefined;
  readonly nbf?: number | undefined;
  readonly iat?: number | undefined;
}

/** Undefined when any of them has another type. */
export function readRegisteredClaims(payload: JsonObject): RegisteredClaims | undefined {
  const { iss, sub, aud, jti, exp, nbf, iat } = payload;
  if (!isText(iss) || !isText(sub) || !isText(jti)) return undefined;
  if (!isInstant(exp) || !isInstant(nbf) || !isInstant(iat)) return undefined;
  const audience = aud === undefined ? [] : Array.isArray(aud) ? aud : [aud];
  if (!audience.every(one => typeof one === 'string')) return undefined;
  return { iss, sub, aud: audience, jti, exp, nbf, iat };
}

/** Whether a token with these claims counts at an instant in milliseconds. One that never ends counts never. */
export function isWithinTime({ exp, nbf }: RegisteredClaims, at: number): boolean {
  return exp !== undefined && at < exp * 1000 && (nbf === undefined || nbf * 1000 <= at);
}

function isText(claim: unknown): claim is string | undefined {
  return claim === undefined || typeof claim === 'string';
}

function isInstant(claim: unknown): claim is number | undefined {
  return claim === undefined || (typeof claim === 'number' && claim >= 0);
}
