// The texts of refused inputs, as AWS words them. A value is quoted only where AWS quotes it: never a blob, a list or a map.

import type { JsonValue } from '../../../wire/json.ts';
import { AwsRefusal, validationRefusal } from '../fault.ts';

/** One broken constraint as a sentence: `Value '0' at 'limit' failed to satisfy constraint: Member must ...`. */
export type Violation = string;

/** `value` null: the member is not there; undefined: its value is not to be seen. */
export function violated(path: string, rule: string, value?: string | number | null): Violation {
  const quoted = value === undefined ? '' : value === null ? ' null' : ` '${value}'`;
  return `Value${quoted} at '${path}' failed to satisfy constraint: ${rule}`;
}

/** A ValidationException that lists every broken constraint. */
export function violationRefusal(violations: readonly Violation[]): AwsRefusal {
  const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
  return validationRefusal(`${count} detected: ${violations.join('; ')}`);
}

/** The path of a member as AWS writes it: in lower camel case, behind what it stands in. */
export function memberPath(path: string, name: string): string {
  return path + name.charAt(0).toLowerCase() + name.slice(1);
}

export function serializationRefusal(message: string): AwsRefusal {
  return new AwsRefusal('invalidInput', { type: 'SerializationException', message });
}

/** Says which type came, not which value. */
export function wrongTypeRefusal(value: JsonValue, expected: string, name: string): AwsRefusal {
  return serializationRefusal(`${name}: ${typeName(value)} can not be converted to ${expected}`);
}

function typeName(value: JsonValue): string {
  if (value === null) return 'NULL_VALUE';
  if (typeof value === 'object') return Array.isArray(value) ? 'START_ARRAY' : 'START_OBJECT';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  if (typeof value === 'string') return 'STRING_VALUE';
  return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
}
