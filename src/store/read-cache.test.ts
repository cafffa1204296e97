import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Store } from '../core/ports/store.ts';
import type { Key, KeyVersion } from '../domain/key.ts';
import { Generations } from './generations.ts';
import { openStore } from './index.ts';
import { ReadCache } from './read-cache.ts';

const PROJECT = { id: 'p', name: 'p', accountId: '000000000001', enabled: true, createdAt: 1, revision: 1 };
const RING = { id: 'r', projectId: 'p', name: 'default', createdBy: 'test', createdAt: 1 };
const KEY: Key = {
  id: '00000000-0000-4000-8000-000000000001',
  projectId: 'p',
  keyRingId: 'r',
  location: 'us-east-1',
  algorithm: 'aes-256',
  usages: ['encrypt', 'decrypt'],
  protection: 'software',
  origin: 'generated',
  exportable: false,
  publicOnly: false,
  label: '',
  description: '',
  tags: {},
  state: 'active',
  primaryVersion: 1,
  latestVersion: 1,
  createdBy: 'test',
  createdAt: 1,
  updatedAt: 1,
  revision: 1,
};
const VERSION: KeyVersion = {
  keyId: KEY.id,
  number: 1,
  state: 'active',
  cause: 'created',
  materialId: '0'.repeat(64),
  wrapped: new Uint8Array([1]),
  createdAt: 1,
};

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'keyhold-cache-'));
  const store = await openStore('sqlite', {
    dataDirectory,
    onFatal: error => {
      throw error;
    },
  });
  try {
    await store.transaction(async tx => {
      await tx.projects.insert(PROJECT);
      await tx.keyRings.insert(RING);
      await tx.keys.insert(KEY, VERSION);
    });
    await work(store);
  } finally {
    await store.close();
    await rm(dataDirectory, { recursive: true });
  }
}

test('a remembered read is gone in the very turn in which a change commits', async () => {
  await withStore(async store => {
    for (let round = 0; round < 200; round += 1) {
      const before = await store.keys.findWithVersion(KEY.id);
      assert.ok(before !== undefined);
      const state = before.key.state === 'active' ? 'suspended' : 'active';
      let committed = false;
      const change = store
        .transaction(tx => tx.keys.update({ ...before.key, state }))
        .then(() => {
          committed = true;
        });
      // Reads go on while the transaction runs: each one is the old or the new row, and after the answer only the new one.
      while (!committed) {
        await store.keys.findWithVersion(KEY.id);
        await new Promise(resume => setImmediate(resume));
      }
      await change;
      assert.equal((await store.keys.findWithVersion(KEY.id))?.key.state, state);
    }
  });
});

test('what a savepoint has undone and what a transaction has refused is never seen', async () => {
  await withStore(async store => {
    const state = async () => (await store.keys.findWithVersion(KEY.id))?.key.state;
    assert.equal(await state(), 'active');
    await store.transaction(async tx => {
      await assert.rejects(
        tx.savepoint(async () => {
          await tx.keys.update({ ...KEY, state: 'suspended' });
          throw new Error('undo');
        }),
      );
    });
    assert.equal(await state(), 'active');
    await assert.rejects(
      store.transaction(async tx => {
        await tx.keys.update({ ...KEY, state: 'suspended' });
        throw new Error('refuse');
      }),
    );
    assert.equal(await state(), 'active');
  });
});

test('absence is forgotten like everything else', async () => {
  await withStore(async store => {
    const name = { namespace: 'n', projectId: 'p', text: 't', keyId: KEY.id, createdAt: 1, updatedAt: 1 };
    assert.equal(await store.names.find('n', 'p', 't'), undefined);
    await store.transaction(tx => tx.names.insert(name));
    assert.equal((await store.names.find('n', 'p', 't'))?.keyId, KEY.id);
    await store.transaction(tx => tx.names.delete('n', 'p', 't'));
    assert.equal(await store.names.find('n', 'p', 't'), undefined);
  });
});

test('a repeated read does not ask the database before one of its own tables has changed', async () => {
  await withStore(async store => {
    const { reads, generations, asked } = countingBindings(store);
    await reads.bindings.ofPrincipal('a');
    await reads.bindings.ofPrincipal('a');
    assert.equal(asked(), 1);
    generations.begin(['keys', 'secrets', 'facets']);
    await reads.bindings.ofPrincipal('a');
    assert.equal(asked(), 1);
    generations.begin(['bindings']);
    await reads.bindings.ofPrincipal('a');
    assert.equal(asked(), 2);

    const first = await store.keys.findWithVersion(KEY.id);
    await store.transaction(tx => tx.log.putHead({ tree: new Uint8Array([1]), latestAt: 1, disorderMs: 0 }));
    await store.transaction(tx => tx.settings.put('x', 'y'));
    assert.equal(await store.keys.findWithVersion(KEY.id), first);
    // A key is read with its project.
    await store.transaction(tx => tx.projects.update(PROJECT));
    assert.notEqual(await store.keys.findWithVersion(KEY.id), first);
  });
});

test('a read that a commit overtakes is given out and not remembered', async () => {
  await withStore(async store => {
    const gate = Promise.withResolvers<void>();
    const { reads, generations, asked } = countingBindings(store, gate.promise);
    const slow = reads.bindings.ofPrincipal('a');
    generations.begin(['bindings']);
    gate.resolve();
    await slow;
    await reads.bindings.ofPrincipal('a');
    assert.equal(asked(), 2);
  });
});

test('a transaction shares what is remembered, but for the tables that it has written', async () => {
  await withStore(async store => {
    const outside = await store.keys.findWithVersion(KEY.id);
    await store.transaction(async tx => {
      assert.equal(await tx.keys.findWithVersion(KEY.id), outside);
      await tx.names.insert({
        namespace: 'n',
        projectId: 'p',
        text: 't',
        keyId: KEY.id,
        createdAt: 1,
        updatedAt: 1,
      });
      assert.equal(await tx.keys.findWithVersion(KEY.id), outside);
      await tx.keys.update({ ...KEY, state: 'suspended' });
      assert.equal((await tx.keys.findWithVersion(KEY.id))?.key.state, 'suspended');
      assert.equal(await store.keys.findWithVersion(KEY.id), outside);
    });
    assert.equal((await store.keys.findWithVersion(KEY.id))?.key.state, 'suspended');
  });
});

test('a transaction that is over or has failed gives out nothing that is remembered', async () => {
  await withStore(async store => {
    const kept = await store.transaction(async tx => {
      await tx.projects.find('p');
      return tx;
    });
    await assert.rejects(kept.projects.find('p'), /not used after its end/);
    const dangling = { namespace: 'n', projectId: 'p', text: 't', keyId: 'none', createdAt: 1, updatedAt: 1 };
    await assert.rejects(
      store.transaction(async tx => {
        await assert.rejects(tx.names.insert(dangling), { code: 'conflict' });
        await assert.rejects(tx.projects.find('p'), { code: 'conflict' });
      }),
      { code: 'conflict' },
    );
  });
});

test('what is remembered is given to the same question alone', async () => {
  await withStore(async store => {
    const asked: string[] = [];
    const answering =
      (name: string) =>
      async (...given: readonly unknown[]) => {
        asked.push(name);
        return JSON.stringify(given);
      };
    const group = (...names: readonly string[]) =>
      Object.fromEntries(names.map(name => [name, answering(name)]));
    const answers = {
      ...store,
      keyRings: group('find', 'findByName'),
      keys: group('findWithVersion'),
      names: group('find'),
      facets: group('get'),
      credentials: group('findHolderById', 'findHolder'),
      rules: group('applying'),
    } as unknown as Store;
    const reads = new ReadCache(new Generations()).reads(answers);
    const questions: readonly (() => Promise<unknown>)[] = [
      ...[undefined, 1, 2].map(version => () => reads.keys.findWithVersion('k', version)),
      () => reads.keys.findWithVersion('k1'),
      ...['a', 'ab'].map(project => () => reads.keyRings.findByName(project, project === 'a' ? 'bc' : 'c')),
      () => reads.keyRings.find('a'),
      () => reads.names.find('n', 'p', 't'),
      () => reads.names.find('n', 'q', 't'),
      () => reads.names.find('m', 'p', 't'),
      () => reads.names.find('n', 'p', 'u'),
      () => reads.facets.get('o', 'one'),
      () => reads.facets.get('o', 'other'),
      () => reads.credentials.findHolder('apiKey', 'l'),
      () => reads.credentials.findHolder('certificate', 'l'),
      () => reads.credentials.findHolderById('l'),
      () => reads.rules.applying({ projectId: 'p', keyRingId: 'r', keyId: 'k' }),
      () => reads.rules.applying({ projectId: 'p', keyRingId: 'r', keyId: 'l' }),
      () => reads.rules.applying({ projectId: 'p', keyRingId: 's', keyId: 'k' }),
      () => reads.rules.applying({ projectId: 'q', keyRingId: 'r', keyId: 'k' }),
    ];
    const first = [];
    for (const question of questions) first.push(await question());
    assert.equal(asked.length, questions.length, 'each is a question of its own');
    const again = [];
    for (const question of questions) again.push(await question());
    assert.deepEqual(again, first);
    assert.equal(asked.length, questions.length, 'each is answered from memory');
  });
});

test('what is remembered is bounded, and goes at once when there is too much of it', async () => {
  await withStore(async store => {
    const { reads, asked } = countingBindings(store);
    for (let n = 0; n < 5_001; n += 1) await reads.bindings.ofPrincipal(String(n));
    await reads.bindings.ofPrincipal('5000');
    assert.equal(asked(), 5_001);
    await reads.bindings.ofPrincipal('0');
    assert.equal(asked(), 5_002);
  });
});

/** The reads of the store through a cache of their own; those of bindings are counted, and wait for the gate. */
function countingBindings(store: Store, gate: Promise<void> = Promise.resolve()) {
  const generations = new Generations();
  let asked = 0;
  const ofPrincipal = async () => {
    asked += 1;
    await gate;
    return [];
  };
  const counted = { ...store, bindings: { ...store.bindings, ofPrincipal } };
  return { reads: new ReadCache(generations).reads(counted), generations, asked: () => asked };
}
