// Requests that every Barbican has to answer alike, written by hand, in the order in which they are asked: about containers, orders and what
// is said of secrets besides.

import type { Question } from './both.ts';
import { ABSENT, asked, BINARY, CONSUMER, KEY, NEWER, type People, PLAIN_TYPE, ref, TEXT } from './words.ts';

export const QUESTIONS_OF_COMPANY: Readonly<Record<string, (people: People) => readonly Question[]>> = {
  containers: ({ creator }) => {
    const { ask, get, make, post, put, remove } = asked(creator);
    const of = (type: unknown, ...secret_refs: readonly unknown[]) =>
      post('/containers', { type, secret_refs });
    const named = (type: string, ...names: readonly string[]) =>
      of(type, ...names.map((name, index) => ref(`$secret${index}`, name)));
    const [publicKey, privateKey, passphrase] = ['public_key', 'private_key', 'private_key_passphrase'];
    return [
      make('$box0', '/containers', {
        type: 'generic',
        name: ' g ',
        secret_refs: [ref('$secret0', 'a'), ref('$secret1', 'b')],
      }),
      make('$box1', '/containers', { type: 'rsa' }),
      make('$box2', '/containers', { type: 'generic', secret_refs: [ref('$secret0')] }),
      ...[0, 1, 2].map(index => get(`/containers/$box${index}`)),
      ...[null, 1, '', 'GENERIC', 'dsa', undefined].map(type => of(type)),
      ...[1, 'x'.repeat(256), null, ''].map(name => post('/containers', { type: 'generic', name })),
      ...[{}, 'x', [1], [{}], [{ secret_ref: '' }], [{ secret_ref: 5 }], null].map(secret_refs =>
        post('/containers', { type: 'generic', secret_refs }),
      ),
      of('generic', ref('$secret0', 'a'), ref('$secret1', ' a ')),
      of('generic', ref('$secret0', 'a'), ref('$secret0', 'b')),
      of('generic', ref('$secret0'), ref('$secret1', '')),
      of('generic', ref('$secret0', 7 as unknown as string)),
      of('generic', ref('$secret0/', 'a')),
      of('generic', ref(ABSENT)),
      of('generic', { secret_ref: 'http://elsewhere.example/v1/secrets/$secret0' }),
      ...['rsa', 'certificate'].flatMap(type => [
        named(type, publicKey, privateKey),
        named(type, publicKey, privateKey, passphrase),
        named(type, privateKey),
        named(type, publicKey, privateKey, 'other'),
        named(type, 'certificate'),
        named(type, 'certificate', privateKey, 'intermediates'),
        named(type, 'Certificate'),
      ]),
      ...['', 'limit=2', 'limit=2&offset=2', 'offset=100', 'limit=0', 'limit=x', 'type=&name='].map(query =>
        get(`/containers?${query}`),
      ),
      ...['type=rsa', 'type=RSA', 'type=other', 'name=g', 'name=G', 'name=%25'].map(query =>
        get(`/containers?${query}`),
      ),
      ...['PUT', 'PATCH', 'POST'].map(method => ask(method, '/containers/$box0', {})),
      ...['nothing', ABSENT].flatMap(id => [get(`/containers/${id}`), remove(`/containers/${id}`)]),
      ...[
        ref('$secret2', 'c'),
        ref('$secret2', 'c'),
        ref('$secret2', 'd'),
        ref('$secret0'),
        ref('$secret0', null),
      ].map(body => post('/containers/$box0/secrets', body)),
      ...[ref(ABSENT, 'a'), { name: 'x' }, { secret_ref: '' }].map(body =>
        post('/containers/$box0/secrets', body),
      ),
      get('/containers/$box0'),
      ...[ref('$secret2', 'c'), ref('$secret2', 'c'), ref('$secret0', 'zz'), ref(ABSENT)].map(body =>
        remove('/containers/$box0/secrets', body),
      ),
      post('/containers/$box1/secrets', ref('$secret0', publicKey)),
      post('/containers/$box0/secrets', '{}', PLAIN_TYPE),
      get('/containers/$box0/secrets'),
      make('$lost0', '/secrets', TEXT),
      make('$box3', '/containers', { type: 'generic', secret_refs: [ref('$lost0', 'x')] }),
      remove('/secrets/$lost0'),
      get('/containers/$box3'),
      remove('/containers/$box3'),
      remove('/containers/$box3'),
      put('/containers/$box0/consumers', {}),
    ];
  },

  consumers: ({ creator, foreign }) => {
    const { get, post, remove } = asked(creator);
    const box = '/containers/$box0/consumers';
    const kept = '/secrets/$secret0/consumers';
    const ofBox = (name: unknown, URL: unknown) => ({ name, URL });
    return [
      ...[
        ofBox('n', 'http://u'),
        ofBox('n', 'http://u'),
        ofBox('a', 'u'),
        ofBox('', 'u'),
        ofBox('a', ''),
        ofBox(1, 'u'),
      ].map(body => post(box, body)),
      ...[ofBox('x'.repeat(36), 'u'), ofBox('x'.repeat(37), 'u'), ofBox('x', 'u'.repeat(256)), {}, []].map(
        body => post(box, body),
      ),
      ...['', '?limit=1', '?limit=1&offset=1', '?offset=9'].map(query => get(`${box}${query}`)),
      ...[ofBox('n', 'http://u'), ofBox('n', 'http://u'), {}].map(body => remove(box, body)),
      remove(box),
      get(`${box}/${ABSENT}`),
      get(`${box}/x`),
      post(`/containers/${ABSENT}/consumers`, ofBox('n', 'u')),
      ...[CONSUMER, CONSUMER, { ...CONSUMER, resource_id: 'two' }, { ...CONSUMER, service: 'a' }].map(body =>
        post(kept, body),
      ),
      ...[
        {},
        { ...CONSUMER, service: '' },
        { ...CONSUMER, resource_type: 'x'.repeat(256) },
        { ...CONSUMER, resource_id: 1 },
      ].map(body => post(kept, body)),
      ...['', '?limit=1', '?limit=1&offset=1'].map(query => get(`${kept}${query}`)),
      get('/secrets/$secret0', NEWER),
      get('/secrets?name=a', NEWER),
      remove(kept, CONSUMER),
      remove(kept, CONSUMER),
      asked(foreign).remove(kept, CONSUMER),
    ];
  },

  'metadata of users': ({ creator }) => {
    const { ask, get, post, put, remove } = asked(creator);
    const path = '/secrets/$secret0/metadata';
    const pair = (key: unknown, value: unknown) => ({ key, value });
    return [
      get(path),
      put(path, { metadata: { Aa: 'x', 'b-_9': ' pad ', c: '' } }),
      ...['', '/aa', '/Aa', '/nothing', '/'].map(rest => get(`${path}${rest}`)),
      ...[
        pair('New', 'v'),
        pair('new', 'v'),
        pair('', 'x'),
        pair('k', ''),
        pair('a b', 'x'),
        pair(1, 'v'),
        pair('k', 1),
        pair('k', null),
      ].map(body => post(path, body)),
      ...[
        pair('x'.repeat(255), 'x'),
        pair('x'.repeat(256), 'x'),
        pair('v', 'x'.repeat(256)),
        { ...pair('y', 'z'), more: 1 },
        pair(' trim ', ' t '),
      ].map(body => post(path, body)),
      put(`${path}/new`, pair('NEW', 'w')),
      put(`${path}/NEW`, pair('new', 'w')),
      put(`${path}/new`, pair('other', 'w')),
      put(`${path}/absent`, pair('x', 'w')),
      get(path),
      remove(`${path}/new`),
      remove(`${path}/new`),
      remove(path),
      ask('PATCH', path, {}),
      ...[
        {},
        { metadata: null },
        { metadata: 'x' },
        { metadata: { a: 1 } },
        { metadata: { 'a b': 'x' } },
        { metadata: { '': 'x' } },
        { metadata: { a: 'x'.repeat(256) }, other: 1 },
        { metadata: {} },
        [],
      ].flatMap(body => [put(path, body), get(path)]),
      put(path, '{}', PLAIN_TYPE),
      get(`/secrets/${ABSENT}/metadata`),
    ];
  },

  'access lists': ({ creator }) => {
    const { ask, get, put, remove } = asked(creator);
    return ['/secrets/$secret0/acl', '/containers/$box0/acl'].flatMap(path => [
      get(path),
      ...[{ users: ['u1', 'u2'] }, { users: [] }, { 'project-access': false }, {}].flatMap(read => [
        put(path, { read }),
        get(path),
        ask('PATCH', path, { read: { users: ['u3', 'u3', ' u4 '] } }),
        get(path),
        ask('PATCH', path, { read: { 'project-access': false } }),
        ask('PATCH', path, { read: {} }),
        ask('PATCH', path, {}),
        get(path),
      ]),
      put(path, {}),
      get(path),
      ...[
        { write: {} },
        { read: null },
        { read: [] },
        { read: { users: 'x' } },
        { read: { users: null } },
        { read: { users: [1] } },
      ].map(body => put(path, body)),
      ...[
        { users: ['x'.repeat(256)] },
        { 'project-access': 'true' },
        { 'project-access': 1 },
        { other: 1 },
      ].map(read => put(path, { read })),
      remove(path),
      remove(path),
      get(path),
      ask('POST', path, {}),
      put(path, '{}', PLAIN_TYPE),
      get(path.replace(/\$\w+/, ABSENT)),
    ]);
  },

  orders: ({ admin, creator }) => {
    const { get, make, post, put, remove } = asked(creator);
    const order = (name: string, type: unknown, meta: unknown) => [
      make(name, '/orders', { type, meta }),
      get(`/orders/${name}`),
    ];
    const metas: readonly object[] = [
      { name: ' k ', mode: 'cbc' },
      { expiration: '2099-01-01', payload_content_type: BINARY },
      { name: '', expiration: '', secret_type: 'private', extra: { a: [1, ' b '] } },
      { bit_length: 512, mode: 'xts' },
      { algorithm: 'HMACSHA256', bit_length: 128 },
    ];
    const wrong: readonly object[] = [
      ...[
        { algorithm: '' },
        { algorithm: null },
        { bit_length: 0 },
        { bit_length: 255 },
        { bit_length: '256' },
      ],
      ...[
        { payload: 'x' },
        { payload: null },
        { payload_content_type: 'image/png' },
        { payload_content_encoding: 'x' },
      ],
      ...[
        { expiration: '2010-01-01' },
        { expiration: 'x' },
        { name: 7 },
        { secret_type: 'x' },
        { transport_key_needed: 5 },
      ],
    ];
    return [
      ...metas.flatMap((meta, index) => order(`$order${index}`, 'key', { ...KEY, ...meta })),
      ...order('$pair0', 'asymmetric', { algorithm: 'rsa', bit_length: 2_048, name: 'pair' }),
      ...wrong.map(meta => post('/orders', { type: 'key', meta: { ...KEY, ...meta } })),
      ...['KEY', '', null, 1, 'other'].map(type => post('/orders', { type, meta: KEY })),
      ...[{ type: 'key' }, { meta: KEY }, { type: 'key', meta: [] }, { type: 'key', meta: null }, [], {}].map(
        body => post('/orders', body),
      ),
      ...[
        { request_type: 'full-cmc' },
        { request_type: 'simple-cmc' },
        { request_type: 'stored-key' },
        { request_type: 'x' },
        { profile: 'x' },
        { payload: 'x' },
      ].map(meta => post('/orders', { type: 'certificate', meta })),
      post('/orders', '{}', PLAIN_TYPE),
      put('/orders/$order0', {}),
      ...['limit=2', 'limit=2&offset=2', 'offset=100'].map(query => get(`/orders?${query}`)),
      ...[ABSENT, 'x'].map(id => get(`/orders/${id}`)),
      remove('/orders/$order0'),
      asked(admin).remove('/orders/$order0'),
      asked(admin).remove('/orders/$order0'),
      get('/orders/$order0'),
    ];
  },
};
