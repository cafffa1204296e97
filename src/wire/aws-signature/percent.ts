// Percent-encoding (RFC 3986 section 2.1) over texts of one character per byte. Only the unreserved characters stay as they are, and
// hexadecimal digits are in upper case: one text per byte string, which is what a canonical request needs.

const UNRESERVED_ONLY = /^[A-Za-z0-9._~-]*$/;
const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return UNRESERVED_ONLY.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

export function percentEncode(text: string): string {
  if (UNRESERVED_ONLY.test(text)) return text;
  let encoded = '';
  for (let index = 0; index < text.length; index += 1) encoded += ENCODED[text.charCodeAt(index) & 0xff];
  return encoded;
}

/** Undefined where a percent sign is not followed by two hexadecimal digits. A plus sign is a plus sign. */
export function percentDecode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  const [first, ...rest] = text.split('%');
  let decoded = first ?? '';
  for (const part of rest) {
    if (!/^[0-9A-Fa-f]{2}/.test(part)) return undefined;
    decoded += String.fromCharCode(Number.parseInt(part.slice(0, 2), 16)) + part.slice(2);
  }
  return decoded;
}
