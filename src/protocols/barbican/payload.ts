// Payloads: their media types and encodings on the way in and out.

import { isUtf8 } from 'node:buffer';
import { type Bytes, wipe } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { isMediaType } from '../../wire/http.ts';
import { readBase64 } from '../../wire/secret-base64.ts';
import type { Members } from './members.ts';
import { pythonList } from './members.ts';
import { type BarbicanRefusal, refusal } from './refusal.ts';

const PAYLOAD_BYTES_MAX = 20_000;

const TEXT = 'text/plain';
export const BINARY = 'application/octet-stream';

/** As refusals name them. */
const CONTENT_TYPES = [
  TEXT,
  'text/plain;charset=utf-8',
  'text/plain; charset=utf-8',
  BINARY,
  'application/pkcs8',
];

/** The type that is kept; undefined for one that is not offered. As by Barbican, one parameter is looked at, which may be the charset. */
export function knownContentType(text: string): string | undefined {
  const [type = '', parameter] = text.toLowerCase().split(';');
  const charset = parameter === undefined ? 'utf-8' : parameter.split('=')[1]?.trim();
  return charset === 'utf-8' ? CONTENT_TYPES.find(known => known === type.trim()) : undefined;
}

export interface GivenPayload {
  readonly material: SecretBytes;
  readonly contentType: string;
}

/** What a body that makes a secret says of its payload. `text` is the member `payload`. Throws 400 and 413. */
export function readPayload(members: Members, text: Bytes | undefined): GivenPayload | undefined {
  const contentType = readContentType(members);
  const encoding = readContentEncoding(members);
  if (text === undefined) {
    const payload = members.value('payload');
    if (payload !== undefined && payload !== null) return members.refuse(`payload is not of type 'string'`);
    if (!members.has('payload_content_type')) return undefined;
    return members.refuse('payload must be provided when payload_content_type is specified');
  }
  if (text.length === 0) return members.refuse("If 'payload' specified, must be non empty.");
  if (text.length > PAYLOAD_BYTES_MAX) throw tooLarge();
  if (contentType === undefined) {
    return members.refuse("If 'payload' is supplied, 'payload_content_type' must also be supplied.");
  }
  if (contentType === TEXT) {
    if (encoding !== undefined) {
      return members.refuse(
        'payload_content_encoding must not be specified when payload_content_type is text/plain.',
      );
    }
    return { material: SecretBytes.copyOf(text), contentType };
  }
  if (encoding === undefined) {
    return members.refuse(
      `payload_content_encoding must be specified when payload_content_type is ${contentType}.`,
    );
  }
  const digits = text.filter(code => !BLANKS.has(code));
  const bytes = readBase64(digits);
  wipe(digits);
  if (bytes === undefined) return members.refuse('Invalid payload for payload_content_encoding');
  if (bytes.length === 0) return members.refuse("If 'payload' specified, must be non empty.");
  return { material: SecretBytes.own(bytes), contentType };
}

/** As encoders wrap their lines. */
const BLANKS: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n', 'latin1'));

export function readContentEncoding(members: Members): 'base64' | undefined {
  return members.oneOf('payload_content_encoding', { base64: 1 });
}

function readContentType(members: Members): string | undefined {
  const text = members.text('payload_content_type', { orNull: true });
  if (text === undefined) return undefined;
  const known = knownContentType(text);
  return known ?? members.refuse(`payload_content_type is not one of ${pythonList(CONTENT_TYPES)}`);
}

/** The body of a request that brings nothing but a payload. Throws 400, 413 and 415. */
export function readRawPayload(
  body: Bytes,
  contentType: string | undefined,
  contentEncoding: string | undefined,
): GivenPayload {
  const known = [TEXT, BINARY].find(type => isMediaType(contentType, type));
  if (known === undefined) {
    throw refusal(415, `Unexpected content type. Expected content types are: ['${BINARY}', '${TEXT}']`);
  }
  if (body.length === 0) throw refusal(400, 'No data supplied to process.');
  if (body.length > PAYLOAD_BYTES_MAX) throw tooLarge();
  // A text is what was sent, as by Barbican, whatever else is said of it.
  if (known === TEXT) {
    if (!isUtf8(body)) throw refusal(400, 'The payload is not a text in UTF-8.');
    return { material: SecretBytes.copyOf(body), contentType: known };
  }
  if (contentEncoding === undefined || contentEncoding === '') {
    return { material: SecretBytes.copyOf(body), contentType: known };
  }
  if (contentEncoding.toLowerCase() !== 'base64') {
    throw refusal(400, 'The encoding of the content is not supported.');
  }
  // As Python's decoder does: what is no digit, such as the end of a line, is passed over.
  const digits = body.filter(isDigit);
  const bytes = readBase64(digits);
  wipe(digits);
  if (bytes === undefined || bytes.length === 0) throw refusal(400, 'The payload is not base64.');
  return { material: SecretBytes.own(bytes), contentType: known };
}

function isDigit(code: number): boolean {
  return DIGITS.has(code);
}

const DIGITS: ReadonlySet<number> = new Set(
  Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=', 'latin1'),
);

function tooLarge() {
  return refusal(413, `Provided payload is too large: it may have ${PAYLOAD_BYTES_MAX} bytes.`);
}

/** Whether `GET /v1/secrets/{id}` asks for what is said of the secret, and not for its payload. */
export function asksForMetadata(accept: string | undefined): boolean {
  return accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json';
}

/** The media type in which a payload is asked for; undefined for one that is not offered, and for a list of them. */
export function readAccept(accept: string | undefined): string | undefined {
  if (accept === undefined || accept === '') return BINARY;
  // The answer says literally the same, as Barbican's does.
  return accept === '*/*' ? accept : knownContentType(accept);
}

export function unofferedType(): BarbicanRefusal {
  return refusal(406, 'The payload cannot be given as that media type.');
}

/** The media type of the answer. Throws 406 for a text that is none. */
export function answerType(asked: string, bytes: Bytes): string {
  if (asked !== TEXT) return asked;
  if (!isUtf8(bytes)) throw unofferedType();
  return 'text/plain; charset=UTF-8';
}
