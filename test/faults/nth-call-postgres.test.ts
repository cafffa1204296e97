// The same on PostgreSQL, whose transactions, savepoints and lost connections are its own: changes that between them write every kind of
// row. What the operations themselves do is tried with all of them on SQLite (nth-call.test.ts).

import { after, before, test } from 'node:test';
import { must } from '../../src/base/assert.ts';
import type { OperationName } from '../../src/domain/operation-name.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { Bench } from './bench.ts';
import { counts, tryOperation } from './fail-each-call.ts';
import { TRIALS } from './trials.ts';

/** A few, as each takes a minute of a busy machine: `TEST_FAULTS=all` tries every one. */
const TRIED: readonly OperationName[] = ['key.create', 'key.reimport', 'principal.delete'];
const trials =
  process.env.TEST_FAULTS === 'all'
    ? TRIALS
    : TRIED.map(name =>
        must(
          TRIALS.find(({ operation }) => operation.name === name),
          name,
        ),
      );

let postgres: PostgresServer;
before(async () => {
  postgres = await startPostgres();
});
after(async () => {
  await postgres?.stop();
  console.log(`faults: ${counts.faults} injected; after ${counts.happened} of them the effect was there`);
});

for (const trial of trials) {
  test(`${trial.operation.name} keeps its promises on PostgreSQL whichever call fails`, async () => {
    const bench = await Bench.open({ store: await postgres.createDatabase() });
    try {
      await tryOperation(bench, trial);
      await bench.verifyLog();
    } finally {
      await bench.close();
    }
  });
}
