// What a client asks of the token endpoint: a form, and perhaps its own name by Basic authentication.

import { type Bytes, decodeBase64 } from '../../base/bytes.ts';
import { readForm } from '../../wire/form.ts';
import { SCOPE } from './token-claims.ts';
import { invalidProperty, missingProperty } from './token-faults.ts';

const API_KEY_GRANT = 'urn:ibm:params:oauth:grant-type:apikey';
const REFRESH_GRANT = 'refresh_token';

export type TokenRequest = {
  /** `default` for a client that does not name itself. */
  readonly clientId: string;
  /** Clients that name themselves get refresh tokens, as they do from IBM. */
  readonly isNamed: boolean;
  /** The account that the token must be for, where the client says so. */
  readonly account: string | undefined;
} & (
  | { readonly grant: 'apiKey'; readonly type: typeof API_KEY_GRANT; readonly apiKey: string }
  | { readonly grant: 'refresh'; readonly type: typeof REFRESH_GRANT; readonly refreshToken: string }
);

/** Fields that clients send. What is not among them is refused rather than ignored: it could be meant to restrict the token. */
const FIELDS: ReadonlySet<string> = new Set([
  'apikey',
  'bss_account',
  'grant_type',
  'refresh_token',
  'response_type',
  'scope',
  // Of the clients' own names, which prove nothing here.
  'client_id',
  'client_secret',
  'uaa_client_id',
  'uaa_client_secret',
]);

/** Throws KeyProtect's faults of the token endpoint. */
export function readTokenRequest(body: Bytes, authorization: string | undefined): TokenRequest {
  const form = readForm(body);
  if (form === undefined) throw invalidProperty('the body', 'must be a form, each field once');
  const fields = new Map<string, string>();
  for (const [name, value] of form) {
    const known = name.toLowerCase();
    if (!FIELDS.has(known) || fields.has(known))
      throw invalidProperty('the form', 'has a field that is not offered here');
    fields.set(known, value);
  }
  requireOnly('response_type', fields.get('response_type'), ['cloud_iam']);
  requireOnly('scope', fields.get('scope'), SCOPE.split(' '));
  const client = clientOf(authorization);
  const common = {
    clientId: client ?? 'default',
    isNamed: client !== undefined,
    account: fields.get('bss_account') || undefined,
  };
  const type = required(fields, 'grant_type');
  if (type === API_KEY_GRANT) return { ...common, grant: 'apiKey', type, apiKey: required(fields, 'apikey') };
  if (type === REFRESH_GRANT) {
    return { ...common, grant: 'refresh', type, refreshToken: required(fields, 'refresh_token') };
  }
  throw invalidProperty('grant_type', `must be ${API_KEY_GRANT} or ${REFRESH_GRANT}`);
}

function required(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value === undefined || value === '') throw missingProperty(name);
  return value;
}

/** A list of words, all of which are offered. */
function requireOnly(name: string, value: string | undefined, offered: readonly string[]): void {
  if (value === undefined || value === '') return;
  if (value.split(/[ ,]+/).every(word => offered.includes(word))) return;
  throw invalidProperty(name, `must be ${offered.join(' ')}`);
}

const BASIC = /^Basic +([A-Za-z0-9+/=]{1,1024})$/i;
const CLIENT_ID = /^[\x21-\x39\x3b-\x7e]{1,64}$/;

/** The user of Basic authentication (RFC 7617 section 2). Its password is the client's, which anybody may be, and is not looked at. */
function clientOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const bytes = decodeBase64(BASIC.exec(authorization)?.[1] ?? '');
  if (bytes !== undefined) {
    const colon = bytes.indexOf(0x3a);
    const user = colon < 0 ? '' : latin1(bytes.subarray(0, colon));
    if (CLIENT_ID.test(user)) return user;
  }
  throw invalidProperty('the Authorization header', 'must be Basic with the id and secret of a client');
}

function latin1(bytes: Bytes): string {
  return Buffer.from(bytes).toString('latin1');
}
