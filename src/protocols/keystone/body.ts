// Bodies of requests: JSON within bounds, and then exactly the shape that is asked for.

import { z } from 'zod';
import { type Bytes, wipe } from '../../base/bytes.ts';
import { invalidInput } from '../../domain/errors.ts';
import { JsonRefusal, readJson } from '../../wire/json.ts';

export const BODY_BYTES_MAX = 114_688;

const JSON_LIMITS = { bytesMax: BODY_BYTES_MAX, depthMax: 16, membersMax: 4_096 };

/** Undefined where there is none. The bytes, which may hold a password, are wiped. Throws `invalidInput`. */
export function readBody(bytes: Bytes | undefined): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined;
  try {
    return readJson(bytes, JSON_LIMITS);
  } catch (thrown) {
    if (thrown instanceof JsonRefusal) throw invalidInput('body', `must be JSON: ${thrown.message}`);
    throw thrown;
  } finally {
    wipe(bytes);
  }
}

/** Throws `invalidInput`, naming the member and what is wrong with it, and never its value. */
export function parseBody<Shape extends z.ZodType>(shape: Shape, body: unknown): z.output<Shape> {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.map(key => key.slice(0, 64)) : [];
  const place = [...(issue?.path ?? []), ...unknown.slice(0, 1)].map(String).join('.');
  const rule = unknown.length > 0 ? 'is not known here' : 'has the wrong form, or is missing';
  throw invalidInput(place === '' ? 'body' : place, rule);
}

export const text = z.string().max(1_024);

/** `{"id": ...}` or `{"name": ...}`. */
export const domainReference = z.object({ id: text.optional(), name: text.optional() });
