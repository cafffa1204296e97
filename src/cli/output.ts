// What commands print: aligned tables for people, JSON for programs. Results go to standard output, everything else to standard error.

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number | boolean | undefined;
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, null, 2));
}

/** Columns are as wide as their widest cell; the last one is not padded. */
export function printTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
  const cells = rows.map(row => columns.map(column => printable(column.of(row))));
  const titles = columns.map(column => column.title.toUpperCase());
  const widths = titles.map((title, at) =>
    Math.max(title.length, ...cells.map(line => line[at]?.length ?? 0)),
  );
  for (const line of [titles, ...cells]) {
    printLine(
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** One object, a member a line. */
export function printRecord(record: Readonly<Record<string, unknown>>): void {
  const members = Object.entries(record).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...members.map(([name]) => name.length));
  for (const [name, value] of members) {
    const text = isInstantName(name) && typeof value === 'number' ? instant(value) : textOf(value);
    printLine(`${name.padEnd(width)}  ${text}`);
  }
}

/** RFC 3339 in UTC. */
export function instant(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function isInstantName(name: string): boolean {
  return name === 'at' || name.endsWith('At');
}

function textOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value) && value.every(item => typeof item !== 'object'))
      return printable(value.join(', '));
    return printable(JSON.stringify(value));
  }
  return printable(value as string);
}

/** A terminal obeys control characters: names and descriptions from outside must not command it. */
function printable(value: string | number | boolean | undefined): string {
  if (value === undefined || value === '') return '-';
  return String(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
