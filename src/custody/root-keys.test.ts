import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { SecretBytes } from '../base/secret-bytes.ts';
import type { RootKeyRow } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import type { RootKey, RootKeyProvider } from './root/root-key.ts';
import { currentRow, RootKeys, sealed } from './root-keys.ts';

const rowOf = (generation: number, state: RootKeyRow['state'] = 'current'): RootKeyRow => ({
  generation,
  provider: 'held',
  parameters: '{}',
  fingerprint: 'f',
  state,
  createdAt: 1,
});
const ROOT: RootKey = {
  fingerprint: 'f',
  wrap: async () => EMPTY_BYTES,
  unwrap: async () => SecretBytes.own(new Uint8Array(0)),
  close: () => {},
};

function provider(changes: Partial<RootKeyProvider> = {}): RootKeyProvider {
  const create = async () => ({ root: ROOT, parameters: '{}' });
  return { name: 'held', create, open: async () => ROOT, remove: async () => {}, ...changes };
}

const over = (...providers: readonly RootKeyProvider[]) =>
  new RootKeys({ rootKeys: { list: async () => [rowOf(1)] } }, providers);

test('there is one current root key, or the database is damaged', () => {
  assert.equal(currentRow([rowOf(1, 'retiring'), rowOf(2)]).generation, 2);
  for (const rows of [[], [rowOf(1, 'retiring')], [rowOf(1), rowOf(2)]])
    assert.throws(() => currentRow(rows), { code: 'sealed' });
});

test('nothing is opened before an unseal, nor by a request that a seal has overtaken', async () => {
  const roots = over(provider());
  const reads = { rootKeys: { list: async () => [rowOf(1)] } };
  await assert.rejects(roots.current(reads), { code: 'sealed' });
  await roots.unseal([rowOf(1)]);
  assert.equal((await roots.current(reads)).generation, 1);
  roots.close();
  await assert.rejects(roots.current(reads), { code: 'sealed' });
  await assert.rejects(roots.of(1), { code: 'sealed' });
});

test('a root key that could not be had is asked for again', async () => {
  let away = true;
  const open = async () => {
    if (away) throw sealed();
    return ROOT;
  };
  const roots = over(provider({ open }));
  await roots.unseal([]);
  await assert.rejects(roots.of(1), { code: 'sealed' });
  away = false;
  assert.equal(await roots.of(1), ROOT);
});

test('providers are asked whether they can be used while a root key of theirs is open, and no others', async () => {
  const lost = new KmsError('storeUnavailable', 'The token is gone.');
  const roots = over(
    provider({ refusal: () => lost }),
    provider({ name: 'another', refusal: () => sealed() }),
  );
  assert.equal(roots.refusal(), undefined);
  await roots.unseal([rowOf(1)]);
  assert.equal(roots.refusal(), lost);
  roots.close();
  assert.equal(roots.refusal(), undefined);
});
