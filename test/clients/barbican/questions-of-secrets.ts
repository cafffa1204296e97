// Requests that every Barbican has to answer alike, written by hand, in the order in which they are asked: about the service and its secrets.

import type { Question } from './both.ts';
import { ABSENT, asked, BASE64, BINARY, JSON_TYPE, NEWER, type People, PLAIN_TYPE, TEXT } from './words.ts';

export const QUESTIONS_OF_SECRETS: Readonly<Record<string, (people: People) => readonly Question[]>> = {
  'documents of versions, and paths and methods that there are not': ({ creator }) => {
    const { ask, get } = asked(creator);
    const versions = [
      'key-manager 1.0',
      'compute 2.1',
      'key-manager',
      'KEY-MANAGER 1.0',
      '1.1',
      'key-manager 01.0',
    ];
    return [
      get('/'),
      get(''),
      ...versions.map(version => get('/secrets', { 'openstack-api-version': version })),
      ...['HEAD', 'OPTIONS', 'PATCH', 'PUT', 'DELETE'].map(method => ask(method, '/secrets')),
      ...['%20', 'nothing', ABSENT, ABSENT.toUpperCase(), `${ABSENT}/`].map(id => get(`/secrets/${id}`)),
      ...['secrets', 'containers', 'orders'].map(noun => get(`/${noun}/`)),
      ...['', '/global-default', '/preferred', `/${ABSENT}`].map(path => get(`/secret-stores${path}`)),
      get('/transport_keys'),
    ];
  },

  'secrets of every kind, shown in every way': ({ creator }) => {
    const { get, make } = asked(creator);
    const symmetric = { algorithm: ' AES ', bit_length: 256, mode: 'cbc', secret_type: 'symmetric' };
    const texts = { name: '', algorithm: '', mode: '', expiration: '' };
    const bodies: readonly object[] = [
      { name: 'a', ...TEXT },
      {},
      { name: '  padded  ', ...symmetric, ...BASE64, payload: Buffer.alloc(32, 1).toString('base64') },
      { name: null, expiration: '2099-01-01', ...TEXT },
      { ...texts, ...TEXT },
      { unknown: 1, status: 'X', creator_id: 'me', id: ABSENT, ...TEXT },
      { payload: '  h\u00e9\u{1f37a}llo \n', payload_content_type: 'text/plain; charset=utf-8' },
    ];
    return bodies.flatMap((body, index) => {
      const path = `/secrets/$secret${index}`;
      const accepts = ['*/*', 'text/plain', BINARY, 'application/json', 'text/html', 'text/plain;q=0.5'];
      return [
        make(`$secret${index}`, '/secrets', body),
        get(path),
        get(path, NEWER),
        get(path, { accept: BINARY }),
        get(`${path}/payload`),
        ...accepts.map(accept => get(`${path}/payload`, { accept })),
      ];
    });
  },

  'secrets that can be made and that cannot': ({ second }) => {
    const { post } = asked(second);
    const each = (name: string, values: readonly unknown[], rest: object = {}) =>
      values.map(value => post('/secrets', { ...rest, [name]: value }));
    const types = [
      ...[
        'text/plain',
        'TEXT/PLAIN',
        'text/plain;charset=utf-8',
        'text/plain ;  charset = utf-8',
        'text/plain;q=1',
      ],
      ...[
        'text/plain;charset=latin-1',
        'text/html',
        '',
        null,
        7,
        'application/pkcs8',
        BINARY,
        `${BINARY};charset=utf-8`,
      ],
    ];
    const forms = [
      '2099',
      '2099-01',
      '2099-1-1',
      '2099-01-01T10:11',
      '2099-01-01 10:11:12',
      '20990101T101112Z',
    ];
    const zones = ['2099-01-01T10:11:12.5+05:30', '2099-01-01T10:11:12,5', '2099-01-01T10:11:12+05'];
    const none = [
      '2010-01-01',
      '2099-02-30',
      '2099-01-01T24:00',
      '2099-W01',
      '2099-001',
      '2099-01-01Z',
      'soon',
      7,
      null,
    ];
    return [
      ...each('name', ['', 'x'.repeat(255), 'x'.repeat(256), 7, [], {}, true, '\u{1f37a}'], TEXT),
      ...['algorithm', 'mode'].flatMap(name => each(name, ['', 'x'.repeat(256), null, 7])),
      ...each('bit_length', [0, -1, 1, 32_767, 32_768, 1.5, '256', null, true]),
      ...each('expiration', [...forms, ...zones, ...none, '', '  ']),
      ...each('secret_type', ['opaque', 'certificate', 'OPAQUE', '', null, 1, 'other']),
      ...each('payload', ['', ' ', null, 7, 'x'.repeat(20_000), 'x'.repeat(20_001)], {
        payload_content_type: 'text/plain',
      }),
      ...types.flatMap(payload_content_type => [
        post('/secrets', { payload: 'aGVsbG8=', payload_content_type }),
        post('/secrets', { ...BASE64, payload: 'aGVsbG8=', payload_content_type }),
        post('/secrets', { payload_content_type }),
      ]),
      ...each('payload_content_encoding', ['base64', 'BASE64', '', null, 7, 'binary'], TEXT),
      ...each('payload_content_encoding', ['BASE64', null, 'hex'], { ...BASE64, payload: 'aGVsbG8=' }),
      ...each('payload', ['aGVsbG8', 'aGVs bG8=', 'aGVs\r\nbG8=\n', 'abc', '\u00e9'], BASE64),
      ...['', 'null', '[]', '"x"', '{', '{"a":1}x', "{'a':1}", '{}  '].map(body =>
        post('/secrets', body, JSON_TYPE),
      ),
      ...['application/json; charset=utf-8', 'text/plain', 'application/x-www-form-urlencoded'].map(type =>
        post('/secrets', '{}', { 'content-type': type }),
      ),
      ...['application/json', '*/*', 'text/plain', 'application/*', 'image/png', 'anything'].map(accept =>
        post('/secrets', {}, { accept }),
      ),
      post('/secrets', { name: 'x'.repeat(26_000) }),
    ];
  },

  'what is told to those who take something else': ({ creator }) => {
    const { get } = asked(creator);
    const paths = ['?limit=1', '/$secret0/acl', '/$secret0/consumers'].map(path => `/secrets${path}`);
    return ['text/plain', 'text/*', 'application/*', 'text/html, */*;q=0.5', 'anything', 'image/png'].flatMap(
      accept =>
        [
          ...paths,
          '/containers',
          '/orders',
          '/quotas',
          `/secrets/${ABSENT}`,
          `/secrets/${ABSENT}/payload`,
        ].map(path => get(path, { accept })),
    );
  },

  'payloads in a second step': ({ creator }) => {
    const { ask, get, make, put, remove } = asked(creator);
    const given: readonly (readonly [
      type: string | undefined,
      body: string | Uint8Array,
      encoding?: string,
    ])[] = [
      ['text/plain', 'later'],
      ['text/plain;charset=utf-8', '  spaced \n'],
      ['text/plain;x=y', 'x'],
      [BINARY, Buffer.of(0, 255, 1, 13, 10)],
      [`${BINARY};charset=utf-8`, 'x'],
      [BINARY, 'x'.repeat(20_000)],
      [BINARY, 'x'.repeat(20_001)],
      [BINARY, ''],
      ['application/pkcs8', 'x'],
      ['application/json', '{}'],
      ['image/png', 'x'],
      [undefined, 'x'],
      [BINARY, 'aGVs\nbG8=\n', 'base64'],
      [BINARY, 'aGVsbG8=', 'BASE64'],
      [BINARY, 'x', 'gzip'],
      [BINARY, 'x', 'identity'],
      [BINARY, 'x', ''],
      ['text/plain', 'aGVsbG8=', 'base64'],
      ['text/plain', 'x', 'gzip'],
    ];
    return [
      ...given.flatMap(([type, body, encoding], index) => {
        const path = `/secrets/$half${index}`;
        const headers = {
          ...(type === undefined ? {} : { 'content-type': type }),
          ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
        };
        return [
          make(`$half${index}`, '/secrets', { name: 'half' }),
          get(`${path}/payload`),
          put(path, body, headers),
          get(path),
          ...['*/*', 'text/plain', BINARY].map(accept => get(`${path}/payload`, { accept })),
          put(path, 'again', PLAIN_TYPE),
          remove(path),
          get(path),
        ];
      }),
      put(`/secrets/${ABSENT}`, 'x', PLAIN_TYPE),
      put('/secrets/$secret0', '', PLAIN_TYPE),
      ask('PATCH', '/secrets/$secret0', {}),
      get('/secrets/$secret0/nothing'),
      get('/secrets/$secret0/'),
    ];
  },
};
