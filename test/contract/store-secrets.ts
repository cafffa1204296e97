// The store's contract for what clients keep: secrets, containers, consumers, access lists, orders and quotas.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SecretQuery } from '../../src/core/ports/secrets.ts';
import { type InstantRelation, rangeOf } from '../../src/domain/instant-range.ts';
import type { Order } from '../../src/domain/order.ts';
import type { Secret } from '../../src/domain/secret.ts';
import { id, insertHome, isCode, PROJECT, type StoreSubject } from './store-samples.ts';

const OTHER = { ...PROJECT, id: id(9), name: 'other', accountId: '000000000009' };
const WINDOW = { offset: 0, limit: 100 };
const NOW = 2_000;

export function sampleSecret(n: number, changes: Partial<Secret> = {}): Secret {
  return {
    id: id(n),
    projectId: PROJECT.id,
    type: 'opaque',
    name: `secret ${n}`,
    algorithm: undefined,
    bitLength: undefined,
    mode: undefined,
    contentType: 'text/plain',
    form: 'bytes',
    metadata: {},
    expiresAt: undefined,
    createdBy: 'somebody',
    createdAt: n,
    updatedAt: n,
    revision: 1,
    ...changes,
  };
}

export function sampleOrder(n: number, changes: Partial<Order> = {}): Order {
  return {
    id: id(n),
    projectId: PROJECT.id,
    type: 'key',
    request: `{"name":"order ${n}"}`,
    state: 'active',
    failure: undefined,
    secretId: id(100),
    containerId: undefined,
    createdBy: 'somebody',
    createdAt: n,
    updatedAt: n,
    ...changes,
  };
}

export function sampleContainer(n: number, secrets: readonly { name?: string; secretId: string }[] = []) {
  const facts = { projectId: PROJECT.id, type: 'generic', createdBy: 'somebody' } as const;
  return { ...facts, id: id(n), name: `container ${n}`, secrets, createdAt: n, updatedAt: n };
}

export function secretContract(subject: StoreSubject): void {
  describe(`${subject.name}: secrets`, () => {
    it('gives back what was put in and counts revisions', () =>
      subject.withStore(async store => {
        const one = sampleSecret(100, { metadata: { Ä: 'ß', a: '' }, expiresAt: 5_000, bitLength: 256 });
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.secrets.insert(one);
          await assert.rejects(tx.secrets.insert(one), isCode('alreadyExists'));
          await tx.secrets.update({ ...one, contentType: undefined, updatedAt: 7 });
          await assert.rejects(tx.secrets.update(one), isCode('conflict'));
          await assert.rejects(tx.secrets.update({ ...one, id: id(1) }), isCode('notFound'));
          await assert.rejects(tx.secrets.delete(id(1)), isCode('notFound'));
        });
        const changed = { ...one, contentType: undefined, updatedAt: 7, revision: 2 };
        assert.deepEqual(await store.secrets.find(one.id), changed);
        assert.equal(await store.secrets.countOfProject(PROJECT.id), 1);
        assert.equal(await store.secrets.countOfProject(OTHER.id), 0);
      }));

    it('finds secrets by what is known of them, in any order', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.projects.insert(OTHER);
          await tx.secrets.insert(sampleSecret(100, { name: 'Key_1', algorithm: 'AES', bitLength: 128 }));
          await tx.secrets.insert(sampleSecret(101, { name: 'key-2', algorithm: 'aes', mode: 'cbc' }));
          await tx.secrets.insert(sampleSecret(102, { name: undefined, type: 'private', createdAt: 50 }));
          await tx.secrets.insert(sampleSecret(103, { name: '100\\%', expiresAt: NOW + 1 }));
          await tx.secrets.insert(sampleSecret(104, { expiresAt: NOW }));
          await tx.secrets.insert(sampleSecret(105, { projectId: OTHER.id }));
          const list = { openToProject: true, createdAt: 1, updatedAt: 1 };
          await tx.accessLists.put({ ...list, objectId: id(101), principals: [listed('me'), listed('you')] });
          await tx.accessLists.put({ ...list, objectId: id(105), principals: [listed('me')] });
        });
        const found = async (
          query: Partial<SecretQuery>,
          ...sort: Parameters<typeof store.secrets.search>[1]
        ) => {
          const whole = { within: { projectId: PROJECT.id }, at: NOW, ...query };
          const rows = await store.secrets.search(whole, sort, WINDOW);
          assert.equal(await store.secrets.count(whole), rows.length);
          return rows.map(row => Number.parseInt(row.id.slice(-4), 16));
        };
        assert.deepEqual(await found({}), [102, 100, 101, 103]);
        assert.deepEqual(await found({ within: { listing: 'id of me' } }), [101, 105]);
        assert.deepEqual(await found({ within: { listing: 'me' } }), []);
        assert.deepEqual(await found({ name: 'KEY_1' }), [100]);
        assert.deepEqual(await found({ name: 'key_2' }), [101]);
        assert.deepEqual(await found({ name: 'key%' }), [100, 101]);
        assert.deepEqual(await found({ name: '100\\%' }), [103]);
        assert.deepEqual(await found({ name: '\u0001key%\u0001' }), [100, 101]);
        assert.deepEqual(await found({ algorithm: 'aes' }), [100, 101]);
        assert.deepEqual(await found({ mode: 'c_c', bitLength: undefined }), [101]);
        assert.deepEqual(await found({ bitLength: 128 }), [100]);
        assert.deepEqual(await found({ type: 'private' }), [102]);
        const created = (relation: InstantRelation) =>
          found({ instants: { createdAt: rangeOf(relation, 101) } });
        assert.deepEqual(await created('gt'), [103]);
        assert.deepEqual(await created('gte'), [101, 103]);
        assert.deepEqual(await created('lt'), [102, 100]);
        assert.deepEqual(await created('lte'), [102, 100, 101]);
        assert.deepEqual(await created('eq'), [101]);
        assert.deepEqual(await found({ instants: { expiresAt: rangeOf('gt', 0) } }), [103]);
        assert.deepEqual(await found({}, { by: 'name', descending: false }), [102, 103, 100, 101]);
        assert.deepEqual(await found({}, { by: 'name', descending: true }), [101, 100, 103, 102]);
        const terms = [
          { by: 'mode', descending: true },
          { by: 'createdAt', descending: true },
        ] as const;
        assert.deepEqual(await found({}, ...terms), [101, 103, 100, 102]);
        const asked = { within: { projectId: PROJECT.id }, at: NOW };
        const part = await store.secrets.search(asked, [], { offset: 1, limit: 2 });
        assert.deepEqual(
          part.map(row => row.id),
          [id(100), id(101)],
        );
      }));

    it('takes a deleted secret out of its containers, with its consumers and its access list', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.secrets.insert(sampleSecret(100));
          await tx.secrets.insert(sampleSecret(101));
          const members = [{ name: 'a', secretId: id(100) }, { secretId: id(101) }];
          await tx.containers.insert(sampleContainer(200, members));
          await tx.consumers.put(sampleConsumer(100, 'one'));
          await tx.accessLists.put(sampleList(100, ['me']));
          await tx.secrets.delete(id(100));
        });
        assert.equal(await store.secrets.find(id(100)), undefined);
        assert.deepEqual((await store.containers.find(id(200)))?.secrets, [
          { name: undefined, secretId: id(101) },
        ]);
        assert.equal(await store.consumers.count(id(100)), 0);
        assert.equal(await store.accessLists.find(id(100)), undefined);
      }));
  });

  describe(`${subject.name}: containers, consumers, access lists`, () => {
    it('keeps the secrets of a container in their order, each under its name once', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          for (const n of [100, 101, 102]) await tx.secrets.insert(sampleSecret(n));
          await tx.containers.insert(sampleContainer(200, [{ name: 'z', secretId: id(102) }]));
          await tx.containers.addSecret(id(200), { secretId: id(100) }, 300);
          await tx.containers.addSecret(id(200), { name: 'b', secretId: id(100) }, 300);
          const again = tx.containers.addSecret(id(200), { secretId: id(100) }, 300);
          await assert.rejects(again, isCode('alreadyExists'));
          await tx.containers.removeSecret(id(200), { name: 'z', secretId: id(102) }, 400);
          const gone = tx.containers.removeSecret(id(200), { name: 'z', secretId: id(102) }, 400);
          await assert.rejects(gone, isCode('notFound'));
          await tx.containers.insert({ ...sampleContainer(201), name: undefined, type: 'rsa' });
        });
        const container = await store.containers.find(id(200));
        assert.deepEqual(container, {
          ...sampleContainer(200),
          secrets: [
            { name: undefined, secretId: id(100) },
            { name: 'b', secretId: id(100) },
          ],
          updatedAt: 400,
        });
        const found = async (query: object) => {
          const whole = { projectId: PROJECT.id, ...query };
          const rows = await store.containers.list(whole, WINDOW);
          assert.equal(await store.containers.count(whole), rows.length);
          return rows.map(row => row.id);
        };
        assert.deepEqual(await found({}), [id(200), id(201)]);
        assert.deepEqual(await found({ name: 'CONTAINER%' }), [id(200)]);
        assert.deepEqual(await found({ type: 'rsa' }), [id(201)]);
        await store.transaction(async tx => {
          await tx.consumers.put(sampleConsumer(200, 'one'));
          await tx.accessLists.put(sampleList(200, []));
          await tx.containers.delete(id(200));
          await assert.rejects(tx.containers.delete(id(200)), isCode('notFound'));
        });
        assert.equal(await store.consumers.count(id(200)), 0);
        assert.equal(await store.accessLists.find(id(200)), undefined);
        assert.equal(await store.secrets.countOfProject(PROJECT.id), 3);
      }));

    it('keeps each consumer once, in both orders', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.consumers.put(sampleConsumer(100, 'b', 1));
          await tx.consumers.put(sampleConsumer(100, 'a', 2));
          await tx.consumers.put(sampleConsumer(100, 'b', 3));
          await tx.consumers.put(sampleConsumer(101, 'c', 1));
          await assert.rejects(tx.consumers.delete(sampleConsumer(101, 'd')), isCode('notFound'));
        });
        const services = async (order: 'createdAt' | 'service') =>
          (await store.consumers.list(id(100), order, WINDOW)).map(({ service }) => service);
        assert.deepEqual(await services('createdAt'), ['b', 'a']);
        assert.deepEqual(await services('service'), ['a', 'b']);
        assert.equal(await store.consumers.count(id(100)), 2);
        assert.equal(await store.consumers.countOfProject(PROJECT.id), 3);
        const all = await store.consumers.ofObjects([id(101), id(100)]);
        assert.deepEqual(
          all.map(({ service }) => service),
          ['b', 'a', 'c'],
        );
        assert.deepEqual(await store.consumers.ofObjects([]), []);
        await store.transaction(tx => tx.consumers.delete(sampleConsumer(100, 'b')));
        assert.deepEqual(await store.consumers.list(id(100), 'service', WINDOW), [
          sampleConsumer(100, 'a', 2),
        ]);
      }));

    it('puts an access list in the place of the one before', () =>
      subject.withStore(async store => {
        await store.transaction(tx => tx.accessLists.put(sampleList(100, ['b', 'a'])));
        assert.deepEqual(await store.accessLists.find(id(100)), sampleList(100, ['a', 'b']));
        const closed = { ...sampleList(100, ['c']), openToProject: false, updatedAt: 5 };
        await store.transaction(tx => tx.accessLists.put(closed));
        assert.deepEqual(await store.accessLists.find(id(100)), closed);
        await store.transaction(tx => tx.accessLists.delete(id(100)));
        await store.transaction(tx => tx.accessLists.delete(id(100)));
        assert.equal(await store.accessLists.find(id(100)), undefined);
      }));
  });

  describe(`${subject.name}: orders and quotas`, () => {
    it('lists orders by age, and by a part of what was asked', () =>
      subject.withStore(async store => {
        const failed = sampleOrder(101, { state: 'error', failure: 'no', secretId: undefined });
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.projects.insert(OTHER);
          await tx.orders.insert(failed);
          await tx.orders.insert(sampleOrder(100));
          await tx.orders.insert(sampleOrder(102, { projectId: OTHER.id }));
        });
        const found = async (requestPart?: string) => {
          const whole = { projectId: PROJECT.id, requestPart };
          const rows = await store.orders.list(whole, WINDOW);
          assert.equal(await store.orders.count(whole), rows.length);
          return rows.map(row => row.id);
        };
        assert.deepEqual(await found(), [id(100), id(101)]);
        assert.deepEqual(await found('order 101"'), [id(101)]);
        assert.deepEqual(await found('%'), []);
        assert.deepEqual(await store.orders.find(id(101)), failed);
        await store.transaction(tx => tx.orders.delete(id(101)));
        await assert.rejects(
          store.transaction(tx => tx.orders.delete(id(101))),
          isCode('notFound'),
        );
      }));

    it('keeps the quotas of projects, known ones or not', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await tx.quotas.put({ projectId: 'b', quotas: { secrets: 1 } });
          await tx.quotas.put({ projectId: 'a', quotas: {} });
          await tx.quotas.put({ projectId: 'b', quotas: { orders: -1 } });
        });
        const both = [
          { projectId: 'a', quotas: {} },
          { projectId: 'b', quotas: { orders: -1 } },
        ];
        assert.deepEqual(await store.quotas.list(WINDOW), both);
        assert.equal(await store.quotas.count(), 2);
        assert.deepEqual(await store.quotas.find('b'), both[1]);
        await store.transaction(tx => tx.quotas.delete('b'));
        assert.equal(await store.quotas.find('b'), undefined);
        await assert.rejects(
          store.transaction(tx => tx.quotas.delete('b')),
          isCode('notFound'),
        );
      }));
  });
}

function sampleConsumer(n: number, service: string, createdAt = 1) {
  const facts = { resourceType: 'image', resource: 'r', projectId: PROJECT.id };
  return { objectId: id(n), service, ...facts, createdAt };
}

const listed = (name: string) => ({ id: `id of ${name}`, name });

function sampleList(n: number, names: readonly string[]) {
  return { objectId: id(n), openToProject: true, principals: names.map(listed), createdAt: 3, updatedAt: 4 };
}

/** A row of each table, for snapshots. */
export async function insertKept(tx: Parameters<typeof insertHome>[0]): Promise<void> {
  await tx.secrets.insert(sampleSecret(9_000));
  await tx.containers.insert(sampleContainer(9_001, [{ name: 'a', secretId: id(9_000) }]));
  await tx.consumers.put(sampleConsumer(9_000, 'compute'));
  await tx.accessLists.put(sampleList(9_000, ['me']));
  await tx.orders.insert(sampleOrder(9_002));
  await tx.quotas.put({ projectId: PROJECT.id, quotas: { secrets: 5 } });
}
