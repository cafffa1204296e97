// Tours of OpenStack's own clients through Barbican's API, as somebody who has logged in at an identity service: python-barbicanclient, castellan,
// Swift's encryption and the openstack command line. They are Debian's packages and run on Debian's Python.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { installDebian } from '../install.ts';
import { run } from '../run.ts';
import { type Step, stepsOf, TOUR_MS_MAX } from '../tour.ts';
import type { Environment } from './stage.ts';

export function installTours(): void {
  installDebian(
    'python3-barbicanclient',
    'python3-castellan',
    'python3-openstackclient',
    'python3-swift',
    'python3-cryptography',
  );
}

/** Of libraries, by the names of their tests. */
export const TOURS: Readonly<Record<string, (t: TestContext, environment: Environment) => Promise<void>>> = {
  'python-barbicanclient keeps, orders, groups and shares secrets': barbicanclientTour,
  'castellan stores and finds every type of object, and has keys and pairs made': castellanTour,
  'Swift encrypts and reads back an object under a root secret of Barbican': swiftTour,
};

const tour = (file: string, env: Environment): Promise<readonly Step[]> =>
  stepsOf(join(import.meta.dirname, file), env);

async function barbicanclientTour(t: TestContext, environment: Environment): Promise<void> {
  const steps = await tour('barbicanclient_tour.py', environment);
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
}

async function castellanTour(t: TestContext, environment: Environment): Promise<void> {
  const steps = await tour('castellan_tour.py', environment);
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
}

async function swiftTour(_t: TestContext, environment: Environment): Promise<void> {
  assert.deepEqual(await tour('swift_tour.py', environment), [
    { step: 'key', made: true },
    { step: 'put', status: 201 },
    { step: 'stored', clear: false, bytes: 3_800 },
    { step: 'get', status: 200, same: true },
  ]);
}

/** Of the openstack command line, which takes its time to start. */
export async function commandTour(environment: Environment): Promise<void> {
  const openstack = async (...args: readonly string[]): Promise<string> => {
    const done = await run('openstack', args, { env: environment, msMax: TOUR_MS_MAX });
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
}
