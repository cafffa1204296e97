import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '../../../domain/audit-entry.ts';
import { OPERATION_NAMES } from '../../../domain/operation-name.ts';
import { activityEvent } from './event.ts';

const KEY_ID = '11111111-1111-4111-8111-111111111111';
const entry = (members: Partial<AuditEntry>): AuditEntry => ({
  at: Date.UTC(2030, 0, 2),
  operation: 'key.encrypt',
  kind: 'use',
  outcome: 'ok',
  protocol: 'key-protect',
  requestId: '22222222-2222-4222-8222-222222222222',
  sourceAddress: '192.0.2.1',
  principalId: '33333333-3333-4333-8333-333333333333',
  credentialId: '44444444-4444-4444-8444-444444444444',
  projectId: '55555555-5555-4555-8555-555555555555',
  targets: [{ type: 'key', id: KEY_ID, version: 2 }],
  details: {},
  ...members,
});

test('a use of a key is an event about the key', () => {
  const event = activityEvent(entry({}), 'us-south');
  assert.deepEqual(
    [event?.action, event?.outcome, event?.severity, event?.dataEvent, event?.eventTime],
    ['kms.secrets.wrap', 'success', 'normal', true, '2030-01-02T00:00:00.000Z'],
  );
  const target = event?.target as { readonly id: string };
  assert.equal(target.id.split(':').at(-1), KEY_ID);
  assert.equal(event?.correlationId, '22222222-2222-4222-8222-222222222222');
});

test('the entry of another protocol is the same event', () => {
  assert.equal(activityEvent(entry({ protocol: 'aws-kms' }), 'x')?.action, 'kms.secrets.wrap');
});

test('whatever makes, takes out, changes or ends a key has an event', () => {
  const actionOf = (operation: string) => activityEvent(entry({ operation }), 'x')?.action;
  for (const operation of OPERATION_NAMES.filter(name => /^(?:key|secret)\./.test(name))) {
    const uses = /\.(?:agree|certify|decapsulate|digest|encapsulate|mac|sign|verify)/.test(operation);
    assert.equal(actionOf(operation) === undefined, uses, operation);
  }
  assert.equal(actionOf('key.scheduleReplacement'), 'kms.policies.write');
  // Of an older or newer program.
  for (const operation of ['key.enchant', 'constructor']) assert.equal(actionOf(operation), undefined);
});

test('a refusal is a failure with the status that it was answered with', () => {
  const event = activityEvent(entry({ operation: 'key.scheduleDestruction', outcome: 'denied' }), 'x');
  assert.deepEqual(
    [event?.action, event?.outcome, event?.severity, event?.reason],
    ['kms.secrets.delete', 'failure', 'critical', { reasonCode: 401, reasonType: 'Unauthorized' }],
  );
});

test('what could not be read belongs to the family of its path', () => {
  const asked = (path: string, protocol = 'key-protect') =>
    activityEvent(
      entry({
        operation: 'request.refuse',
        outcome: 'invalidInput',
        targets: [],
        details: { asked: path },
        protocol,
      }),
      'x',
    )?.action;
  assert.equal(asked('POST /api/v2/keys'), 'kms.secrets.default');
  assert.equal(asked('PUT /api/v2/instance/policies'), 'kms.instance-policies.request');
  assert.equal(asked('POST /api/v2/key_rings/:id'), 'kms.key-rings.request');
  assert.equal(asked('Encrypt', 'aws-kms'), undefined);
});

test('accounts and certificates are adapters only where this protocol has made them', () => {
  assert.equal(
    activityEvent(entry({ operation: 'principal.create' }), 'x')?.action,
    'kms.kmip-management.create',
  );
  assert.equal(activityEvent(entry({ operation: 'principal.create', protocol: 'admin' }), 'x'), undefined);
  assert.equal(activityEvent(entry({ operation: 'token.issue' }), 'x'), undefined);
});
