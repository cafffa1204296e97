// A file in the data directory that stands there from before the first restored row until the last proof: a server does not start beside it.

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KmsError } from '../../domain/errors.ts';
import { syncDirectory } from '../../store/sqlite-files.ts';

function markerPath(dataDir: string): string {
  return join(dataDir, 'restore-unfinished');
}

/** Durable when it returns. Makes the data directory. */
export function markUnfinishedRestore(dataDir: string, backup: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = openSync(markerPath(dataDir), 'w', 0o600);
  try {
    writeSync(file, `${backup}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(dataDir);
}

export function clearUnfinishedRestore(dataDir: string): void {
  rmSync(markerPath(dataDir), { force: true });
  syncDirectory(dataDir);
}

/** Throws `storeUnavailable` while a restore into this data directory has not come to its end. */
export function requireNoUnfinishedRestore(dataDir: string): void {
  const path = markerPath(dataDir);
  if (!existsSync(path)) return;
  throw new KmsError(
    'storeUnavailable',
    `A restore into ${dataDir} did not finish. Run it again into an empty database; or, to give it up, delete the database that it was filling and then ${path}.`,
    { path },
  );
}
