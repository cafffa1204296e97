// Instants as the XML and JSON encodings write them: xsd:dateTime in UTC, which KMIP counts in seconds, or in microseconds where extended.

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?(Z|[+-]\d\d:\d\d)?$/;

const MICROSECONDS = 1_000_000n;

/** Years 0001 to 9999, the ones that the text form has. */
const SECONDS_MIN = -62_135_596_800n;
const SECONDS_MAX = 253_402_300_799n;

/**
 * Microseconds since 1970, more precise fractions cut off; undefined for anything but a valid instant. A text without an offset is in UTC,
 * as KMIP's instants are.
 */
export function parseInstant(text: string): bigint | undefined {
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  local.setUTCHours(hour, minute, second);
  // Whatever was out of its range has moved another field.
  const isReal =
    local.getUTCMonth() === month - 1 &&
    local.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  const offsetMinutes = parseOffset(parts[8] ?? 'Z');
  if (!isReal || year === 0 || offsetMinutes === undefined) return undefined;
  const fraction = (parts[7] ?? '').slice(0, 6).padEnd(6, '0');
  const seconds = BigInt(local.getTime() / 1000 - offsetMinutes * 60);
  return seconds * MICROSECONDS + BigInt(fraction);
}

function parseOffset(text: string): number | undefined {
  if (text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  // Offsets reach to 14 hours (XML Schema part 2 section 3.2.7.3).
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** Seconds of an instant, cut down to whole ones. */
export function wholeSeconds(microseconds: bigint): bigint {
  const seconds = microseconds / MICROSECONDS;
  return microseconds < 0n && microseconds % MICROSECONDS !== 0n ? seconds - 1n : seconds;
}

/** `2012-04-27T08:14:42+00:00`; undefined for an instant outside the years 0001 to 9999. */
export function printSeconds(seconds: bigint): string | undefined {
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) return undefined;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}+00:00`;
}

/** `2012-04-27T08:14:42.000001+00:00`; undefined outside the years 0001 to 9999. */
export function printMicroseconds(microseconds: bigint): string | undefined {
  const seconds = wholeSeconds(microseconds);
  const text = printSeconds(seconds);
  if (text === undefined) return undefined;
  const fraction = String(microseconds - seconds * MICROSECONDS).padStart(6, '0');
  return `${text.slice(0, 19)}.${fraction}+00:00`;
}
