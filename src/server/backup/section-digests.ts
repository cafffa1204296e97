// The digest of each table's row lines: the same for the same rows in a file and in a database of either engine.

import { createHash, type Hash } from 'node:crypto';
import { must } from '../../base/assert.ts';
import type { Bytes } from '../../base/bytes.ts';
import { damaged, type SectionDigest } from './format.ts';

export class SectionDigests {
  readonly #sections = new Map<string, { rows: number; readonly digest: Hash }>();

  /** Throws `invalidInput` for a table that was there before. */
  begin(table: string): void {
    if (this.#sections.has(table)) throw damaged(`the table ${table} comes twice`);
    this.#sections.set(table, { rows: 0, digest: createHash('sha256') });
  }

  /** A row line without its newline. */
  add(table: string, line: Bytes): void {
    const section = must(this.#sections.get(table), 'a row belongs to a section');
    section.rows += 1;
    section.digest.update(line).update('\n');
  }

  finish(): Readonly<Record<string, SectionDigest>> {
    const digests: Record<string, SectionDigest> = Object.create(null);
    for (const [table, { rows, digest }] of this.#sections) {
      digests[table] = { rows, sha256: digest.digest('hex') };
    }
    return digests;
  }
}
