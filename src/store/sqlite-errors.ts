// What SQLite's result codes mean to us (https://sqlite.org/rescode.html). Anything else is a fault of ours and passes through.

import { KmsError } from '../domain/errors.ts';

/** Primary result codes after which the store is of no use until somebody helps: the message names the next step. */
const UNAVAILABLE: Readonly<Record<number, string>> = {
  5: 'The database is locked by another program. Stop that program.',
  6: 'The database is locked by another program. Stop that program.',
  7: 'SQLite ran out of memory.',
  8: 'The database cannot be written. Check the permissions of the file and of its directory.',
  10: 'Reading or writing the database failed. Check the disk.',
  11: 'The database is damaged. Restore a backup.',
  13: 'The disk is full. Free some space.',
  14: 'The database cannot be opened. Check that its directory exists and may be written.',
  26: 'The file is no SQLite database. Name another file.',
};

const IOERR_FSYNC = 1034;
const IOERR_DIR_FSYNC = 1290;
const CONSTRAINT_FOREIGN_KEY = 787;
const CONSTRAINT_PRIMARY_KEY = 1555;
const CONSTRAINT_UNIQUE = 2067;

/** The extended result code of an error of node:sqlite; undefined for other errors. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

/** A failed fsync: what the operating system still holds is unknown, so the store must not go on. */
export function isSyncFailure(error: unknown): boolean {
  const code = resultCode(error);
  return code === IOERR_FSYNC || code === IOERR_DIR_FSYNC;
}

export function fromSqliteError(error: unknown): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  if (code === CONSTRAINT_UNIQUE || code === CONSTRAINT_PRIMARY_KEY) {
    return new KmsError('alreadyExists', 'An object of that identity exists.', {}, error);
  }
  if (code === CONSTRAINT_FOREIGN_KEY) {
    return new KmsError(
      'conflict',
      'The object refers to one that is gone, or others refer to it.',
      {},
      error,
    );
  }
  const message = UNAVAILABLE[code & 0xff];
  return message === undefined ? error : new KmsError('storeUnavailable', message, {}, error);
}
