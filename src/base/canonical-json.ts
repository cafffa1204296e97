// One text per value: the JSON Canonicalization Scheme (RFC 8785) for the values that we store and hash. Numbers are safe integers
// only, so that no rule about floating-point printing is needed; strings are well-formed Unicode.

import { assert } from './assert.ts';

export type CanonicalValue = string | number | boolean | null | readonly CanonicalValue[] | CanonicalObject;

type CanonicalObject = { readonly [name: string]: CanonicalValue | undefined };

/** Members with the value undefined are left out, as in JSON.stringify. */
export function canonicalJson(value: CanonicalValue): string {
  // The platform prints in a fraction of the time, and most values are made in their order.
  if (requireCanonical(value)) return JSON.stringify(value);
  return isSortable(value) ? JSON.stringify(sorted(value)) : printSorted(value);
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

/** Whether objects can hold the names in their order: the platform puts those that are numbers first. */
function isSortable(value: CanonicalValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isSortable);
  const record = value as CanonicalObject;
  return Object.keys(record).every(name => !UNSORTABLE.test(name) && isSortable(record[name]));
}

const UNSORTABLE = /^(?:\d|__proto__$)/;

/** A copy whose names stand in their order. */
function sorted(value: CanonicalValue | undefined): CanonicalValue | undefined {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted) as CanonicalValue[];
  const record = value as CanonicalObject;
  const copy: Record<string, CanonicalValue | undefined> = {};
  for (const name of Object.keys(record).sort()) copy[name] = sorted(record[name]);
  return copy;
}

/** Of what was looked at before. */
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
