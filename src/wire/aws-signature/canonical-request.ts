// The two texts of a signature: the canonical request and the string to sign, over exactly what arrived. Texts have one character per
// byte received; nothing here decodes UTF-8, trims by Unicode rules or takes a header that a parser has merged.

import { hash } from 'node:crypto';
import type { Bytes } from '../../base/bytes.ts';
import type { HeaderField } from '../http.ts';
import type { SignatureProfile } from './profile.ts';
import { canonicalQuery, type QueryParameter, splitTarget } from './query.ts';
import { SignatureRefusal } from './refusals.ts';

/** A request as received. Its method, target and headers have one character per byte, as node gives them. */
export type SignedRequest = {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly target: string;
  /** In arrival order, see `headerList`. */
  readonly headers: readonly HeaderField[];
  readonly body: Bytes;
};

/** Day, region and service: what a signing key is derived for. */
export type CredentialScope = {
  /** yyyymmdd */
  readonly date: string;
  readonly region: string;
  readonly service: string;
};

/** Throws {@link SignatureRefusal} where a signed header is not there, or the target is malformed. */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  profile: SignatureProfile,
): string {
  const { path, query } = splitTarget(request.target);
  const signedQuery = query.length === 0 ? query : withoutSignature(query, profile);
  let text = `${request.method}\n${profile.canonicalPath(path)}\n${canonicalQuery(signedQuery)}\n`;
  for (const name of signedHeaders) text += `${name}:${canonicalValues(request.headers, name)}\n`;
  return `${text}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

export function stringToSign(
  canonicalRequestText: string,
  timestamp: string,
  scope: CredentialScope,
  profile: SignatureProfile,
): string {
  const requestHash = hash('sha256', Buffer.from(canonicalRequestText, 'latin1'));
  return `${profile.algorithm}\n${timestamp}\n${scopeText(scope, profile)}\n${requestHash}`;
}

export function scopeText(scope: CredentialScope, profile: SignatureProfile): string {
  return `${scope.date}/${scope.region}/${scope.service}/${profile.terminator}`;
}

function withoutSignature(
  query: readonly QueryParameter[],
  profile: SignatureProfile,
): readonly QueryParameter[] {
  if (profile.queryPrefix === undefined) return query;
  const signatureName = `${profile.queryPrefix}Signature`;
  return query.filter(([name]) => name !== signatureName);
}

/** The values of a header joined by commas in arrival order, each one trimmed and its inner runs of blanks collapsed to one. */
function canonicalValues(headers: readonly HeaderField[], name: string): string {
  let values: string | undefined;
  for (const [fieldName, value] of headers) {
    if (fieldName !== name) continue;
    const collapsed = collapseBlanks(value);
    values = values === undefined ? collapsed : `${values},${collapsed}`;
  }
  if (values === undefined) throw new SignatureRefusal({ reason: 'absentHeader', header: name });
  return values;
}

/** Blanks are space and tab alone: String.trim would also take U+00A0, which is half of a UTF-8 sequence here. */
function collapseBlanks(value: string): string {
  if (!value.includes('  ') && !value.includes('\t') && !value.startsWith(' ') && !value.endsWith(' '))
    return value;
  const collapsed = value.replace(/[ \t]+/g, ' ');
  return collapsed.slice(collapsed.startsWith(' ') ? 1 : 0, collapsed.endsWith(' ') ? -1 : undefined);
}
