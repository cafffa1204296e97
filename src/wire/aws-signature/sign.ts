// Signs a request in the header form: for calling another service that verifies what verify.ts verifies.

import { hash } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import type { Bytes } from '../../base/bytes.ts';
import type { HeaderField } from '../http.ts';
import { canonicalRequest, type SignedRequest, scopeText, stringToSign } from './canonical-request.ts';
import { AWS_SIGNATURE, type SignatureProfile } from './profile.ts';
import { deriveSigningKey, signatureOf } from './signing-key.ts';
import { formatTimestamp } from './timestamp.ts';

export type SigningCredential = {
  readonly accessKeyId: string;
  /** The text of the secret access key in UTF-8. */
  readonly secret: Bytes;
  readonly region: string;
  readonly service: string;
  /** The token that belongs to a temporary credential. */
  readonly securityToken?: string;
};

/**
 * Returns the headers to send: those given (names in lower case, `host` among them), the date, the token if there is one, and the
 * Authorization header. All of them are signed, so the carrier must neither change nor drop one.
 */
export function signRequest(
  request: SignedRequest,
  credential: SigningCredential,
  nowMs: number,
  profile: SignatureProfile = AWS_SIGNATURE,
): readonly HeaderField[] {
  assert(/^[A-Z]+$/.test(request.method), 'the method of a request to sign is a word in upper case');
  assert(/^\/[!-~]*$/.test(request.target), 'the target of a request to sign is a path, encoded');
  const timestamp = formatTimestamp(nowMs);
  const headers: HeaderField[] = [...request.headers, [profile.dateHeader, timestamp]];
  if (credential.securityToken !== undefined) headers.push([profile.tokenHeader, credential.securityToken]);
  for (const [name, value] of headers) {
    assert(
      /^[!-9;-@[-~]+$/.test(name),
      'a header name to sign is visible ASCII in lower case, without a colon',
    );
    assert(
      /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
      'a header value to sign is one line of one character per byte',
    );
  }
  const signedHeaders = [...new Set(headers.map(([name]) => name))].sort();
  assert(signedHeaders.includes('host'), 'a request to sign names its host');
  assert(!signedHeaders.includes('authorization'), 'a request to sign is not authorized yet');

  const scope = { date: timestamp.slice(0, 8), region: credential.region, service: credential.service };
  const canonical = canonicalRequest(
    { ...request, headers },
    signedHeaders,
    hash('sha256', request.body),
    profile,
  );
  const signingKey = deriveSigningKey(credential.secret, scope, profile);
  const signature = signatureOf(stringToSign(canonical, timestamp, scope, profile), signingKey);
  const claim = [
    `Credential=${credential.accessKeyId}/${scopeText(scope, profile)}`,
    `SignedHeaders=${signedHeaders.join(';')}`,
    `Signature=${signature}`,
  ];
  return [...headers, ['authorization', `${profile.algorithm} ${claim.join(', ')}`]];
}
