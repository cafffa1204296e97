// What the Key Protect suites share: a running server, IBM's own client for any principal, requests made by hand, and refusals as values.

import assert from 'node:assert/strict';
import { IamAuthenticator } from '@ibm-cloud/ibm-key-protect/auth/index.js';
import IbmKeyProtectApiV2 from '@ibm-cloud/ibm-key-protect/ibm-key-protect-api/v2.js';
import { execute } from '../../../src/core/execute.ts';
import { bindRole } from '../../../src/core/operations/access/bindings.ts';
import type { ScopeSelector } from '../../../src/core/operations/access/scopes.ts';
import { createPrincipal } from '../../../src/core/operations/identity/principals.ts';
import { createProject } from '../../../src/core/operations/projects/projects.ts';
import type { Role } from '../../../src/domain/permission.ts';
import type { PrincipalKind } from '../../../src/domain/principal.ts';
import { type Exchange, exchange, type Json } from '../../support/exchange.ts';
import { type StartOptions, startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { newApiKey, systemContext } from '../../support/system.ts';

export type { Exchange, Json };

export interface Caller {
  readonly instanceId: string;
  readonly apiKey: string;
  readonly principalId: string;
}

export interface HandMade {
  readonly method?: string;
  /** Behind `/api/v2`, or whole when it begins with another prefix. */
  readonly path: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly as?: Caller;
  readonly instanceId?: string | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Instead of the caller's token. */
  readonly token?: string;
}

export interface KeyProtectSubject {
  readonly keyhold: TestKeyhold;
  readonly caller: Caller;
  client(caller?: Caller): IbmKeyProtectApiV2;
  addInstance(name: string): Promise<string>;
  /** A principal of an instance with roles on it, or on a part of it. */
  addCaller(
    name: string,
    roles: readonly Role[],
    options?: { readonly instanceId?: string; readonly on?: ScopeSelector; readonly kind?: PrincipalKind },
  ): Promise<Caller>;
  bind(caller: Caller, role: Role, on: ScopeSelector): Promise<void>;
  send(request: HandMade): Promise<Exchange>;
  /** Makes a root key, unless the members say otherwise, and gives back what is answered of it. */
  newKey(
    members?: Readonly<Record<string, unknown>>,
    options?: Pick<HandMade, 'as' | 'headers'>,
  ): Promise<Json>;
  token(caller?: Caller): Promise<string>;
  stop(): Promise<void>;
}

/** Everything that a manager of IBM's may do. */
const MANAGER_ROLES: readonly Role[] = ['manager', 'user'];

export async function startKeyProtect(options: StartOptions = {}): Promise<KeyProtectSubject> {
  const keyhold = await startKeyhold(options);
  const { kms } = keyhold;
  const tokens = new Map<string, { readonly token: string; readonly until: number }>();

  async function addCaller(
    name: string,
    roles: readonly Role[],
    where: { readonly instanceId?: string; readonly on?: ScopeSelector; readonly kind?: PrincipalKind } = {},
  ): Promise<Caller> {
    const instanceId = where.instanceId ?? keyhold.credentials.project.id;
    const context = systemContext(instanceId);
    const principal = await execute(kms, createPrincipal, context, {
      name,
      kind: where.kind ?? 'serviceAccount',
    });
    for (const role of roles) {
      await execute(kms, bindRole, context, {
        principal: principal.id,
        role,
        scope: where.on ?? { on: 'realm' },
      });
    }
    return {
      instanceId,
      principalId: principal.id,
      apiKey: await newApiKey(kms, instanceId, principal.id),
    };
  }

  const caller = await addCaller('tester', MANAGER_ROLES);

  async function token(as: Caller = caller): Promise<string> {
    const known = tokens.get(as.apiKey);
    if (known !== undefined && known.until > keyhold.clock.now()) return known.token;
    const grant = encodeURIComponent('urn:ibm:params:oauth:grant-type:apikey');
    const answer = await exchange(keyhold.url, {
      method: 'POST',
      target: '/identity/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=${grant}&apikey=${as.apiKey}`,
    });
    const { access_token: fresh, expires_in: seconds } = answer.json;
    tokens.set(as.apiKey, { token: fresh, until: keyhold.clock.now() + seconds * 500 });
    return fresh;
  }

  async function send(made: HandMade): Promise<Exchange> {
    const as = made.as ?? caller;
    const body = typeof made.body === 'string' ? made.body : JSON.stringify(made.body);
    const headers: Record<string, string | undefined> = {
      authorization: `Bearer ${made.token ?? (await token(as))}`,
      'bluemix-instance': 'instanceId' in made ? made.instanceId : as.instanceId,
      ...made.headers,
    };
    const target = /^\/(?:api|governance|crypto|identity|oidc)/.test(made.path)
      ? made.path
      : `/api/v2${made.path}`;
    return exchange(keyhold.url, { method: made.method ?? 'GET', target, headers, body });
  }

  return {
    keyhold,
    caller,
    client(as = caller) {
      const authenticator = new IamAuthenticator({ apikey: as.apiKey, url: keyhold.url });
      return new IbmKeyProtectApiV2({ authenticator, serviceUrl: keyhold.url });
    },
    async addInstance(name) {
      return (await execute(kms, createProject, systemContext(undefined), { name })).project.id;
    },
    addCaller,
    async bind(as, role, on) {
      await execute(kms, bindRole, systemContext(as.instanceId), {
        principal: as.principalId,
        role,
        scope: on,
      });
    },
    send,
    async newKey(members, options = {}) {
      const made = await send({ method: 'POST', path: '/keys', body: keyBody(members), ...options });
      assert.equal(made.status, 201, made.text);
      return made.json.resources[0];
    },
    token,
    stop: () => keyhold.stop(),
  };
}

/** A collection of the noun, as bodies of requests hold it. */
export function collection(noun: string, ...resources: readonly unknown[]) {
  return {
    metadata: { collectionType: `application/vnd.ibm.kms.${noun}+json`, collectionTotal: resources.length },
    resources,
  };
}

/** The body of a new key. */
export function keyBody(members: Readonly<Record<string, unknown>> = {}) {
  return collection('key', {
    type: 'application/vnd.ibm.kms.key+json',
    name: 'a key',
    extractable: false,
    ...members,
  });
}

/** Status and code of a refusal, in its exact shape or not at all. */
export function faultOf({ status, json, text }: Exchange): string {
  const [resource] = json?.resources ?? [];
  if (json?.metadata?.collectionType !== 'application/vnd.ibm.kms.error+json') return `${status} ${text}`;
  return [status, resource?.reasons?.[0]?.code].filter(Boolean).join(' ');
}
