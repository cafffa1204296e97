// A refusal in Barbican's words: a status, its title, and a description for people. Nothing secret may enter a description.

import { STATUS_CODES } from 'node:http';
import { type ErrorCode, KmsError } from '../../domain/errors.ts';

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 406 | 409 | 413 | 415 | 429 | 500 | 503;

const CODES = {
  400: 'invalidInput',
  401: 'unauthenticated',
  403: 'denied',
  404: 'notFound',
  405: 'unsupported',
  406: 'unsupported',
  409: 'conflict',
  413: 'tooLarge',
  415: 'unsupported',
  429: 'throttled',
  500: 'internal',
  503: 'storeUnavailable',
} as const satisfies Record<RefusalStatus, ErrorCode>;

export class BarbicanRefusal extends KmsError {
  readonly status: RefusalStatus;
  /** As the middleware in front of Barbican refuses, which has another form. */
  readonly early: boolean;

  constructor(status: RefusalStatus, description: string, options: { readonly early?: boolean } = {}) {
    super(CODES[status], description);
    this.status = status;
    this.early = options.early ?? false;
  }
}

export function refusal(status: RefusalStatus, description: string): BarbicanRefusal {
  return new BarbicanRefusal(status, description);
}

/** Of an id that cannot be one. */
export function absent(noun: 'secret' | 'container' | 'order'): BarbicanRefusal {
  return refusal(404, `Not Found. Provided ${noun} id is invalid.`);
}

/** What the schema of a body does not allow, in the words of Barbican's validator. */
export function schemaRefusal(schema: string, violation: string): BarbicanRefusal {
  return refusal(400, `Provided object does not match schema '${schema}': ${violation}`);
}

/** The body of every refusal but those of the middleware. */
export function refusalBody(status: number, description: string): string {
  return JSON.stringify({ code: status, description, title: titleOf(status) });
}

/** What the middleware answers to clients that take JSON; the code is a text. */
export function earlyBody(status: number, message: string): string {
  const title = titleOf(status);
  return JSON.stringify({ message, code: `${status} ${title}`, title });
}

/** As the middleware of Keystone refuses a token. */
export function unauthorizedBody(): string {
  const message = 'The request you have made requires authentication.';
  return JSON.stringify({ error: { code: 401, title: 'Unauthorized', message } });
}

function titleOf(status: number): string {
  return status === 413 ? 'Request Entity Too Large' : (STATUS_CODES[status] ?? 'Error');
}
