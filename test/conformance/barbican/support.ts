// What the Barbican suites share: a running server, users with roles as clouds name them, and requests made by hand.

import { rolesOfAssignment } from '../../../src/core/cloud-roles.ts';
import { execute } from '../../../src/core/execute.ts';
import { bindRole } from '../../../src/core/operations/access/bindings.ts';
import { createPrincipal } from '../../../src/core/operations/identity/principals.ts';
import { createProject } from '../../../src/core/operations/projects/projects.ts';
import { type Exchange, exchange, type Json } from '../../support/exchange.ts';
import { type StartOptions, startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { newApiKey, systemContext } from '../../support/system.ts';

export type { Exchange, Json };

export interface User {
  readonly projectId: string;
  readonly principalId: string;
  /** As the API shows it. */
  readonly userId: string;
  /** An API key, which counts as a token. */
  readonly token: string;
}

export interface HandMade {
  readonly method?: string;
  /** Behind `/v1`, or whole when it begins with that. */
  readonly path: string;
  /** An object is sent as JSON, a text or bytes as they are. */
  readonly body?: unknown;
  readonly as?: User | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface BarbicanSubject {
  readonly keyhold: TestKeyhold;
  /** An admin of the first project. */
  readonly admin: User;
  addProject(name: string): Promise<string>;
  /** A user of a project with a role of clouds in it. */
  addUser(name: string, roles: readonly string[], projectId?: string): Promise<User>;
  send(request: HandMade): Promise<Exchange>;
  /** Sends it, and fails unless the status is the expected one. */
  expect(status: number, request: HandMade): Promise<Exchange>;
  /** A secret with a text as its payload; its id. */
  secret(members?: Readonly<Record<string, unknown>>, as?: User): Promise<string>;
  ref(id: string): string;
  stop(): Promise<void>;
}

export const HELLO = { payload: 'hello', payload_content_type: 'text/plain' } as const;

export async function startBarbican(options: StartOptions = {}): Promise<BarbicanSubject> {
  return barbicanOn(await startKeyhold(options));
}

/** On a server that is there. */
export async function barbicanOn(keyhold: TestKeyhold): Promise<BarbicanSubject> {
  const { kms } = keyhold;

  async function addUser(
    name: string,
    roles: readonly string[],
    projectId = keyhold.credentials.project.id,
  ): Promise<User> {
    const context = systemContext(projectId);
    const principal = await execute(kms, createPrincipal, context, { name, kind: 'user' });
    for (const { role, scope } of roles.flatMap(role => rolesOfAssignment(role, projectId) ?? [])) {
      const where = scope.level === 'system' ? systemContext(undefined) : context;
      await execute(kms, bindRole, where, { principal: principal.id, role, scope: { on: 'realm' } });
    }
    const token = await newApiKey(kms, projectId, principal.id);
    return { projectId, principalId: principal.id, userId: principal.id.replaceAll('-', ''), token };
  }

  const admin = await addUser('barbican-admin', ['admin']);

  async function send({ method = 'GET', path, body, as = admin, headers }: HandMade): Promise<Exchange> {
    const json = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
    return exchange(keyhold.url, {
      method,
      target: path.startsWith('/v1') || path === '/' || path.startsWith('/?') ? path : `/v1${path}`,
      headers: {
        'x-auth-token': as.token,
        ...(json ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: json ? JSON.stringify(body) : (body as string | Uint8Array | undefined),
    });
  }

  async function expect(status: number, request: HandMade): Promise<Exchange> {
    const answer = await send(request);
    if (answer.status === status) return answer;
    throw new Error(`${request.method ?? 'GET'} ${request.path}: ${answer.status} ${answer.text}`);
  }

  return {
    keyhold,
    admin,
    addUser,
    send,
    expect,
    async addProject(name) {
      return (await execute(kms, createProject, systemContext(undefined), { name })).project.id;
    },
    async secret(members = HELLO, as = admin) {
      const { json } = await expect(201, { method: 'POST', path: '/secrets', body: members, as });
      return json.secret_ref.split('/').at(-1);
    },
    ref: id => `${keyhold.url}/v1/secrets/${id}`,
    stop: () => keyhold.stop(),
  };
}
