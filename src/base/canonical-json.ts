// One text per value: the JSON Canonicalization Scheme (RFC 8785) for the values that we store and hash. Numbers are safe integers
// only, so that no rule about floating-point printing is needed; strings are well-formed Unicode.

import { assert } from './assert.ts';

export type CanonicalValue =
  | string
  | number
  | boolean
  | null
  | readonly CanonicalValue[]
  | { readonly [name: string]: CanonicalValue | undefined };

/** Members with the value undefined are left out, as in JSON.stringify. */
export function canonicalJson(value: CanonicalValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') {
    assert(Number.isSafeInteger(value), 'canonical JSON holds safe integers only');
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as { readonly [name: string]: CanonicalValue | undefined };
  // RFC 8785 section 3.2.3 sorts by UTF-16 code units, which is what the default sort does.
  const names = Object.keys(record).sort();
  const members: string[] = [];
  for (const name of names) {
    const member = record[name];
    if (member !== undefined) members.push(`${canonicalString(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

function canonicalString(text: string): string {
  assert(text.isWellFormed(), 'canonical JSON holds well-formed Unicode only');
  return JSON.stringify(text);
}
