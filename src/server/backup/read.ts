// Reads a backup file row by row and proves on the way that it is whole: order of the lines, counts and digests. Holds one line and one
// chunk at a time. Nothing of it is to be believed before the summary has come.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { splitLines } from '../../audit/export.ts';
import { must } from '../../base/assert.ts';
import type { Bytes } from '../../base/bytes.ts';
import { isKeyOf } from '../../base/table.ts';
import type { SnapshotRow } from '../../core/ports/store.ts';
import { KmsError } from '../../domain/errors.ts';
import {
  type BackupHeader,
  type BackupSummary,
  damaged,
  isRowLine,
  LINE_BYTES_MAX,
  parseDigest,
  parseHeader,
  parseObjectLine,
  parseRow,
  type SectionDigest,
} from './format.ts';
import { SectionDigests } from './section-digests.ts';

const CHUNK_BYTES = 1024 * 1024;

export type BackupItem =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'row'; readonly table: string; readonly row: SnapshotRow }
  /** The last item: whatever is wrong with the file as such was thrown before. */
  | {
      readonly kind: 'end';
      readonly summary: BackupSummary;
      /** Digest of the bytes before the summary, which the seal is for. */
      readonly sealedSha256: string;
      /** Digest in the last line. */
      readonly sha256: string;
    };

/** Throws `invalidInput` for a file that is no backup, is damaged, or ends early; `notFound` when there is none. */
export async function* readBackup(file: string): AsyncGenerator<BackupItem, void, undefined> {
  await using lines = linesOf(file);
  const digest = createHash('sha256');
  const nextLine = async (): Promise<Bytes> => {
    const { value, done } = await lines.next();
    if (done) throw damaged('it ends early');
    return value;
  };

  const first = await nextLine();
  yield { kind: 'header', header: parseHeader(first) };
  digest.update(first).update('\n');

  const sections = new SectionDigests();
  let table = '';
  let columns: readonly string[] | undefined;
  let summary: BackupSummary | undefined;
  let sealedSha256 = '';
  while (summary === undefined) {
    const line = await nextLine();
    if (isRowLine(line)) {
      if (columns === undefined) throw damaged('a row stands before the first section');
      sections.add(table, line);
      yield { kind: 'row', table, row: parseRow(columns, line) };
    } else {
      const object = parseObjectLine(line);
      if ('section' in object) {
        ({ table, columns } = object.section);
        sections.begin(table);
      } else {
        ({ summary } = object);
        requireSame(sections.finish(), summary.tables);
        sealedSha256 = digest.copy().digest('hex');
      }
    }
    digest.update(line).update('\n');
  }

  const sha256 = parseDigest(await nextLine());
  if (sha256 !== digest.digest('hex')) throw damaged('its bytes do not have the SHA-256 of its last line');
  if (!(await lines.next()).done) throw damaged('something stands behind its last line');
  yield { kind: 'end', summary, sealedSha256, sha256 };
}

async function* linesOf(file: string): AsyncGenerator<Bytes, void, undefined> {
  const chunks: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  try {
    yield* splitLines(chunks, LINE_BYTES_MAX);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new KmsError('notFound', `There is no file ${file}.`, { file });
    if (error instanceof KmsError) throw damaged(error.message);
    throw error;
  }
}

function requireSame(
  found: Readonly<Record<string, SectionDigest>>,
  stated: Readonly<Record<string, SectionDigest>>,
): void {
  const names = new Set([...Object.keys(found), ...Object.keys(stated)]);
  for (const name of names) {
    if (!isKeyOf(found, name) || !isKeyOf(stated, name))
      throw damaged(`the table ${name} is missing or too many`);
    const [is, should] = [must(found[name], 'asked just now'), must(stated[name], 'asked just now')];
    if (is.rows !== should.rows)
      throw damaged(`the table ${name} has ${is.rows} rows instead of ${should.rows}`);
    if (is.sha256 !== should.sha256) throw damaged(`the rows of the table ${name} were changed`);
  }
}
