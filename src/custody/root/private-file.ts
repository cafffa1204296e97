// Files that hold a secret: read only when nobody else can, written whole or not at all. Errors are for the operator: they name the path
// and what to do, never the content.

import type { Stats } from 'node:fs';
import { constants, link, mkdir, open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Bytes } from '../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../base/secret-bytes.ts';
import { KmsError } from '../../domain/errors.ts';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
const ROOT_USER = 0;

/** Undefined when there is no such file. Throws `sealed` for one that others may read or write, is no file, or has over `bytesMax` bytes. */
export async function readPrivateFile(path: string, bytesMax: number): Promise<SecretBytes | undefined> {
  const file = await unlessAbsent(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (file === undefined) return undefined;
  try {
    // Asked of the opened file, so that what is checked is what is read.
    const stats = await file.stat();
    requirePrivate(path, stats, bytesMax);
    const bytes = new Uint8Array(stats.size);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return SecretBytes.own(bytes.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The content of such a file without one line end at its end. Throws `sealed`, also when there is no such file; `what` says what it holds. */
export async function secretLineOf(path: string, what: string, bytesMax: number): Promise<SecretBytes> {
  using content = await readPrivateFile(path, bytesMax);
  if (content === undefined) throw new KmsError('sealed', `The ${what} file ${path} is missing.`, { path });
  const bytes = revealSecretBytes(content);
  let end = bytes.length;
  if (bytes[end - 1] === LINE_FEED) end -= 1;
  if (end < bytes.length && bytes[end - 1] === CARRIAGE_RETURN) end -= 1;
  return SecretBytes.copyOf(bytes.subarray(0, end));
}

const DRAFT_END = '.new';

/**
 * Writes a new file of mode 0600, durable when it fulfils. False, and nothing is written, when the path exists: also when
 * another process makes it at the same time. A crash leaves the path absent or whole, and a draft beside it: see `removeDrafts`.
 * `draftName` tells the drafts of different makers apart.
 */
export async function createPrivateFile(path: string, content: Bytes, draftName: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${draftName}${DRAFT_END}`;
  try {
    const file = await open(draft, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link to a name that is taken fails; a rename would replace what is there.
    await link(draft, path);
    return true;
  } catch (thrown) {
    // Absent is a draft that another maker has removed, since its own file is there.
    if (isFault(thrown, 'EEXIST') || isFault(thrown, 'ENOENT')) return false;
    throw thrown;
  } finally {
    await rm(draft, { force: true });
    await syncDirectory(dirname(path));
  }
}

/** Removes what a crash in the middle of `createPrivateFile` has left: copies of the secret. To be called once the path is there. */
export async function removeDrafts(path: string): Promise<void> {
  const directory = dirname(path);
  const isDraft = (name: string) => name.startsWith(`${basename(path)}.`) && name.endsWith(DRAFT_END);
  const drafts = (await listed(directory)).filter(isDraft);
  for (const draft of drafts) await rm(join(directory, draft), { force: true });
  if (drafts.length > 0) await syncDirectory(directory);
}

export async function removePrivateFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

function requirePrivate(path: string, stats: Stats, bytesMax: number): void {
  if (!stats.isFile()) throw unfit(path, 'is not a regular file');
  const user = process.getuid?.();
  if (user !== undefined && stats.uid !== user && stats.uid !== ROOT_USER) {
    throw unfit(
      path,
      `belongs to user ${stats.uid}; it must belong to the user of the server (${user}) or to root`,
    );
  }
  if ((stats.mode & OTHERS) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
    throw unfit(path, `has mode ${mode}, so others may read or change it; make it 0600`);
  }
  if (stats.size > bytesMax) throw unfit(path, `has ${stats.size} bytes; at most ${bytesMax} are read`);
}

function unfit(path: string, fault: string): KmsError {
  return new KmsError('sealed', `The file ${path} ${fault}.`, { path });
}

/** A directory that this user may only look into, not list, is in the care of somebody else. */
async function listed(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (isFault(thrown, 'EACCES')) return [];
    throw thrown;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await unlessAbsent(() => open(path, constants.O_RDONLY));
  if (directory === undefined) return;
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function unlessAbsent<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (thrown) {
    if (isFault(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
}

function isFault(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
