// JSON Web Signatures in compact form (RFC 7515 section 7.1), read strictly and before anything in them is believed. Which key a token
// asks for (`kid`) is only a question: no key is ever taken out of a header, and a token without a signature is no token.

import { type Bytes, base64Url, decodeBase64Url, utf8 } from '../../base/bytes.ts';
import { type JsonObject, JsonRefusal, type JsonValue, readJson } from '../json.ts';
import { isJwsAlgorithm, type JwsAlgorithm } from './algorithms.ts';

export interface JwsHeader {
  readonly alg: JwsAlgorithm;
  readonly kid?: string | undefined;
  /** What kind of token it is (RFC 8725 section 3.11). */
  readonly typ?: string | undefined;
}

export interface Jws {
  readonly header: JwsHeader;
  readonly payload: JsonObject;
  /** What the signature covers: the first two parts as they arrived. */
  readonly signingInput: Bytes;
  readonly signature: Bytes;
}

const TEXT_CHARACTERS_MAX = 16_384;
const JSON_LIMITS = { bytesMax: TEXT_CHARACTERS_MAX, depthMax: 8, membersMax: 512 };

/**
 * Undefined for every text that is no such token: not three parts of canonical base64url, not JSON objects, `none` or another algorithm
 * that is not in the table, no signature, or critical header parameters, of which none is understood here (RFC 7515 section 4.1.11).
 */
export function readJws(text: string): Jws | undefined {
  if (text.length > TEXT_CHARACTERS_MAX) return undefined;
  const [headerText, payloadText, signatureText, ...more] = text.split('.');
  if (headerText === undefined || payloadText === undefined || signatureText === undefined) return undefined;
  const signature = decodeBase64Url(signatureText);
  if (more.length > 0 || signature === undefined || signature.length === 0) return undefined;
  const header = headerOf(objectOf(headerText));
  const payload = header === undefined ? undefined : objectOf(payloadText);
  if (header === undefined || payload === undefined) return undefined;
  return { header, payload, signingInput: utf8(`${headerText}.${payloadText}`), signature };
}

/** What is to be signed. */
export function printSigningInput(header: JwsHeader, payload: JsonObject): string {
  return `${partOf(header)}.${partOf(payload)}`;
}

/** The whole token as bytes, so that it can be wiped. */
export function printJws(signingInput: string, signature: Bytes): Bytes {
  return utf8(`${signingInput}.${base64Url(signature)}`);
}

function partOf(value: object): string {
  return base64Url(utf8(JSON.stringify(value)));
}

function objectOf(part: string): JsonObject | undefined {
  const bytes = decodeBase64Url(part);
  if (bytes === undefined) return undefined;
  try {
    const value = readJson(bytes, JSON_LIMITS);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch (thrown) {
    if (thrown instanceof JsonRefusal) return undefined;
    throw thrown;
  }
}

/** Members beyond these are not for us (RFC 7515 section 4), `crit` excepted: whoever sets it must be understood. */
function headerOf(members: JsonObject | undefined): JwsHeader | undefined {
  const { alg, kid, typ, crit } = members ?? {};
  if (typeof alg !== 'string' || !isJwsAlgorithm(alg) || crit !== undefined) return undefined;
  if (!isOptionalText(kid) || !isOptionalText(typ)) return undefined;
  return { alg, kid, typ };
}

function isOptionalText(value: JsonValue | undefined): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
