// One operation asked for, and its answer by the names of its fields.

import { must } from '../../../src/base/assert.ts';
import {
  type TtlvField,
  type TtlvItem,
  type ValueName,
  type Version,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { type KmipConnection, request } from './support.ts';

export interface Answer {
  /** Undefined of a success. */
  readonly reason: string | undefined;
  /** All fields of the payload that have the name. */
  all(name: string): readonly TtlvItem[];
  one(name: string): TtlvItem;
}

export async function askOne(
  connection: KmipConnection,
  operation: ValueName<'Operation'>,
  payload: readonly (TtlvField | undefined)[],
  version: Version,
): Promise<Answer> {
  const answer = await connection.ask(request(version, [{ operation, payload }]));
  const item = must(answer.children[1], 'an item');
  const reason = item.children.find(({ name }) => name === 'ResultReason');
  const message = item.children.find(({ name }) => name === 'ResultMessage')?.text;
  const fields = item.children.find(({ name }) => name === 'ResponsePayload')?.children ?? [];
  const all = (name: string) => fields.filter(field => field.name === name);
  return {
    reason: reason && valueName('ResultReason', reason.uint32),
    all,
    one: name => must(all(name)[0], `${name} in the answer to ${operation}: ${message ?? ''}`),
  };
}
