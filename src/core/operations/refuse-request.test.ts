import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '../../domain/audit-entry.ts';
import { KmsError } from '../../domain/errors.ts';
import { execute } from '../execute.ts';
import type { Kms } from '../kms.ts';
import { refuseRequest } from './refuse-request.ts';

const CONTEXT = {
  requestId: '00000000-0000-4000-8000-000000000000',
  protocol: 'test',
  actor: { type: 'system', name: 'test' },
  projectId: 'project',
} as const;

function kmsRecording(record: (entry: AuditEntry) => Promise<number>): Kms {
  // An operation that is refused in its check reaches the log and the clock alone.
  return { clock: { now: () => 7 }, auditLog: { record } } as unknown as Kms;
}

test('a refused request is recorded with its code before it is answered', async () => {
  const entries: AuditEntry[] = [];
  const error = new KmsError('unsupported', 'no');
  const refused = execute(
    kmsRecording(async entry => entries.push(entry)),
    refuseRequest,
    CONTEXT,
    { asked: 'Sign', error },
  );
  await assert.rejects(refused, thrown => thrown === error);
  assert.deepEqual(
    entries.map(({ operation, outcome, projectId, details }) => ({ operation, outcome, projectId, details })),
    [
      {
        operation: 'request.refuse',
        outcome: 'unsupported',
        projectId: 'project',
        details: { asked: 'Sign' },
      },
    ],
  );
});

test('where the refusal cannot be recorded, that is the answer', async () => {
  const unavailable = new KmsError('auditUnavailable', 'no log');
  const refused = execute(
    kmsRecording(() => Promise.reject(unavailable)),
    refuseRequest,
    CONTEXT,
    { asked: 'Sign', error: new KmsError('unsupported', 'no') },
  );
  await assert.rejects(refused, thrown => thrown === unavailable);
});
