// The same requests, sent to a real Barbican and to this server, and their answers with everything taken out that has to differ: addresses,
// ids, instants. Ids are told apart by names that both sides share, in the order in which the answers first tell them.

import type { BarbicanSubject, User } from '../../conformance/barbican/support.ts';
import { type Exchange, exchange, type Json } from '../../support/exchange.ts';
import type { RealBarbican } from './real-barbican.ts';

/** Somebody with roles, as the tokens of clouds name them: each with those that it implies. */
export interface Somebody {
  readonly user: User;
  readonly roles: string;
}

export interface Question {
  readonly as: Somebody;
  readonly method: string;
  /** Behind the address; `$url` and the names of ids stand for what each side calls them, here and in a body. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** An object is sent as JSON. */
  readonly body?: unknown;
  /** The name of what is made. */
  readonly name?: string | undefined;
  /** The payload is made by chance: its type and length are compared alone. */
  readonly chance?: boolean | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Both {
  ask(question: Question): Promise<{ readonly theirs: Answered; readonly ours: Answered }>;
  /** Whether an id has been told under the name. */
  knows(name: string): boolean;
}

interface Side {
  readonly url: string;
  readonly ids: Map<string, string>;
  headersOf(somebody: Somebody): Readonly<Record<string, string>>;
}

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/g;
const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{6})?(?![.\dZ+-])/g;
const COMPARED = [
  'allow',
  'content-type',
  'location',
  'openstack-api-version',
  'vary',
  'x-openstack-request-id',
];

export function askBoth(real: RealBarbican, { keyhold }: BarbicanSubject): Both {
  const theirs: Side = {
    url: real.url,
    ids: new Map(),
    headersOf: ({ user, roles }) => ({
      'x-project-id': user.projectId.replaceAll('-', ''),
      'x-user-id': user.userId,
      'x-roles': roles,
    }),
  };
  const ours: Side = {
    url: keyhold.url,
    ids: new Map(),
    headersOf: ({ user }) => ({ 'x-auth-token': user.token }),
  };
  let unnamed = 0;

  /** Ids that neither side has told before are the same where they stand at the same places. */
  function nameNew(their: string, our: string, name: string | undefined): void {
    const fresh = (text: string, { ids }: Side): readonly string[] => {
      const known = new Set(ids.values());
      return [...new Set(text.match(UUID) ?? [])].filter(id => !known.has(id));
    };
    const [left, right] = [fresh(their, theirs), fresh(our, ours)];
    if (left.length !== right.length) return;
    for (const [index, id] of left.entries()) {
      const called = index === 0 && name !== undefined ? name : `$new${unnamed++}`;
      theirs.ids.set(called, id);
      ours.ids.set(called, right[index] ?? '');
    }
  }

  return {
    knows: name => ours.ids.has(name),
    async ask(question) {
      const [their, our] = await Promise.all([send(theirs, question), send(ours, question)]);
      if (their.status === our.status) nameNew(textOf(their), textOf(our), question.name);
      return { theirs: answered(theirs, their, question), ours: answered(ours, our, question) };
    },
  };
}

function send(side: Side, { as, method, path, headers, body }: Question): Promise<Exchange> {
  const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
  const text = raw ? body : JSON.stringify(body);
  return exchange(side.url, {
    method,
    target: filled(side, path),
    headers: {
      ...side.headersOf(as),
      ...(raw ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: typeof text === 'string' ? filled(side, text) : text,
  });
}

function filled({ url, ids }: Side, text: string): string {
  return text.replaceAll('$url', url).replaceAll(/\$[a-z]+\d+/g, name => ids.get(name) ?? name);
}

/** All that an answer tells, with the members of objects in one order. */
function textOf({ headers, json, text }: Exchange): string {
  return `${headers.location ?? ''} ${json === undefined ? text : JSON.stringify(sorted(json))}`;
}

function answered(side: Side, { status, headers, json, bytes, text }: Exchange, asked: Question): Answered {
  const names = new Map([...side.ids].map(([name, id]) => [id, name]));
  const plain = (given: string): string =>
    given
      .replaceAll(side.url, '$url')
      .replaceAll(UUID, id => names.get(id) ?? '$id')
      .replaceAll(INSTANT, '$instant');
  const shown: Record<string, string> = {};
  for (const name of COMPARED) {
    const value = headers[name];
    if (value !== undefined) shown[name] = plain(String(value));
  }
  const body =
    asked.chance && status === 200 && json === undefined
      ? `${bytes.length} bytes`
      : json === undefined
        ? plain(text)
        : JSON.parse(plain(JSON.stringify(sorted(json))));
  return { status, headers: shown, body };
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map(name => [name, sorted(value[name])]));
}
