// Reads a form (application/x-www-form-urlencoded, WHATWG URL section 5.1) from a stranger: well-formed percent-encoded UTF-8, each name
// once. Where a browser would guess, this refuses.

import { type Bytes, decodeUtf8 } from '../base/bytes.ts';

const FIELDS_MAX = 64;

/** Undefined for bytes that are no such form. The map holds names as they were sent. */
export function readForm(bytes: Bytes): ReadonlyMap<string, string> | undefined {
  const fields = new Map<string, string>();
  try {
    const pairs = decodeUtf8(bytes).split('&', FIELDS_MAX + 1);
    if (pairs.length > FIELDS_MAX) return undefined;
    for (const pair of pairs) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
      if (fields.has(name)) return undefined;
      fields.set(name, equals < 0 ? '' : decoded(pair.slice(equals + 1)));
    }
  } catch (thrown) {
    // Malformed UTF-8 and malformed percent-encoding.
    if (thrown instanceof TypeError || thrown instanceof URIError) return undefined;
    throw thrown;
  }
  return fields;
}

function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
