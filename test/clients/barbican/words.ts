// Who asks a Barbican, and the words in which it is asked.

import type { Question, Somebody } from './both.ts';

/** Of one project by their roles; besides a second creator there, and one of another project. */
export const PEOPLE = {
  admin: 'admin,member,reader',
  creator: 'creator',
  second: 'creator',
  observer: 'observer',
  auditor: 'audit',
  service: 'key-manager:service-admin',
  foreign: 'creator',
} as const;

export type People = Readonly<Record<keyof typeof PEOPLE, Somebody>>;

export const ABSENT = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
export const BINARY = 'application/octet-stream';
export const BASE64 = { payload_content_type: BINARY, payload_content_encoding: 'base64' } as const;
export const TEXT = { payload: 'hello', payload_content_type: 'text/plain' } as const;
export const KEY = { algorithm: 'aes', bit_length: 256 } as const;
export const JSON_TYPE = { 'content-type': 'application/json' } as const;
export const PLAIN_TYPE = { 'content-type': 'text/plain' } as const;
export const CONSUMER = { service: 'images', resource_type: 'image', resource_id: 'one' } as const;
export const NEWER = { 'openstack-api-version': 'key-manager 1.1' } as const;

type Headers = Question['headers'];

/** Makes questions of somebody. Paths begin behind the version, except for the root. */
export function asked(as: Somebody) {
  const ask = (method: string, path: string, body?: unknown, headers?: Headers): Question => ({
    as,
    method,
    path: path === '/' ? path : `/v1${path}`,
    body,
    headers,
  });
  return {
    ask,
    get: (path: string, headers?: Headers) => ask('GET', path, undefined, headers),
    remove: (path: string, body?: unknown, headers?: Headers) => ask('DELETE', path, body, headers),
    put: (path: string, body: unknown, headers?: Headers) => ask('PUT', path, body, headers),
    post: (path: string, body: unknown, headers?: Headers) => ask('POST', path, body, headers),
    /** What it makes is known by that name afterwards. */
    make: (name: string, path: string, body: unknown): Question => ({ ...ask('POST', path, body), name }),
  };
}

/** Of a secret, as containers hold it. */
export function ref(id: string, name?: unknown) {
  return { ...(name === undefined ? {} : { name }), secret_ref: `$url/v1/secrets/${id}` };
}
