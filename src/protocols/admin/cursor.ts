// Page cursors, opaque to clients. A cursor belongs to one list of one realm: with another list it is refused rather than misread.

import { base64Url, decodeBase64Url, decodeUtf8, utf8 } from '../../base/bytes.ts';
import { KmsError } from '../../domain/errors.ts';

const CURSOR_CHARACTERS_MAX = 4_096;

/** `list` names the list and its realm. */
export function printCursor(list: string, position: string): string {
  return base64Url(utf8(JSON.stringify([list, position])));
}

/** The position; throws `invalidCursor` for a text that was not printed for this list. */
export function parseCursor(list: string, cursor: string): string {
  if (cursor.length <= CURSOR_CHARACTERS_MAX) {
    try {
      const decoded = decodeBase64Url(cursor);
      const parsed: unknown = decoded === undefined ? undefined : JSON.parse(decodeUtf8(decoded));
      if (Array.isArray(parsed) && parsed.length === 2) {
        const [ofList, position] = parsed;
        if (ofList === list && typeof position === 'string' && !position.includes('\0')) return position;
      }
    } catch {
      // Neither JSON nor UTF-8: not ours.
    }
  }
  throw invalidCursor();
}

export function invalidCursor(): KmsError {
  return new KmsError('invalidCursor', 'The cursor is not one of this list. Begin again without a cursor.');
}
