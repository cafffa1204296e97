// What custody must do whatever provides its root key: one suite, run on each provider.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { BrokenInvariant } from '../../src/base/assert.ts';
import { hex, utf8 } from '../../src/base/bytes.ts';
import { revealSecretBytes } from '../../src/base/secret-bytes.ts';
import type { WrappingKeyRow } from '../../src/core/ports/store.ts';
import { createCustody, type SealableCustody } from '../../src/custody/index.ts';
import type { RootKeyProvider } from '../../src/custody/root/root-key.ts';
import type { CustodyStore } from '../../src/custody/root-keys.ts';
import { NO_CONTEXT } from '../../src/domain/message-context.ts';
import { generateKey, makeProject, NOW, type StoredKey, secretText } from '../support/custody-subject.ts';
import { manualClock, systemRandom } from '../support/time-and-chance.ts';

export interface CustodySubject {
  readonly name: string;
  makeStore(): Promise<CustodyStore>;
  /** A provider of its own secret: two calls make two that do not open each other's rows. */
  makeProvider(): Promise<RootKeyProvider>;
}

export function custodyOver(
  store: CustodyStore,
  provider: RootKeyProvider,
  olderProviders: readonly RootKeyProvider[] = [],
): SealableCustody {
  return createCustody({ store, provider, olderProviders, clock: manualClock(NOW), random: systemRandom });
}

export function custodyContract({ name, makeStore, makeProvider }: CustodySubject): void {
  async function unsealed() {
    const [store, provider] = [await makeStore(), await makeProvider()];
    const custody = custodyOver(store, provider);
    await custody.unseal();
    return { store, provider, custody };
  }

  test(`${name}: before unseal and after seal everything is refused as sealed`, async () => {
    const { custody, store } = await unsealed();
    const projectId = await makeProject(custody, store);
    const { key, version } = await generateKey(custody, 'aes-256', projectId);
    custody.seal();
    assert.throws(() => custody.requireReady(), { code: 'sealed' });
    await assert.rejects(custody.open(key, version), { code: 'sealed' });
    await assert.rejects(custody.exportMaterial(key, version), { code: 'sealed' });
    await assert.rejects(generateKey(custody, 'aes-256', projectId), { code: 'sealed' });
    await assert.rejects(makeProject(custody, store), { code: 'sealed' });
    using secret = secretText('secret');
    await assert.rejects(custody.wrapSecret(undefined, 'label', secret), { code: 'sealed' });
    await assert.rejects(custody.rotateRoot(), { code: 'sealed' });
    await custody.unseal();
    custody.requireReady();
    using handle = await custody.open(key, version);
    assert.ok(await handle.sealMessage({ plaintext: utf8('text'), context: NO_CONTEXT }));
  });

  test(`${name}: a second start opens what the first one made`, async () => {
    const { custody, store, provider } = await unsealed();
    const projectId = await makeProject(custody, store);
    const stored = await generateKey(custody, 'aes-256', projectId);
    using secret = secretText('of the system');
    const wrapped = await custody.wrapSecret(undefined, 'label', secret);
    const sealed = await sealText(custody, stored, 'text');
    const next = custodyOver(store, provider);
    await next.unseal();
    await next.unseal();
    assert.equal(await openText(next, stored, sealed), 'text');
    using unwrapped = await next.unwrapSecret(undefined, 'label', wrapped);
    assert.equal(hex(revealSecretBytes(unwrapped)), hex(utf8('of the system')));
    assert.equal((await store.rootKeys.list()).length, 1);
  });

  test(`${name}: nodes that start together on a new store agree on one root key`, async () => {
    const [store, provider] = [await makeStore(), await makeProvider()];
    const nodes = Array.from({ length: 4 }, () => custodyOver(store, provider));
    await Promise.all(nodes.map(node => node.unseal()));
    assert.equal((await store.rootKeys.list()).length, 1);
    const [first, ...others] = nodes;
    assert.ok(first);
    const stored = await generateKey(first, 'aes-256', await makeProject(first, store));
    const sealed = await sealText(first, stored, 'text');
    for (const other of others) assert.equal(await openText(other, stored, sealed), 'text');
  });

  test(`${name}: a node that another one overtakes between two looks at the store takes its root key`, async () => {
    const [store, provider] = [await makeStore(), await makeProvider()];
    const { wrappingKeys } = store;
    const overtaken = {
      ...store,
      wrappingKeys: {
        ...wrappingKeys,
        async count() {
          await custodyOver(store, provider).unseal();
          return wrappingKeys.count();
        },
      },
    };
    await custodyOver(overtaken, provider).unseal();
    assert.equal((await store.rootKeys.list()).length, 1);
  });

  test(`${name}: the wrong root key is a clear error, never a fresh start`, async () => {
    const { store } = await unsealed();
    const before = await store.rootKeys.list();
    const wrong = custodyOver(store, await makeProvider());
    await assert.rejects(wrong.unseal(), { code: 'sealed' });
    assert.throws(() => wrong.requireReady(), { code: 'sealed' });
    assert.deepEqual(await store.rootKeys.list(), before);
  });

  test(`${name}: wrapped keys without a root key row are damage, not a new installation`, async () => {
    const { store, provider } = await unsealed();
    const rootless: CustodyStore = { ...store, rootKeys: { list: async () => [] } };
    await assert.rejects(custodyOver(rootless, provider).unseal(), { code: 'sealed', message: /damaged/ });
  });

  test(`${name}: wrapping keys that change places do not open`, async () => {
    const { custody, store, provider } = await unsealed();
    const [mine, theirs] = [await makeProject(custody, store), await makeProject(custody, store)];
    const stored = await generateKey(custody, 'aes-256', mine);
    const rows = [
      ...(await store.wrappingKeys.ofProject(mine)),
      ...(await store.wrappingKeys.ofProject(theirs)),
    ];
    const swap = (row: WrappingKeyRow): WrappingKeyRow => ({
      ...row,
      wrapped: rows.find(other => other.projectId !== row.projectId)?.wrapped ?? row.wrapped,
    });
    await store.transaction(async tx => {
      for (const row of rows) await tx.wrappingKeys.rewrap(swap(row));
    });
    const next = custodyOver(store, provider);
    await next.unseal();
    await assert.rejects(next.open(stored.key, stored.version), BrokenInvariant);
  });

  test(`${name}: 64 requests for a cold key unwrap it once`, async () => {
    const { custody, store, provider } = await unsealed();
    const { key, version } = await generateKey(custody, 'aes-256', await makeProject(custody, store));
    let reads = 0;
    const counted: CustodyStore = {
      ...store,
      wrappingKeys: {
        ...store.wrappingKeys,
        ofProject: id => {
          reads += 1;
          return store.wrappingKeys.ofProject(id);
        },
      },
    };
    const next = custodyOver(counted, provider);
    await next.unseal();
    await Promise.all(Array.from({ length: 64 }, () => next.open(key, version)));
    assert.equal(reads, 1);
  });

  test(`${name}: nothing that custody gives out shows a secret`, async () => {
    const { custody, store } = await unsealed();
    const stored = await generateKey(custody, 'aes-256', await makeProject(custody, store));
    using material = await custody.exportMaterial(stored.key, stored.version);
    using handle = await custody.open(stored.key, stored.version);
    const refusal = await handle.sign('ecdsa-sha-256', utf8('text')).catch((thrown: unknown) => thrown);
    const wrapped = Uint8Array.from(stored.version.wrapped, (byte, at) => (at === 60 ? byte ^ 1 : byte));
    const damage = await custody
      .open(stored.key, { ...stored.version, wrapped })
      .catch((thrown: unknown) => thrown);
    const shown = [custody, handle, material, refusal, damage]
      .map(value => `${inspect(value, { depth: 12, showHidden: true })} ${JSON.stringify(value)} ${value}`)
      .join();
    const bytes = Buffer.from(revealSecretBytes(material));
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      assert.ok(!shown.includes(bytes.toString(encoding)), encoding);
    }
    assert.ok(!shown.includes([...bytes].join(', ')));
    assert.equal(hex(bytes).length, 64);
  });
}

export async function sealText(
  custody: SealableCustody,
  { key, version }: StoredKey,
  text: string,
): Promise<Uint8Array> {
  using handle = await custody.open(key, version);
  return handle.sealMessage({ plaintext: utf8(text), context: NO_CONTEXT });
}

export async function openText(
  custody: SealableCustody,
  { key, version }: StoredKey,
  ciphertext: Uint8Array,
): Promise<string> {
  using handle = await custody.open(key, version);
  using plaintext = await handle.openMessage({ ciphertext, context: NO_CONTEXT });
  return Buffer.from(revealSecretBytes(plaintext)).toString();
}
