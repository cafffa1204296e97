// The limits that take many objects to reach: 1,000 aliases and 200 KMIP adapters of an instance.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, collection, type KeyProtectSubject, keyBody, startKeyProtect } from './support.ts';

const ALIASES_MAX = 1_000;
const ALIASES_PER_KEY_MAX = 5;
const ADAPTERS_MAX = 200;

let subject: KeyProtectSubject;
let manager: Caller;
before(async () => {
  subject = await startKeyProtect();
  manager = await subject.addCaller('many', ['registrar', 'manager', 'user']);
});
after(() => subject.stop());

const post = (path: string, body?: unknown) => subject.send({ method: 'POST', path, body, as: manager });

test('an instance has 1,000 aliases, and not one more, however it is asked for', async () => {
  const aliasesOf = (at: number) => Array.from({ length: ALIASES_PER_KEY_MAX }, (_, n) => `alias-${at}-${n}`);
  let last = '';
  for (let at = 0; at < ALIASES_MAX / ALIASES_PER_KEY_MAX; at += 1) {
    const made = await post('/keys', keyBody({ aliases: aliasesOf(at) }));
    assert.equal(made.status, 201, made.text);
    last = made.json.resources[0].id;
  }
  const { json } = await post('/keys', keyBody());
  const beyond = [
    await post('/keys', keyBody({ aliases: ['alias-beyond'] })),
    await post(`/keys/${json.resources[0].id}/aliases/alias-beyond`),
  ];
  assert.deepEqual(
    beyond.map(({ status }) => status),
    [409, 409],
    beyond.map(({ text }) => text).join('\n'),
  );
  const freed = `/keys/${last}/aliases/${aliasesOf(ALIASES_MAX / ALIASES_PER_KEY_MAX - 1)[0]}`;
  assert.equal((await subject.send({ method: 'DELETE', path: freed, as: manager })).status, 204);
  assert.equal((await post(`/keys/${json.resources[0].id}/aliases/alias-beyond`)).status, 201);
});

test('an instance has 200 KMIP adapters, and key rings of its own beside theirs', async () => {
  const { json } = await post('/keys', keyBody());
  const profile_data = { crk_id: json.resources[0].id };
  const adapter = collection('kmip_adapter', { profile: 'native_1.0', profile_data });
  const names: string[] = [];
  for (let made = 0; made < ADAPTERS_MAX; made += 1) {
    const answer = await post('/kmip_adapters', adapter);
    assert.equal(answer.status, 201, answer.text);
    names.push(answer.json.resources[0].name);
  }
  assert.equal((await post('/kmip_adapters', adapter)).status, 409);
  assert.equal((await post('/key_rings/of-my-own')).status, 201);
  const gone = { method: 'DELETE', path: `/kmip_adapters/${names[0]}`, as: manager };
  assert.equal((await subject.send(gone)).status, 204);
  assert.equal((await post('/kmip_adapters', adapter)).status, 201);
});
