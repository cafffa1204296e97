import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SqliteConnection } from './sqlite-connection.ts';
import { SqliteReads } from './sqlite-reads.ts';

test('a read transaction that SQLite has ended by itself, as it does when a read fails, troubles nobody', async context => {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-test-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const connection = new SqliteConnection(join(directory, 'reads.db'));
  const reads = new SqliteReads(connection, () => {});
  const one = { sql: 'SELECT 1' };
  assert.deepEqual(await reads.rows(one, []), [[1]]);
  connection.execute('ROLLBACK');
  assert.deepEqual(await reads.rows(one, []), [[1]]);
  reads.end();
  assert.deepEqual(await reads.rows(one, []), [[1]]);
  connection.execute('ROLLBACK');
  // The turn ends, and with it what would be the transaction.
  await nextTurn();
  await nextTurn();
  assert.deepEqual(await reads.rows(one, []), [[1]]);
  reads.close();
});
