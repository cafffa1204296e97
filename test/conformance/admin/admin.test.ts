// The administration protocol over real HTTP, on both engines of the store.

import { after, before, describe } from 'node:test';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { httpSuite } from './suite-http.ts';
import { keysSuite } from './suite-keys.ts';
import { operationsSuite } from './suite-operations.ts';

operationsSuite('operations on SQLite', async () => 'sqlite');
keysSuite('the life of keys on SQLite', async () => 'sqlite');
httpSuite('requests on SQLite', async () => 'sqlite');

describe('with PostgreSQL', () => {
  let postgres: PostgresServer;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  operationsSuite('operations on PostgreSQL', () => postgres.createDatabase());
  keysSuite('the life of keys on PostgreSQL', () => postgres.createDatabase());
  httpSuite('requests on PostgreSQL', () => postgres.createDatabase());
});
