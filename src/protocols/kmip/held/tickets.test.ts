import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Principal } from '../../../domain/principal.ts';
import { Modules } from './modules.ts';
import { Tickets } from './tickets.ts';

const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
const principal = (id: string): Principal => ({
  id,
  projectId: `project of ${id}`,
  kind: 'user',
  name: id,
  enabled: true,
  createdAt: 0,
  revision: 1,
});
const terms = { at: 0, expiresAt: 10, requests: undefined, rights: undefined };
const nobody = async () => undefined;

test('a ticket is over at its last instant', () => {
  const tickets = new Tickets(random);
  const value = tickets.issue(principal('a'), nobody, terms);
  assert.equal(tickets.use(value, 9).principalId, 'a');
  assert.throws(() => tickets.use(value, 10), { fault: 'invalidTicket' });
});

test('nobody takes more tickets than one may have, and they are had again once they are over', () => {
  const tickets = new Tickets(random);
  for (let n = 0; n < 100; n += 1) tickets.issue(principal('a'), nobody, terms);
  assert.throws(() => tickets.issue(principal('a'), nobody, terms), { fault: 'serverLimitExceeded' });
  tickets.issue(principal('b'), nobody, terms);
  tickets.issue(principal('a'), nobody, { ...terms, at: 10, expiresAt: 20 });
});

test('an application of PKCS #11 is known to its owner, until it has been idle for an hour', () => {
  const modules = new Modules(random);
  const known = modules.initialize('a', 'p', 0);
  const HOUR_MS = 3_600_000;
  assert.ok(!modules.isInitialized(known, 'b', 1));
  assert.ok(modules.isInitialized(known, 'a', HOUR_MS - 1));
  assert.ok(modules.isInitialized(known, 'a', 2 * HOUR_MS - 2));
  assert.ok(!modules.isInitialized(known, 'a', 3 * HOUR_MS - 2));
});
