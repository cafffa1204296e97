// How this protocol names keys and scopes.

import type { KeySelector } from '../../core/find-key.ts';
import type { ScopeSelector } from '../../core/operations/access/scopes.ts';
import { isId } from '../../core/references.ts';
import { invalidInput } from '../../domain/errors.ts';
import type { OnWhat } from './shapes/access.ts';

/** Names that administrators give, as opposed to those that came through a protocol. */
const OWN_NAMESPACE = 'keyhold';

/** An id; `<namespace>:<text>`; or a text in our own namespace. Throws `invalidInput` for what cannot be any of them. */
export function keySelector(reference: string): KeySelector {
  if (reference.includes('\0')) throw invalidInput('key', 'must not contain a NUL character');
  if (isId(reference)) return { by: 'id', id: reference };
  const colon = reference.indexOf(':');
  return colon < 0
    ? { by: 'name', namespace: OWN_NAMESPACE, text: reference }
    : { by: 'name', namespace: reference.slice(0, colon), text: reference.slice(colon + 1) };
}

/** Throws `invalidInput` when both a key and a key ring are named. */
export function scopeSelector({ key, keyRing }: OnWhat): ScopeSelector {
  if (key !== undefined && keyRing !== undefined) throw invalidInput('key', 'must not be given with keyRing');
  if (key !== undefined) return { on: 'key', key: keySelector(key) };
  return keyRing === undefined ? { on: 'realm' } : { on: 'keyRing', keyRing };
}
