// OpenStack's own clients against a whole server, with the password of its first user: python-barbicanclient, the openstack command line,
// castellan, and Swift's encryption. They are Debian's packages and run on Debian's Python.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { DEBIAN_PYTHON, installDebian } from '../install.ts';
import { type Run, run } from '../run.ts';

const TOUR_MS_MAX = 120_000;

let keyhold: TestKeyhold;
let home: string;
let environment: Readonly<Record<string, string | undefined>>;

before(async () => {
  installDebian(
    'python3-barbicanclient',
    'python3-castellan',
    'python3-openstackclient',
    'python3-swift',
    'python3-cryptography',
  );
  keyhold = await startKeyhold();
  home = mkdtempSync(join(tmpdir(), 'keyhold-barbican-'));
  const user = must(keyhold.credentials.openstack, 'the first start makes a user of OpenStack');
  environment = {
    PATH: process.env.PATH,
    HOME: home,
    BARBICAN_URL: keyhold.url,
    OS_AUTH_URL: `${keyhold.url}/v3`,
    OS_USERNAME: user.username,
    OS_PASSWORD: user.password,
    OS_PROJECT_NAME: user.projectName,
    OS_USER_DOMAIN_NAME: user.userDomainName,
    OS_PROJECT_DOMAIN_NAME: user.projectDomainName,
    OS_IDENTITY_API_VERSION: '3',
  };
});
after(async () => {
  rmSync(home, { recursive: true, force: true });
  await keyhold.stop();
});

type Step = Readonly<Record<string, unknown>> & { readonly step: string };

async function tour(file: string): Promise<readonly Step[]> {
  const script = join(import.meta.dirname, file);
  const { status, report } = await run(DEBIAN_PYTHON, ['-W', 'ignore', script], {
    env: environment,
    msMax: TOUR_MS_MAX,
  });
  assert.equal(status, 0, report);
  const lines = report.split('\n').filter(line => line.startsWith('{'));
  return lines.map(line => JSON.parse(line) as Step);
}

test('python-barbicanclient keeps, orders, groups and shares secrets', async t => {
  const steps = await tour('barbicanclient_tour.py');
  t.diagnostic(`${steps.length} steps`);
  const kept = (kind: string) => ({
    step: 'kept',
    kind,
    same: true,
    status: 'ACTIVE',
    type: kind,
    name: kind,
  });
  assert.deepEqual(steps, [
    kept('opaque'),
    kept('passphrase'),
    kept('symmetric'),
    { step: 'two steps', payload: 'later', again: 409 },
    { step: 'listed', names: ['two'], total: 4 },
    { step: 'deleted', status: 404 },
    { step: 'key', status: 'ACTIVE', bytes: 32 },
    {
      step: 'pair',
      kind: 'RSAContainer',
      private: '-----BEGIN PRIVATE KEY-----',
      public: '-----BEGIN PUBLIC KEY-----',
    },
    { step: 'order deleted', status: 404 },
    { step: 'container', names: ['one'], consumers: [{ name: 'volumes', URL: 'http://volumes/one' }] },
    { step: 'consumer removed', consumers: [] },
    { step: 'access', users: ['somebody'], project_access: false },
    { step: 'access removed', project_access: true },
  ]);
});

test('castellan stores and finds every type of object, and has keys and pairs made', async t => {
  const steps = await tour('castellan_tour.py');
  t.diagnostic(`${steps.length} steps`);
  const kinds = ['SymmetricKey', 'PrivateKey', 'PublicKey', 'X509', 'Passphrase', 'OpaqueData'];
  assert.deepEqual(steps.slice(0, -1), [
    ...kinds.flatMap(kind => [
      { step: 'stored', kind, same: true },
      { step: 'deleted', found: false },
    ]),
    { step: 'made', algorithm: 'AES', bits: 256, bytes: 32 },
    { step: 'pair', fits: true },
  ]);
  const { kinds: listed } = steps.at(-1) as unknown as { kinds: readonly string[] };
  for (const kind of ['SymmetricKey', 'PrivateKey', 'PublicKey']) assert.ok(listed.includes(kind), kind);
});

test('Swift encrypts and reads back an object under a root secret of Barbican', async () => {
  assert.deepEqual(await tour('swift_tour.py'), [
    { step: 'key', made: true },
    { step: 'put', status: 201 },
    { step: 'stored', clear: false, bytes: 3_800 },
    { step: 'get', status: 200, same: true },
  ]);
});

test('the openstack command line keeps, orders, groups and shares secrets', async () => {
  const openstack = async (...args: readonly string[]): Promise<string> => {
    const done: Run = await run('openstack', args, { env: environment, msMax: TOUR_MS_MAX });
    assert.equal(done.status, 0, `${args.join(' ')}: ${done.report}`);
    return done.report;
  };
  const value = async (column: string, ...args: readonly string[]): Promise<string> =>
    (await openstack(...args, '-f', 'value', '-c', column)).trim().split('\n').at(-1) ?? '';
  const ref = await value('Secret href', 'secret', 'store', '--name', 'by hand', '--payload', 'hello');
  assert.equal(await value('Payload', 'secret', 'get', '--payload', ref), 'hello');
  assert.match(await openstack('secret', 'list', '--name', 'by hand'), new RegExp(ref));
  const order = await value('Order href', 'secret', 'order', 'create', 'key', '--bit-length', '256');
  assert.equal(await value('Status', 'secret', 'order', 'get', order), 'ACTIVE');
  const box = await value('Container href', 'secret', 'container', 'create', '--secret', `one=${ref}`);
  assert.match(await openstack('secret', 'container', 'get', box), new RegExp(ref));
  await openstack('acl', 'submit', '--user', 'somebody', '--no-project-access', ref);
  assert.match(await openstack('acl', 'get', ref), /somebody/);
  await openstack('secret', 'delete', ref);
  await openstack('secret', 'container', 'delete', box);
});
