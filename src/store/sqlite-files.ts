// The files of a SQLite store: made readable for their owner alone, known to the directory before anything is acknowledged, and held
// by one process at a time.

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { KmsError } from '../domain/errors.ts';

/** Makes the directory and an empty database file where they are missing. SQLite gives its other files the same permissions. */
export function createDatabaseFile(path: string): void {
  const directory = dirname(path);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    syncDirectory(directory);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new KmsError('storeUnavailable', `The database file cannot be made: ${reason}.`, {}, error);
  }
}

/** A power loss must not forget the names of files whose contents were synced. */
export function syncDirectory(directory: string): void {
  // Windows has no handle on directories and journals their entries itself.
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** What the largest batch of ordinary requests may need. */
const FREE_BYTES_MIN = 1024 * 1024;

/** Throws `storeUnavailable` when the disk of the file is as good as full. */
export async function requireSpace(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize >= FREE_BYTES_MIN) return;
  throw new KmsError('storeUnavailable', 'The disk is full. Free some space.');
}

/**
 * Holds the store for this process until the returned function is called or the process ends, however it ends: the lock is SQLite's
 * own, on an empty database beside the real one. Throws `storeUnavailable` while another process, or this one, holds it.
 */
export function lockStore(path: string): () => void {
  const lockPath = `${path}.lock`;
  createDatabaseFile(lockPath);
  const lock = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new KmsError(
      'storeUnavailable',
      `Another Keyhold process uses the store ${path}. Stop it first, or use a PostgreSQL store for several nodes.`,
      {},
      error,
    );
  }
  return () => lock.close();
}
