// Column values to domain values and back. What comes out of the database is checked: a state or kind that nobody knows is a broken
// invariant, not something to pass on.

import { assert } from '../base/assert.ts';
import type { Bytes } from '../base/bytes.ts';
import { isKeyOf } from '../base/table.ts';
import type { Scope } from '../domain/principal.ts';
import type { Value } from './session.ts';

type Column = Value | undefined;

export function text(column: Column): string {
  assert(typeof column === 'string', 'a text column holds a text');
  return column;
}

export function integer(column: Column): number {
  assert(typeof column === 'number', 'an integer column holds an integer');
  return column;
}

export function bytes(column: Column): Bytes {
  assert(column instanceof Uint8Array, 'a blob column holds bytes');
  return column;
}

export function flag(column: Column): boolean {
  assert(column === 0 || column === 1, 'a flag is 0 or 1');
  return column === 1;
}

export function optionalText(column: Column): string | undefined {
  return column === null ? undefined : text(column);
}

export function optionalInteger(column: Column): number | undefined {
  return column === null ? undefined : integer(column);
}

export function optionalBytes(column: Column): Bytes | undefined {
  return column === null ? undefined : bytes(column);
}

/** A text that is one of the table's own keys. */
export function oneOf<K extends string>(table: Readonly<Record<K, unknown>>, column: Column): K {
  assert(typeof column === 'string' && isKeyOf(table, column), 'a column of a closed list holds one of it');
  return column;
}

/** A JSON list of texts, each of which `accept` lets pass. */
export function textList<T extends string>(
  column: Column,
  accept: (item: string) => item is T,
): readonly T[] {
  const list: unknown = JSON.parse(text(column));
  assert(Array.isArray(list), 'a list column holds a list');
  return list.map((item: unknown) => {
    assert(typeof item === 'string' && accept(item), 'a list column holds items of its closed list');
    return item;
  });
}

export function isText(_item: string): _item is string {
  return true;
}

const SCOPE_LEVELS = { project: true, keyRing: true, key: true } as const;

/** `system`, or level and identifier: `project/<id>`. One column, so that one index finds every scope. */
export function scopeText(scope: Scope): string {
  return scope.level === 'system' ? 'system' : `${scope.level}/${scope.id}`;
}

export function scope(column: Column): Scope {
  const stored = text(column);
  if (stored === 'system') return { level: 'system' };
  const slash = stored.indexOf('/');
  return { level: oneOf(SCOPE_LEVELS, stored.slice(0, slash)), id: stored.slice(slash + 1) };
}
