// In which words entries of the audit log are printed: a table, JSON lines, or the events of IBM's Activity Tracker.

import { type Command, Option } from 'commander';
import type { EntryReply } from '../../protocols/admin/types.ts';
import { type Column, instant, printLine, printTable } from '../output.ts';
import { loadActivityEvents } from '../outside.ts';

const FORMATS = ['own', 'activity-tracker'] as const;

export interface FormatOptions {
  readonly format: (typeof FORMATS)[number];
  readonly region: string;
}

export const formatOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--format <format>', "own words, or JSON lines in those of IBM's Activity Tracker")
        .choices(FORMATS)
        .default('own'),
    )
    .option('--region <region>', 'for the names of resources in Activity Tracker events', 'us-east-1');

interface Entry {
  readonly at: number;
  readonly operation: string;
  readonly outcome: string;
  readonly principalId?: string;
  readonly protocol?: string;
  readonly reason?: string;
  readonly targets?: readonly { readonly type: string; readonly id: string }[];
}

const entryOf = (row: EntryReply): Entry => row.entry as unknown as Entry;

const COLUMNS: readonly Column<EntryReply>[] = [
  { title: 'index', of: row => row.index },
  { title: 'at', of: row => instant(entryOf(row).at) },
  { title: 'outcome', of: row => entryOf(row).outcome },
  { title: 'operation', of: row => entryOf(row).operation },
  { title: 'principal', of: row => entryOf(row).principalId },
  { title: 'protocol', of: row => entryOf(row).protocol },
  {
    title: 'targets',
    of: row => (entryOf(row).targets ?? []).map(({ type, id }) => `${type} ${id}`).join(', '),
  },
];

export interface EntryPrinter {
  /** A page of entries. */
  page(rows: readonly EntryReply[]): void;
  /** One that has just come. */
  line(row: EntryReply): void;
}

export async function entryPrinter(json: boolean, { format, region }: FormatOptions): Promise<EntryPrinter> {
  if (format === 'activity-tracker') {
    const { activityEvent } = await loadActivityEvents();
    const line = (row: EntryReply): void => {
      const event = activityEvent(row.entry as unknown as Parameters<typeof activityEvent>[0], region);
      if (event !== undefined) printLine(JSON.stringify(event));
    };
    return { line, page: rows => rows.forEach(line) };
  }
  if (json) {
    const line = (row: EntryReply): void => printLine(JSON.stringify(row));
    return { line, page: rows => rows.forEach(line) };
  }
  return {
    line: row => printLine(COLUMNS.map(column => column.of(row) ?? '-').join('  ')),
    page: rows => printTable(rows, COLUMNS),
  };
}
