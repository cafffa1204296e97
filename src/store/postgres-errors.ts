// What PostgreSQL's error codes mean to us (its manual, appendix A), and what a broken connection means: the store is unavailable, and
// whether a commit under way happened is unknown. Anything else is a fault of ours and passes through.

import { DatabaseError } from 'pg';
import { KmsError } from '../domain/errors.ts';

/** Codes, or their classes, after which the same request may succeed later, with what to look at. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  '08': 'The connection to PostgreSQL failed.',
  '25': 'PostgreSQL does not take writes now. Check that the URL names the primary server.',
  '25P03': 'PostgreSQL gave up a transaction that stood still. Try again.',
  '28': 'PostgreSQL refused the login. Check the user and the password in the store URL.',
  '3D': 'The database named in the store URL does not exist. Create it.',
  '40': 'PostgreSQL gave up the transaction. Try again.',
  '53': 'PostgreSQL lacks disk space, memory or connections.',
  '55': 'PostgreSQL is busy with a lock held by another program.',
  '57': 'PostgreSQL stopped the statement: it took too long, or the server is restarting.',
  '58': 'PostgreSQL cannot read or write its files. Check its disk.',
  XX: 'PostgreSQL found its own data damaged. Check the server.',
};

const FOREIGN_KEY_VIOLATION = '23503';
const UNIQUE_VIOLATION = '23505';
const CHARACTER_NOT_IN_REPERTOIRE = '22021';

export function fromPostgresError(error: unknown): unknown {
  if (error instanceof KmsError) return error;
  if (!(error instanceof DatabaseError) || error.code === undefined) {
    return new KmsError('storeUnavailable', 'PostgreSQL cannot be reached.', {}, error);
  }
  if (error.code === UNIQUE_VIOLATION) {
    return new KmsError('alreadyExists', 'An object of that identity exists.', {}, error);
  }
  if (error.code === FOREIGN_KEY_VIOLATION) {
    return new KmsError(
      'conflict',
      'The object refers to one that is gone, or others refer to it.',
      {},
      error,
    );
  }
  if (error.code === CHARACTER_NOT_IN_REPERTOIRE) {
    return new KmsError(
      'invalidInput',
      'A text holds the character U+0000, which cannot be stored.',
      {},
      error,
    );
  }
  const message = UNAVAILABLE[error.code] ?? UNAVAILABLE[error.code.slice(0, 2)];
  return message === undefined ? error : new KmsError('storeUnavailable', message, {}, error);
}
