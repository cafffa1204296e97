// What every provider of root keys must do, whatever stands behind it: one suite, run on each.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { BrokenInvariant } from '../../src/base/assert.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../src/base/secret-bytes.ts';
import type { RootKeyRow } from '../../src/core/ports/store.ts';
import { type NewRootKey, openRootKey, type RootKeyProvider } from '../../src/custody/root/root-key.ts';
import { KmsError } from '../../src/domain/errors.ts';

export interface RootProviderSubject {
  readonly name: string;
  /** A provider with nothing made yet. `other` is one of the same kind with another secret, in another place. */
  make(): Promise<{ readonly provider: RootKeyProvider; readonly other: RootKeyProvider }>;
}

const BINDING = utf8('where the key belongs');

export function rootProviderContract({ name, make }: RootProviderSubject): void {
  test(`${name}: a root key that was made is opened again and unwraps what it wrapped`, async () => {
    const { provider } = await make();
    const created = await provider.create(1);
    using secret = SecretBytes.own(new Uint8Array(32).fill(9));
    const wrapped = await created.root.wrap(secret, BINDING);
    created.root.close();
    const opened = await openRootKey([provider], rowOf(provider, created));
    using unwrapped = await opened.unwrap(wrapped, BINDING);
    assert.deepEqual(Uint8Array.from(revealSecretBytes(unwrapped)), new Uint8Array(32).fill(9));
  });

  test(`${name}: generations are different keys, and each opens its own wrappings only`, async () => {
    const { provider } = await make();
    const [first, second] = [await provider.create(1), await provider.create(2)];
    assert.notEqual(first.root.fingerprint, second.root.fingerprint);
    using secret = SecretBytes.own(new Uint8Array(32));
    const wrapped = await first.root.wrap(secret, BINDING);
    await assert.rejects(second.root.unwrap(wrapped, BINDING), BrokenInvariant);
  });

  test(`${name}: wrapped bytes open under their own binding only, and never twice the same`, async () => {
    const { provider } = await make();
    const { root } = await provider.create(1);
    using secret = SecretBytes.own(new Uint8Array(32));
    const [once, twice] = [await root.wrap(secret, BINDING), await root.wrap(secret, BINDING)];
    assert.notDeepEqual(once, twice);
    await assert.rejects(root.unwrap(once, utf8('elsewhere')), BrokenInvariant);
    for (let at = 0; at < once.length; at++) {
      const changed = Uint8Array.from(once);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await assert.rejects(root.unwrap(changed, BINDING), BrokenInvariant, `byte ${at}`);
    }
    await assert.rejects(root.unwrap(new Uint8Array(0), BINDING), BrokenInvariant);
  });

  test(`${name}: the wrong root key is refused with both fingerprints`, async () => {
    const { provider, other } = await make();
    const [mine, theirs] = [await provider.create(1), await other.create(1)];
    assert.notEqual(mine.root.fingerprint, theirs.root.fingerprint);
    // The row of the one with the parameters of the other: the secret alone is wrong.
    const row = { ...rowOf(provider, theirs), fingerprint: mine.root.fingerprint };
    await assert.rejects(openRootKey([other], row), (thrown: unknown) => {
      assert.ok(thrown instanceof KmsError);
      assert.equal(thrown.code, 'sealed');
      assert.match(thrown.message, /^Wrong root key/);
      assert.deepEqual(
        [thrown.details.expected, thrown.details.found],
        [mine.root.fingerprint, theirs.root.fingerprint],
      );
      return true;
    });
    assert.equal(
      (await openRootKey([other, provider], rowOf(provider, mine))).fingerprint,
      mine.root.fingerprint,
    );
  });

  test(`${name}: a provider that is not configured is named`, async () => {
    const { provider } = await make();
    const row = { ...rowOf(provider, await provider.create(1)), provider: 'elsewhere' };
    await assert.rejects(openRootKey([provider], row), { code: 'sealed', message: /"elsewhere"/ });
  });

  test(`${name}: removing is repeatable, and a closed root key is not used`, async () => {
    const { provider } = await make();
    const created = await provider.create(1);
    await provider.remove(rowOf(provider, created));
    await provider.remove(rowOf(provider, created));
    created.root.close();
    created.root.close();
    using secret = SecretBytes.own(new Uint8Array(32));
    await assert.rejects(created.root.wrap(secret, BINDING), BrokenInvariant);
  });

  test(`${name}: neither provider nor root key shows a secret`, async () => {
    const { provider } = await make();
    const created = await provider.create(1);
    const shown = inspect([provider, created], { depth: 9, showHidden: true }) + JSON.stringify(created);
    assert.doesNotMatch(shown.replaceAll(created.root.fingerprint, ''), /[0-9a-f]{33,}|keyhold-root-key/);
  });
}

export function rowOf(provider: RootKeyProvider, created: NewRootKey, generation = 1): RootKeyRow {
  return {
    generation,
    provider: provider.name,
    parameters: created.parameters,
    fingerprint: created.root.fingerprint,
    state: 'current',
    createdAt: 0,
  };
}
