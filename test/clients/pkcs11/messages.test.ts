// What is wrong with a token, provoked on SoftHSM2 one by one, and what a real server says of it: exactly the messages of
// docs/operate/pkcs11.md, each of them and no other.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CLASS } from '../../../src/custody/pkcs11/names.ts';
import type { SettingTexts } from '../../../src/server/settings.ts';
import { type Answered, type Caller, caller, done } from '../../conformance/admin/client.ts';
import { credentialsOf } from '../../crash/installation.ts';
import { ChildServer } from '../../support/child-server.ts';
import { buildShim, type Shim } from './shim.ts';
import { openToken, startSoftHsm } from './softhsm.ts';

const KEYS = '/projects/default/keys';
const MESSAGE = Buffer.from('a message').toString('base64');
/** More than stand in line (src/server/token.ts). */
const MORE_THAN_WAIT = 1_100;

const hsm = startSoftHsm();
const token = hsm.addToken('keyhold');
const other = hsm.addToken('other');
for (const label of ['twin', 'twin']) hsm.addToken(label);
const scratch = mkdtempSync(join(tmpdir(), 'keyhold-messages-'));
const usual: SettingTexts & { readonly dataDir: string } = {
  dataDir: join(scratch, 'data'),
  store: 'sqlite',
  rootKey: 'pkcs11',
  pkcs11Library: hsm.library,
  pkcs11Label: token.label,
  pkcs11PinFile: token.pinFile,
  pkcs11Sessions: '1',
  pkcs11TimeoutMs: '60000',
};
let shim: Shim;

interface Running {
  readonly url: string;
  readonly admin: Caller;
}

interface Case {
  /** As the page has it: `…` is whatever belongs there. */
  readonly message: string;
  /** In place of the usual ones. */
  readonly settings?: SettingTexts & { readonly dataDir?: string };
  /** Mechanisms that the token lacks. */
  readonly lacks?: readonly string[];
  /** What the library does from before the start. */
  readonly order?: string;
  /** Where it is said; by default the server is sealed, and says it as the reason. */
  readonly hear?: (server: Running) => Promise<string>;
}

/** What a server that is sealed tells its administrators. Everybody else sees that it is not ready. */
async function reason({ url, admin }: Running): Promise<string> {
  const ready = await fetch(`${url}/ready`);
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /"rootKey":"sealed"/);
  const state = await done(admin('GET', '/system/seal'));
  assert.equal(state.sealed, true);
  return state.reason;
}

/** The same of a PIN that was refused: it is not tried again, and nobody is told that it will be. */
async function finalReason(server: Running): Promise<string> {
  assert.equal((await done(server.admin('GET', '/system/seal'))).nextAttemptAt, undefined);
  return reason(server);
}

const refusal = async (answer: Promise<Answered>): Promise<string> => {
  const { status, body } = await answer;
  assert.ok(status >= 400, JSON.stringify(body));
  return body.error.message;
};

const create = (admin: Caller, algorithm: string) => admin('POST', KEYS, { algorithm, protection: 'hsm' });

async function signing(admin: Caller): Promise<() => Promise<Answered>> {
  const { id } = await done(create(admin, 'ec-p256'));
  return () => admin('POST', `${KEYS}/${id}/sign`, { mechanism: 'ecdsa-sha-256', message: MESSAGE });
}

/** By somebody else. */
async function erasePrivateKeys(): Promise<void> {
  const opened = openToken(hsm.library, token);
  for (const object of await opened.run('find', { template: { token: true, class: CLASS.privateKey } }))
    await opened.run('destroy', { object });
  await opened.close();
}

const CASES: readonly Case[] = [
  {
    message: 'There is no PKCS #11 library at …',
    settings: { pkcs11Library: join(scratch, 'nowhere.so') },
  },
  {
    message: 'The PKCS #11 library has no token with the label … It has: …',
    settings: { pkcs11Label: 'absent' },
  },
  { message: 'Several tokens have the label …', settings: { pkcs11Label: 'twin' } },
  { message: 'The PIN of token … is wrong.', settings: { pkcs11PinFile: other.pinFile }, hear: finalReason },
  { message: 'The PIN of token … is locked …', order: 'answer C_Login 0xa4', hear: finalReason },
  { message: 'The PIN of token … has expired.', order: 'answer C_Login 0xa3', hear: finalReason },
  {
    message: 'The token … cannot hold the root key: it needs …',
    settings: { dataDir: join(scratch, 'with-a-file'), rootKey: 'file' },
    lacks: ['CKM_AES_GCM', 'CKM_AES_KEY_WRAP_PAD'],
    async hear({ admin }) {
      const { body } = await admin('POST', '/system/root-rotations', { to: 'pkcs11' });
      return String(/"message":"(.*?)(?<!\\)"/.exec(body)?.[1]).replaceAll('\\"', '"');
    },
  },
  {
    message: 'The token … has none of the mechanisms that root key generation … needs (…).',
    lacks: ['CKM_AES_GCM'],
  },
  {
    message: 'The token … has no key with the CKA_ID …, which is root key generation …',
    settings: { pkcs11Label: other.label, pkcs11PinFile: other.pinFile },
  },
  {
    message: 'The server is sealed: its root key is not there yet. …',
    settings: { pkcs11Label: 'absent' },
    hear: ({ admin }) => refusal(admin('GET', KEYS)),
  },
  {
    message: 'The token of the hardware keys is away.',
    async hear({ url, admin }) {
      const sign = await signing(admin);
      const readiness = async () => (await fetch(`${url}/ready`)).status;
      assert.equal(await readiness(), 200);
      // A session that is lost in the middle of its work, and a token that is not there for whoever comes next.
      shim.order('answer C_Sign 0xb3', 'answer C_OpenSession 0xe0');
      const said = await refusal(sign());
      assert.equal(await refusal(sign()), said);
      assert.equal(await readiness(), 503);
      shim.order();
      while ((await readiness()) !== 200) await pause(100);
      await done(sign());
      return said;
    },
  },
  {
    message: 'The token does not answer: a call has taken more than … ms.',
    settings: { pkcs11TimeoutMs: '1000' },
    order: 'delay C_OpenSession 600000',
  },
  {
    message: 'The token cannot be opened: …',
    // CKR_SESSION_COUNT: it gives no more sessions.
    order: 'answer C_OpenSession 0xb1',
  },
  {
    message: 'The token has no object of this key: …',
    async hear({ admin }) {
      const sign = await signing(admin);
      await done(sign());
      await erasePrivateKeys();
      return refusal(sign());
    },
  },
  {
    message: 'The token makes no keys of …',
    // CKR_MECHANISM_INVALID: SoftHSM makes keys by what it does not list.
    order: 'answer C_GenerateKeyPair 0x70',
    hear: ({ admin }) => refusal(create(admin, 'ec-p256')),
  },
  {
    message: 'The token does not compute … with these parameters.',
    lacks: ['CKM_AES_CTR'],
    async hear({ admin }) {
      const { id } = await done(create(admin, 'aes-256'));
      return refusal(admin('POST', `${KEYS}/${id}/encrypt-by`, { mechanism: 'aes-ctr', plaintext: MESSAGE }));
    },
  },
  {
    message: 'Too many cryptographic operations are waiting. Come back later.',
    async hear({ admin }) {
      const sign = await signing(admin);
      await done(sign());
      shim.order('delay C_Sign 600000');
      const answers = Array.from({ length: MORE_THAN_WAIT }, sign);
      const said = await refusal(Promise.race(answers));
      shim.order();
      const served = (await Promise.all(answers)).filter(({ status }) => status === 200);
      assert.ok(served.length > 1_000, `${served.length} waited, and were served`);
      return said;
    },
  },
];

before(async () => {
  shim = buildShim(hsm.library, scratch);
  shim.order();
  const first = await ChildServer.load();
  try {
    assert.ok(await first.start(usual));
  } finally {
    await first.kill();
  }
});
after(() => {
  rmSync(scratch, { recursive: true, force: true });
  hsm[Symbol.dispose]();
});

for (const { message, settings, lacks, order, hear = reason } of CASES) {
  test(`the server says: ${message}`, async () => {
    const configuration = process.env.SOFTHSM2_CONF;
    if (lacks !== undefined) process.env.SOFTHSM2_CONF = hsm.without(...lacks);
    const server = await ChildServer.load();
    process.env.SOFTHSM2_CONF = configuration;
    try {
      shim.order(...(order === undefined ? [] : [order]));
      const given = { ...usual, pkcs11Library: shim.library, ...settings };
      const started = await server.start(given);
      assert.ok(started !== undefined);
      const admin = caller(started.url, credentialsOf(given.dataDir).admin.apiKey);
      assert.match(await hear({ url: started.url, admin }), patternOf(message));
    } finally {
      shim.order();
      await server.kill();
    }
  });
}

/** Where the page ends with an ellipsis there may be more. */
function patternOf(message: string): RegExp {
  const parts = message.split('…').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`);
}

test('the page for operators has these messages and no other', () => {
  const path = fileURLToPath(new URL('../../../docs/operate/pkcs11.md', import.meta.url));
  const [, table = ''] = readFileSync(path, 'utf8').split('| message | what to do |\n|---|---|\n');
  const rows = table.split('\n').filter(line => line.startsWith('| '));
  const told = rows.map(line => line.split(' | ')[0]?.slice(2));
  assert.deepEqual(
    told,
    CASES.map(({ message }) => message),
  );
});
