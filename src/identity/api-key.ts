// The text of an API key: `kh_<lookup>_<secret><checksum>`, all of it in base32. The prefix and the CRC-32 behind the secret let a scanner
// recognise a leaked key without asking anybody; neither of them protects anything.

import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Bytes, uint32, utf8, wipe } from '../base/bytes.ts';
import { base32, base32Characters, decodeBase32 } from './base32.ts';

export const API_KEY_LOOKUP_BYTES = 10;
export const API_KEY_SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;

const LOOKUP_CHARACTERS = base32Characters(API_KEY_LOOKUP_BYTES);
const SECRET_CHARACTERS = base32Characters(API_KEY_SECRET_BYTES);
const CHECKSUM_CHARACTERS = base32Characters(CHECKSUM_BYTES);

const SHAPE = new RegExp(
  `^kh_([a-z2-7]{${LOOKUP_CHARACTERS}})_([a-z2-7]{${SECRET_CHARACTERS}})([a-z2-7]{${CHECKSUM_CHARACTERS}})$`,
);

export interface ParsedApiKey {
  readonly lookup: string;
  readonly verifier: Bytes;
}

/** The text as bytes, so that it can be wiped. */
export function printApiKey(lookup: string, secret: Bytes): Bytes {
  const body = `kh_${lookup}_${base32(secret)}`;
  return utf8(body + checksumOf(body));
}

/** Lookup and verifier of the text; undefined for a text that is no API key, a mistyped one included. */
export function parseApiKey(text: string): ParsedApiKey | undefined {
  const [, lookup, secretText, checksum] = SHAPE.exec(text) ?? [];
  if (lookup === undefined || secretText === undefined || checksum === undefined) return undefined;
  if (checksumOf(text.slice(0, -CHECKSUM_CHARACTERS)) !== checksum) return undefined;
  const secret = decodeBase32(secretText);
  if (secret === undefined) return undefined;
  const verifier = apiKeyVerifier(secret);
  wipe(secret);
  return { lookup, verifier };
}

/** SHA-256 of the secret. With 256 random bits behind it there is nothing to guess, so a slow hash would add nothing but load. */
export function apiKeyVerifier(secret: Bytes): Bytes {
  return hash('sha256', secret, 'buffer');
}

function checksumOf(body: string): string {
  return base32(uint32(crc32(body)));
}
