import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '../domain/audit-entry.ts';
import { createMetrics } from './metrics.ts';

const entry = (operation: string, outcome: AuditEntry['outcome']): AuditEntry => ({
  at: 0,
  operation,
  kind: 'use',
  outcome,
  protocol: 'aws-kms',
  requestId: 'r',
  targets: [],
  details: {},
});

test('operations are counted by name, protocol and outcome, however often they are asked for', async () => {
  const { registry, countEntry } = createMetrics();
  for (const outcome of ['ok', 'ok', 'denied'] as const) countEntry(entry('key.encrypt', outcome));
  const shown = async () =>
    (await registry.getSingleMetricAsString('keyhold_operations_total'))
      .split('\n')
      .filter(line => !line.startsWith('#'));
  const expected = [
    'keyhold_operations_total{operation="key.encrypt",protocol="aws-kms",outcome="ok"} 2',
    'keyhold_operations_total{operation="key.encrypt",protocol="aws-kms",outcome="denied"} 1',
  ];
  assert.deepEqual(await shown(), expected);
  assert.deepEqual(await shown(), expected);
  countEntry(entry('key.encrypt', 'denied'));
  assert.match((await shown()).join('\n'), /outcome="denied"} 2/);
});

test('requests are told apart by protocol and the first digit of their status', async () => {
  const { registry, observeRequest } = createMetrics();
  for (const status of [200, 204, 404]) observeRequest('aws-kms', status, 3);
  observeRequest('vault', 200, 3);
  const text = await registry.getSingleMetricAsString('keyhold_http_request_seconds');
  const counted = text.split('\n').filter(line => line.startsWith('keyhold_http_request_seconds_count'));
  assert.deepEqual(counted, [
    'keyhold_http_request_seconds_count{protocol="aws-kms",status="2xx"} 2',
    'keyhold_http_request_seconds_count{protocol="aws-kms",status="4xx"} 1',
    'keyhold_http_request_seconds_count{protocol="vault",status="2xx"} 1',
  ]);
});
