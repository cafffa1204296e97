// Kysely as a language only: queries are built and compiled here, once where their shape is fixed, and run by an engine's session.

import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { assert } from '../base/assert.ts';
import type { Tables } from './schema.ts';
import { Argument, type Statement, type Value } from './session.ts';
import { tablesWrittenBy } from './written-tables.ts';

export type EngineName = 'sqlite' | 'postgres';

const DIALECTS = {
  sqlite: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
  postgres: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
} as const;

/** A value of the column's type that stands for the n-th argument until the statement runs. */
export function argument<T = never>(index: number): T {
  // Kysely carries parameters through untouched, so the marker takes the place of the value it stands for.
  return new Argument(index) as T;
}

/** The argument of each column, for rows that are passed whole in the order of `columns`. */
export function argumentsOf<C extends string>(columns: readonly C[]): (column: NoInfer<C>) => never {
  return column => {
    const index = columns.indexOf(column);
    assert(index >= 0, `the column ${column} is one of the row`);
    return argument(index);
  };
}

export class QueryBuilder {
  readonly engine: EngineName;
  readonly db: Kysely<Tables>;
  #named = 0;

  constructor(engine: EngineName) {
    this.engine = engine;
    this.db = new Kysely<Tables>({ dialect: DIALECTS[engine] });
  }

  /** Compiles a query that will run many times. */
  prepare(query: Compilable): Statement {
    this.#named += 1;
    return { ...this.compile(query), name: `keyhold_${this.#named}` };
  }

  /** Compiles a query whose shape is of this moment. */
  compile(query: Compilable): Statement {
    const { sql, parameters, query: tree } = query.compile();
    const inOrder = parameters.every(
      (parameter, place) => parameter instanceof Argument && parameter.index === place,
    );
    const writes = tablesWrittenBy(tree);
    return { sql, parameters: parameters as readonly (Value | Argument)[], inOrder, writes };
  }

  /** Inserts one row given in the order of `columns`; touches nothing when any unique constraint already has it. */
  insert<T extends keyof Tables>(table: T, columns: readonly (keyof Tables[T] & string)[]): Statement {
    const values = Object.fromEntries(columns.map((column, index) => [column, argument(index)]));
    return this.prepare(
      this.db
        .insertInto(table)
        .values(values as never)
        .onConflict(conflict => conflict.doNothing()),
    );
  }

  /** Inserts `count` rows given one after the other. A row that exists is an error. */
  insertMany<T extends keyof Tables>(
    table: T,
    columns: readonly (keyof Tables[T] & string)[],
    count: number,
  ): Statement {
    const rows = Array.from({ length: count }, (_, row) =>
      Object.fromEntries(columns.map((column, index) => [column, argument(row * columns.length + index)])),
    );
    return this.prepare(this.db.insertInto(table).values(rows as never));
  }
}
