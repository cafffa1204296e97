// The example runs as it is printed: the key of a volume is made once, and is the same from then on.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { must } from '../../../src/base/assert.ts';
import { execute } from '../../../src/core/execute.ts';
import { deactivateKey } from '../../../src/core/operations/keys/change-state.ts';
import { destroyKey } from '../../../src/core/operations/keys/destroy-key.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { systemContext } from '../../support/system.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const run = promisify(execFile);

let keyhold: TestKeyhold;
before(async () => {
  keyhold = await startKeyhold({ settings: { kmip: 'on', kmipPort: '0' } });
});
after(() => keyhold.stop());

test('the example gives the key of a volume, which it makes the first time, until the key is destroyed', async () => {
  const { credentials, dataDir, kms } = keyhold;
  const file = join(dataDir, 'example-credentials.json');
  writeFileSync(file, JSON.stringify({ kmip: must(credentials.kmip, 'KMIP is on') }), { mode: 0o600 });
  const keyOf = async (volume: string): Promise<Buffer> => {
    const path = join(root, 'examples', 'kmip', 'volume-key.ts');
    const env = { ...process.env, KEYHOLD_CREDENTIALS: file };
    return (await run(process.execPath, [path, volume], { env, encoding: 'buffer' })).stdout;
  };
  const [one, same] = await Promise.all([keyOf('backup-1'), keyOf('backup-1')]);
  assert.equal(one.length, 32);
  assert.ok(one.equals(same));
  assert.ok(!one.equals(await keyOf('backup-2')));

  const { items } = await kms.store.names.list({ projectId: credentials.project.id }, { limit: 10 });
  const name = items.find(({ text }) => text === 'backup-1');
  const key = { by: 'id', id: must(name?.keyId, 'the name is of a key') } as const;
  const context = systemContext(credentials.project.id);
  await execute(kms, deactivateKey, context, { key });
  await execute(kms, destroyKey, context, { key });
  assert.ok(!one.equals(await keyOf('backup-1')));
});
