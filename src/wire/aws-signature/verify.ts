// Decides whether a request was signed with a key, for this service, now. It returns or throws: there is no result to overlook.
// There is no memory of requests seen: within the tolerated minutes a request can be repeated, as with AWS itself, and TLS is the guard.

import { hash, type KeyObject } from 'node:crypto';
import { equalSecret, utf8 } from '../../base/bytes.ts';
import { canonicalRequest, type SignedRequest, stringToSign } from './canonical-request.ts';
import { type SignatureClaim, singleHeader } from './claim.ts';
import { SignatureRefusal } from './refusals.ts';
import { signatureOf } from './signing-key.ts';
import { formatTimestamp } from './timestamp.ts';

const SKEW_MS_MAX = 300_000;

export type VerifyOptions = {
  /** The service that the credential must be scoped to. */
  readonly service: string;
  /** Which regions of the scope are served; all of them where this is left out. */
  readonly regionAllowed?: (region: string) => boolean;
  /** How far the two clocks may differ. Default: five minutes. */
  readonly skewMsMax?: number;
};

/**
 * Throws {@link SignatureRefusal} unless the request carries a valid signature under `signingKey`, which the caller derives from the
 * secret of `claim.accessKeyId` for the scope of the claim. The claim must have been read from this very request.
 */
export function verifySignature(
  claim: SignatureClaim,
  request: SignedRequest,
  signingKey: KeyObject,
  nowMs: number,
  options: VerifyOptions,
): void {
  if (claim.service !== options.service) {
    throw new SignatureRefusal({ reason: 'wrongService', expected: options.service });
  }
  if (options.regionAllowed?.(claim.region) === false) {
    throw new SignatureRefusal({ reason: 'wrongRegion', region: claim.region });
  }
  checkTime(claim, nowMs, options.skewMsMax ?? SKEW_MS_MAX);
  checkSignedHeaders(claim, request);
  const payloadHash = hashPayload(claim, request);
  const canonical = canonicalRequest(request, claim.signedHeaders, payloadHash, claim.profile);
  const expected = signatureOf(
    stringToSign(canonical, claim.timestampText, claim, claim.profile),
    signingKey,
  );
  if (!equalSecret(utf8(expected), utf8(claim.signature))) throw new SignatureRefusal({ reason: 'mismatch' });
}

function checkTime(claim: SignatureClaim, nowMs: number, skewMsMax: number): void {
  const lifeMs = claim.presigned === undefined ? skewMsMax : claim.presigned.expiresSeconds * 1000;
  if (claim.instantMs < nowMs - lifeMs) throw timeRefusal('expired', claim, nowMs, -lifeMs);
  if (claim.instantMs > nowMs + skewMsMax) throw timeRefusal('notYetValid', claim, nowMs, skewMsMax);
}

function timeRefusal(
  reason: 'expired' | 'notYetValid',
  claim: SignatureClaim,
  nowMs: number,
  offsetMs: number,
): SignatureRefusal {
  return new SignatureRefusal({
    reason,
    timestamp: claim.timestampText,
    boundary: formatTimestamp(nowMs + offsetMs),
    now: formatTimestamp(nowMs),
    toleranceSeconds: Math.abs(offsetMs) / 1000,
  });
}

/** What names the server and what the vendor's own headers say must not be exchangeable after signing. */
function checkSignedHeaders({ signedHeaders, profile }: SignatureClaim, { headers }: SignedRequest): void {
  if (!signedHeaders.includes('host'))
    throw new SignatureRefusal({ reason: 'unsignedHeader', header: 'host' });
  for (const [name] of headers) {
    if (name.startsWith(profile.signedHeaderPrefix) && !signedHeaders.includes(name)) {
      throw new SignatureRefusal({ reason: 'unsignedHeader', header: name });
    }
  }
}

function hashPayload({ profile }: SignatureClaim, { headers, body }: SignedRequest): string {
  const payloadHash = hash('sha256', body);
  const declared = singleHeader(headers, profile.contentHashHeader);
  if (declared !== undefined && declared !== payloadHash) {
    throw new SignatureRefusal({ reason: 'payloadHashMismatch', header: profile.contentHashHeader });
  }
  return payloadHash;
}
