// What the number of touched rows says: nothing inserted means it exists, nothing updated means it is gone or has changed.

import { KmsError } from '../domain/errors.ts';
import type { ReadSession, Row, Session, Statement } from './session.ts';

export async function findOne<T>(
  session: ReadSession,
  statement: Statement,
  args: Row,
  fromRow: (row: Row) => T,
): Promise<T | undefined> {
  const [row] = await session.rows(statement, args);
  return row === undefined ? undefined : fromRow(row);
}

/** Runs an insert that steps back from existing rows; throws `alreadyExists` when it did. */
export async function insertOne(
  session: Session,
  statement: Statement,
  args: Row,
  noun: string,
): Promise<void> {
  if ((await session.run(statement, args)) === 0) {
    throw new KmsError('alreadyExists', `The ${noun} exists already.`);
  }
}

/** Updates or deletes; throws `notFound` when no row was there. */
export async function changeOne(
  session: Session,
  statement: Statement,
  args: Row,
  noun: string,
): Promise<void> {
  if ((await session.run(statement, args)) === 0) throw absent(noun);
}

/** Updates a row at the revision it was read at; throws `conflict` when it has another, `notFound` when it is gone. */
export async function reviseOne(
  session: Session,
  statement: Statement,
  args: Row,
  noun: string,
  exists: () => Promise<unknown>,
): Promise<void> {
  if ((await session.run(statement, args)) > 0) return;
  if ((await exists()) === undefined) throw absent(noun);
  throw new KmsError('conflict', `The ${noun} was changed meanwhile.`);
}

function absent(noun: string): KmsError {
  return new KmsError('notFound', `The ${noun} does not exist.`);
}
