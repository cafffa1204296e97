// The lines of a backup, docs/formats/backup.md: their shapes, and rows of any engine as JSON and back. Pure; nothing here reads or writes.

import { z } from 'zod';
import { assert } from '../../base/assert.ts';
import { type Bytes, base64, decodeBase64, decodeUtf8, utf8 } from '../../base/bytes.ts';
import { type CanonicalValue, canonicalJson } from '../../base/canonical-json.ts';
import type { SnapshotRow } from '../../core/ports/store.ts';
import { KmsError } from '../../domain/errors.ts';

/** Far beyond the largest row, which is a rule with all the conditions that it may have. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024;

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

const headerShape = z.strictObject({
  format: z.literal('keyhold-backup'),
  version: z.literal(1),
  createdAt: count,
  installation: z.string(),
  engine: z.enum(['sqlite', 'postgres']),
  schemaVersion: z.int().min(1),
  rootKeys: z.array(
    z.strictObject({
      generation: z.int().min(1),
      provider: z.string(),
      fingerprint: z.string(),
      state: z.enum(['current', 'retiring', 'retired']),
    }),
  ),
  audit: z.strictObject({ size: count, rootHash: z.string(), verifierKey: z.string() }),
});

const sectionShape = z.strictObject({ table: z.string(), columns: z.array(z.string()) });

const sectionDigestShape = z.strictObject({ rows: count, sha256: sha256Hex });

const summaryShape = z.strictObject({
  tables: z.record(z.string(), sectionDigestShape),
  checkpoint: z.string(),
  seal: z.string(),
});

const digestShape = z.strictObject({ sha256: sha256Hex });

export type BackupHeader = Readonly<z.infer<typeof headerShape>>;
export type SectionHead = Readonly<z.infer<typeof sectionShape>>;
/** How many rows a table has, and the SHA-256 of their lines: the same rows have the same one, whatever the engine. */
export type SectionDigest = Readonly<z.infer<typeof sectionDigestShape>>;
export type BackupSummary = Readonly<z.infer<typeof summaryShape>>;

/** What is wrong with a file that should be a backup. */
export function damaged(problem: string, cause?: unknown): KmsError {
  return new KmsError('invalidInput', `The backup is damaged or no backup: ${problem}.`, {}, cause);
}

/** The label of the seal: the wrapping authenticates it. */
export function sealLabel(sealedSha256: string): string {
  return `backup ${sealedSha256}`;
}

/** Without its newline. */
export function printLine(value: CanonicalValue): Bytes {
  return utf8(canonicalJson(value));
}

export function parseHeader(line: Bytes): BackupHeader {
  return parseAs(headerShape, line, 'the first line is not the header of a backup that this program reads');
}

/** The line before the last one, or the head of a section: the two kinds of object that stand among rows. */
export function parseObjectLine(line: Bytes): { section: SectionHead } | { summary: BackupSummary } {
  const value = parseJson(line);
  const section = sectionShape.safeParse(value);
  if (section.success) return { section: section.data };
  const summary = summaryShape.safeParse(value);
  if (summary.success) return { summary: summary.data };
  throw damaged('a line is neither a row nor a section nor the summary');
}

/** The digest that the last line states. */
export function parseDigest(line: Bytes): string {
  return parseAs(digestShape, line, 'the last line is not the digest').sha256;
}

export function isRowLine(line: Bytes): boolean {
  return line[0] === 0x5b;
}

/** The columns of a row in the order in which all rows of its table are printed. */
export function columnsOf(row: SnapshotRow): readonly string[] {
  return Object.keys(row).sort();
}

export function printRow(columns: readonly string[], row: SnapshotRow): Bytes {
  return printLine(
    columns.map(column => {
      const value = row[column];
      assert(value !== undefined, 'rows of one table have the same columns');
      return value instanceof Uint8Array ? { base64: base64(value) } : value;
    }),
  );
}

export function parseRow(columns: readonly string[], line: Bytes): SnapshotRow {
  const values = parseJson(line);
  if (!Array.isArray(values) || values.length !== columns.length) {
    throw damaged('a row has not the columns of its section');
  }
  return Object.fromEntries(columns.map((column, place) => [column, parseValue(values[place])]));
}

function parseValue(value: unknown): SnapshotRow[string] {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'object' && 'base64' in value && typeof value.base64 === 'string') {
    const bytes = decodeBase64(value.base64);
    if (bytes !== undefined && Object.keys(value).length === 1) return bytes;
  }
  throw damaged('a value is neither null, integer, text nor bytes');
}

function parseAs<T>(shape: z.ZodType<T>, line: Bytes, problem: string): T {
  const parsed = shape.safeParse(parseJson(line));
  if (!parsed.success) throw damaged(problem);
  return parsed.data;
}

function parseJson(line: Bytes): unknown {
  try {
    return JSON.parse(decodeUtf8(line));
  } catch {
    throw damaged('a line is not JSON in UTF-8');
  }
}

/** A column that must hold bytes, an integer or a text: for those who look into rows. */
export function bytesIn(row: SnapshotRow, column: string): Bytes {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw damaged(`the column ${column} holds no bytes`);
}

export function integerIn(row: SnapshotRow, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw damaged(`the column ${column} holds no integer`);
}

export function textIn(row: SnapshotRow, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw damaged(`the column ${column} holds no text`);
}
