// Searching keys: what is found, in which order, and by whom.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { type Caller, caller, done, refused } from './client.ts';

const P = '/projects/default';
const DAY_MS = 86_400_000;

let keyhold: TestKeyhold;
let admin: Caller;
const ids: Record<string, string> = {};

async function make(label: string, body: object = {}): Promise<void> {
  ids[label] = (await done(admin('POST', `${P}/keys`, { label, ...body }))).id;
}

before(async () => {
  keyhold = await startKeyhold();
  admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  await done(admin('POST', `${P}/key-rings`, { name: 'payments' }));
  await make('Billing north', { keyRing: 'payments' });
  await make('billing south', { keyRing: 'payments', exportable: true });
  await make('archive', { deactivateAt: keyhold.clock.now() + DAY_MS });
  await make('doomed');
  await done(admin('POST', `${P}/keys/${ids.doomed}/schedule-destruction`, { delayMs: 30 * DAY_MS }));
  await done(admin('POST', `${P}/names`, { text: 'ledger', key: ids.archive }));
  await done(admin('POST', '/projects', { name: 'elsewhere' }));
  await done(admin('POST', '/projects/elsewhere/keys', { label: 'billing elsewhere' }));
});
after(() => keyhold.stop());

async function found(call: Caller, body: object): Promise<readonly string[]> {
  const { items } = await done(call('POST', `${P}/keys/search`, body));
  return items.map(({ key }: { key: { label: string } }) => key.label);
}

const byLabel = (labels: readonly string[]) => [...labels].sort();

async function actor(name: string, binding?: object): Promise<Caller & { readonly id: string }> {
  const { id } = await done(admin('POST', `${P}/principals`, { name }));
  if (binding !== undefined) await done(admin('POST', `${P}/bindings`, { principal: name, ...binding }));
  const { secret } = await done(admin('POST', `${P}/principals/${name}/credentials`, {}));
  return Object.assign(caller(keyhold.url, secret), { id });
}

test('keys are found by label and name, state, ring, origin and what may be exported', async () => {
  assert.deepEqual(byLabel(await found(admin, { text: { text: 'BILLING' } })), [
    'Billing north',
    'billing south',
  ]);
  assert.deepEqual(await found(admin, { text: { text: 'ledg' } }), ['archive']);
  assert.deepEqual(await found(admin, { text: { text: 'ledg', in: ['label'] } }), []);
  assert.deepEqual(byLabel(await found(admin, { text: { text: 'billing', negated: true } })), [
    'archive',
    'doomed',
  ]);
  assert.deepEqual(await found(admin, { states: ['pendingDestruction'] }), ['doomed']);
  assert.deepEqual(await found(admin, { states: ['suspended'] }), []);
  assert.deepEqual(await found(admin, { keyRings: ['payments'], exportable: true }), ['billing south']);
  assert.deepEqual(await found(admin, { keyRings: ['nowhere'] }), []);
  assert.deepEqual(await found(admin, { origin: 'imported' }), []);
  assert.deepEqual(await found(admin, { instants: { deactivateAt: { absent: false } } }), ['archive']);
});

test('a list is sorted, cut and counted, and shows names', async () => {
  const sorted = { sort: [{ by: 'state', descending: true }, { by: 'createdAt' }] };
  const all = await found(admin, sorted);
  assert.equal(all[0], 'doomed');
  const page = await done(admin('POST', `${P}/keys/search`, { ...sorted, offset: 1, limit: 2, total: true }));
  assert.deepEqual(
    page.items.map(({ key }: { key: { label: string } }) => key.label),
    all.slice(1, 3),
  );
  assert.deepEqual([page.total, page.next], [4, 3]);
  const { items } = await done(
    admin('POST', `${P}/keys/search`, { text: { text: 'archive' }, names: 'keyhold' }),
  );
  assert.equal(items[0].names[0].text, 'ledger');
  assert.equal(
    await refused(admin('POST', `${P}/keys/search`, { sort: [{ by: 'id' }, { by: 'id' }] })),
    'invalidInput',
  );
});

test('a state is asked for by the clock', async () => {
  const soon = {
    label: 'soon',
    activateAt: keyhold.clock.now() + DAY_MS,
    deactivateAt: keyhold.clock.now() + 3 * DAY_MS,
  };
  await make('soon', soon);
  assert.deepEqual(await found(admin, { states: ['preActive'] }), ['soon']);
  keyhold.clock.advance(2 * DAY_MS);
  assert.deepEqual(await found(admin, { states: ['preActive'] }), []);
  assert.deepEqual(await found(admin, { states: ['deactivated'] }), ['archive']);
  keyhold.clock.advance(2 * DAY_MS);
  assert.deepEqual(byLabel(await found(admin, { states: ['deactivated'] })), ['archive', 'soon']);
});

test('who has a role on some rings or keys finds these and no others', async () => {
  const ring = await actor('ring-viewer', { role: 'viewer', keyRing: 'payments' });
  assert.deepEqual(byLabel(await found(ring, {})), ['Billing north', 'billing south']);
  assert.deepEqual(await found(ring, { keyRings: ['payments'], text: { text: 'north' } }), ['Billing north']);
  assert.equal(await refused(ring('POST', `${P}/keys/search`, { keyRings: ['default'] })), 'denied');
  assert.equal(await refused(ring('POST', `${P}/keys/search`, { keyRings: ['nowhere'] })), 'denied');
  await done(admin('POST', `${P}/bindings`, { principal: 'ring-viewer', role: 'viewer', key: ids.archive }));
  assert.deepEqual(byLabel(await found(ring, {})), ['Billing north', 'archive', 'billing south']);

  const key = await actor('key-viewer', { role: 'viewer', key: ids.doomed });
  assert.deepEqual(await found(key, {}), ['doomed']);
  const nobody = await actor('nobody-here');
  assert.equal(await refused(nobody('POST', `${P}/keys/search`, {})), 'denied');
});

test('a rule that denies a ring hides it, and one that allows a ring shows it', async () => {
  const viewer = await actor('viewer', { role: 'viewer' });
  await done(
    admin('POST', `${P}/rules`, {
      effect: 'deny',
      principals: ['viewer'],
      permissions: ['key.list'],
      keyRing: 'payments',
    }),
  );
  assert.ok(!(await found(viewer, {})).some(label => /billing/i.test(label)));
  assert.ok((await found(viewer, {})).includes('archive'));
  const guest = await actor('guest');
  await done(
    admin('POST', `${P}/rules`, {
      effect: 'allow',
      principals: ['guest'],
      permissions: ['key.list'],
      keyRing: 'payments',
    }),
  );
  assert.equal((await found(guest, {})).length, 2);
});

test('the keys that lead to one are told to whoever may see them in lists', async () => {
  await make('master');
  const derivation = { mechanism: 'hkdf-sha-256', algorithm: 'aes-256' };
  const derive = async (): Promise<string> =>
    (await done(admin('POST', `${P}/keys/${ids.master}/derive`, derivation))).id;
  const [seen, hidden] = [await derive(), await derive()];
  const some = await actor('some-links', { role: 'viewer', key: ids.master });
  await done(admin('POST', `${P}/bindings`, { principal: 'some-links', role: 'viewer', key: seen }));
  const leading = async (call: Caller): Promise<readonly string[]> => {
    const { items } = await done(call('GET', `${P}/keys/${ids.master}/links-to?type=derivedFrom`));
    return items.map(({ fromKeyId }: { fromKeyId: string }) => fromKeyId);
  };
  assert.deepEqual(byLabel(await leading(admin)), byLabel([seen, hidden]));
  assert.deepEqual(await leading(some), [seen]);
});
