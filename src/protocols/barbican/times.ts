// Instants as Barbican writes them: ISO 8601 in UTC without a zone, which its clients take for granted; and as it reads them, with a zone
// or without.

/** With milliseconds in the place of microseconds: `2026-11-21T23:13:52.546000`. */
export function timeText(at: number): string {
  return new Date(at).toISOString().replace('Z', '000');
}

export function optionalTimeText(at: number | undefined): string | null {
  return at === undefined ? null : timeText(at);
}

const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** Milliseconds; what is finer is cut off. Undefined for anything but a date, or a date and a time, that there is. */
export function parseTime(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3);
  const at = Date.parse(`${date}T${time}:${seconds}.${milliseconds}${zoneText(zone)}`);
  if (Number.isNaN(at)) return undefined;
  // Date.parse lets the 30th of February pass into March.
  const midnight = new Date(`${date}T00:00:00Z`);
  return midnight.toISOString().startsWith(date) ? at : undefined;
}

function zoneText(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.charAt(0)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
