// How callers refer to objects that have an id and a name. A name never looks like an id, so that one text can be either.

import { invalidInput } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { requireLabel } from './checks.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isId(reference: string): boolean {
  return UUID.test(reference);
}

/** Whether an object can have that name. A store need not be able to look for others: PostgreSQL holds no NUL in a text. */
export function canBeName(reference: string): boolean {
  return reference !== '' && reference.length <= LIMITS.nameCharactersMax && !reference.includes('\0');
}

/** The rule of names that may stand where an id may: a label that is no UUID. */
export function requireName(field: string, name: string, charactersMax: number): void {
  requireLabel(field, name, charactersMax);
  if (isId(name.toLowerCase())) throw invalidInput(field, 'must not have the form of an id');
}
