// What clients of each protocol are told by a sealed server: the vendor's own error for "not now", which they know to try again; and the
// same connection works once it is open.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { must } from '../../src/base/assert.ts';
import type { TtlvItem } from '../../src/wire/ttlv/index.ts';
import { startAws } from '../conformance/aws-kms/support.ts';
import { startKeyProtect } from '../conformance/key-protect/support.ts';
import { newAes256, request, startKmip } from '../conformance/kmip/support.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';

async function unseal({ house }: TestKeyhold): Promise<void> {
  assert.equal((await house.sealing.giveShare(undefined)).sealed, false);
}

test('AWS KMS: DependencyTimeoutException, which SDKs repeat', async t => {
  const subject = await startAws();
  t.after(() => subject.stop());
  const client = subject.client();
  const { KeyMetadata: made } = await client.createKey({});
  await subject.keyhold.house.sealing.seal();
  for (const ask of [
    () => client.createKey({}),
    () => client.listKeys({}),
    () => client.encrypt({ KeyId: made?.KeyId, Plaintext: Buffer.from('text') }),
  ])
    await assert.rejects(ask, (thrown: Error & { $metadata?: { httpStatusCode?: number } }) => {
      assert.equal(thrown.name, 'DependencyTimeoutException');
      assert.equal(thrown.$metadata?.httpStatusCode, 503);
      assert.match(thrown.message, /sealed/);
      return true;
    });
  await unseal(subject.keyhold);
  await client.encrypt({ KeyId: made?.KeyId, Plaintext: Buffer.from('text') });
});

test('Key Protect: 503 for keys and for tokens, and a token of before counts again afterwards', async t => {
  const subject = await startKeyProtect();
  t.after(() => subject.stop());
  const list = () => subject.send({ path: '/keys' });
  assert.equal((await list()).status, 200);
  await subject.keyhold.house.sealing.seal();
  assert.equal((await list().catch(() => ({ status: 503 }))).status, 503);
  const token = await fetch(
    subject.keyhold.credentials.keyProtect.tokenUrl.replace(/^.*(?=\/identity)/, subject.keyhold.url),
    {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
        apikey: subject.keyhold.credentials.keyProtect.apiKey,
      }),
    },
  );
  assert.equal(token.status, 503, await token.text());
  await unseal(subject.keyhold);
  assert.equal((await list()).status, 200);
});

test('OpenStack: 503 for tokens and for secrets, and a token of before counts again afterwards', async t => {
  const keyhold = await startKeyhold();
  t.after(() => keyhold.stop());
  const { username, password, projectName } = must(keyhold.credentials.openstack, 'OpenStack is served');
  const domain = { name: 'Default' };
  const authenticate = () =>
    fetch(`${keyhold.url}/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: {
          identity: { methods: ['password'], password: { user: { name: username, domain, password } } },
          scope: { project: { name: projectName, domain } },
        },
      }),
    });
  const token = (await authenticate()).headers.get('x-subject-token') ?? '';
  const ask = () => fetch(`${keyhold.url}/v1/secrets`, { headers: { 'x-auth-token': token } });
  const list = async () => (await ask()).status;
  assert.equal(await list(), 200);
  await keyhold.house.sealing.seal();
  const told = await ask();
  const { description, ...rest } = (await told.json()) as { readonly description: string };
  assert.deepEqual([told.status, rest], [503, { code: 503, title: 'Service Unavailable' }]);
  assert.match(description, /sealed.*\/ready/);
  const refusal = await authenticate();
  assert.deepEqual([refusal.status, /sealed/.test(await refusal.text())], [503, true]);
  await unseal(keyhold);
  assert.equal(await list(), 200);
});

test('KMIP with a certificate of its own: a general failure that says so, on the same connection', async t => {
  const subject = await startKmip();
  t.after(() => subject.stop());
  const client = await subject.addClient();
  const connection = await subject.connect(client);
  const create = () => connection.ask(request('1.4', [{ operation: 'Create', payload: newAes256() }]));
  assert.equal(messageIn(await create()), undefined);
  await subject.keyhold.house.sealing.seal();
  assert.match(messageIn(await create()) ?? '', /sealed/);
  await unseal(subject.keyhold);
  assert.equal(messageIn(await create()), undefined);
  connection.close();
});

test('KMIP with a certificate of the own authority: the port is closed, since its key is not there, and open afterwards', async t => {
  const keyhold = await startKeyhold({ settings: { kmip: 'on', kmipPort: '0' } });
  t.after(() => keyhold.stop());
  const port = keyhold.kmipPort ?? 0;
  assert.equal(await isOpen(port), true);
  await keyhold.house.sealing.seal();
  assert.equal(await isOpen(port), false);
  await unseal(keyhold);
});

const messageIn = (answer: TtlvItem): string | undefined =>
  answer.children
    .find(({ name }) => name === 'BatchItem')
    ?.children.find(({ name }) => name === 'ResultMessage')?.text;

function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
