// A use of a key is one operation of the core: found, authorized and recorded once, whatever has to be known of the object for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execute } from '../../../src/core/execute.ts';
import { searchAudit } from '../../../src/core/operations/audit/audit.ts';
import { make } from '../../../src/wire/ttlv/index.ts';
import { kmipSuite } from './asking.ts';
import { uid } from './payloads.ts';
import { newAes256 } from './support.ts';

const kmip = kmipSuite({ version: '1.4' });

const CBC = make.structure('CryptographicParameters', [
  make.enumeration('BlockCipherMode', 'CBC'),
  make.enumeration('PaddingMethod', 'PKCS5'),
]);
const PLAINTEXT = make.byteString('Data', new Uint8Array(16));
const IV = make.byteString('IVCounterNonce', new Uint8Array(16));

/** What the log of the project has of its clients, newest first. */
async function logged(): Promise<readonly string[]> {
  const context = {
    requestId: 'test',
    protocol: 'test',
    actor: { type: 'system', name: 'test' },
    projectId: kmip.client.projectId,
  } as const;
  const found = await execute(kmip.subject.keyhold.kms, searchAudit, context, {
    filter: {},
    newestFirst: true,
    limit: 20,
  });
  return found.items.flatMap(({ entry }) =>
    entry.protocol === 'kmip' ? [`${entry.operation} ${entry.outcome}`] : [],
  );
}

test('Encrypt leaves one entry, done or refused', async () => {
  const id = uid((await kmip.ask('Create', newAes256())).one('UniqueIdentifier').text);
  const before = (await logged()).length;
  assert.equal((await kmip.ask('Encrypt', [id, CBC, PLAINTEXT, IV])).reason, undefined);
  assert.equal((await kmip.ask('Encrypt', [id, CBC, PLAINTEXT])).reason, 'InvalidMessage');
  const entries = await logged();
  assert.equal(entries.length - before, 2);
  assert.deepEqual(entries.slice(0, 2).toSorted(), ['key.encryptBy invalidInput', 'key.encryptBy ok']);
});

test('what an object would need is told to nobody who may not read it', async () => {
  const id = uid((await kmip.ask('Create', newAes256())).one('UniqueIdentifier').text);
  const { projectId } = kmip.client;
  const stranger = await kmip.subject.connect(await kmip.subject.addClient({ projectId, roles: [] }));
  const absent = uid('00000000-0000-4000-8000-000000000000');
  for (const operation of ['Encrypt', 'Decrypt', 'MAC'] as const) {
    const refused = await kmip.ask(operation, [id, CBC, PLAINTEXT], '1.4', stranger);
    const unknown = await kmip.ask(operation, [absent, CBC, PLAINTEXT], '1.4', stranger);
    assert.notEqual(refused.reason, 'InvalidMessage', operation);
    assert.notEqual(refused.reason, undefined);
    assert.notEqual(unknown.reason, undefined);
  }
  stranger.close();
});
