// Requests that every Barbican has to answer alike, written by hand: who may do what, lists with their filters and pages, and quotas.

import type { Question } from './both.ts';
import { ABSENT, asked, CONSUMER, JSON_TYPE, KEY, type People, PLAIN_TYPE, ref, TEXT } from './words.ts';

export const QUESTIONS_OF_RIGHTS: Readonly<Record<string, (people: People) => readonly Question[]>> = {
  'what each role may do': people =>
    (Object.keys(people) as (keyof People)[]).flatMap((who, index) =>
      allThatSomebodyTries(people, who, index),
    ),

  'what an access list opens and closes': ({ creator, ...others }) => {
    const { make, put } = asked(creator);
    const listed = [others.foreign, others.auditor].map(({ user }) => user.userId);
    return [
      make('$given0', '/secrets', { name: 'given', ...TEXT }),
      make('$givenbox0', '/containers', { type: 'generic', secret_refs: [ref('$given0', 'a')] }),
      put('/secrets/$given0/acl', { read: { users: listed, 'project-access': false } }),
      put('/containers/$givenbox0/acl', { read: { users: listed.slice(0, 1), 'project-access': false } }),
      ...Object.entries(others).flatMap(([who, as]) => {
        const { get, post, put: change, remove } = asked(as);
        const mine = { ...CONSUMER, service: who };
        const box = { name: who, URL: 'u' };
        return [
          ...['', '/payload', '/metadata', '/consumers', '/acl'].map(rest => get(`/secrets/$given0${rest}`)),
          get('/secrets?acl_only=true'),
          get('/containers/$givenbox0'),
          post('/secrets/$given0/consumers', mine),
          remove('/secrets/$given0/consumers', mine),
          post('/containers/$givenbox0/consumers', box),
          remove('/containers/$givenbox0/consumers', box),
          post('/containers', { type: 'generic', secret_refs: [ref('$given0', 'a')] }),
          ...(who === 'foreign' || who === 'observer'
            ? [
                change('/secrets/$given0/metadata', { metadata: {} }),
                change('/secrets/$given0/acl', {}),
                remove('/secrets/$given0'),
              ]
            : []),
        ];
      }),
      asked(others.foreign).post('/secrets/$given0/consumers', CONSUMER),
      asked(creator).remove('/secrets/$given0/consumers', CONSUMER),
      asked(creator).post('/secrets/$given0/consumers', { ...CONSUMER, service: 'own' }),
      asked(others.foreign).remove('/secrets/$given0/consumers', { ...CONSUMER, service: 'own' }),
    ];
  },

  'lists of secrets': ({ foreign }) => {
    const { get, make } = asked(foreign);
    const kept: readonly object[] = [
      {
        name: 'Alpha',
        algorithm: 'aes',
        bit_length: 128,
        mode: 'cbc',
        secret_type: 'symmetric',
        expiration: '2098-01-01',
      },
      { name: 'alpha', algorithm: 'AES', bit_length: 256, mode: 'CBC', ...TEXT },
      { name: 'beta_x', algorithm: 'rsa', bit_length: 256, secret_type: 'private', expiration: '2097-01-01' },
      { name: 'betaax', algorithm: 'aes', bit_length: 512, mode: 'xts', secret_type: 'passphrase' },
      { secret_type: 'certificate', ...TEXT },
      { name: '100%', mode: 'ctr', expiration: '2099-01-01' },
    ];
    const pages = [
      'limit=3',
      'limit=3&offset=3',
      'limit=3&offset=8',
      'limit=0',
      'limit=-1',
      'limit=x',
      'limit=',
      'limit=1.5',
      'limit=101',
      'limit=%201',
    ];
    const beyond = [
      'limit=1000000000000000000000',
      'offset=x',
      'offset=-1',
      'offset=',
      'offset=99999',
      'limit=0x2',
      'limit=1e1',
      'limit=1_0',
    ];
    const filters = [
      'name=alpha',
      'name=beta_x',
      'name=bet%25',
      'name=100%25',
      'name=',
      'name=%',
      'name=%5C',
      'alg=aes',
      'alg=a%25',
      'mode=cbc',
      'mode=',
    ];
    const more = [
      'bits=256',
      'bits=x',
      'bits=0',
      'bits=-1',
      'bits=',
      'secret_type=symmetric',
      'secret_type=SYMMETRIC',
      'secret_type=other',
      'acl_only=TRUE',
      'acl_only=1',
      'unknown=1',
    ];
    const sorts = [
      'name',
      'name:desc',
      'algorithm,name:desc',
      'bit_length:desc,name',
      'mode:asc,bit_length:desc',
      'secret_type',
      'status',
      'expiration:desc',
      'created:desc',
    ];
    const wrong = [
      'name,name',
      'name:up',
      ':asc',
      'name:',
      'name:asc:desc',
      'NAME',
      ',',
      'name,',
      'id',
      '%20name',
      'name:ASC',
      '',
    ];
    const instants = [
      '2098-01-01',
      'gt:2097-06-01',
      'gte:2098-01-01',
      'lt:2098-01-01',
      'lte:2098-01-01T00:00:00',
      'gt:2097-06-01,lt:2098-06-01',
      'gt:2097',
      'gt:2097-06-01T00:00:00Z',
    ];
    const senseless = [
      'gt:2000-01-01,gt:2001-01-01',
      'gt:2000-01-01,gte:2001-01-01',
      'lt:2099-01-01,lte:2098-01-01',
      '2098-01-01,2098-01-01',
      '2098-01-01,gt:2000-01-01',
      'gte:2000-01-01,2098-01-01',
      'gt:',
      'x',
      'eq:2000-01-01',
      'gt:2097-06-01Z',
      'GT:2097-01-01',
      ',',
      '',
    ];
    return [
      ...kept.map((body, index) => make(`$listed${index}`, '/secrets', body)),
      ...['', ...pages, ...beyond, ...filters, ...more].map(query => get(`/secrets?${query}`)),
      ...[...sorts, ...wrong].map(sort => get(`/secrets?sort=${sort}`)),
      ...[...instants, ...senseless].map(range => get(`/secrets?expiration=${range}`)),
      ...['created=gt:2000-01-01', 'created=lt:2000-01-01', 'updated=gte:2000-01-01', 'created=x'].map(
        query => get(`/secrets?${query}`),
      ),
    ];
  },

  quotas: ({ service, ...others }) => {
    const { ask, get, put, remove } = asked(service);
    const path = '/project-quotas/somewhere';
    const settings: readonly object[] = [
      { secrets: 5, orders: 0, containers: -1 },
      { consumers: 7 },
      {},
      { secrets: 2_147_483_647, cas: 3 },
      { secrets: 1.5 },
      { secrets: '1' },
      { secrets: null },
      { secrets: true },
      { other: 1 },
    ];
    return [
      get('/project-quotas'),
      get(path),
      remove(path),
      ...settings.flatMap(project_quotas => [put(path, { project_quotas }), get(path)]),
      ...[{ project_quotas: null }, { project_quotas: [] }, {}, { project_quotas: {}, other: 1 }, []].map(
        body => put(path, body),
      ),
      put(path, '', JSON_TYPE),
      put(path, '{', JSON_TYPE),
      put(path, '{}', PLAIN_TYPE),
      get('/project-quotas'),
      ...['POST', 'PATCH'].map(method => ask(method, path, {})),
      ask('POST', '/project-quotas', {}),
      remove('/project-quotas'),
      remove(path),
      remove(path),
      ...Object.values(others).flatMap(as => [
        asked(as).get('/quotas'),
        asked(as).get('/project-quotas'),
        asked(as).put(path, { project_quotas: {} }),
      ]),
    ];
  },
};

function allThatSomebodyTries(people: People, who: keyof People, index: number): readonly Question[] {
  const { make, put: set } = asked(people.creator);
  const { get, post, put, remove } = asked(people[who]);
  const [open, closed, half] = ['open', 'closed', 'awaiting'].map(name => `$${name}${index}`);
  const [box, shut, order] = ['crate', 'shut', 'ordered'].map(name => `$${name}${index}`);
  const member = { name: 'a', secret_ref: `$url/v1/secrets/${open}` };
  const shutOut = { read: { 'project-access': false } };
  return [
    make(`${open}`, '/secrets', { name: 'open', ...TEXT }),
    make(`${closed}`, '/secrets', { name: 'closed', ...TEXT }),
    make(`${half}`, '/secrets', { name: 'half' }),
    make(`${box}`, '/containers', { type: 'generic', name: 'box' }),
    make(`${shut}`, '/containers', { type: 'generic', name: 'shut' }),
    make(`${order}`, '/orders', { type: 'key', meta: KEY }),
    set(`/secrets/${closed}/acl`, shutOut),
    set(`/containers/${shut}/acl`, shutOut),
    post('/secrets', TEXT),
    get('/secrets?name=nobody'),
    get(`/secrets/${open}`, { accept: 'text/plain' }),
    ...[open, closed].flatMap(id =>
      ['', '/payload', '/metadata', '/acl', '/consumers'].map(rest => get(`/secrets/${id}${rest}`)),
    ),
    put(`/secrets/${open}/metadata`, { metadata: { a: 'b' } }),
    post(`/secrets/${open}/metadata`, { key: 'k', value: 'v' }),
    remove(`/secrets/${open}/metadata/a`),
    put(`/secrets/${open}/acl`, {}),
    remove(`/secrets/${open}/acl`),
    post(`/secrets/${open}/consumers`, CONSUMER),
    remove(`/secrets/${open}/consumers`, CONSUMER),
    put(`/secrets/${half}`, 'x', PLAIN_TYPE),
    post('/containers', { type: 'generic' }),
    get('/containers?name=nobody'),
    ...[box, shut].flatMap(id => ['', '/acl', '/consumers'].map(rest => get(`/containers/${id}${rest}`))),
    put(`/containers/${box}/acl`, {}),
    remove(`/containers/${box}/acl`),
    post(`/containers/${box}/consumers`, { name: 'n', URL: 'u' }),
    remove(`/containers/${box}/consumers`, { name: 'n', URL: 'u' }),
    post(`/containers/${box}/secrets`, member),
    remove(`/containers/${box}/secrets`, member),
    post('/orders', { type: 'key', meta: KEY }),
    get('/orders?meta=nobody'),
    get(`/orders/${order}`),
    remove(`/orders/${order}`),
    ...['/quotas', '/transport_keys', '/secret-stores', ''].map(path => get(path)),
    ...['/secrets', '/containers', '/orders'].map(path => post(path, 'no JSON', JSON_TYPE)),
    ...['acl', 'metadata'].map(rest => put(`/secrets/${open}/${rest}`, 'no JSON', JSON_TYPE)),
    put(`/secrets/${open}`, 'x', { 'content-type': 'image/png' }),
    ...[box, shut].map(id => remove(`/containers/${id}`)),
    ...[open, closed, ABSENT].map(id => remove(`/secrets/${id}`)),
  ];
}
