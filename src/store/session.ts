// What an engine offers to the repositories: statements in, rows as arrays out. Nothing here knows SQLite or PostgreSQL.

import type { Bytes } from '../base/bytes.ts';
import type { TableName } from './schema.ts';

/** What a column holds: booleans are 0 and 1, instants are milliseconds, JSON is text. */
export type Value = string | number | Bytes | null;

/** Values in the order of the selected columns. */
export type Row = readonly Value[];

/** The place of the n-th argument among a statement's parameters. */
export class Argument {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

export interface Statement {
  readonly sql: string;
  /** Statements that are compiled once have a name, under which an engine may keep them prepared. */
  readonly name?: string | undefined;
  /** Constants and arguments in the order of the placeholders; undefined for a text of our own without placeholders. */
  readonly parameters?: readonly (Value | Argument)[] | undefined;
  /** The tables that it may change. Undefined: any. */
  readonly writes?: readonly TableName[] | undefined;
  /** The n-th placeholder is the n-th argument: nothing needs to be moved. */
  readonly inOrder?: boolean | undefined;
}

export interface ReadSession {
  rows(statement: Statement, args: Row): Promise<readonly Row[]>;
}

export interface Session extends ReadSession {
  /** The number of rows that were inserted, updated or deleted. */
  run(statement: Statement, args: Row): Promise<number>;
  /** The same once for each of the arguments, in order. */
  runEach(statement: Statement, each: readonly Row[]): Promise<void>;
}

/** What fills the placeholders of the statement. Arguments that it does not ask for are left out. */
export function bind({ parameters, inOrder }: Statement, args: Row): Row {
  if (parameters === undefined || (inOrder === true && parameters.length === args.length)) return args;
  return parameters.map(parameter =>
    parameter instanceof Argument ? (args[parameter.index] ?? null) : parameter,
  );
}
