// Counts, for each table, the commits that have changed it: a row counts for the generation in which it was read. Of use where every commit
// passes through this process, which then counts it in the same turn of the event loop.

import type { TableName } from './schema.ts';

export class Generations {
  readonly #commits = new Map<TableName, number>();

  /** Another number once any of the tables has changed. */
  of(tables: readonly TableName[]): number {
    let sum = 0;
    for (const table of tables) sum += this.#commits.get(table) ?? 0;
    return sum;
  }

  /** What was read of these tables counts no more. */
  begin(tables: Iterable<TableName>): void {
    for (const table of tables) this.#commits.set(table, (this.#commits.get(table) ?? 0) + 1);
  }
}
