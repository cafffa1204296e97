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
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') {
    assert(Number.isSafeInteger(value), 'canonical JSON holds safe integers only');
    return String(value);
  }
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  return canonicalObject(value as { readonly [name: string]: CanonicalValue | undefined });
}

function canonicalObject(record: { readonly [name: string]: CanonicalValue | undefined }): string {
  let text = '';
  for (const name of sortedNames(record)) {
    const member = record[name];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${canonicalString(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** RFC 8785 section 3.2.3 sorts by UTF-16 code units, which is what comparison and the default sort do. Few objects need the sort. */
function sortedNames(record: object): readonly string[] {
  const names = Object.keys(record);
  for (let at = 1; at < names.length; at += 1) {
    if ((names[at - 1] ?? '') > (names[at] ?? '')) return names.sort();
  }
  return names;
}

/** Printable ASCII but the quote and the backslash: what JSON.stringify would leave as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

function canonicalString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  assert(text.isWellFormed(), 'canonical JSON holds well-formed Unicode only');
  return JSON.stringify(text);
}
