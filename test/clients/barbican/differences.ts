// Where this server answers otherwise than Barbican on purpose: the statuses of both, and why. Where they are the same, the bodies differ.

import type { Question } from './both.ts';
import { asked, BASE64, BINARY, KEY, type People, PLAIN_TYPE, ref, TEXT } from './words.ts';

export interface Difference {
  readonly why: string;
  /** Asked before, of both alike. */
  readonly prepared?: readonly Question[];
  readonly questions: readonly Question[];
  readonly theirs: number;
  readonly ours: number;
}

export function differences({ admin, creator, service }: People): readonly Difference[] {
  const { ask, get, make, post, put, remove } = asked(creator);
  const secret = (...bodies: readonly object[]) => bodies.map(body => post('/secrets', body));
  const base64 = (...payloads: readonly string[]) =>
    secret(...payloads.map(payload => ({ ...BASE64, payload })));
  const halves = Array.from({ length: 8 }, (_, index) => make(`$part${index}`, '/secrets', { name: 'part' }));
  const second = (index: number, body: string | Uint8Array, headers: Question['headers']) =>
    put(`/secrets/$part${index}`, body, headers);
  const prepared = [
    make('$plain0', '/secrets', { name: 'a+b', ...TEXT }),
    make('$bag0', '/containers', { type: 'generic', secret_refs: [ref('$plain0', 'a')] }),
    ...halves,
  ];
  const boxed = (...secret_refs: readonly object[]) => post('/containers', { type: 'generic', secret_refs });
  const order = (name: string, type: string, meta: object) => make(name, '/orders', { type, meta });
  const acl = (read: object) => put('/secrets/$plain0/acl', { read });
  return [
    {
      why: 'a newer microversion is known here',
      prepared,
      questions: [get('', { 'openstack-api-version': 'key-manager 1.1' })],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'a text with a NUL is one that no PostgreSQL keeps',
      questions: secret({ name: 'a\0b' }),
      theirs: 201,
      ours: 400,
    },
    {
      why: 'what is not base64 would be kept as something else, or as nothing',
      questions: base64('====', '!!!!', 'ab==cd==', 'aGVsbG8-_w==', 'YWJj=', 'YW=Jj', 'YR=='),
      theirs: 201,
      ours: 400,
    },
    {
      why: 'the same in a second step: four bytes of which none is a digit are answered there by 204, and the payload is nothing',
      questions: [second(0, '\u{1f37a}', { 'content-type': BINARY, 'content-encoding': 'base64' })],
      theirs: 204,
      ours: 400,
    },
    {
      why: 'a text is UTF-8, or nobody reads it again as one',
      questions: [second(1, Buffer.of(0xff, 0xfe), PLAIN_TYPE)],
      theirs: 204,
      ours: 400,
    },
    {
      why: 'a text in another character set would be called UTF-8',
      questions: [second(2, 'x', { 'content-type': 'text/plain; charset=latin-1' })],
      theirs: 204,
      ours: 415,
    },
    {
      why: 'media types are the same in upper case (RFC 9110 section 8.3.1)',
      questions: [second(3, 'x', { 'content-type': 'TEXT/PLAIN' })],
      theirs: 415,
      ours: 204,
    },
    {
      why: 'media types are the same in upper case (RFC 9110 section 8.3.1), when they are asked for too',
      questions: [get('/secrets/$plain0/payload', { accept: 'TEXT/PLAIN' })],
      theirs: 400,
      ours: 200,
    },
    {
      why: 'an empty wish for a media type shows no payload to those who wanted metadata',
      questions: [get('/secrets/$plain0', { accept: '' })],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'JSON that says something twice, or is nested without need, is refused',
      questions: [
        post('/secrets', '{"name":"a","name":"b"}', { 'content-type': 'application/json' }),
        post('/secrets', `{"x":${'['.repeat(50)}${']'.repeat(50)}}`, { 'content-type': 'application/json' }),
      ],
      theirs: 201,
      ours: 400,
    },
    {
      why: 'there are no transport keys: what needs one is refused',
      questions: secret({ transport_key_id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff' }),
      theirs: 201,
      ours: 400,
    },
    {
      why: 'there are no transport keys: none is made',
      questions: [asked(service).post('/transport_keys', {})],
      theirs: 400,
      ours: 403,
    },
    {
      why: 'what fails there is refused here',
      questions: [
        post('/secrets', '{"name":"\\ud800"}', { 'content-type': 'application/json' }),
        ...secret({ transport_key_needed: 'true' }),
        second(4, 'aGVsbG8', { 'content-type': BINARY, 'content-encoding': 'base64' }),
        post('/containers/$bag0/secrets', { secret_ref: '$plain0' }),
      ],
      theirs: 500,
      ours: 400,
    },
    {
      why: 'paths that go on behind an object end in an exception there',
      questions: [
        '/secrets/$plain0/payload/x',
        '/secrets/$plain0/acl/x',
        '/containers/$bag0/x',
        '/quotas/x',
      ].map(path => get(path)),
      theirs: 500,
      ours: 404,
    },
    {
      why: 'the first of several parameters of one name counts, where there Python fails',
      questions: [get('/secrets?limit=2&limit=3'), get('/secrets?name=a&name=b')],
      theirs: 500,
      ours: 200,
    },
    {
      why: 'the address of a secret is one of this server, and of a secret',
      questions: [
        boxed({ secret_ref: '$url/v1/containers/$plain0' }),
        boxed({ secret_ref: '$url.evil.example/v1/secrets/$plain0' }),
      ],
      theirs: 201,
      ours: 400,
    },
    {
      why: 'the address of a secret is one of this server, to put it into a container as well',
      questions: [
        post('/containers/$bag0/secrets', { secret_ref: 'http://elsewhere.example/v1/secrets/$plain0' }),
      ],
      theirs: 201,
      ours: 400,
    },
    {
      why: 'no name and an empty one are the same name',
      prepared: [make('$plain1', '/secrets', TEXT)],
      questions: [boxed(ref('$plain0'), ref('$plain1', null))],
      theirs: 201,
      ours: 400,
    },
    {
      why: 'an access list names users',
      questions: [acl({ users: [''] }), acl({ users: ['a', 1] })],
      theirs: 200,
      ours: 400,
    },
    {
      why: 'a name of metadata ends where it seems to end',
      questions: [put('/secrets/$plain0/metadata', { metadata: { 'a\n': 'x' } })],
      theirs: 201,
      ours: 400,
    },
    {
      why: 'a name of metadata has bounds in every store',
      questions: [put('/secrets/$plain0/metadata', { metadata: { ['k'.repeat(256)]: 'x' } })],
      theirs: 201,
      ours: 400,
    },
    {
      why: 'keys that are too weak are not made',
      prepared: [
        order('$weak0', 'asymmetric', { algorithm: 'rsa', bit_length: 1_024 }),
        order('$weak1', 'asymmetric', { algorithm: 'dsa', bit_length: 1_024 }),
      ],
      questions: [get('/orders/$weak0'), get('/orders/$weak1')],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'more kinds of keys are made',
      prepared: [
        order('$more0', 'asymmetric', { algorithm: 'rsa', bit_length: 3_072 }),
        order('$more1', 'key', { algorithm: '3des', bit_length: 192 }),
      ],
      questions: [get('/orders/$more0'), get('/orders/$more1')],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'a failed order says what is not made, and does not send to the administrator',
      prepared: [order('$failed0', 'key', { ...KEY, bit_length: 512 })],
      questions: [get('/orders/$failed0')],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'the passphrase of a pair is not repeated',
      prepared: [
        order('$phrase0', 'asymmetric', { algorithm: 'rsa', bit_length: 2_048, passphrase: 'words' }),
      ],
      questions: [get('/orders/$phrase0')],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'requests for certificates are not looked into, since none is ever signed',
      questions: [
        post('/orders', { type: 'certificate', meta: { request_type: 'simple-cmc', request_data: 'x' } }),
      ],
      theirs: 400,
      ours: 202,
    },
    {
      why: 'a name with a plus in it is found, which is decoded twice there',
      questions: [get('/secrets?name=a%2Bb')],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'addresses of further pages keep the filters',
      questions: [get('/secrets?name=part&limit=1')],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'parts of orders are found as they are written, without wildcards',
      questions: [get('/orders?meta=%25')],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'a refused method is told those that there are',
      questions: [
        ask('POST', '/secrets/$plain0/payload', {}),
        ask('POST', '/secrets/$plain0/metadata/x', {}),
      ],
      theirs: 405,
      ours: 405,
    },
    {
      why: 'a quota without a bound is told as -1',
      prepared: [asked(service).put('/project-quotas/elsewhere', { project_quotas: { secrets: -2 } })],
      questions: [asked(service).get('/project-quotas/elsewhere')],
      theirs: 200,
      ours: 200,
    },
    {
      why: 'quotas that no store of Barbican but SQLite keeps are refused',
      questions: [
        asked(service).put('/project-quotas/elsewhere', { project_quotas: { secrets: 2_147_483_648 } }),
      ],
      theirs: 204,
      ours: 400,
    },
    {
      why: 'a container that cannot be changed says so',
      prepared: [make('$pair9', '/containers', { type: 'rsa' })],
      questions: [remove('/containers/$pair9/secrets', ref('$plain0', 'public_key'))],
      theirs: 404,
      ours: 400,
    },
    {
      why: 'transport keys that there are not need no right',
      questions: [asked(admin).remove('/transport_keys/6f9619ff-8b86-4d01-b42d-00cf4fc964ff')],
      theirs: 403,
      ours: 404,
    },
  ];
}
