// Bodies of requests. A payload is taken from the bytes before anything reads them as text, as far as JSON allows: one with escapes in it,
// as texts may have, goes through a string. Texts are trimmed, as Barbican trims them.

import { isUtf8 } from 'node:buffer';
import { type Bytes, wipe } from '../../base/bytes.ts';
import { type JsonObject, JsonRefusal, type JsonValue, readJson } from '../../wire/json.ts';
import { takeSecretMember } from '../../wire/secret-base64.ts';
import { refusal } from './refusal.ts';

/** Larger bodies are cut by Barbican, and then cannot be read. */
const BODY_BYTES_MAX = 25_000;
const JSON_LIMITS = { bytesMax: BODY_BYTES_MAX, depthMax: 12, membersMax: 5_000 };

/** Throws 400 for anything but a JSON object. */
export function readObject(bytes: Bytes): JsonObject {
  const value = bytes.length === 0 ? undefined : parse(bytes);
  if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refusal(400, 'Malformed JSON');
  }
  return value as JsonObject;
}

export interface BodyWithPayload {
  readonly members: JsonObject;
  /** The bytes of the text that `payload` is: wiped by the caller. Undefined where there is no such text. */
  readonly payload: Uint8Array<ArrayBuffer> | undefined;
}

/** The same with its member `payload` apart. The bytes are changed: the payload is taken out of them. */
export function readWithPayload(bytes: Bytes): BodyWithPayload {
  const taken = takeSecretMember(bytes, 'payload');
  try {
    const members = readObject(bytes);
    if (taken !== undefined) {
      if (!isUtf8(taken) || taken.some(byte => byte < SPACE)) throw refusal(400, 'Malformed JSON');
      const payload = trimmed(taken);
      wipe(taken);
      return { members, payload };
    }
    const { payload } = members;
    return {
      members,
      payload: typeof payload === 'string' ? Uint8Array.from(Buffer.from(payload)) : undefined,
    };
  } catch (thrown) {
    if (taken !== undefined) wipe(taken);
    throw thrown;
  }
}

const SPACE = 0x20;

function trimmed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let from = 0;
  let to = bytes.length;
  while (from < to && bytes[from] === SPACE) from += 1;
  while (to > from && bytes[to - 1] === SPACE) to -= 1;
  return bytes.slice(from, to);
}

function parse(bytes: Bytes): JsonValue {
  if (bytes.length > BODY_BYTES_MAX) {
    throw refusal(400, `Malformed JSON: a body may have ${BODY_BYTES_MAX} bytes.`);
  }
  try {
    return trimTexts(readJson(bytes, JSON_LIMITS));
  } catch (thrown) {
    if (thrown instanceof JsonRefusal) throw refusal(400, 'Malformed JSON');
    throw thrown;
  }
}

function trimTexts(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.trim();
  if (Array.isArray(value)) return value.map(trimTexts);
  if (typeof value !== 'object' || value === null) return value;
  const members: Record<string, JsonValue> = Object.create(null);
  for (const [name, member] of Object.entries(value)) members[name] = trimTexts(member);
  return members;
}
