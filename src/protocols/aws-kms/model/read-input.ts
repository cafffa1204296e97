// The one reader of inputs: a body and a table of members become a value, or a refusal in AWS's own text. Faults of type come before
// faults of bounds, which are counted together; then come members that AWS has and this server does not. Members in no model are
// passed over, as AWS does: docs/decisions/0010-aws-unknown-members.md.

import { type Bytes, decodeBase64, wipe } from '../../../base/bytes.ts';
import { type JsonObject, JsonRefusal, type JsonValue, readJson } from '../../../wire/json.ts';
import { readBase64, takeSecretMember } from '../../../wire/secret-base64.ts';
import { AwsRefusal } from '../fault.ts';
import type { InputOf, Member, Members, Shape } from './shapes.ts';
import {
  memberPath,
  serializationRefusal,
  type Violation,
  violated,
  violationRefusal,
  wrongTypeRefusal,
} from './violations.ts';

/** A mebibyte: the largest input of the model, a policy, has an eighth of it. */
export const BODY_BYTES_MAX = 1_048_576;

const JSON_LIMITS = { bytesMax: BODY_BYTES_MAX, depthMax: 8, membersMax: 10_000 } as const;

const EMPTY_OBJECT: JsonObject = Object.freeze(Object.create(null));

/** Throws {@link AwsRefusal}. The body is wiped: what is secret in it lives on in the secret blobs of the result alone. */
export function readInput<M extends Members>(members: M, body: Bytes): InputOf<M> {
  const reading: Reading = { secrets: takeSecrets(members, body), violations: [] };
  try {
    const input = readMembers(members, readObject(body), '', reading);
    if (reading.violations.length > 0) throw violationRefusal(reading.violations);
    refuseWhatIsNotOffered(members, input);
    return input as InputOf<M>;
  } catch (thrown) {
    wipeSecrets(reading.secrets);
    throw thrown;
  } finally {
    wipe(body);
  }
}

/** Wipes the secret blobs of an input that has been used. */
export function wipeInput<M extends Members>(members: M, input: InputOf<M>): void {
  for (const name in members) {
    if (!isSecret(members[name]?.shape)) continue;
    const secret: unknown = (input as Readonly<Record<string, unknown>>)[name];
    if (secret instanceof Uint8Array) wipe(secret);
  }
}

interface Reading {
  readonly secrets: Readonly<Record<string, Bytes | undefined>> | undefined;
  readonly violations: Violation[];
}

function isSecret(shape: Shape | undefined): boolean {
  return shape?.type === 'blob' && shape.sensitive === true;
}

function takeSecrets(members: Members, body: Bytes): Reading['secrets'] {
  let secrets: Record<string, Bytes | undefined> | undefined;
  for (const name in members) {
    if (!isSecret(members[name]?.shape)) continue;
    const ascii = takeSecretMember(body, name);
    if (ascii === undefined) continue;
    const bytes = readBase64(ascii);
    wipe(ascii);
    secrets ??= Object.create(null) as Record<string, Bytes | undefined>;
    secrets[name] = bytes;
  }
  return secrets;
}

function wipeSecrets(secrets: Reading['secrets']): void {
  for (const name in secrets) {
    const secret = secrets[name];
    if (secret !== undefined) wipe(secret);
  }
}

function readObject(body: Bytes): JsonObject {
  if (body.length === 0) return EMPTY_OBJECT;
  let value: JsonValue;
  try {
    value = readJson(body, JSON_LIMITS);
  } catch (thrown) {
    if (thrown instanceof JsonRefusal) throw serializationRefusal(thrown.message);
    throw thrown;
  }
  return asObject(value, 'The body');
}

function readMembers(
  members: Members,
  json: JsonObject,
  path: string,
  reading: Reading,
): Readonly<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  for (const name in members) {
    const member = members[name] as Member;
    const value = json[name];
    // Clients may send null for what they do not set.
    if (value !== undefined && value !== null) {
      input[name] = readValue(member.shape, value, name, path, reading);
    } else if (member.required) {
      reading.violations.push(violated(memberPath(path, name), 'Member must not be null', null));
    }
  }
  return input;
}

function readValue(shape: Shape, value: JsonValue, name: string, path: string, reading: Reading): unknown {
  switch (shape.type) {
    case 'string': {
      if (typeof value !== 'string') throw wrongTypeRefusal(value, 'a String', name);
      const broken = brokenLength(value.length, shape) ?? brokenPattern(value, shape.pattern);
      if (broken !== undefined) reading.violations.push(violated(memberPath(path, name), broken, value));
      return value;
    }
    case 'enum': {
      if (typeof value !== 'string') throw wrongTypeRefusal(value, 'a String', name);
      if (!shape.values.includes(value)) {
        const rule = `Member must satisfy enum value set: [${shape.values.join(', ')}]`;
        reading.violations.push(violated(memberPath(path, name), rule, value));
      }
      return value;
    }
    case 'blob': {
      if (typeof value !== 'string') throw wrongTypeRefusal(value, 'a Blob', name);
      const secrets = path === '' ? reading.secrets : undefined;
      const bytes = secrets !== undefined && name in secrets ? secrets[name] : decodeBase64(value);
      if (bytes === undefined) throw serializationRefusal(`${name} is not base64`);
      const broken = brokenLength(bytes.length, shape);
      if (broken !== undefined) reading.violations.push(violated(memberPath(path, name), broken));
      return bytes;
    }
    case 'integer': {
      if (typeof value !== 'number' || !Number.isInteger(value))
        throw wrongTypeRefusal(value, 'an Integer', name);
      const broken = brokenRange(value, shape);
      if (broken !== undefined) reading.violations.push(violated(memberPath(path, name), broken, value));
      return value;
    }
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongTypeRefusal(value, 'a Boolean', name);
      return value;
    case 'map': {
      const entries = asObject(value, name);
      for (const key in entries) {
        if (typeof entries[key] !== 'string') throw wrongTypeRefusal(entries[key] ?? null, 'a String', name);
      }
      return entries;
    }
    case 'list': {
      if (!Array.isArray(value)) throw wrongTypeRefusal(value, 'a List', name);
      const here = memberPath(path, name);
      const broken = brokenLength(value.length, shape);
      if (broken !== undefined) reading.violations.push(violated(here, broken));
      return value.map((item: JsonValue, index) =>
        readValue(shape.member, item, 'member', `${here}.${index + 1}.`, reading),
      );
    }
    case 'structure':
      return readMembers(shape.members, asObject(value, name), `${memberPath(path, name)}.`, reading);
  }
}

function refuseWhatIsNotOffered(members: Members, input: Readonly<Record<string, unknown>>): void {
  for (const name in input) {
    const refusal = members[name]?.refusal;
    if (refusal === undefined || refusal.asksForNothing(input[name] as never)) continue;
    throw new AwsRefusal('unsupported', { type: refusal.type, message: `${name} is not supported here.` });
  }
}

function asObject(value: JsonValue, name: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongTypeRefusal(value, 'an Object', name);
  }
  return value as JsonObject;
}

function brokenLength(length: number, bounds: { readonly min: number; readonly max: number }) {
  if (length < bounds.min) return `Member must have length greater than or equal to ${bounds.min}`;
  if (length > bounds.max) return `Member must have length less than or equal to ${bounds.max}`;
  return undefined;
}

function brokenRange(value: number, bounds: { readonly min: number; readonly max: number }) {
  if (value < bounds.min) return `Member must have value greater than or equal to ${bounds.min}`;
  if (value > bounds.max) return `Member must have value less than or equal to ${bounds.max}`;
  return undefined;
}

function brokenPattern(value: string, pattern: RegExp | undefined) {
  if (pattern === undefined || pattern.test(value)) return undefined;
  return `Member must satisfy regular expression pattern: ${pattern.source}`;
}
