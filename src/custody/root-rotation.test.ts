// Rotation of the root key: killed at each of its steps, it completes when it is run again, and nothing is lost on the way.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { custodyOver, openText, sealText } from '../../test/contract/custody.ts';
import { custodyStore } from '../../test/support/custody-store.ts';
import {
  generateKey,
  makeProject,
  NOW,
  type StoredKey,
  secretText,
} from '../../test/support/custody-subject.ts';
import { type FaultPlan, Faults, InjectedFault } from '../../test/support/faults.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { manualClock, systemRandom } from '../../test/support/time-and-chance.ts';
import { KmsError } from '../domain/errors.ts';
import { createCustody, type SealableCustody } from './index.ts';
import { fileRootKeyProvider } from './root/file.ts';
import { passphraseRootKeyProvider } from './root/passphrase.ts';
import type { RootKey, RootKeyProvider } from './root/root-key.ts';
import type { CustodyStore } from './root-keys.ts';
import type { RotationProgress } from './root-rotation.ts';

const PROJECTS = 4;
/** Five wrapping keys with the one of the system: three batches. */
const BATCH = { batchRowsMax: 2 };

interface Subject {
  readonly store: CustodyStore;
  readonly directory: string;
  readonly provider: RootKeyProvider;
  readonly custody: SealableCustody;
  readonly keys: readonly { readonly stored: StoredKey; readonly sealed: Uint8Array }[];
}

async function subject(): Promise<Subject> {
  const store = await custodyStore();
  const directory = await temporaryDirectory();
  const provider = fileRootKeyProvider({ directory, random: systemRandom });
  const custody = custodyOver(store, provider);
  await custody.unseal();
  const keys = [];
  for (let count = 0; count < PROJECTS; count++) {
    const stored = await generateKey(custody, 'aes-256', await makeProject(custody, store));
    keys.push({ stored, sealed: await sealText(custody, stored, `text ${count}`) });
  }
  return { store, directory, provider, custody, keys };
}

async function assertAllOpen(custody: SealableCustody, { keys }: Subject): Promise<void> {
  for (const [at, { stored, sealed }] of keys.entries()) {
    assert.equal(await openText(custody, stored, sealed), `text ${at}`);
  }
}

async function assertComplete({ store, directory }: Subject, generations: readonly number[]): Promise<void> {
  const rows = await store.rootKeys.list();
  const current = rows.filter(({ state }) => state === 'current');
  assert.equal(current.length, 1);
  assert.equal(rows.filter(({ state }) => state === 'retiring').length, 0);
  const generation = current[0]?.generation ?? 0;
  assert.ok(generations.includes(generation), `generation ${generation}`);
  assert.deepEqual(await store.wrappingKeys.notWrappedBy(generation, 10), []);
  assert.deepEqual(await readdir(directory), [`root-${generation}.key`]);
}

test('a rotation rewraps every wrapping key, removes the old file and reports its progress', async () => {
  const parts = await subject();
  const progress: RotationProgress[] = [];
  const summary = await parts.custody.rotateRoot({ ...BATCH, onProgress: step => progress.push(step) });
  assert.deepEqual(summary, { generation: 2, provider: 'file', begun: true });
  await assertComplete(parts, [2]);
  assert.deepEqual(
    progress,
    [2, 4, 5].map(rewrapped => ({ rewrapped, total: PROJECTS + 1 })),
  );
  await assertAllOpen(parts.custody, parts);
  const next = custodyOver(parts.store, parts.provider);
  await next.unseal();
  await assertAllOpen(next, parts);
  await next.rotateRoot();
  await assertComplete(parts, [3]);
});

for (const when of ['before', 'after'] as const) {
  test(`killed ${when} each call to store and provider, the rotation completes when run again`, async t => {
    let killed = 0;
    for (let failingCall = 1; ; failingCall++) {
      const parts = await subject();
      if (!(await rotateUnder(parts, { failingCall, when }))) break;
      killed += 1;
      // A new process finds what the dead one has left.
      const next = custodyOver(parts.store, parts.provider);
      await next.unseal();
      await assertAllOpen(next, parts);
      await next.rotateRoot(BATCH);
      // Where the dead process had finished already, running it again is another rotation.
      await assertComplete(parts, [2, 3]);
      await assertAllOpen(next, parts);
      const later = custodyOver(parts.store, parts.provider);
      await later.unseal();
      await assertAllOpen(later, parts);
    }
    t.diagnostic(`killed at ${killed} steps`);
    assert.ok(killed > 25);
  });
}

/** Whether the fault struck before the rotation was over. */
async function rotateUnder({ store, provider }: Subject, plan: FaultPlan): Promise<boolean> {
  const faults = new Faults({ ...plan, failingCall: plan.failingCall + CALLS_OF_UNSEAL });
  const custody = custodyOver(faults.into(store), faults.into(provider));
  await custody.unseal();
  const [outcome] = await Promise.allSettled([custody.rotateRoot(BATCH)]);
  if (outcome.status === 'rejected')
    assert.ok(outcome.reason instanceof InjectedFault, String(outcome.reason));
  return faults.struck;
}

/** Listing the root keys and opening one. */
const CALLS_OF_UNSEAL = 2;

test('custody keeps working while its root key is rotated', async () => {
  const parts = await subject();
  const { custody, store } = parts;
  let done = false;
  const rotation = custody.rotateRoot({ batchRowsMax: 1 }).finally(() => {
    done = true;
  });
  let rounds = 0;
  while (!done) {
    const stored = await generateKey(custody, 'aes-256', await makeProject(custody, store));
    assert.equal(await openText(custody, stored, await sealText(custody, stored, 'new')), 'new');
    await assertAllOpen(custody, parts);
    rounds += 1;
    // Lets files be read and written.
    await setImmediate();
  }
  await rotation;
  assert.ok(rounds > 0);
  await assertComplete(parts, [2]);
});

test('another node goes on over a rotation that it did not make', async () => {
  const parts = await subject();
  const node = custodyOver(parts.store, parts.provider);
  await node.unseal();
  await parts.custody.rotateRoot();
  await assertAllOpen(node, parts);
  const stored = await generateKey(node, 'aes-256', await makeProject(node, parts.store));
  await assertComplete(parts, [2]);
  assert.equal(await openText(parts.custody, stored, await sealText(node, stored, 'text')), 'text');
});

test('requests that meet a new generation together open it once, and none finds it closed', async () => {
  const parts = await subject();
  const node = custodyOver(parts.store, parts.provider);
  await node.unseal();
  await parts.custody.rotateRoot();
  await Promise.all(Array.from({ length: 16 }, () => makeProject(node, parts.store)));
  await assertAllOpen(node, parts);
});

test('a wrapping key that is rewrapped while it is read opens all the same', async () => {
  const parts = await subject();
  let rotate = async () => {};
  const slow: CustodyStore = {
    ...parts.store,
    wrappingKeys: {
      ...parts.store.wrappingKeys,
      async ofProject(projectId) {
        const rows = await parts.store.wrappingKeys.ofProject(projectId);
        await rotate();
        return rows;
      },
    },
  };
  const node = custodyOver(slow, parts.provider);
  await node.unseal();
  rotate = async () => {
    rotate = async () => {};
    await node.rotateRoot();
  };
  await assertAllOpen(node, parts);
});

test('two nodes that rotate at once do no harm', async () => {
  const parts = await subject();
  const node = custodyOver(parts.store, parts.provider);
  await node.unseal();
  await Promise.all([parts.custody.rotateRoot(BATCH), node.rotateRoot(BATCH)]);
  await assertComplete(parts, [2, 3]);
  await assertAllOpen(parts.custody, parts);
  await assertAllOpen(node, parts);
});

/** A node that waits before the transaction of that number, from 1, until something else has happened. */
async function nodeOvertaken({ store, provider }: Subject, number: number, meanwhile: () => Promise<void>) {
  let transactions = 0;
  const slow: CustodyStore = {
    ...store,
    async transaction(work) {
      transactions += 1;
      if (transactions === number) await meanwhile();
      return store.transaction(work);
    },
  };
  const node = custodyOver(slow, provider);
  await node.unseal();
  return node;
}

const die = (): never => {
  throw new InjectedFault();
};

test('what was rewrapped for a rotation that another one has overtaken is dropped: its root key is gone', async () => {
  const parts = await subject();
  // After the one that begins: the first batch.
  const node = await nodeOvertaken(parts, 2, async () => {
    assert.equal((await parts.custody.rotateRoot()).begun, false);
    assert.equal((await parts.custody.rotateRoot()).begun, true);
  });
  await assert.rejects(node.rotateRoot({ onProgress: die }), InjectedFault);
  await assertComplete(parts, [3]);
  const later = custodyOver(parts.store, parts.provider);
  await later.unseal();
  await assertAllOpen(later, parts);
});

test('a root key is not retired by a node that finds nothing left, while the next rotation has begun', async () => {
  const parts = await subject();
  // After the one that begins and the only batch: the one that retires.
  const node = await nodeOvertaken(parts, 3, async () => {
    assert.equal((await parts.custody.rotateRoot()).begun, false);
    await assert.rejects(parts.custody.rotateRoot({ batchRowsMax: 1, onProgress: die }), InjectedFault);
  });
  assert.deepEqual(await node.rotateRoot(), { generation: 3, provider: 'file', begun: true });
  await assertComplete(parts, [3]);
  const later = custodyOver(parts.store, parts.provider);
  await later.unseal();
  await assertAllOpen(later, parts);
});

test('a rotation leaves one root key open, and sealing none', async () => {
  const { store, provider } = await subject();
  const open = new Set<RootKey>();
  const counted = (root: RootKey): RootKey => {
    open.add(root);
    return {
      fingerprint: root.fingerprint,
      wrap: (wrappingKey, binding) => root.wrap(wrappingKey, binding),
      unwrap: (wrapped, binding) => root.unwrap(wrapped, binding),
      close() {
        open.delete(root);
        root.close();
      },
    };
  };
  const custody = custodyOver(store, {
    ...provider,
    async create(generation) {
      const made = await provider.create(generation);
      return { ...made, root: counted(made.root) };
    },
    open: async row => counted(await provider.open(row)),
  });
  await custody.unseal();
  await custody.rotateRoot(BATCH);
  await setImmediate();
  assert.equal(open.size, 1);
  custody.seal();
  await setImmediate();
  assert.equal(open.size, 0);
});

test('a root key that does not open again, or that a sweep may have erased, does not come into service', async () => {
  const parts = await subject();
  const { store, provider } = parts;
  const before = await store.rootKeys.list();
  const forgetful: RootKeyProvider = {
    ...provider,
    open: row =>
      row.generation === 1 ? provider.open(row) : Promise.reject(new KmsError('sealed', 'Lost.')),
  };
  const inToken: RootKeyProvider = {
    ...provider,
    create: async generation => ({ ...(await provider.create(generation)), madeInTokenAt: NOW }),
  };
  const requireUnswept = async (_tx: unknown, madeInTokenAt?: number) => {
    throw new KmsError('conflict', `Swept since ${madeInTokenAt}.`);
  };
  const parted = { store, clock: manualClock(NOW), random: systemRandom, requireUnswept };
  for (const [chosen, refusal] of [
    [forgetful, { code: 'sealed', message: 'Lost.' }],
    [inToken, { code: 'conflict', message: `Swept since ${NOW}.` }],
  ] as const) {
    const custody = createCustody({ ...parted, provider: chosen });
    await custody.unseal();
    await assert.rejects(custody.rotateRoot(), refusal);
    assert.deepEqual(await store.rootKeys.list(), before);
    await assertAllOpen(custody, parts);
  }
});

const passphraseProvider = (passphrase: string): RootKeyProvider =>
  passphraseRootKeyProvider({
    readPassphrase: async () => secretText(passphrase),
    random: systemRandom,
    cost: { memoryKiB: 19_456, passes: 1, parallelism: 1 },
  });

test('the root key moves from a file to a passphrase, and to another passphrase', async () => {
  const parts = await subject();
  const [first, second] = [passphraseProvider('first passphrase'), passphraseProvider('second passphrase')];
  await parts.custody.rotateRoot({ to: first });
  assert.deepEqual(await readdir(parts.directory), []);
  const next = custodyOver(parts.store, first);
  await next.unseal();
  await assertAllOpen(next, parts);
  await assert.rejects(custodyOver(parts.store, parts.provider).unseal(), {
    code: 'sealed',
    message: /"passphrase", which is not configured/,
  });
  await next.rotateRoot({ to: second });
  await assert.rejects(custodyOver(parts.store, first).unseal(), {
    code: 'sealed',
    message: /Wrong root key/,
  });
  const last = custodyOver(parts.store, second);
  await last.unseal();
  await assertAllOpen(last, parts);
});

test('a move to another provider that was killed needs both until it has completed', async () => {
  const parts = await subject();
  const to = passphraseProvider('the new passphrase');
  const faults = new Faults({ failingCall: 1, when: 'before' });
  const dying = custodyOver(
    { ...parts.store, wrappingKeys: faults.into(parts.store.wrappingKeys) },
    parts.provider,
  );
  await dying.unseal();
  await assert.rejects(dying.rotateRoot({ to }), InjectedFault);
  await assert.rejects(custodyOver(parts.store, to).unseal(), { code: 'sealed', message: /"file"/ });
  const next = custodyOver(parts.store, to, [parts.provider]);
  await next.unseal();
  await assertAllOpen(next, parts);
  assert.deepEqual(await next.rotateRoot(), { generation: 2, provider: 'passphrase', begun: false });
  assert.deepEqual(await readdir(parts.directory), []);
  const last = custodyOver(parts.store, to);
  await last.unseal();
  await assertAllOpen(last, parts);
});

test('a former provider that is away once the move is complete keeps nobody out', async () => {
  const parts = await subject();
  const to = passphraseProvider('the new passphrase');
  await parts.custody.rotateRoot({ to });
  const former = (fault: Error) => ({ ...parts.provider, remove: () => Promise.reject(fault) });
  const next = custodyOver(parts.store, to, [former(new KmsError('sealed', 'The device is away.'))]);
  await next.unseal();
  await assertAllOpen(next, parts);
  const failing = custodyOver(parts.store, to, [former(new Error('the disk is broken'))]);
  await assert.rejects(failing.unseal(), /the disk is broken/);
});
