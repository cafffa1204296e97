// The few words of HTTP that protocols share: header fields in arrival order, media types, request ids. Texts are as node gives them:
// one character per byte received.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assert } from '../base/assert.ts';
import { type Bytes, hex, wipe } from '../base/bytes.ts';
import { BOUNDS_OF_MANY, createBodyReader } from './body.ts';

/** A header field: its name in lower case, its value as received. */
export type HeaderField = readonly [name: string, value: string];

/** Header fields in arrival order, repeated ones repeated: what a signature covers and what node's `headers` has merged or dropped. */
export function headerList(rawHeaders: readonly string[]): readonly HeaderField[] {
  const fields: HeaderField[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    fields.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']);
  }
  return fields;
}

/** Fields of which node shows the first where there are several, and a reader in front may have believed another one. */
const SINGLE_FIELDS: ReadonlySet<string> = new Set(['authorization', 'content-type', 'host']);

/** Whether one of them is given twice. */
export function repeatsSingleField(rawHeaders: readonly string[]): boolean {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (!SINGLE_FIELDS.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}

/** Whether a body follows the head (RFC 9112 section 6), whatever the method. */
export function announcesBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Whether a Content-Type names this media type (`type/subtype`, in lower case). Type and parameter names are compared without case
 * (RFC 9110 section 8.3.1); a charset other than UTF-8 makes it another type; further parameters do not matter.
 */
export function isMediaType(contentType: string | undefined, expected: string): boolean {
  if (contentType === undefined) return false;
  if (contentType === expected) return true;
  const [type, ...parameters] = contentType.toLowerCase().split(';');
  if (type?.trim() !== expected) return false;
  return parameters.every(parameter => {
    const [name, value] = parameter.split('=');
    return name?.trim() !== 'charset' || /^"?utf-?8"?$/.test(value?.trim() ?? '');
  });
}

/** A request id from 16 random bytes: the text of a version 4 UUID (RFC 9562 section 5.4), which is what clients expect to see. */
export function requestId(random: Bytes): string {
  assert(random.length === 16, 'a request id is made of 16 random bytes');
  const digits = hex(random);
  const variant = '89ab'[Number.parseInt(digits.charAt(16), 16) & 3];
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}

/**
 * Reads a request and answers it, on what node has made of the connection. Never rejects.
 */
export type HttpExchange = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => Promise<void>;

/** Of a path that requests reach without the router. */
export interface DirectOptions {
  /** Whether the exchange itself refuses what {@link repeatsSingleField} finds; else the router does. */
  readonly refusesRepeatedFields?: boolean | undefined;
}

/** Wipes bytes of an answer once nobody will read them any more: they are sent, or the client is gone, perhaps before there was an answer. */
export function wipeOnceSent(response: ServerResponse, bytes: Uint8Array): void {
  if (response.closed) wipe(bytes);
  else response.once('close', () => wipe(bytes));
}

let lastDate = { second: Number.NaN, text: '' };

/** The text of a Date header (RFC 9110 section 5.6.7). Made once for all answers of a second. */
export function httpDate(instantMs: number): string {
  const second = Math.floor(instantMs / 1000);
  if (lastDate.second !== second) lastDate = { second, text: new Date(instantMs).toUTCString() };
  return lastDate.text;
}

/**
 * Bodies of these media types, or of any (`*`), reach the handlers of the scope as the bytes they came in. Longer ones are refused, as are long
 * ones when there are too many at once, and those whose sender goes away: see body.ts for the errors.
 */
export function takeBodiesAsBytes(
  scope: FastifyInstance,
  mediaTypes: string | readonly string[],
  bytesMax: number,
): void {
  const read = createBodyReader({ bytesMax, ...BOUNDS_OF_MANY });
  const types = typeof mediaTypes === 'string' ? mediaTypes : [...mediaTypes];
  scope.addContentTypeParser(types, (_request: FastifyRequest, payload: IncomingMessage) => read(payload));
}
