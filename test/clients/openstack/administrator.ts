// Requests of an administrator to an identity service in the manner of Keystone: to make the projects, users and roles that a suite wants.

import { must } from '../../../src/base/assert.ts';
import type { TestKeyhold } from '../../support/keyhold.ts';

export interface CloudLogin {
  /** With the version behind it. */
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
}

/** Of the first user, at the server's own identity service. */
export function loginOf({ url, credentials }: TestKeyhold): CloudLogin {
  return { ...must(credentials.openstack, 'the first start makes a user'), authUrl: `${url}/v3` };
}

export interface CloudAdministrator {
  /** Sends a request, which must succeed; fulfils with the id of what it has made, where that is named. */
  ask(method: 'POST' | 'PUT', path: string, body?: Readonly<Record<string, object>>): Promise<string>;
  /** The id of the one role of that name. */
  roleId(name: string): Promise<string>;
}

/** Logs in once, with the first request. `explain` adds to the message of a request that fails. */
export function administrator(login: CloudLogin, explain: () => string = () => ''): CloudAdministrator {
  let token: string | undefined;
  const send = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    token ??= await tokenOf(login);
    const answer = await fetch(`${login.authUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-auth-token': token },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text} ${explain()}`);
    return text === '' ? {} : JSON.parse(text);
  };
  return {
    async ask(method, path, body) {
      const [noun = ''] = Object.keys(body ?? {});
      const made = (await send(method, path, body))[noun] as { readonly id: string } | undefined;
      return made?.id ?? '';
    },
    async roleId(name) {
      const { roles } = await send('GET', `/roles?name=${name}`);
      return (roles as readonly { readonly id: string }[])[0]?.id ?? '';
    },
  };
}

/** Of a password. */
export async function tokenOf({ authUrl, username, password, projectName }: CloudLogin): Promise<string> {
  const domain = { id: 'default' };
  const identity = { methods: ['password'], password: { user: { name: username, domain, password } } };
  const answer = await fetch(`${authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: { project: { name: projectName, domain } } } }),
  });
  return answer.headers.get('x-subject-token') ?? '';
}
