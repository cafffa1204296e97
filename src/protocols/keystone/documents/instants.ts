// Instants as Keystone writes them: microseconds, and the zone that Barbican leaves out.

export function instantText(at: number): string {
  return new Date(at).toISOString().replace(/Z$/, '000Z');
}

/** Without a zone UTC is meant. Undefined for what is no instant. */
export function parseInstant(text: string): number | undefined {
  const [, head, zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  const at = head === undefined ? Number.NaN : Date.parse(`${head}${zone ?? 'Z'}`);
  return Number.isNaN(at) ? undefined : at;
}
