// What a leaf of the log must be, whoever wrote it: one JSON object in canonical form with its instant, under 64 KiB. Total: hostile
// bytes get an answer, never an exception.

import { type Bytes, decodeUtf8 } from '../base/bytes.ts';
import { type CanonicalValue, canonicalJson } from '../base/canonical-json.ts';
import { LIMITS } from '../domain/limits.ts';

/** Far beyond what entries need; it keeps the recursion over a hostile leaf shallow. */
const LEAF_DEPTH_MAX = 32;

export type LeafReading =
  | { readonly ok: true; readonly at: number }
  | { readonly ok: false; readonly problem: string };

/** The instant of the entry in milliseconds, or what keeps the bytes from being an entry. */
export function readLeaf(leaf: Bytes): LeafReading {
  if (leaf.length > LIMITS.auditEntryBytesMax) {
    return refused(`it has ${leaf.length} bytes, more than ${LIMITS.auditEntryBytesMax}`);
  }
  let text: string;
  let value: unknown;
  try {
    text = decodeUtf8(leaf);
    value = JSON.parse(text);
  } catch {
    return refused('it is not JSON in UTF-8');
  }
  if (!isCanonicalValue(value, LEAF_DEPTH_MAX) || canonicalJson(value) !== text) {
    return refused('it is not in canonical form');
  }
  if (typeof value !== 'object' || value === null || !('at' in value))
    return refused('it is no object with an instant');
  const { at } = value;
  if (typeof at !== 'number' || at < 0) return refused('its instant is not a number of milliseconds');
  return { ok: true, at };
}

function refused(problem: string): LeafReading {
  return { ok: false, problem };
}

/** Whether {@link canonicalJson} may be given this outcome of JSON.parse. */
function isCanonicalValue(value: unknown, depth: number): value is CanonicalValue {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (depth === 0 || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every(item => isCanonicalValue(item, depth - 1));
  return Object.entries(value).every(
    ([name, item]) => name.isWellFormed() && isCanonicalValue(item, depth - 1),
  );
}
