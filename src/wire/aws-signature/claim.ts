// What a request says about its own signature, read from the Authorization header or the presigned query. Nothing in a claim is proven:
// it names the key to look up, and verifySignature decides.

import type { HeaderField } from '../http.ts';
import type { CredentialScope, SignedRequest } from './canonical-request.ts';
import { SIGNATURE_LIMITS } from './limits.ts';
import { AWS_SIGNATURE, type SignatureProfile } from './profile.ts';
import { type QueryParameter, splitTarget } from './query.ts';
import { incomplete, SignatureRefusal } from './refusals.ts';
import { formatTimestamp, parseHttpDate, parseTimestamp } from './timestamp.ts';

export type SignatureClaim = CredentialScope & {
  readonly profile: SignatureProfile;
  readonly accessKeyId: string;
  /** In lower case, sorted, distinct. */
  readonly signedHeaders: readonly string[];
  /** 32 bytes in hexadecimal digits, in lower case. */
  readonly signature: string;
  /** yyyymmddThhmmssZ, its day being that of the scope. */
  readonly timestampText: string;
  readonly instantMs: number;
  /** The token of a temporary credential: signed wherever it stands. */
  readonly securityToken: string | undefined;
  readonly presigned: { readonly expiresSeconds: number } | undefined;
};

/** The texts of either form, before they are understood. */
type ClaimTexts = {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly securityToken: string | undefined;
  readonly expires: string | undefined;
};

/** Reads the claim of either form; throws {@link SignatureRefusal} where there is none, or none that can be understood. */
export function readSignatureClaim(
  request: SignedRequest,
  profile: SignatureProfile = AWS_SIGNATURE,
): SignatureClaim {
  if (request.headers.length > SIGNATURE_LIMITS.headersMax) throw incomplete('headers', 'tooLarge');
  // A second Host names a second server (RFC 9112 section 3.2).
  singleHeader(request.headers, 'host');
  const authorization = singleHeader(request.headers, 'authorization');
  const query = presignedQuery(request.target, profile);
  if (authorization !== undefined && query !== undefined) {
    throw new SignatureRefusal({ reason: 'ambiguousAuthentication' });
  }
  if (authorization !== undefined)
    return understand(readHeaderForm(authorization, request.headers, profile), profile);
  if (query !== undefined) return understand(readQueryForm(query, request.headers, profile), profile);
  throw new SignatureRefusal({ reason: 'missingAuthentication' });
}

function presignedQuery(target: string, profile: SignatureProfile): readonly QueryParameter[] | undefined {
  if (profile.queryPrefix === undefined || !target.includes('?')) return undefined;
  const { query } = splitTarget(target);
  const signatureName = `${profile.queryPrefix}Signature`;
  return query.some(([name]) => name === signatureName) ? query : undefined;
}

/** `<algorithm> Credential=<id>/<scope>, SignedHeaders=<a;b;c>, Signature=<hex>`: parts in any order, blanks optional. */
function readHeaderForm(
  authorization: string,
  headers: readonly HeaderField[],
  profile: SignatureProfile,
): ClaimTexts {
  if (authorization.length > SIGNATURE_LIMITS.authorizationCharsMax)
    throw incomplete('Authorization', 'tooLarge');
  const schemeEnd = authorization.indexOf(' ');
  if ((schemeEnd === -1 ? authorization : authorization.slice(0, schemeEnd)) !== profile.algorithm) {
    throw new SignatureRefusal({ reason: 'wrongAlgorithm', expected: profile.algorithm });
  }
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  for (const part of schemeEnd === -1 ? [] : authorization.slice(schemeEnd).split(',')) {
    const text = part.trim();
    const equals = text.indexOf('=');
    const name = text.slice(0, Math.max(equals, 0));
    const value = text.slice(equals + 1);
    if (name === 'Credential') credential = once(credential, value, name);
    else if (name === 'SignedHeaders') signedHeaders = once(signedHeaders, value, name);
    else if (name === 'Signature') signature = once(signature, value, name);
    else throw incomplete('Authorization', 'malformed');
  }
  return {
    credential: present(credential, 'Credential'),
    signedHeaders: present(signedHeaders, 'SignedHeaders'),
    signature: present(signature, 'Signature'),
    timestamp: headerTimestamp(headers, profile),
    securityToken: singleHeader(headers, profile.tokenHeader),
    expires: undefined,
  };
}

/** The vendor's own date header, else the Date header in either notation. */
function headerTimestamp(headers: readonly HeaderField[], profile: SignatureProfile): string {
  const vendorDate = singleHeader(headers, profile.dateHeader);
  if (vendorDate !== undefined) return vendorDate;
  const date = present(singleHeader(headers, 'date'), profile.dateHeader);
  const instantMs = parseHttpDate(date);
  return instantMs === undefined ? date : formatTimestamp(instantMs);
}

function readQueryForm(
  query: readonly QueryParameter[],
  headers: readonly HeaderField[],
  profile: SignatureProfile,
): ClaimTexts {
  const parameter = (name: string): string | undefined => {
    let found: string | undefined;
    const fullName = `${profile.queryPrefix}${name}`;
    for (const [parameterName, value] of query) {
      if (parameterName === fullName) found = once(found, value, name);
    }
    return found;
  };
  const required = (name: string): string => present(parameter(name), name);
  if (required('Algorithm') !== profile.algorithm) {
    throw new SignatureRefusal({ reason: 'wrongAlgorithm', expected: profile.algorithm });
  }
  const securityToken = parameter('Security-Token');
  // Only the token in the query belongs to this form; one in a header would be a second identity.
  if (singleHeader(headers, profile.tokenHeader) !== undefined) {
    throw new SignatureRefusal({ reason: 'ambiguousAuthentication' });
  }
  return {
    credential: required('Credential'),
    signedHeaders: required('SignedHeaders'),
    signature: required('Signature'),
    timestamp: required('Date'),
    securityToken,
    expires: required('Expires'),
  };
}

function understand(texts: ClaimTexts, profile: SignatureProfile): SignatureClaim {
  const { accessKeyId, date, region, service } = readCredential(texts.credential, profile);
  const instantMs = parseTimestamp(texts.timestamp);
  if (instantMs === undefined) throw incomplete(profile.dateHeader, 'malformed');
  const requestDate = texts.timestamp.slice(0, 8);
  if (date !== requestDate) {
    throw new SignatureRefusal({ reason: 'dateMismatch', scopeDate: date, requestDate });
  }
  if ((texts.securityToken?.length ?? 0) > SIGNATURE_LIMITS.securityTokenCharsMax) {
    throw incomplete(profile.tokenHeader, 'tooLarge');
  }
  return {
    profile,
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: readSignedHeaders(texts.signedHeaders),
    signature: readSignature(texts.signature),
    timestampText: texts.timestamp,
    instantMs,
    securityToken: texts.securityToken,
    presigned: texts.expires === undefined ? undefined : { expiresSeconds: readExpires(texts.expires) },
  };
}

/** `<access key id>/<date>/<region>/<service>/<terminator>` */
const CREDENTIAL = /^([\w.-]{1,128})\/([\w.-]{1,128})\/([\w.-]{1,128})\/([\w.-]{1,128})\/([^/]*)$/;

function readCredential(
  credential: string,
  profile: SignatureProfile,
): CredentialScope & { accessKeyId: string } {
  const [, accessKeyId, date, region, service, terminator] = CREDENTIAL.exec(credential) ?? [];
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined) {
    throw incomplete('Credential', 'malformed');
  }
  if (terminator !== profile.terminator) {
    throw new SignatureRefusal({ reason: 'wrongTerminator', expected: profile.terminator });
  }
  return { accessKeyId, date, region, service };
}

function readSignedHeaders(text: string): readonly string[] {
  const names = text.split(';');
  if (names.length > SIGNATURE_LIMITS.signedHeadersMax) throw incomplete('SignedHeaders', 'tooLarge');
  if (/[A-Z]/.test(text)) throw new SignatureRefusal({ reason: 'headersNotSorted' });
  let previous = '';
  for (const name of names) {
    // Ascending also means distinct and not empty.
    if (name <= previous) throw new SignatureRefusal({ reason: 'headersNotSorted' });
    previous = name;
  }
  return names;
}

/** Lower-case digits only: one text per signature. */
function readSignature(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw incomplete('Signature', 'malformed');
  return text;
}

function readExpires(text: string): number {
  const seconds = /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : undefined;
  if (seconds === undefined) throw incomplete('Expires', 'malformed');
  if (seconds > SIGNATURE_LIMITS.expiresSecondsMax) throw incomplete('Expires', 'tooLarge');
  return seconds;
}

/** The value of a header that may stand once; a second one is refused, since two readers could choose differently. */
export function singleHeader(headers: readonly HeaderField[], name: string): string | undefined {
  let found: string | undefined;
  for (const [fieldName, value] of headers) {
    if (fieldName === name) found = once(found, value, name);
  }
  return found;
}

function once(previous: string | undefined, value: string, part: string): string {
  if (previous !== undefined) throw incomplete(part, 'repeated');
  return value;
}

function present(value: string | undefined, part: string): string {
  if (value === undefined || value === '') throw incomplete(part, 'absent');
  return value;
}
