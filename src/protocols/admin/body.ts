// Bodies in and out. Secrets are taken from the bytes of a body before anything reads it as text, and written into the bytes of an answer
// without ever being one.

import type { Bytes } from '../../base/bytes.ts';
import { wipe } from '../../base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../../base/secret-bytes.ts';
import { invalidInput, KmsError } from '../../domain/errors.ts';
import { isMediaType } from '../../wire/http.ts';
import { JsonRefusal, type JsonValue, readJson } from '../../wire/json.ts';
import { base64Length, readBase64, takeSecretMember, writeBase64 } from '../../wire/secret-base64.ts';
import { isSecret } from './route.ts';

export const BODY_BYTES_MAX = 1_048_576;
const JSON_LIMITS = { bytesMax: BODY_BYTES_MAX, depthMax: 16, membersMax: 20_000 };

export interface ReadBody {
  readonly value: JsonValue;
  /** What the secret member held; undefined where there is none, or it is not base64. */
  readonly secret: Bytes | undefined;
}

/** Throws `invalidInput` or `tooLarge`. The bytes are changed: the secret is taken out of them. */
export function readBody(bytes: Bytes, contentType: string | undefined, secretMember?: string): ReadBody {
  if (!isMediaType(contentType, 'application/json')) {
    throw invalidInput('Content-Type', 'must be application/json');
  }
  const ascii = secretMember === undefined ? undefined : takeSecretMember(bytes, secretMember);
  const secret = ascii === undefined ? undefined : readBase64(ascii);
  if (ascii !== undefined) wipe(ascii);
  const value = readStrictJson(bytes);
  requireOrdinaryNames(value);
  return { value, secret };
}

function readStrictJson(bytes: Bytes): JsonValue {
  try {
    return readJson(bytes, JSON_LIMITS);
  } catch (thrown) {
    if (!(thrown instanceof JsonRefusal)) throw thrown;
    const message = `${thrown.message} (byte ${thrown.offset})`;
    if (thrown.kind === 'tooLarge') throw new KmsError('tooLarge', message, { limit: BODY_BYTES_MAX });
    throw new KmsError('invalidInput', message, { field: 'body', offset: thrown.offset });
  }
}

/** Records copied member by member would lose this one name in silence. */
function requireOrdinaryNames(value: JsonValue): void {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, '__proto__')) throw invalidInput('body', 'must not have a member named __proto__');
  for (const member of Object.values(value)) requireOrdinaryNames(member);
}

/** The answer as JSON. Disposes of the secret among the outermost members; there is at most one. */
export function writeBody(body: Readonly<Record<string, unknown>>, secretText: boolean): Buffer {
  const open: Record<string, unknown> = {};
  let secret: readonly [name: string, value: SecretBytes] | undefined;
  for (const [name, value] of Object.entries(body)) {
    if (isSecret(value)) secret = [name, value];
    else open[name] = value;
  }
  const text = JSON.stringify(open);
  return secret === undefined ? Buffer.from(text, 'utf8') : withSecret(text, secret, secretText);
}

function withSecret(text: string, [name, value]: readonly [string, SecretBytes], plain: boolean): Buffer {
  using secret = value;
  const bytes = revealSecretBytes(secret);
  const head = `${text.slice(0, -1)}${text === '{}' ? '' : ','}${JSON.stringify(name)}:"`;
  const headBytes = Buffer.byteLength(head);
  const length = plain ? bytes.length : base64Length(bytes.length);
  // Not from the shared pool: the whole buffer is ours to wipe.
  const body = Buffer.alloc(headBytes + length + 2);
  body.write(head, 0, 'utf8');
  if (plain) body.set(bytes, headBytes);
  else writeBase64(body, headBytes, bytes);
  body.write('"}', body.length - 2, 'latin1');
  return body;
}
