// Ceph's object gateway encrypts what it is given (SSE-KMS) with keys that it takes from this server by way of Barbican's API, and cannot read it
// any more once the key is gone.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeUtf8 } from '../../../src/base/bytes.ts';
import type { AuditEntry } from '../../../src/domain/audit-entry.ts';
import { installBoto3 } from '../aws-kms/install.ts';
import { tokenOf } from '../openstack/administrator.ts';
import { run } from '../run.ts';
import { type Ceph, startCeph } from './ceph.ts';
import { type BarbicanStage, startStage } from './stage.ts';

const TOUR_MS_MAX = 60_000;
const BODY = 'what nobody who has the disk may read '.repeat(100);

let stage: BarbicanStage;
let ceph: Ceph;
let token: string;
before(async () => {
  stage = await startStage();
  token = await tokenOf(stage.login);
  ceph = await startCeph({ barbicanUrl: stage.keyhold.url, login: stage.login });
});
after(async () => {
  await ceph?.stop();
  await stage?.stop();
});

/** Asks Barbican's API. */
async function ask(method: string, target: string, body?: object): Promise<Record<string, string>> {
  const answer = await fetch(new URL(target, stage.keyhold.url), {
    method,
    headers: { 'x-auth-token': token, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${method} ${target}: ${answer.status}`);
  const text = await answer.text();
  return text === '' ? {} : JSON.parse(text);
}

const idOf = (ref: string | undefined): string => ref?.split('/').at(-1) ?? '';

async function orderedKey(bits: number): Promise<string> {
  const meta = { algorithm: 'aes', bit_length: bits, payload_content_type: 'application/octet-stream' };
  const { order_ref = '' } = await ask('POST', '/v1/orders', { type: 'key', meta });
  return idOf((await ask('GET', order_ref)).secret_ref);
}

async function tour(facts: object): Promise<readonly object[]> {
  const { url, accessKeyId, secretAccessKey } = ceph;
  const settings = JSON.stringify({ url, accessKeyId, secretAccessKey, body: BODY, ...facts });
  const script = join(import.meta.dirname, 'gateway_tour.py');
  const { status, report } = await run(installBoto3(), [script, settings], {
    env: { PATH: process.env.PATH, HOME: stage.folder },
    msMax: TOUR_MS_MAX,
  });
  assert.equal(status, 0, report);
  return report
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
}

/** What the audit log has of a key. */
async function entriesOf(keyId: string): Promise<readonly string[]> {
  const rows = await stage.keyhold.kms.store.log.search({}, { limit: 1_000, newestFirst: false });
  const entries = rows.map(({ leaf }) => JSON.parse(decodeUtf8(leaf)) as AuditEntry);
  return entries
    .filter(({ targets }) => targets.some(target => JSON.stringify(target).includes(keyId)))
    .map(({ operation, outcome }) => `${operation} ${outcome}`);
}

test("Ceph's object gateway encrypts objects with our keys, and reads them while the keys are there", async () => {
  const keyId = await orderedKey(256);
  const wrong = {
    absent: '00000000-0000-4000-8000-000000000000',
    malformed: 'gibberish',
    short: await orderedKey(128),
  };
  assert.deepEqual(await tour({ part: 'first', keyId, wrong }), [
    { step: 'put', encryption: 'aws:kms' },
    { step: 'got', same: true, key: true },
    { step: 'refused', why: 'absent', code: 'NoSuchKey' },
    { step: 'refused', why: 'malformed', code: 'NoSuchKey' },
    { step: 'refused', why: 'short', code: 'AccessDenied' },
  ]);
  const stored = await ceph.storedObjects();
  assert.deepEqual([...stored.keys()].sort(), ['clear', 'sealed']);
  assert.equal(stored.get('clear')?.toString(), BODY);
  assert.equal(stored.get('sealed')?.length, BODY.length);
  assert.ok(!stored.get('sealed')?.includes('nobody'));
  // Once for what was put, and once for what was read.
  assert.deepEqual(await entriesOf(keyId), ['order.create ok', 'secret.reveal ok', 'secret.reveal ok']);
  await ask('DELETE', `/v1/secrets/${keyId}`);
  assert.deepEqual(await tour({ part: 'again' }), [{ step: 'again', code: 'NoSuchKey' }]);
});
