// The administration protocol from the side of its client: one request at a time, errors as failures of the command.

import { isKeyOf } from '../base/table.ts';
import type { ErrorReply, PageReply } from '../protocols/admin/types.ts';
import { CliFailure, serverFailure } from './failure.ts';

const PAGE_ITEMS = '1000';

export type Query = Readonly<Record<string, string | number | undefined>>;

export class Client {
  readonly url: string;
  readonly #apiKey: string;

  constructor(url: string, apiKey: string) {
    this.url = url.replace(/\/+$/, '');
    this.#apiKey = apiKey;
  }

  get<Reply>(path: string, query: Query = {}): Promise<Reply> {
    return this.#json('GET', path + queryText(query));
  }

  send<Reply>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Reply> {
    return this.#json(method, path, body);
  }

  /** Every page of a list, item by item. */
  async *list<Item>(path: string, query: Query = {}): AsyncGenerator<Item, void, undefined> {
    let cursor: string | undefined;
    do {
      const page: PageReply<Item> = await this.get(path, { limit: PAGE_ITEMS, ...query, cursor });
      yield* page.items;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  async all<Item>(path: string, query: Query = {}): Promise<readonly Item[]> {
    return Array.fromAsync(this.list<Item>(path, query));
  }

  /** The bytes of an answer that comes as lines. Fails when the answer is cut off. */
  async *chunks(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const response = await this.#fetch(method, path, body);
    if (response.body === null) return;
    try {
      for await (const chunk of response.body) yield chunk;
    } catch (cause) {
      throw new CliFailure(
        'unavailable',
        `The answer of ${this.url} was cut off.`,
        `Try again. (${String(cause)})`,
      );
    }
  }

  /** The same as lines; empty ones are left out. */
  async *lines(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let begun = '';
    for await (const chunk of this.chunks(method, path, body)) {
      const lines = (begun + decoder.decode(chunk, { stream: true })).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield line;
    }
    if (begun !== '')
      throw new CliFailure('unavailable', `The answer of ${this.url} was cut off.`, 'Try again.');
  }

  async #json<Reply>(method: string, path: string, body?: unknown): Promise<Reply> {
    const response = await this.#fetch(method, path, body);
    return (await response.json()) as Reply;
  }

  async #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#apiKey}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    try {
      response = await fetch(`${this.url}/admin/v1${path}`, {
        method,
        headers,
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw unreachable(this.url, cause);
    }
    if (!response.ok) throw await refusalOf(response);
    return response;
  }
}

export function unreachable(url: string, cause: unknown): CliFailure {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : undefined;
  const why = inner !== undefined && 'code' in inner ? ` (${String(inner.code)})` : '';
  return new CliFailure(
    'unavailable',
    `No server answers at ${url}${why}.`,
    'Start one with `keyhold serve`, or name another with --url.',
  );
}

export function queryText(query: Query): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) words.set(name, String(value));
  return words.size === 0 ? '' : `?${words}`;
}

async function refusalOf(response: Response): Promise<CliFailure> {
  const text = await response.text();
  const error = errorIn(text);
  if (error !== undefined) return serverFailure(error);
  return new CliFailure(
    'failed',
    `The answer is not that of Keyhold's administration (HTTP status ${response.status}).`,
    'Check the URL: it must be that of a Keyhold server.',
  );
}

function errorIn(text: string): ErrorReply['error'] | undefined {
  try {
    const { error } = JSON.parse(text) as Partial<ErrorReply>;
    return error !== undefined && isKeyOf(error, 'code') ? error : undefined;
  } catch {
    return undefined;
  }
}
