import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseError } from 'pg';
import { KmsError } from '../domain/errors.ts';
import { fromPostgresError } from './postgres-errors.ts';

function told(code: string): string {
  const error = fromPostgresError(Object.assign(new DatabaseError('of the server', 0, 'error'), { code }));
  assert.ok(error instanceof KmsError);
  assert.equal(error.code, 'storeUnavailable');
  return error.message;
}

test('a transaction that was cut off is not taken for a server that takes no writes', () => {
  assert.match(told('25P03'), /stood still/);
  assert.match(told('25006'), /primary server/);
});
