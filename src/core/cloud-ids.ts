// Ids as clouds of OpenStack's family write them. Ours are UUIDs; theirs are the same 32 digits without dashes, so that an object has one
// id on both sides.

import { hash } from 'node:crypto';
import { isId } from './references.ts';

const DIGITS = /^[0-9a-f]{32}$/;

/** As a cloud writes our id. */
export function cloudId(id: string): string {
  return id.replaceAll('-', '');
}

/**
 * Our id of what a cloud names: the same digits. An id of another form, such as the 64 digits of a user from a directory, becomes a UUID
 * that its SHA-256 gives (version 8, RFC 9562 section 5.8): always the same one, with no way back.
 */
export function ourId(id: string): string {
  if (isId(id)) return id;
  if (DIGITS.test(id)) return dashed(id);
  const digest = hash('sha256', id, 'hex');
  const variant = '89ab'[Number.parseInt(digest.charAt(16), 16) & 3];
  return dashed(`${digest.slice(0, 12)}8${digest.slice(13, 16)}${variant}${digest.slice(17, 32)}`);
}

/** Our id, when the text has a form that ids of ours have in clouds; undefined for everything else. */
export function parseCloudId(text: string): string | undefined {
  if (isId(text)) return text;
  return DIGITS.test(text) ? dashed(text) : undefined;
}

function dashed(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
