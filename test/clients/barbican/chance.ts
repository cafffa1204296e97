// Requests by chance, about objects that earlier ones have made: each is one that every Barbican has to answer alike.

import { must } from '../../../src/base/assert.ts';
import type { SeededRandom } from '../../support/load-random.ts';
import type { Both, Question } from './both.ts';
import {
  ABSENT,
  asked,
  BASE64,
  BINARY,
  CONSUMER,
  KEY,
  NEWER,
  type People,
  PLAIN_TYPE,
  ref,
} from './words.ts';

const NAMES = ['a', 'b', 'A', '', ' b ', '\u00e9', null, undefined, 'x'.repeat(255), 'x'.repeat(256), 7];
const ALGORITHMS = ['aes', 'AES', 'rsa', '', undefined, undefined, null];
const LENGTHS = [64, 128, 256, 1, 0, 32_768, undefined, '256'];
const MODES = ['cbc', 'xts', undefined, undefined, 5];
const TYPES = ['opaque', 'symmetric', 'public', 'private', 'passphrase', 'certificate', undefined, 'other'];
const EXPIRATIONS = [
  '2098-01-01',
  '2097',
  '2099-05-06T07:08:09+01:00',
  '',
  undefined,
  undefined,
  '2010-01-01',
  'x',
];
const PAYLOADS = [
  {},
  {},
  { payload: 'hello', payload_content_type: 'text/plain' },
  { payload: ' x ', payload_content_type: 'text/plain;charset=utf-8' },
  { payload: 'aGVsbG8=', ...BASE64 },
  { payload: 'aGVs\nbG8=', ...BASE64, payload_content_type: 'application/pkcs8' },
  { payload: 'hello' },
  { payload: '', payload_content_type: 'text/plain' },
  { payload_content_type: 'text/plain' },
];
const ACCEPTS = [
  undefined,
  undefined,
  '*/*',
  'application/json',
  'text/plain',
  BINARY,
  'application/pkcs8',
  'image/png',
];
const USERS = ['u1', 'u2', 'u3', 'u1'];
const CONSUMERS = [
  CONSUMER,
  { ...CONSUMER, service: 'b' },
  { ...CONSUMER, resource_id: 'two' },
  { service: 'c' },
];
const SORTS = [
  'name:desc,created',
  'created:desc',
  'bit_length,created:desc',
  'expiration:desc,created',
  'status,created',
  'x',
];
const RANGES = ['gt:2097-06-01', 'lte:2098-01-01', '2098-01-01', 'gt:2097,lt:2099', 'x'];
const CONTAINER_TYPES = ['generic', 'generic', 'rsa', 'certificate', 'other'];
const CONTAINED = ['a', 'b', undefined, 'public_key', 'private_key', 'certificate'];

type Kind = 'secret' | 'container' | 'order';

/** So many objects of a kind are spoken of: the latest. */
const REMEMBERED = 12;

export class QuestionsByChance {
  readonly #random: SeededRandom;
  readonly #people: People;
  readonly #names: Record<Kind, string[]> = { secret: [], container: [], order: [] };
  #made = 0;

  constructor(random: SeededRandom, people: People) {
    this.#random = random;
    this.#people = people;
  }

  /** Of those names that have been told, and of some that have not. */
  next(told: Both): Question {
    for (const names of Object.values(this.#names)) {
      names.splice(0, names.length, ...names.filter(name => told.knows(name)).slice(-REMEMBERED));
    }
    return must(this.#random.pick(this.#kinds), 'there are kinds')();
  }

  #pick<T>(list: readonly T[]): T {
    return must(list[this.#random.between(0, list.length - 1)] ?? null, 'lists are not empty') as T;
  }

  readonly #kinds: readonly (() => Question)[] = [
    () => this.#make('secret', '/secrets', this.#secret()),
    () => this.#make('secret', '/secrets', this.#secret()),
    () => this.#make('container', '/containers', this.#container()),
    () => this.#make('order', '/orders', { type: this.#one(['key', 'key', 'other']), meta: this.#order() }),
    () => this.#ask('GET', `/secrets/${this.#some('secret')}`, undefined, this.#accept()),
    () => this.#ask('GET', `/secrets/${this.#some('secret')}/payload`, undefined, this.#accept()),
    () =>
      this.#ask(
        'PUT',
        `/secrets/${this.#some('secret')}`,
        this.#one(['x', 'hello', '']),
        this.#one([PLAIN_TYPE, { 'content-type': BINARY }]),
      ),
    () => this.#ask('DELETE', `/secrets/${this.#some('secret')}`),
    () => this.#ask('GET', `/secrets?${this.#query()}`, undefined, this.#one([undefined, NEWER])),
    () => this.#ask('GET', `/containers?${this.#page()}`),
    () => this.#ask('GET', `/containers/${this.#some('container')}`),
    () => this.#ask('DELETE', `/containers/${this.#some('container')}`),
    () => this.#ask('POST', `/containers/${this.#some('container')}/secrets`, this.#contained()),
    () =>
      this.#ask(
        this.#one(['POST', 'DELETE']),
        `/secrets/${this.#some('secret')}/consumers`,
        this.#one(CONSUMERS),
      ),
    () => this.#ask('GET', `/secrets/${this.#some('secret')}/consumers?${this.#page()}`),
    () => this.#ask(this.#one(['PUT', 'PATCH']), `/${this.#aclOf()}/acl`, this.#access()),
    () => this.#ask(this.#one(['GET', 'DELETE']), `/${this.#aclOf()}/acl`),
    () =>
      this.#ask('PUT', `/secrets/${this.#some('secret')}/metadata`, {
        metadata: { [this.#one(['a', 'B', 'c d'])]: this.#one(['x', '', 5]) },
      }),
    () =>
      this.#ask('POST', `/secrets/${this.#some('secret')}/metadata`, {
        key: this.#one(['a', 'B', 'c d']),
        value: this.#one(['x', '', 5]),
      }),
    () => this.#ask('GET', `/secrets/${this.#some('secret')}/metadata${this.#one(['', '/a', '/b'])}`),
    () => this.#ask('DELETE', `/secrets/${this.#some('secret')}/metadata${this.#one(['/a', '/b', '/B'])}`),
    () => this.#ask('GET', `/orders/${this.#some('order')}`),
    () => this.#ask('DELETE', `/orders/${this.#some('order')}`),
  ];

  /** A list may hold undefined. */
  #one<T>(list: readonly T[]): T {
    return list[this.#random.between(0, list.length - 1)] as T;
  }

  #ask(method: string, path: string, body?: unknown, headers?: Question['headers']): Question {
    return asked(this.#pick(Object.values(this.#people))).ask(method, path, body, headers);
  }

  #make(kind: Kind, path: string, body: unknown): Question {
    const name = `$chance${this.#made++}`;
    this.#names[kind].push(name);
    const maker = this.#one([
      this.#people.creator,
      this.#people.second,
      this.#people.admin,
      this.#people.foreign,
    ]);
    return asked(maker).make(name, path, body);
  }

  #some(kind: Kind): string {
    const names = this.#names[kind];
    return names.length === 0 || this.#random.between(0, 19) === 0 ? ABSENT : this.#pick(names);
  }

  #accept(): Question['headers'] {
    const accept = this.#one(ACCEPTS);
    return accept === undefined ? undefined : { accept };
  }

  #secret(): object {
    return {
      name: this.#one(NAMES),
      algorithm: this.#one(ALGORITHMS),
      bit_length: this.#one(LENGTHS),
      mode: this.#one(MODES),
      secret_type: this.#one(TYPES),
      expiration: this.#one(EXPIRATIONS),
      ...this.#pick(PAYLOADS),
    };
  }

  #order(): object {
    const expiration = this.#one(EXPIRATIONS);
    return {
      ...KEY,
      name: this.#one(NAMES),
      expiration,
      bit_length: this.#one([128, 192, 256, 255, undefined]),
    };
  }

  #container(): object {
    const count = this.#random.between(0, 3);
    const secret_refs = Array.from({ length: count }, () => this.#contained());
    // No name and a name that is null are told apart there alone.
    return { type: this.#one(CONTAINER_TYPES), name: this.#one(NAMES), secret_refs };
  }

  #contained(): object {
    return ref(this.#some('secret'), this.#one(CONTAINED));
  }

  #aclOf(): string {
    const kind = this.#one(['secret', 'container'] as const);
    return `${kind}s/${this.#some(kind)}`;
  }

  #access(): object {
    const users = Array.from({ length: this.#random.between(0, 3) }, () => this.#pick(USERS));
    return {
      read: this.#one([
        { users },
        { users, 'project-access': false },
        { 'project-access': true },
        {},
        { x: 1 },
      ]),
    };
  }

  #page(): string {
    return `limit=${this.#one(['1', '5', '0', 'x', '200'])}&offset=${this.#one(['0', '1', '3', '99', 'x'])}`;
  }

  #query(): string {
    const asks = [
      '',
      'alg=aes',
      'bits=256',
      'secret_type=opaque',
      'secret_type=x',
      'acl_only=true',
      'mode=cbc',
    ];
    // Further pages of filtered lists have other addresses here.
    const more = this.#one([`sort=${this.#one(SORTS)}`, `expiration=${this.#one(RANGES)}`, '']);
    return this.#one([this.#page(), `limit=100&${this.#one(asks)}&${more}`]);
  }
}
