// One text per value: the JSON Canonicalization Scheme (RFC 8785) for the values that we store and hash. Numbers are safe integers
// only, so that no rule about floating-point printing is needed; strings are well-formed Unicode.

import { assert } from './assert.ts';

export type CanonicalValue = string | number | boolean | null | readonly CanonicalValue[] | CanonicalObject;

type CanonicalObject = { readonly [name: string]: CanonicalValue | undefined };

/** Members with the value undefined are left out, as in JSON.stringify. */
export function canonicalJson(value: CanonicalValue): string {
  // Most values are made in their order: then the platform prints them, which takes a fraction of the time.
  return requireCanonical(value) ? JSON.stringify(value) : printSorted(value);
}

/** Whether all names in the value stand in their order: by UTF-16 code units, as strings are compared (RFC 8785 section 3.2.3). */
function requireCanonical(value: CanonicalValue): boolean {
  if (typeof value === 'string') {
    assert(value.isWellFormed(), 'canonical JSON holds well-formed Unicode only');
    return true;
  }
  if (typeof value === 'number') {
    assert(Number.isSafeInteger(value), 'canonical JSON holds safe integers only');
    return true;
  }
  if (value === null || typeof value === 'boolean') return true;
  let ordered = true;
  if (Array.isArray(value)) {
    for (const item of value) ordered = requireCanonical(item) && ordered;
    return ordered;
  }
  const record = value as CanonicalObject;
  let previous = '';
  for (const name of Object.keys(record)) {
    const member = record[name];
    if (member === undefined) continue;
    requireCanonical(name);
    ordered = requireCanonical(member) && name >= previous && ordered;
    previous = name;
  }
  return ordered;
}

/** Of what was looked at before. An object could not be sorted as one: the platform puts names that are numbers first. */
function printSorted(value: CanonicalValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printSorted).join(',')}]`;
  const record = value as CanonicalObject;
  const members: string[] = [];
  for (const name of Object.keys(record).sort()) {
    const member = record[name];
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${printSorted(member)}`);
  }
  return `{${members.join(',')}}`;
}
