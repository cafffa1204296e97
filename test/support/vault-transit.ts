// The transit engine and the application roles of a Vault server, as far as a root key needs them, written after their documentation:
// developer.hashicorp.com/vault/api-docs/secret/transit and /auth/approle. It checks what a real one checks.

import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TransitServer {
  readonly url: string;
  /** Of the operator, which never ends. */
  readonly token: string;
  readonly role: { readonly roleId: string; readonly secretId: string };
  /** Tokens that logins have given and nobody has revoked. */
  readonly liveTokens: ReadonlySet<string>;
  /** Names and methods of what was asked. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

interface Body {
  readonly role_id?: string;
  readonly secret_id?: string;
  readonly plaintext?: string;
  readonly ciphertext?: string;
  readonly associated_data?: string;
}

type Outcome = readonly [status: number, body?: object];

/** One key, `keyhold-root` of the engine mounted at `transit`. */
export async function startTransit(
  port = 0,
  kept: { key: Buffer } = { key: randomBytes(32) },
): Promise<TransitServer> {
  const token = `hvs.${randomUUID()}`;
  const role = { roleId: randomUUID(), secretId: randomUUID() };
  const liveTokens = new Set<string>();
  const asked: string[] = [];

  function encrypt({ plaintext = '', associated_data: associated = '' }: Body): Outcome {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', kept.key, iv).setAAD(Buffer.from(associated, 'base64'));
    const sealed = Buffer.concat([
      iv,
      cipher.update(plaintext, 'base64'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return [200, { data: { ciphertext: `vault:v1:${sealed.toString('base64')}`, key_version: 1 } }];
  }

  function decrypt({ ciphertext = '', associated_data: associated = '' }: Body): Outcome {
    const sealed = Buffer.from(ciphertext.replace('vault:v1:', ''), 'base64');
    const decipher = createDecipheriv('aes-256-gcm', kept.key, sealed.subarray(0, 12));
    decipher.setAAD(Buffer.from(associated, 'base64')).setAuthTag(sealed.subarray(-16));
    try {
      const plaintext = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
      return [200, { data: { plaintext: plaintext.toString('base64') } }];
    } catch {
      return [400, { errors: ['cipher: message authentication failed'] }];
    }
  }

  function answer(path: string, given: string | undefined, body: Body): Outcome {
    if (path === '/v1/auth/approle/login') {
      if (body.role_id !== role.roleId || body.secret_id !== role.secretId)
        return [400, { errors: ['invalid role or secret ID'] }];
      const made = `hvs.${randomUUID()}`;
      liveTokens.add(made);
      return [200, { auth: { client_token: made, lease_duration: 60 } }];
    }
    if (given === undefined || (given !== token && !liveTokens.has(given)))
      return [403, { errors: ['permission denied'] }];
    if (path === '/v1/auth/token/revoke-self') return liveTokens.delete(given) ? [204] : [403];
    if (path === '/v1/transit/encrypt/keyhold-root') return encrypt(body);
    if (path === '/v1/transit/decrypt/keyhold-root') return decrypt(body);
    return [404, { errors: [] }];
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    asked.push(`${request.method} ${request.url}`);
    const text = Buffer.concat(await Array.fromAsync(request)).toString();
    const given = request.headers['x-vault-token'];
    const [status, body] = answer(request.url ?? '', String(given), text === '' ? {} : JSON.parse(text));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    role,
    liveTokens,
    asked,
    stop: () => new Promise(resolve => server.close(() => resolve())),
  };
}
