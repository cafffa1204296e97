// The signing key of a day, region and service, and the MAC under it. Intermediate keys are wiped.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type Bytes, concatBytes, utf8, wipe } from '../../base/bytes.ts';
import type { CredentialScope } from './canonical-request.ts';
import { AWS_SIGNATURE, type SignatureProfile } from './profile.ts';

/**
 * Derives by four HMACs: worth keeping, but only after a signature has verified under it, else a stranger fills the cache with scopes of
 * its choice. `secret` is the text of the secret access key in UTF-8; it stays the caller's.
 */
export function deriveSigningKey(
  secret: Bytes,
  scope: CredentialScope,
  profile: SignatureProfile = AWS_SIGNATURE,
): KeyObject {
  let key: Bytes = concatBytes(utf8(profile.secretPrefix), secret);
  for (const link of [scope.date, scope.region, scope.service, profile.terminator]) {
    const next = createHmac('sha256', key).update(link, 'latin1').digest();
    wipe(key);
    key = next;
  }
  const signingKey = createSecretKey(key);
  wipe(key);
  return signingKey;
}

/** HMAC-SHA-256: 32 bytes in hexadecimal digits, in lower case. */
export function signatureOf(textToSign: string, signingKey: KeyObject): string {
  return createHmac('sha256', signingKey).update(textToSign, 'latin1').digest('hex');
}
