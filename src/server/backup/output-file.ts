// The file that a backup is written to: under another name until it is finished, in large pieces, durable before it gets its name. A crash
// leaves at most the `.partial` file, which the next one removes. One process writes into the directory, one file at a time.

import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Bytes, concatBytes } from '../../base/bytes.ts';
import { KmsError } from '../../domain/errors.ts';
import { syncDirectory } from '../../store/sqlite-files.ts';

const PARTIAL = '.partial';
const OWNER_ONLY = 0o600;
const PIECE_BYTES = 256 * 1024;
const NEWLINE = Uint8Array.of(0x0a);

export class OutputFile {
  readonly path: string;
  readonly partialPath: string;
  readonly #file: FileHandle;
  readonly #digest = createHash('sha256');
  #pending: Bytes[] = [];
  #pendingBytes = 0;
  #bytes = 0;

  private constructor(path: string, partialPath: string, file: FileHandle) {
    this.path = path;
    this.partialPath = partialPath;
    this.#file = file;
  }

  /** Makes the directory where it is missing, and removes what crashes have left in it. Throws `alreadyExists` when the path is taken. */
  static async create(path: string): Promise<OutputFile> {
    const directory = dirname(path);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (await exists(path)) throw new KmsError('alreadyExists', `The file ${path} exists already.`, { path });
    for (const name of await readdir(directory)) {
      if (name.endsWith(PARTIAL)) await rm(join(directory, name), { force: true });
    }
    const partialPath = path + PARTIAL;
    const file = await open(partialPath, 'wx', OWNER_ONLY);
    return new OutputFile(path, partialPath, file);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A line without its newline. Throws `storeUnavailable` when the disk is full. */
  async writeLine(line: Bytes): Promise<void> {
    this.#digest.update(line).update(NEWLINE);
    this.#pending.push(line, NEWLINE);
    this.#pendingBytes += line.length + 1;
    if (this.#pendingBytes >= PIECE_BYTES) await this.#flush();
  }

  /** SHA-256 of every line so far, as hex. */
  sha256(): string {
    return this.#digest.copy().digest('hex');
  }

  /** The content is on the disk when it fulfils, still under the other name. */
  async finish(): Promise<void> {
    await this.#flush();
    try {
      await this.#file.sync();
      await this.#file.close();
    } catch (error) {
      throw fromFileError(error, this.path);
    }
  }

  /** Gives the file its name for good. */
  async keep(): Promise<void> {
    await rename(this.partialPath, this.path);
    syncDirectory(dirname(this.path));
  }

  /** Removes what was written. Repeatable, also after a failure to close. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.partialPath, { force: true });
  }

  async #flush(): Promise<void> {
    const piece = concatBytes(...this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    try {
      await this.#file.writeFile(piece);
    } catch (error) {
      throw fromFileError(error, this.path);
    }
    this.#bytes += piece.length;
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function fromFileError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !FULL.has(code)) return error;
  return new KmsError(
    'storeUnavailable',
    `There is no room for the backup in ${dirname(path)}. Free some space, or move older backups away.`,
    { path },
    error,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
