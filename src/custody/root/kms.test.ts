// The root key wrapped by another KMS: what the row says is what is asked for, and a KMS that is away comes back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootProviderContract, rowOf } from '../../../test/contract/custody-root-provider.ts';
import { keyInProcess, kmsProvider } from '../../../test/support/root-key-providers.ts';

rootProviderContract({
  name: 'kms',
  // One KMS: it unwraps both, and the fingerprint alone tells them apart.
  make: async () => {
    const remote = keyInProcess();
    return { provider: kmsProvider(remote), other: kmsProvider(remote) };
  },
});

test('a KMS that cannot be reached is an error that passes', async () => {
  let reachable = true;
  const provider = kmsProvider(keyInProcess(() => reachable));
  const row = rowOf(provider, await provider.create(1));
  reachable = false;
  await assert.rejects(provider.open(row), { code: 'sealed', message: /cannot be reached/ });
  await assert.rejects(provider.create(2), { code: 'sealed' });
  reachable = true;
  (await provider.open(row)).close();
});

test('another key, another generation and another service do not open it', async () => {
  const provider = kmsProvider();
  const row = rowOf(provider, await provider.create(1));
  await assert.rejects(kmsProvider().open(row), { code: 'sealed' });
  await assert.rejects(provider.open({ ...row, generation: 2 }), { code: 'sealed' });
  const parameters = row.parameters.replace('"aws"', '"vault"');
  await assert.rejects(provider.open({ ...row, parameters }), {
    code: 'sealed',
    message: /"vault", but "aws"/,
  });
  await assert.rejects(provider.open({ ...row, parameters: '{}' }), { code: 'sealed', message: /damaged/ });
  assert.equal(provider.describe?.(row), 'key key-in-process of an AWS-compatible KMS');
});
