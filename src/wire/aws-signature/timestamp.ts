// The instants of a signature: yyyymmddThhmmssZ (ISO 8601 basic form, UTC, whole seconds) and the Date header of HTTP.

let last: { readonly text: string; readonly instantMs: number | undefined } = {
  text: '',
  instantMs: undefined,
};

/** The instant in milliseconds, or undefined where the text is not of this form or names no day of the calendar. */
export function parseTimestamp(text: string): number | undefined {
  // Most requests of one second say the same.
  if (last.text !== text) last = { text, instantMs: readTimestamp(text) };
  return last.instantMs;
}

function readTimestamp(text: string): number | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return undefined;
  const part = (start: number, end: number) => Number(text.slice(start, end));
  const instantMs = Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(9, 11), part(11, 13), part(13, 15));
  // Date.UTC carries overflowing parts over (31 June becomes 1 July, 24:00 the next day) and reads the years 0 to 99 as 19xx.
  const instant = new Date(instantMs);
  const asWritten =
    instant.getUTCFullYear() === part(0, 4) &&
    instant.getUTCMonth() === part(4, 6) - 1 &&
    instant.getUTCDate() === part(6, 8) &&
    instant.getUTCHours() === part(9, 11) &&
    instant.getUTCMinutes() === part(11, 13) &&
    instant.getUTCSeconds() === part(13, 15);
  return asWritten ? instantMs : undefined;
}

/** The instant as yyyymmddThhmmssZ, its milliseconds cut off. */
export function formatTimestamp(instantMs: number): string {
  const iso = new Date(instantMs).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

/** The instant of a Date header in the preferred form of RFC 9110 section 5.6.7 (`Sun, 30 Aug 2015 12:36:00 GMT`), else undefined. */
export function parseHttpDate(text: string): number | undefined {
  const instantMs = Date.parse(text);
  return !Number.isNaN(instantMs) && new Date(instantMs).toUTCString() === text ? instantMs : undefined;
}
