// What an external Keystone is asked, and nothing of what it means: a token of our own for the service user, and whose another token is
// (Identity API v3, section Authentication and token management).

import { z } from 'zod';
import type { VouchedToken } from '../../core/ports/token-authority.ts';
import { KmsError } from '../../domain/errors.ts';

const ANSWER_MS_MAX = 15_000;
const ANSWER_BYTES_MAX = 1_048_576;

/** How the service user proves itself, as its file says. */
export const serviceUserShape = z.union([
  z.strictObject({
    username: z.string().min(1),
    password: z.string().min(1),
    userDomainName: z.string().min(1).default('Default'),
    projectName: z.string().min(1).default('service'),
    projectDomainName: z.string().min(1).default('Default'),
  }),
  z.strictObject({
    applicationCredentialId: z.string().min(1),
    applicationCredentialSecret: z.string().min(1),
  }),
]);

export type ServiceUser = z.output<typeof serviceUserShape>;

const named = z.object({ id: z.string().min(1).max(255), name: z.string().max(1_024) });
const placed = named.extend({ domain: z.object({ name: z.string().max(1_024) }) });

const tokenShape = z.object({
  token: z.object({
    user: placed,
    project: placed.optional(),
    roles: z.array(z.object({ name: z.string().max(255) })).default([]),
    audit_ids: z.array(z.string().max(255)).default([]),
    issued_at: z.iso.datetime({ offset: true }),
    expires_at: z.iso.datetime({ offset: true }),
  }),
});

export interface OwnToken {
  readonly text: string;
  readonly expiresAt: number;
}

export class KeystoneClient {
  readonly #url: string;
  readonly #serviceUser: () => ServiceUser;

  /** `url`: with or without `/v3`. The service user is read anew for every token of our own, so that its file may change. */
  constructor(url: string, serviceUser: () => ServiceUser) {
    this.#url = `${url.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`;
    this.#serviceUser = serviceUser;
  }

  /** Throws `identityUnavailable`, also when the service user is refused. */
  async logIn(): Promise<OwnToken> {
    const response = await this.#ask('POST', '', { 'content-type': 'application/json' }, this.#loginBody());
    const text = response.headers.get('x-subject-token');
    if (response.status !== 201 || text === null) throw refused(response, 'refuses the service user');
    const { token } = await readToken(response);
    return { text, expiresAt: Date.parse(token.expires_at) };
  }

  /**
   * Whose the token is; undefined: nobody's. `own` undefined when our own token was refused, so that another one is needed.
   * Throws `identityUnavailable`.
   */
  async validate(
    own: OwnToken,
    subject: string,
    expiredToo: boolean,
  ): Promise<{ readonly vouched: VouchedToken | undefined } | 'ownTokenRefused'> {
    const query = expiredToo ? '?nocatalog=1&allow_expired=1' : '?nocatalog=1';
    const headers = { 'x-auth-token': own.text, 'x-subject-token': subject };
    const response = await this.#ask('GET', query, headers);
    if (response.status === 200) return { vouched: vouchedOf((await readToken(response)).token) };
    await response.body?.cancel();
    if (response.status === 404) return { vouched: undefined };
    if (response.status === 401) return 'ownTokenRefused';
    throw refused(response, 'does not say whose tokens are');
  }

  async #ask(
    method: string,
    query: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Response> {
    try {
      return await fetch(`${this.#url}${query}`, {
        method,
        headers: { accept: 'application/json', ...headers },
        ...(body !== undefined && { body }),
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
    } catch (cause) {
      throw unavailable('does not answer', cause);
    }
  }

  #loginBody(): string {
    const user = this.#serviceUser();
    if ('applicationCredentialId' in user) {
      const { applicationCredentialId: id, applicationCredentialSecret: secret } = user;
      const identity = { methods: ['application_credential'], application_credential: { id, secret } };
      return JSON.stringify({ auth: { identity } });
    }
    const { username, password, userDomainName, projectName, projectDomainName } = user;
    const named = { name: username, domain: { name: userDomainName }, password };
    return JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user: named } },
        scope: { project: { name: projectName, domain: { name: projectDomainName } } },
      },
    });
  }
}

async function readToken(response: Response): Promise<z.output<typeof tokenShape>> {
  try {
    const bytes = await bytesOf(response);
    return tokenShape.parse(JSON.parse(Buffer.concat(bytes).toString('utf8')));
  } catch (cause) {
    throw unavailable('answers in a form that is not understood', cause);
  }
}

async function bytesOf(response: Response): Promise<readonly Uint8Array[]> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > ANSWER_BYTES_MAX) throw new Error(`more than ${ANSWER_BYTES_MAX} bytes`);
    parts.push(part);
  }
  return parts;
}

function vouchedOf(token: z.output<typeof tokenShape>['token']): VouchedToken {
  const { user, project, roles, audit_ids: auditIds } = token;
  return {
    auditId: auditIds[0] ?? '',
    user: { id: user.id, name: user.name, domain: user.domain.name },
    project: project && { id: project.id, name: project.name, domain: project.domain.name },
    roles: roles.map(({ name }) => name),
    issuedAt: Date.parse(token.issued_at),
    expiresAt: Date.parse(token.expires_at),
  };
}

function refused({ status }: Response, what: string): KmsError {
  return unavailable(`${what} (status ${status})`);
}

function unavailable(what: string, cause?: unknown): KmsError {
  return new KmsError('identityUnavailable', `The identity service ${what}.`, {}, cause);
}
