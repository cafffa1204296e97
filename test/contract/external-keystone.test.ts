// Tokens of an identity service elsewhere: asked about there, remembered for seconds, and believed in what they say of user, project and
// roles. The service is another installation of this program, whose identity API is that of Keystone.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cloudId } from '../../src/core/cloud-ids.ts';
import { openCloudRequest } from '../../src/core/cloud-session.ts';
import { execute } from '../../src/core/execute.ts';
import { createPrincipal, updatePrincipal } from '../../src/core/operations/identity/principals.ts';
import { createProject, readProject, updateProject } from '../../src/core/operations/projects/projects.ts';
import { ANSWER_KEPT_MS } from '../../src/identity/keystone/authority.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { systemContext } from '../support/system.ts';
import { isCode } from './store-samples.ts';

let keystone: TestKeyhold;
let keyhold: TestKeyhold;
let front: Front;
const directory = mkdtempSync(join(tmpdir(), 'keyhold-service-user-'));

/** Stands before the identity service and counts what it is asked; it can be told to fail. */
interface Front {
  readonly url: string;
  readonly server: Server;
  asked: number;
  status: number | undefined;
}

async function startFront(url: string): Promise<Front> {
  const server = createServer(async (request, response) => {
    front.asked += 1;
    if (front.status !== undefined) {
      response.writeHead(front.status).end('{}');
      return;
    }
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const headers = Object.entries(request.headers).filter(
      ([name]) => !['host', 'connection'].includes(name),
    );
    const answer = await fetch(`${url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
      ...(parts.length > 0 && { body: Buffer.concat(parts) }),
    });
    const token = answer.headers.get('x-subject-token');
    response.writeHead(answer.status, token === null ? {} : { 'x-subject-token': token });
    response.end(await answer.text());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v3`, server, asked: 0, status: undefined };
}

/** The identity API of the other installation. */
async function ask(method: string, path: string, body?: object, token?: string): Promise<Response> {
  return fetch(`${keystone.url}/v3${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { 'x-auth-token': token, 'x-subject-token': token }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function logIn(name: string, password: string, project?: string): Promise<string> {
  const user = { name, domain: { id: 'default' }, password };
  const scope = { project: { name: project, domain: { id: 'default' } } };
  const identity = { methods: ['password'], password: { user } };
  const answer = await ask('POST', '/auth/tokens', {
    auth: { identity, ...(project !== undefined && { scope }) },
  });
  assert.equal(answer.status, 201);
  return answer.headers.get('x-subject-token') ?? '';
}

const administrator = () => {
  const { openstack } = keystone.credentials;
  assert.ok(openstack);
  return logIn(openstack.username, openstack.password, openstack.projectName);
};

interface User {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  logIn(): Promise<string>;
}

let made = 0;

/** A user with the role in a project of its own. */
async function newUser(role: string, project = `project-${made}`): Promise<User> {
  made += 1;
  const name = `user-${made}`;
  const token = await administrator();
  const idOf = async (answer: Response, noun: string): Promise<string> =>
    ((await answer.json()) as Record<string, { id: string }>)[noun]?.id ?? '';
  const userId = await idOf(await ask('POST', '/users', { user: { name, password: 'p' } }, token), 'user');
  const projectId = await idOf(
    await ask('POST', '/projects', { project: { name: project } }, token),
    'project',
  );
  const path = `/projects/${projectId}/users/${userId}/roles/${encodeURIComponent(role)}`;
  assert.equal((await ask('PUT', path, undefined, token)).status, 204);
  return { id: userId, projectId, name, logIn: () => logIn(name, 'p', project) };
}

const open = (token: string) =>
  openCloudRequest(keyhold.kms, { protocol: 'test', requestId: keyhold.kms.random.uuid(), token });

before(async () => {
  keystone = await startKeyhold();
  front = await startFront(keystone.url);
  const token = await administrator();
  const answer = await ask('POST', '/users', { user: { name: 'keyhold', password: 'service' } }, token);
  const { user } = (await answer.json()) as { user: { id: string } };
  // Who asks about the tokens of others must be allowed to see principals.
  assert.equal((await ask('PUT', `/system/users/${user.id}/roles/auditor`, undefined, token)).status, 204);
  const file = join(directory, 'service-user.json');
  writeFileSync(file, JSON.stringify({ username: 'keyhold', password: 'service', projectName: 'default' }), {
    mode: 0o600,
  });
  keyhold = await startKeyhold({ settings: { keystoneUrl: front.url, keystoneUserFile: file } });
});
after(async () => {
  await keyhold?.stop();
  await keystone?.stop();
  front?.server.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('an external Keystone', () => {
  it('is believed in who asks, in which project, and with which roles', async () => {
    const user = await newUser('admin', 'payments');
    const context = await open(await user.logIn());
    assert.equal(cloudId(context.projectId ?? ''), user.projectId);
    const { actor } = context;
    assert.equal(actor.type === 'principal' && cloudId(actor.principal.id), user.id);
    const project = await execute(keyhold.kms, readProject, context, undefined);
    assert.equal(project.name, 'payments');
    // The role holds for the request, and is bound to nobody.
    await execute(keyhold.kms, updateProject, context, { enabled: true });
    assert.equal((await keyhold.kms.store.bindings.ofPrincipal(project.id)).length, 0);
    const reader = await newUser('reader');
    const asReader = await open(await reader.logIn());
    await assert.rejects(execute(keyhold.kms, updateProject, asReader, { enabled: true }), isCode('denied'));
  });

  it('may name users and projects as somebody here is named already', async () => {
    await execute(keyhold.kms, createProject, systemContext(), { name: 'taken' });
    await execute(keyhold.kms, createPrincipal, systemContext(), { name: `user-${made + 1}`, kind: 'user' });
    const user = await newUser('creator', 'taken');
    const { actor, projectId } = await open(await user.logIn());
    assert.equal(actor.type === 'principal' && actor.principal.name, `${user.name}@Default`);
    assert.equal((await keyhold.kms.store.projects.find(projectId ?? ''))?.name, 'taken@Default');
  });

  it('is asked once for many requests with the same token, also when they come at once', async () => {
    const token = await (await newUser('creator')).logIn();
    const before = front.asked;
    await Promise.all([open(token), open(token), open(token)]);
    await open(token);
    assert.equal(front.asked, before + 1);
    await assert.rejects(open('gibberish'), isCode('unauthenticated'));
    await assert.rejects(open('gibberish'), isCode('unauthenticated'));
    assert.equal(front.asked, before + 2);
  });

  it('takes tokens back, which counts here after seconds at the latest', async () => {
    const token = await (await newUser('creator')).logIn();
    assert.ok(await open(token));
    assert.equal((await ask('DELETE', '/auth/tokens', undefined, token)).status, 204);
    keyhold.clock.advance(ANSWER_KEPT_MS);
    await assert.rejects(open(token), isCode('unauthenticated'));
  });

  it('does not overrule what is disabled here', async () => {
    const user = await newUser('creator');
    const token = await user.logIn();
    const { actor, projectId } = await open(token);
    assert.ok(actor.type === 'principal');
    const principal = actor.principal.id;
    await execute(keyhold.kms, updatePrincipal, systemContext(), { principal, enabled: false });
    await assert.rejects(open(token), isCode('unauthenticated'));
    await execute(keyhold.kms, updatePrincipal, systemContext(), { principal, enabled: true });
    await execute(keyhold.kms, updateProject, systemContext(projectId), { enabled: false });
    await assert.rejects(open(token), isCode('unauthenticated'));
  });

  it('that is away leaves the question open: nobody is let in, and nobody is called a liar', async () => {
    const token = await (await newUser('creator')).logIn();
    front.status = 500;
    await assert.rejects(open(token), isCode('identityUnavailable'));
    front.status = 401;
    await assert.rejects(open(token), isCode('identityUnavailable'));
    front.status = undefined;
    assert.ok(await open(token));
  });

  it('says no tokens but its own: those of this installation, and of no project, prove nothing', async () => {
    const user = await newUser('creator');
    await assert.rejects(open(await logIn(user.name, 'p')), isCode('unauthenticated'));
    assert.equal((await fetch(`${keyhold.url}/v3`)).status, 404);
    assert.equal(keyhold.credentials.openstack, undefined);
  });
});
