// Instants as Barbican writes them: ISO 8601 in UTC without a zone, which its clients take for granted; and as it reads them, with a zone
// or without.

/** With milliseconds in the place of microseconds: `2026-11-21T23:13:52.546000`. */
export function timeText(at: number): string {
  return new Date(at).toISOString().replace('Z', '000');
}

export function optionalTimeText(at: number | undefined): string | null {
  return at === undefined ? null : timeText(at);
}

/** What is asked for as Barbican repeats it, with the microseconds that no instant of ours has; null for a text that is none. */
export function repeatedTime(text: string): string | null {
  const at = parseTime(text);
  const microseconds = TIME.exec(text)?.groups?.fraction?.slice(3, 6) ?? '';
  return at === undefined ? null : timeText(at).replace(/000$/, microseconds.padEnd(3, '0'));
}

/** What OpenStack's reader of ISO 8601 takes: a year alone, or more of an instant in falling order; with separators or without. */
const TIME =
  /^(?<year>\d{4})(?:(?:-(?<month>\d{1,2})|(?<month>\d{2})(?!$))(?:-?(?<day>(?<=-)\d{1,2}|(?<!-)\d{2})(?:[T ](?<hour>\d{2})(?::?(?<minute>\d{2}))?(?::?(?<second>\d{1,2})(?:[.,](?<fraction>\d+))?)?(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?)?)?$/;

/** Milliseconds; what is finer is cut off. Undefined for anything but an instant that there is. */
export function parseTime(text: string): number | undefined {
  const { groups } = TIME.exec(text) ?? {};
  if (groups === undefined || groups.hour === '24') return undefined;
  const two = (part: string, otherwise = '00'): string => (groups[part] ?? otherwise).padStart(2, '0');
  const date = `${groups.year}-${two('month', '01')}-${two('day', '01')}`;
  const milliseconds = (groups.fraction ?? '').padEnd(3, '0').slice(0, 3);
  const time = `${two('hour')}:${two('minute')}:${two('second')}.${milliseconds}`;
  const at = Date.parse(`${date}T${time}${zoneText(groups.zone ?? 'Z')}`);
  if (Number.isNaN(at)) return undefined;
  // Date.parse lets the 30th of February pass into March.
  const midnight = new Date(`${date}T00:00:00Z`);
  return midnight.toISOString().startsWith(date) ? at : undefined;
}

function zoneText(zone: string): string {
  if (zone === 'Z') return zone;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.charAt(0)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
