// Requests with a valid key and hostile values in every part of every route of the administration: each one is served or refused in the
// shape of the protocol, and never a fault of the house.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { PLACED_ROUTES, type PlacedRoute } from '../../src/protocols/admin/routes.ts';
import { type Caller, caller, done } from '../conformance/admin/client.ts';
import { SAMPLES, type Sample } from '../conformance/admin/samples.ts';
import { inParallel, rounds } from './rounds.ts';
import { type HostileSubject, requireRefusal, startHostile } from './subject.ts';
import { anyValue, blobs, CONFUSIONS, KEY_NAMES, lengths, MAPS, objectText, TEXTS } from './values.ts';

let subject: HostileSubject;
let admin: Caller;
before(async () => {
  subject = await startHostile();
  admin = caller(subject.keyhold.url, subject.keyhold.credentials.admin.apiKey);
  await done(admin('POST', '/principals', { name: 'nobody' }));
});
after(() => subject.stop());

interface Attack {
  readonly method: string;
  readonly path: string;
  readonly body?: string | undefined;
}

async function send({ method, path, body }: Attack): Promise<void> {
  const { keyhold } = subject;
  const response = await fetch(`${keyhold.url}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${keyhold.credentials.admin.apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  // Lines go on for as long as their reader stays.
  if (response.status < 300) return response.body?.cancel();
  const text = Buffer.from(await response.arrayBuffer());
  const answer = { status: response.status, headers: new Map(response.headers), body: text };
  // The listener refuses paths that it cannot decode.
  const undecoded = !answer.headers.has('x-request-id');
  try {
    requireRefusal(answer, undecoded ? 'listener' : 'admin', `${path} ${body}`);
  } catch (thrown) {
    throw new Error(`${method} ${path.slice(0, 300)} ${body?.slice(0, 300)}`, { cause: thrown });
  }
}

/** Work of the whole installation: once is enough, and it has no members. */
const HEAVY = /\/system\//;
const routeName = ({ route, path }: PlacedRoute): string => `${route.method} ${path}`;
const ATTACKED = PLACED_ROUTES.filter(placed => !HEAVY.test(placed.path));

/** A good request in a project of the route's own: what is done to it stays there. */
async function sampleOf(placed: PlacedRoute, number: number): Promise<Sample> {
  const name = `victim-${number}`;
  if (placed.inProject) {
    await done(admin('POST', '/projects', { name }));
    await done(admin('POST', `/projects/${name}/principals`, { name: 'nobody' }));
  }
  const sample = await SAMPLES[routeName(placed)]?.(admin, placed.inProject ? `/projects/${name}` : '');
  assert.ok(sample);
  return sample;
}

const MEMBER_VALUES: readonly string[] = [
  ...CONFUSIONS,
  ...TEXTS,
  ...MAPS,
  ...KEY_NAMES.slice(0, 8),
  ...lengths(128, 129, 512, 513, 1_024, 1_025),
  ...blobs(0, 1, 84, 85, 86, 65_536, 65_537),
  ...[...TEXTS, ...lengths(513)].map(item => `[${item}]`),
  `[{"attribute":"__proto__","operator":"equals","values":["x"]}]`,
  `[{"attribute":"source.address","operator":"inNetwork","values":["999.1.1.1/99","::/129","x"]}]`,
  `[{"attribute":"a\\u0000","operator":"matches","values":["(a+)+$"]}]`,
];

function bodyAttacks({ route }: PlacedRoute, { path, body }: Sample): readonly Attack[] {
  const { method, body: shape } = route;
  const good = Object.fromEntries(
    Object.entries((body ?? {}) as object).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  const whole = [...CONFUSIONS, ...TEXTS, '{"unknown":1}', '\ufeff{}', '{}{}', '['.repeat(50_000)];
  const names = shape === undefined ? [] : Object.keys(shape.shape);
  const members = names.flatMap(name => MEMBER_VALUES.map(value => objectText({ ...good, [name]: value })));
  // Requests that are taken without a body have none.
  const bodies = method === 'GET' ? [] : [...whole, ...members];
  return bodies.map(text => ({ method, path, body: text }));
}

const PARAMETERS: readonly string[] = [
  ...[...TEXTS, ...KEY_NAMES]
    .filter(text => text.length < 1_000)
    .flatMap(text => {
      try {
        return [encodeURIComponent(JSON.parse(text) as string)];
      } catch {
        return [];
      }
    }),
  '%00',
  '%zz',
  '%',
  '%ff',
  '%ed%a0%80',
  '%2e%2e',
  '%2f',
  '..;',
  'a%2fb%2fc',
  '0',
  '-1',
  '1e9',
  '999999999999999',
  '9999999999999999',
  '%EF%BC%90',
  'keyhold%3A',
  '%3Ax',
  'a'.repeat(8_000),
];

function pathAttacks({ route, path }: PlacedRoute, sample: Sample): readonly Attack[] {
  const { method } = route;
  const body = sample.body === undefined ? undefined : JSON.stringify(sample.body);
  const [bare = ''] = sample.path.split('?');
  const given = bare.split('/');
  const hostile = path
    .split('/')
    .flatMap((segment, at) =>
      segment.startsWith(':') && segment !== ':project'
        ? PARAMETERS.map(value => given.with(at, value).join('/'))
        : [],
    );
  const names = Object.keys(route.query?.shape ?? {});
  const queries = [
    '__proto__=1',
    'a[]=1',
    ...names.flatMap(name => PARAMETERS.map(value => `${name}=${value}`)),
  ];
  return [...hostile, ...queries.map(query => `${bare}?${query}`)].map(attacked => ({
    method,
    path: attacked,
    body,
  }));
}

for (const [number, placed] of ATTACKED.entries()) {
  test(`${routeName(placed)} stands every hostile value`, async () => {
    const sample = await sampleOf(placed, number);
    await inParallel([...pathAttacks(placed, sample), ...bodyAttacks(placed, sample)], send);
    assert.deepEqual(subject.takeErrors(), []);
  });
}

test('a project named by hostile texts is none', async () => {
  await inParallel(
    PARAMETERS.map(value => ({ method: 'GET', path: `/projects/${value}/keys` })),
    send,
  );
  await subject.requireSound();
});

test('arbitrary members in arbitrary routes are served or refused', async () => {
  const writing = ATTACKED.filter(({ route }) => route.body !== undefined);
  const request = fc.constantFrom(...writing).chain(placed => {
    const names = Object.keys(placed.route.body?.shape ?? {});
    const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, fc.string());
    return fc.record({ placed: fc.constant(placed), members: fc.dictionary(name, anyValue, { maxKeys: 5 }) });
  });
  const key = await done(admin('POST', '/projects', { name: 'fuzzed' })).then(() =>
    done(admin('POST', '/projects/fuzzed/keys', {})),
  );
  const params: Readonly<Record<string, string>> = { project: 'fuzzed', key: key.id, principal: 'nobody' };
  await fc.assert(
    fc.asyncProperty(request, async ({ placed, members }) => {
      const path = placed.path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? 'x');
      await send({ method: placed.route.method, path, body: objectText(members) });
    }),
    { numRuns: rounds(300) },
  );
  await subject.requireSound();
});
