// A key of the transit engine of a Vault server: https://developer.hashicorp.com/vault/api-docs/secret/transit. The token comes from a file,
// or by the application role that a file names; a token of a role is asked for anew for every use and is kept nowhere.

import { type Bytes, base64, EMPTY_BYTES, utf8, wipe } from '../../base/bytes.ts';
import { canonicalJson } from '../../base/canonical-json.ts';
import type { RemoteKey } from '../../custody/root/kms.ts';
import type { HeaderField } from '../../wire/http.ts';
import type { VaultCredential } from './credentials.ts';
import { type Answer, type Endpoint, exchange, refusedBy } from './exchange.ts';
import { jsonWithSecret, plainJson, takeSecret } from './secret-json.ts';

export interface VaultKeyOptions {
  readonly endpoint: Endpoint;
  /** `<mount>/<name>`, such as `transit/keyhold-root`. */
  readonly key: string;
  readonly credential: () => Promise<VaultCredential>;
}

export function vaultKey({ endpoint, key, credential }: VaultKeyOptions): RemoteKey {
  async function post(target: string, body: Bytes, token: string | undefined): Promise<Answer> {
    const headers: readonly HeaderField[] = [
      ['host', endpoint.url.host],
      ['content-type', 'application/json'],
      ['content-length', String(body.length)],
      ['x-vault-request', 'true'],
      ...(token === undefined ? [] : [['x-vault-token', token] as const]),
    ];
    const answer = await exchange(endpoint, { method: 'POST', target, headers, body });
    if (answer.status === 200) return answer;
    const { errors } = plainJson(answer.body);
    throw refusedBy(endpoint, answer.status, Array.isArray(errors) ? errors.join('; ') : undefined);
  }

  async function tokenOf(given: VaultCredential): Promise<string> {
    if (given.kind === 'token') return given.token;
    const { roleId, secretId, mount } = given;
    const body = utf8(JSON.stringify({ role_id: roleId, secret_id: secretId }));
    const answer = await post(`/v1/auth/${pathOf(mount)}/login`, body, undefined).finally(() => wipe(body));
    const { auth } = plainJson(answer.body) as { auth?: { client_token?: unknown } };
    if (typeof auth?.client_token !== 'string') throw unreadable(endpoint, answer.status);
    return auth.client_token;
  }

  async function call(action: 'encrypt' | 'decrypt', name: string, body: Bytes): Promise<Answer> {
    const given = await credential();
    const token = await tokenOf(given);
    const at = name.lastIndexOf('/');
    const target = `/v1/${pathOf(name.slice(0, at))}/${action}/${pathOf(name.slice(at + 1))}`;
    try {
      return await post(target, body, token);
    } finally {
      // What one login has given is good for one request.
      if (given.kind === 'role') await post('/v1/auth/token/revoke-self', EMPTY_BYTES, token).catch(() => {});
    }
  }

  return {
    service: 'vault',
    async wrap(secret, context) {
      const body = jsonWithSecret({ associated_data: associated(context) }, 'plaintext', secret);
      const answer = await call('encrypt', key, body).finally(() => wipe(body));
      const { data } = plainJson(answer.body) as { data?: { ciphertext?: unknown } };
      if (typeof data?.ciphertext !== 'string') throw unreadable(endpoint, answer.status);
      return { key, wrapped: data.ciphertext };
    },
    async unwrap({ key: name, wrapped }, context) {
      const body = utf8(JSON.stringify({ ciphertext: wrapped, associated_data: associated(context) }));
      const { body: answered, status } = await call('decrypt', name, body);
      const secret = takeSecret(answered, 'plaintext', 2);
      if (secret === undefined) throw unreadable(endpoint, status);
      return secret;
    },
  };
}

function associated(context: Readonly<Record<string, string>>): string {
  return base64(utf8(canonicalJson(context)));
}

function pathOf(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

function unreadable(endpoint: Endpoint, status: number): Error {
  return refusedBy(endpoint, status, 'the answer is not that of a Vault transit server');
}
