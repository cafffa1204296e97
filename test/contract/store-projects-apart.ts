// The store's contract for tenants: two projects whose objects are called the same. What is asked of one shows nothing of the other, and what
// is changed in one leaves the other as it is.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Store, StoreTransaction } from '../../src/core/ports/store.ts';
import type { Project } from '../../src/domain/project.ts';
import {
  id,
  insertHome,
  insertKeys,
  PROJECT,
  RING,
  type StoreSubject,
  sampleKey,
  sampleName,
  samplePrincipal,
  sampleRegistration,
  sampleTransportKey,
  sampleVersion,
} from './store-samples.ts';
import { sampleContainer, sampleOrder, sampleSecret } from './store-secrets.ts';

const OTHER: Project = { ...PROJECT, id: id(9), name: 'other', accountId: '000000000009' };
const OTHER_RING = { ...RING, id: id(8), projectId: OTHER.id };
const PAGE = { limit: 100 };
const WINDOW = { offset: 0, limit: 100 };
const SIDES = [
  { project: PROJECT, ring: RING, own: 100, text: 'name of the first' },
  { project: OTHER, ring: OTHER_RING, own: 200, text: 'name of the second' },
] as const;

async function furnish(tx: StoreTransaction): Promise<void> {
  await insertHome(tx);
  await tx.projects.insert(OTHER);
  await tx.keyRings.insert(OTHER_RING);
  for (const { project, ring, own } of SIDES) {
    const keyId = id(own);
    const here = { projectId: project.id };
    await insertKeys(tx, [sampleKey(own, { ...here, keyRingId: ring.id, label: 'the same' })]);
    await tx.keys.insertVersion(sampleVersion(keyId, 2));
    await tx.names.insert({ ...sampleName('the same', keyId, 'x'), ...here });
    await tx.registrations.insert(sampleRegistration(keyId, 'the same', here));
    await tx.principals.insert(samplePrincipal(own + 1, { ...here, name: 'the same' }));
    await tx.transportKeys.replace(sampleTransportKey(own % 7, { id: id(own + 2), owner: 'same', ...here }));
    await tx.secrets.insert(sampleSecret(own + 3, { ...here, name: 'the same' }));
    const secrets = [{ name: 'inside', secretId: id(own + 3) }];
    await tx.containers.insert({ ...sampleContainer(own + 4, secrets), ...here, name: 'the same' });
    await tx.orders.insert(sampleOrder(own + 5, here));
    const principals = [{ id: id(own + 1), name: 'the same' }];
    await tx.accessLists.put({
      objectId: id(own + 3),
      openToProject: true,
      principals,
      createdAt: 1,
      updatedAt: 1,
    });
    await tx.consumers.put({
      objectId: id(own + 3),
      ...here,
      service: 's',
      resourceType: '',
      resource: 'r',
      createdAt: 1,
    });
  }
}

/** Every question that names a project, with the ids that its answer holds. */
async function seenIn(store: Store, { id: projectId }: Project, ringId: string, keyId: string) {
  const keyQuery = { projectId, at: 0 } as const;
  const named = { ...keyQuery, text: { text: 'the same', namespace: 'x', whole: true, negated: false } };
  const byName = { ...named, text: { ...named.text, in: ['name'] as const } };
  const walk = { projectId, at: 0, traits: [{ by: 'id', anyOf: [id(100), id(200)] }] } as const;
  const traits = [[], [{ by: 'state', anyOf: ['active'] }], [{ by: 'kind', anyOf: ['aes-256'] }]] as const;
  const secrets = { within: { projectId }, at: 0 };
  const ids = (found: readonly { readonly id: string }[]) => found.map(one => one.id);
  return {
    keys: {
      all: ids((await store.keys.list({ projectId }, PAGE)).items),
      inLocation: ids((await store.keys.list({ projectId, location: 'here' }, PAGE)).items),
      inRing: ids((await store.keys.list({ projectId, keyRingId: ringId }, PAGE)).items),
      active: ids((await store.keys.list({ projectId, states: ['active'] }, PAGE)).items),
      sought: ids(await store.keySearch.search(keyQuery, [], WINDOW)),
      named: ids(await store.keySearch.search(byName, [], WINDOW)),
      walked: ids((await store.keyWalk.slice(walk, 100)).keys),
    },
    walkedBy: await Promise.all(
      traits.map(async each => ids((await store.keyWalk.slice({ ...walk, traits: each }, 100)).keys)),
    ),
    versions: (await store.keys.versions(keyId, PAGE)).items.map(version => version.keyId),
    names: {
      found: (await store.names.find('x', projectId, 'the same'))?.keyId,
      all: (await store.names.list({ projectId }, PAGE)).items.map(name => name.keyId),
      inNamespace: (await store.names.list({ projectId, namespace: 'x' }, PAGE)).items.map(n => n.keyId),
      count: await store.names.countOfNamespace(projectId, 'x'),
      ofKeys: (await store.keySearch.namesOf(projectId, 'x', [id(100), id(200)])).map(name => name.keyId),
    },
    rings: {
      found: (await store.keyRings.findByName(projectId, 'default'))?.id,
      all: ids((await store.keyRings.list(projectId, PAGE)).items),
      count: await store.keyRings.count(projectId),
    },
    principals: {
      found: (await store.principals.findByName(projectId, 'the same'))?.id,
      all: ids((await store.principals.list(projectId, PAGE)).items),
    },
    registrations: (await store.registrations.list({ projectId }, WINDOW)).map(one => one.keyId),
    transportKey: (await store.transportKeys.find(projectId, 'same'))?.id,
    secrets: {
      all: ids(await store.secrets.search(secrets, [], WINDOW)),
      count: await store.secrets.count(secrets),
      held: await store.secrets.countOfProject(projectId),
    },
    containers: (await store.containers.list({ projectId }, WINDOW)).map(({ id, secrets }) => [
      id,
      ...secrets.map(({ secretId }) => secretId),
    ]),
    orders: ids(await store.orders.list({ projectId }, WINDOW)),
    consumers: await store.consumers.countOfProject(projectId),
  };
}

function expectedIn(own: number, ringId: string): Awaited<ReturnType<typeof seenIn>> {
  const key = id(own);
  const keys = [key];
  return {
    keys: {
      all: keys,
      inLocation: keys,
      inRing: keys,
      active: keys,
      sought: keys,
      named: keys,
      walked: keys,
    },
    walkedBy: [keys, keys, keys],
    versions: [key, key],
    names: { found: key, all: keys, inNamespace: keys, count: 1, ofKeys: keys },
    rings: { found: ringId, all: [ringId], count: 1 },
    principals: { found: id(own + 1), all: [id(own + 1)] },
    registrations: keys,
    transportKey: id(own + 2),
    secrets: { all: [id(own + 3)], count: 1, held: 1 },
    containers: [[id(own + 4), id(own + 3)]],
    orders: [id(own + 5)],
    consumers: 1,
  };
}

export function projectsApartContract(subject: StoreSubject): void {
  describe(`${subject.name}: projects`, () => {
    it('shows of a project its own objects and none of another that are called the same', () =>
      subject.withStore(async store => {
        await store.transaction(furnish);
        for (const { project, ring, own } of SIDES)
          assert.deepEqual(await seenIn(store, project, ring.id, id(own)), expectedIn(own, ring.id));
      }));

    it('shows nothing of a project to who asks another for it', () =>
      subject.withStore(async store => {
        await store.transaction(furnish);
        const projectId = PROJECT.id;
        const asked = [
          store.names.list({ projectId, keyId: id(200) }, PAGE),
          store.names.list({ projectId, keyId: id(200), namespace: 'x' }, PAGE),
        ];
        for (const page of await Promise.all(asked)) assert.deepEqual(page.items, []);
        const inRing = { projectId, keyRingId: OTHER_RING.id };
        assert.deepEqual((await store.keys.list(inRing, PAGE)).items, []);
        const query = { projectId, at: 0, keyIds: [id(200)], keyRingIds: [OTHER_RING.id] };
        assert.deepEqual(await store.keySearch.search(query, [], WINDOW), []);
        assert.deepEqual((await store.keyWalk.slice({ ...query, traits: [] }, 100)).keys, []);
        assert.deepEqual(await store.registrations.list({ projectId, keyId: id(200) }, WINDOW), []);
        const listed = await store.secrets.search({ within: { listing: id(101) }, at: 0 }, [], WINDOW);
        assert.deepEqual(
          listed.map(secret => secret.id),
          [id(103)],
        );
        const list = await store.accessLists.find(id(103));
        assert.deepEqual(
          list?.principals.map(principal => principal.id),
          [id(101)],
        );
      }));

    it('leaves another project as it is where one is changed', () =>
      subject.withStore(async store => {
        await store.transaction(furnish);
        const [, { project, ring, own }] = SIDES;
        const dump = async () => JSON.stringify(await seenIn(store, project, ring.id, id(own)));
        const before = await dump();
        const name = { ...sampleName('the same', id(100), 'x'), updatedAt: 77 };
        await store.transaction(async tx => {
          await tx.names.update(name);
          await tx.keys.updateVersion(sampleVersion(id(100), 2, { state: 'suspended' }));
          await tx.transportKeys.replace(sampleTransportKey(1, { id: id(50), owner: 'same' }));
          await tx.accessLists.delete(id(103));
        });
        const versions = (await store.keys.versions(id(100), PAGE)).items.map(({ state }) => state);
        assert.deepEqual(versions, ['active', 'suspended']);
        assert.equal((await store.names.find('x', project.id, 'the same'))?.updatedAt, 1);
        assert.equal(await dump(), before);
        await store.transaction(async tx => {
          await tx.names.delete('x', PROJECT.id, 'the same');
          await tx.registrations.delete(id(100), 'the same');
          const consumer = { projectId: PROJECT.id, service: 's', resourceType: '', resource: 'r' };
          await tx.consumers.delete({ ...consumer, objectId: id(103) });
          await tx.containers.delete(id(104));
          await tx.secrets.delete(id(103));
          await tx.orders.delete(id(105));
          await tx.principals.delete(id(101));
        });
        assert.equal(await dump(), before);
        assert.equal((await store.accessLists.find(id(own + 3)))?.principals.length, 1);
        assert.equal(await store.consumers.count(id(own + 3)), 1);
      }));
  });
}
