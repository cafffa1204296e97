// What is kept by Barbican's API, well and badly, with a canary in each payload and passphrase.

import assert from 'node:assert/strict';
import type { Credentials } from '../../src/server/credentials-file.ts';
import { type Canary, canaryOf, newCanary } from './canaries.ts';
import type { Answer, Client } from './client.ts';

export type Keep = (canary: Canary, ...answeredTo: readonly string[]) => Canary;

export async function useBarbican(
  client: Client,
  { url, openstack }: { readonly url: string; readonly openstack: Credentials['openstack'] | undefined },
  keep: Keep,
): Promise<void> {
  assert.ok(openstack !== undefined);
  const json = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));
  const host = ['host', new URL(url).host] as const;
  const domain = { name: openstack.userDomainName };
  const user = { name: openstack.username, password: openstack.password, domain };
  const login = await client.send(
    'OpenStack login',
    'POST',
    '/v3/auth/tokens',
    [host, ['content-type', 'application/json']],
    json({
      auth: {
        identity: { methods: ['password'], password: { user } },
        scope: { project: { name: openstack.projectName, domain: { name: openstack.projectDomainName } } },
      },
    }),
  );
  const [, token = ''] = /x-subject-token\n([^\n]+)/i.exec(login.bytes.toString('latin1')) ?? [];
  assert.ok(token !== '', login.text);
  const send = (
    what: string,
    method: string,
    path: string,
    body: string | Uint8Array = '',
    type = 'application/json',
  ): Promise<Answer> =>
    client.send(what, method, `/v1${path}`, [host, ['x-auth-token', token], ['content-type', type]], body);

  const binary = { payload_content_type: 'application/octet-stream', payload_content_encoding: 'base64' };
  const kept = async (what: string, body: unknown): Promise<string> => {
    const answer = await send(what, 'POST', '/secrets', json(body));
    assert.equal(answer.status, 201, answer.text);
    return JSON.parse(answer.text).secret_ref.split('/').at(-1);
  };
  const read = async (what: string, id: string): Promise<void> => {
    const { status, text } = await send(what, 'GET', `/secrets/${id}/payload`);
    assert.equal(status, 200, text);
  };

  const bytes = keep(newCanary('Barbican payload'), 'Barbican payload out').bytes;
  await read(
    'Barbican payload out',
    await kept('Barbican payload in', { ...binary, payload: bytes.toString('base64') }),
  );
  const text = newCanary('Barbican text').bytes.toString('base64url');
  keep(canaryOf('Barbican text', text), 'Barbican text out');
  const plain = { payload: text, payload_content_type: 'text/plain' };
  await read('Barbican text out', await kept('Barbican text in', plain));
  const later = keep(newCanary('Barbican second step'), 'Barbican second step out').bytes;
  const id = await kept('Barbican first step', {});
  const put = await send('Barbican second step', 'PUT', `/secrets/${id}`, later, 'application/octet-stream');
  assert.equal(put.status, 204, put.text);
  await read('Barbican second step out', id);
  const passphrase = newCanary('Barbican passphrase').bytes.toString('base64url');
  keep(canaryOf('Barbican passphrase', passphrase));
  const meta = { algorithm: 'rsa', bit_length: 2048, passphrase };
  const ordered = await send('Barbican order', 'POST', '/orders', json({ type: 'asymmetric', meta }));
  assert.equal(ordered.status, 202, ordered.text);

  const refused = async (name: string, bodyOf: (secret: string) => unknown): Promise<void> => {
    const secret = keep(newCanary(name)).bytes.toString('base64');
    const { status, text: said } = await send(name, 'POST', '/secrets', json(bodyOf(secret)));
    assert.equal(status, 400, `${name} ${said}`);
  };
  await refused('Barbican payload in a cut body', payload => `{"payload":"${payload}"`);
  await refused('Barbican payload twice', payload => `{"payload":"${payload}","payload":"${payload}"}`);
  await refused('Barbican payload without a type', payload => ({ payload }));
  await refused('Barbican payload in a list', payload => ({ ...binary, payload: [payload] }));
  await refused('Barbican payload as a name', payload => ({ ...binary, name: 7, payload }));
  await refused('Barbican payload under another name', payload => ({ ...binary, payloads: payload }));
  await refused('Barbican payload as a type', payload => ({ ...plain, payload_content_type: payload }));
}
