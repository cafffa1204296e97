// A day in the life of a server, short and full of secrets: what is asked of it, well and badly, holds a canary each time, and so does
// what it makes. Tells which answers a secret belongs into; everywhere else it is a leak.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Credentials } from '../../src/server/credentials-file.ts';
import { useBarbican } from './barbican-workload.ts';
import { type Canary, canaryOf, newCanary } from './canaries.ts';
import { type AccessKey, type Answer, Client } from './client.ts';

export interface Secret extends Canary {
  /** The requests that are answered with it. */
  readonly answeredTo: readonly string[];
}

export interface Workload {
  readonly secrets: readonly Secret[];
  readonly answers: readonly Answer[];
  /** Lines of the exported audit log. */
  readonly auditLog: string;
  /** Ends the connection that the requests came by. */
  close(): void;
}

export async function runWorkload(url: string, credentials: Credentials): Promise<Workload> {
  const client = new Client(url);
  const secrets: Secret[] = [];
  const keep = (canary: Canary, ...answeredTo: readonly string[]): Canary => {
    secrets.push({ ...canary, answeredTo });
    return canary;
  };
  /** A fresh secret as base64. */
  const sent = (name: string, ...answeredTo: readonly string[]): string =>
    keep(newCanary(name), ...answeredTo).bytes.toString('base64');
  const made = (name: string, encoded: unknown, ...answeredTo: readonly string[]): void => {
    assert.equal(typeof encoded, 'string', name);
    keep({ name, bytes: Buffer.from(encoded as string, 'base64') }, ...answeredTo);
  };

  await useAws();
  await failAws();
  await useAdmin();
  await failAdmin();
  await exchangeTokens();
  await useBarbican(client, { url, openstack: credentials.openstack }, keep);
  await failListener();
  const backup = await admin('backup', 'POST', '/system/backups');
  assert.match(backup.text, /"outcome"/);
  const { text: auditLog } = await admin('export', 'GET', '/audit/export');
  return { secrets, answers: client.answers, auditLog, close: () => client.close() };

  function admin(what: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return client.admin(what, credentials.admin.apiKey, method, path, text);
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into.
  async function adminDone(what: string, method: string, path: string, body?: unknown): Promise<any> {
    const answer = await admin(what, method, path, body);
    assert.ok(answer.status < 300, `${what} ${answer.text}`);
    return JSON.parse(answer.text);
  }

  function aws(what: string, operation: string, body: unknown): Promise<Answer> {
    return client.aws(
      what,
      credentials.aws,
      operation,
      typeof body === 'string' ? body : JSON.stringify(body),
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  async function awsDone(what: string, operation: string, body: unknown): Promise<any> {
    const answer = await aws(what, operation, body);
    assert.equal(answer.status, 200, `${what} ${answer.text}`);
    return JSON.parse(answer.text);
  }

  async function useAws(): Promise<void> {
    const { KeyMetadata } = await awsDone('create', 'CreateKey', {});
    const { KeyId } = KeyMetadata;
    const Plaintext = sent('AWS plaintext', 'AWS decrypt');
    const EncryptionContext = { purpose: 'test' };
    const sealed = await awsDone('AWS encrypt', 'Encrypt', { KeyId, Plaintext, EncryptionContext });
    const opened = await awsDone('AWS decrypt', 'Decrypt', {
      CiphertextBlob: sealed.CiphertextBlob,
      EncryptionContext,
    });
    assert.equal(opened.Plaintext, Plaintext);
    const moving = sent('AWS re-encrypted plaintext');
    const { CiphertextBlob } = await awsDone('AWS encrypt to move', 'Encrypt', { KeyId, Plaintext: moving });
    await awsDone('AWS re-encrypt', 'ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId });
    const dataKey = await awsDone('AWS data key', 'GenerateDataKey', { KeyId, NumberOfBytes: 48 });
    made('AWS data key', dataKey.Plaintext, 'AWS data key');
    const random = await awsDone('AWS random', 'GenerateRandom', { NumberOfBytes: 48 });
    made('AWS random bytes', random.Plaintext, 'AWS random');
    await awsDone('rotate', 'RotateKeyOnDemand', { KeyId });
  }

  async function failAws(): Promise<void> {
    const { KeyMetadata } = await awsDone('create to fail', 'CreateKey', {});
    const { KeyId } = KeyMetadata;
    const refused = async (
      name: string,
      operation: string,
      bodyOf: (secret: string) => unknown,
    ): Promise<void> => {
      const { status, text } = await aws(name, operation, bodyOf(sent(name)));
      assert.ok(status >= 400 && status < 500, `${name} ${status} ${text}`);
    };
    const base = `"KeyId":"${KeyId}"`;
    await refused('AWS plaintext in a cut body', 'Encrypt', secret => `{${base},"Plaintext":"${secret}"`);
    await refused('AWS plaintext without an end', 'Encrypt', secret => `{${base},"Plaintext":"${secret}`);
    await refused(
      'AWS plaintext twice',
      'Encrypt',
      secret => `{${base},"Plaintext":"${secret}","Plaintext":"${secret}"}`,
    );
    await refused(
      'AWS plaintext under an escaped name',
      'Encrypt',
      secret => `{${base},"Plaintext":"AAAA","Plainte\\u0078t":"${secret}"}`,
    );
    await refused('AWS plaintext in a list', 'Encrypt', secret => ({ KeyId, Plaintext: [secret] }));
    await refused('AWS plaintext in an object', 'Encrypt', secret => ({
      KeyId,
      Plaintext: { Plaintext: secret },
    }));
    await refused('AWS plaintext as a name', 'Encrypt', secret => ({
      KeyId,
      Plaintext: 5,
      [secret]: secret,
    }));
    await refused('AWS plaintext that is no base64', 'Encrypt', secret => ({
      KeyId,
      Plaintext: `${secret}*`,
    }));
    await refused('AWS plaintext that is too long', 'Encrypt', secret => ({
      KeyId,
      Plaintext: `${secret}${'A'.repeat(5_600)}`,
    }));
    await refused('AWS plaintext for no key', 'Encrypt', secret => ({
      KeyId: 'alias/none',
      Plaintext: secret,
    }));
    await refused('AWS plaintext for a dry run', 'Encrypt', secret => ({
      KeyId,
      Plaintext: secret,
      DryRun: true,
    }));
    await refused('AWS plaintext for an operation of later', 'Sign', secret => ({ KeyId, Message: secret }));
    await refused('AWS plaintext for no operation', 'Nonesuch', secret => ({ KeyId, Plaintext: secret }));
    await refused('AWS plaintext as a ciphertext', 'Decrypt', secret => ({ CiphertextBlob: secret }));
    await refused('AWS plaintext in an oversized body', 'Encrypt', secret => ({
      KeyId,
      Plaintext: secret,
      padding: 'x'.repeat(1_100_000),
    }));
    await aws('disable', 'DisableKey', { KeyId });
    await refused('AWS plaintext for a disabled key', 'Encrypt', secret => ({ KeyId, Plaintext: secret }));

    const forged: AccessKey = { ...credentials.aws, secretAccessKey: 'wrong' };
    const Plaintext = sent('AWS plaintext behind a wrong signature');
    const forgedAnswer = await client.aws('forged', forged, 'Encrypt', JSON.stringify({ KeyId, Plaintext }));
    assert.match(forgedAnswer.text, /InvalidSignatureException/);
    const token = sent('AWS session token');
    await client.aws('token', credentials.aws, 'ListKeys', '{}', token);
    const headers = [
      ['content-type', 'application/x-amz-json-1.1'] as const,
      ['x-amz-target', 'TrentService.Encrypt'] as const,
    ];
    const unsigned = JSON.stringify({ KeyId, Plaintext: sent('AWS plaintext without a signature') });
    await client.send('unsigned', 'POST', '/', [['host', 'kms'], ...headers], unsigned);
    const wrongType = JSON.stringify({ KeyId, Plaintext: sent('AWS plaintext of another type') });
    await client.send(
      'wrong type',
      'POST',
      '/',
      [
        ['host', 'kms'],
        ['content-type', 'text/plain'],
      ],
      wrongType,
    );
  }

  async function useAdmin(): Promise<void> {
    const key = await adminDone('admin create', 'POST', '/projects/default/keys', {});
    const at = `/projects/default/keys/${key.id}`;
    const plaintext = sent('admin plaintext', 'admin decrypt');
    const sealed = await adminDone('admin encrypt', 'POST', `${at}/encrypt`, { plaintext });
    const opened = await adminDone('admin decrypt', 'POST', `${at}/decrypt`, {
      ciphertext: sealed.ciphertext,
    });
    assert.equal(opened.plaintext, plaintext);
    await adminDone('admin re-encrypt', 'POST', '/projects/default/reencrypt', {
      ciphertext: sealed.ciphertext,
      key: key.id,
    });
    const dataKey = await adminDone('admin data key', 'POST', `${at}/data-keys`, { bytes: 48 });
    made('admin data key', dataKey.plaintext, 'admin data key');
    const random = await adminDone('admin random', 'POST', '/projects/default/random', { bytes: 48 });
    made('admin random bytes', random.bytes, 'admin random');
    const { principal } = await adminDone('whoami', 'GET', '/whoami');
    await adminDone('let export', 'POST', '/projects/default/rules', {
      effect: 'allow',
      principals: [principal.id],
      permissions: ['key.export'],
    });
    const brought = await adminDone('admin import', 'POST', '/projects/default/keys/import', {
      algorithm: 'opaque',
      exportable: true,
      material: sent('imported material', 'admin export of version 1'),
    });
    const broughtAt = `/projects/default/keys/${brought.id}`;
    const material = sent('imported further material', 'admin export');
    await adminDone('admin import version', 'POST', `${broughtAt}/import-version`, { material });
    await adminDone('admin export of version 1', 'POST', `${broughtAt}/export`, { version: 1 });
    const taken = await adminDone('admin export', 'POST', `${broughtAt}/export`, {});
    assert.equal(taken.material, material);
    const generated = await adminDone('admin create exportable', 'POST', '/projects/default/keys', {
      exportable: true,
    });
    const generatedAt = `/projects/default/keys/${generated.id}`;
    const out = await adminDone('admin export of a key', 'POST', `${generatedAt}/export`, {});
    made('exported material', out.material, 'admin export of a key');
    await useMechanisms(generatedAt, key.id);
    await adminDone('principal', 'POST', '/projects/default/principals', { name: 'app' });
    const issue = (what: string, kind: string) =>
      adminDone(what, 'POST', '/projects/default/principals/app/credentials', { kind });
    const { secret: apiKey } = await issue('issue API key', 'apiKey');
    keep(canaryOf('issued API key', apiKey.slice(-59)), 'issue API key');
    await client.admin('use API key', apiKey, 'GET', '/whoami');
    const pair = await issue('issue access key', 'accessKeyPair');
    keep(canaryOf('issued access secret', pair.secret), 'issue access key');
    const key2 = { accessKeyId: pair.credential.lookup, secretAccessKey: pair.secret };
    await client.aws('use access key', key2, 'ListKeys', '{}');
    await adminDone('asymmetric', 'POST', '/projects/default/keys', { algorithm: 'ec-p256' });
  }

  /** The first key is exportable, the second one is not; both are AES. */
  async function useMechanisms(exportableAt: string, keyId: string): Promise<void> {
    const keys = '/projects/default/keys';
    const make = async (algorithm: string) =>
      `${keys}/${(await adminDone(`make ${algorithm}`, 'POST', keys, { algorithm })).id}`;
    const gcm = { mechanism: 'aes-gcm' };
    const plaintext = sent('plaintext of a mechanism', 'decrypt by a mechanism');
    const sealed = await adminDone('encrypt by a mechanism', 'POST', `${exportableAt}/encrypt-by`, {
      ...gcm,
      plaintext,
    });
    const { ciphertext, iv } = sealed;
    const opening = { ...gcm, ciphertext, iv };
    const opened = await adminDone('decrypt by a mechanism', 'POST', `${exportableAt}/decrypt-by`, opening);
    assert.equal(opened.plaintext, plaintext);

    const pair = await make('ec-p256');
    const signing = { mechanism: 'ecdsa-sha-256', message: sent('signed message') };
    const { signature } = await adminDone('sign', 'POST', `${pair}/sign`, signing);
    await adminDone('verify', 'POST', `${pair}/verify`, { ...signing, signature });
    const hmac = await make('hmac-sha-256');
    const macing = { mechanism: 'hmac-sha-256', message: sent('authenticated message') };
    const { mac } = await adminDone('mac', 'POST', `${hmac}/mac`, macing);
    await adminDone('verify mac', 'POST', `${hmac}/verify-mac`, { ...macing, mac });

    const xdh = await make('x25519');
    const { publicKey } = await adminDone('public key', 'GET', `${xdh}/public-key`);
    const shared = await adminDone('agree', 'POST', `${xdh}/agree`, { peerPublicKey: publicKey });
    made('agreed secret', shared.sharedSecret, 'agree');
    const kem = await make('ml-kem-512');
    const encapsulated = await adminDone('encapsulate', 'POST', `${kem}/encapsulate`);
    made('encapsulated secret', encapsulated.sharedSecret, 'encapsulate', 'decapsulate');
    const body = { ciphertext: encapsulated.ciphertext };
    await adminDone('decapsulate', 'POST', `${kem}/decapsulate`, body);

    const under = { under: keyId, mechanism: 'aes-kwp' };
    const { wrapped } = await adminDone('wrap', 'POST', `${exportableAt}/wrap`, under);
    const unwrapping = { algorithm: 'aes-256', exportable: true, wrapped: { ...under, wrapped } };
    await adminDone('unwrap', 'POST', `${keys}/import`, unwrapping);
    const derived = await adminDone('derive', 'POST', `${exportableAt}/derive`, {
      mechanism: 'hkdf-sha-256',
      algorithm: 'generic-secret',
      lengthBytes: 48,
      exportable: true,
    });
    const out = await adminDone('export of a derived key', 'POST', `${keys}/${derived.id}/export`, {});
    made('derived material', out.material, 'export of a derived key');
  }

  async function exchangeTokens(): Promise<void> {
    const path = '/projects/default/principals/app/credentials';
    const { secret: apiKey } = await adminDone('issue key to exchange', 'POST', path, {});
    keep(canaryOf('exchanged API key', apiKey.slice(-59)), 'issue key to exchange');
    const grant = 'urn:ibm:params:oauth:grant-type:apikey';
    const first = await client.tokens('exchange', { grant_type: grant, apikey: apiKey });
    assert.equal(first.status, 200, first.text);
    const { access_token: access, refresh_token: refresh } = JSON.parse(first.text);
    keep(canaryOf('access token', signatureOf(access)), 'exchange');
    keep(canaryOf('refresh token', signatureOf(refresh)), 'exchange', 'refresh');
    const again = await client.tokens('refresh', { grant_type: 'refresh_token', refresh_token: refresh });
    assert.equal(again.status, 200, again.text);
    keep(canaryOf('refreshed access token', signatureOf(JSON.parse(again.text).access_token)), 'refresh');
    await client.bearer('use access token', access, '/api/v2/key_rings');
    const forged = `${access.split('.').slice(0, 2).join('.')}.${newCanary('x', 256).bytes.toString('base64url')}`;
    keep(canaryOf('forged token', signatureOf(forged)));
    assert.equal((await client.bearer('use forged token', forged, '/api/v2/key_rings')).status, 401);
    const wrong = { apikey: sent('wrong API key in a form'), refresh_token: sent('wrong refresh token') };
    for (const grant_type of [grant, 'refresh_token', 'password']) {
      assert.equal((await client.tokens('wrong form', { ...wrong, grant_type })).status, 400);
    }
  }

  async function failAdmin(): Promise<void> {
    const key = await adminDone('admin create to fail', 'POST', '/projects/default/keys', {});
    const path = `/projects/default/keys/${key.id}/encrypt`;
    const refused = async (name: string, to: string, bodyOf: (secret: string) => unknown): Promise<void> => {
      const { status, text } = await admin(name, 'POST', to, bodyOf(sent(name)));
      assert.ok(status >= 400 && status < 500, `${name} ${status} ${text}`);
    };
    await refused('admin plaintext in a cut body', path, secret => `{"plaintext":"${secret}"`);
    await refused(
      'admin plaintext twice',
      path,
      secret => `{"plaintext":"${secret}","plaintext":"${secret}"}`,
    );
    const importing = '/projects/default/keys/import';
    await refused('material that does not fit', importing, secret => ({
      algorithm: 'ec-p256',
      material: secret,
    }));
    await refused('material of an unknown algorithm', importing, secret => ({
      algorithm: 'rot13',
      material: secret,
    }));
    const signing = path.replace(/encrypt$/, 'sign');
    for (const mechanism of ['ecdsa-sha-256', 'aes-gcm', 'rot13']) {
      await refused(`message for the wrong mechanism ${mechanism}`, signing, message => ({
        mechanism,
        message,
      }));
    }
    await refused('message beside a false parameter', path.replace(/encrypt$/, 'mac'), message => ({
      mechanism: 'aes-cmac',
      message,
      iv: 'no base64',
    }));
    await refused('plaintext of half a block', `${path}-by`, plaintext => ({
      mechanism: 'aes-ecb',
      plaintext: `AAAA${plaintext}`,
    }));
    await refused('admin plaintext in a list', path, secret => ({ plaintext: [secret] }));
    await refused('admin plaintext beside a stranger', path, secret => ({
      plaintext: secret,
      unknown: secret,
    }));
    await refused('admin plaintext that is no base64', path, secret => ({ plaintext: `${secret}*` }));
    await refused('admin plaintext that is too long', path, secret => ({
      plaintext: `${secret}${'A'.repeat(90_000)}`,
    }));
    await refused('admin plaintext in an oversized body', path, secret => ({
      plaintext: secret,
      padding: 'x'.repeat(1_100_000),
    }));
    await refused('admin plaintext for no key', '/projects/default/keys/none/encrypt', secret => ({
      plaintext: secret,
    }));
    await refused('admin plaintext in no project', '/projects/none/keys/none/encrypt', secret => ({
      plaintext: secret,
    }));
    await refused(
      'admin plaintext for a route without a body',
      `/projects/default/keys/${key.id}/rotate`,
      secret => ({
        plaintext: secret,
      }),
    );
    await refused('admin plaintext for no route', '/projects/default/nothing', secret => ({
      plaintext: secret,
    }));
    // In the form of a key, checksum and all but right.
    const guess = canaryOf('guessed API key', letters(newCanary('guess', 59).bytes));
    await client.admin('guess', `kh_${'a'.repeat(16)}_${keep(guess).bytes}`, 'GET', '/whoami');
    const { apiKey } = credentials.admin;
    await client.admin('mistype', `${apiKey.slice(0, 40)}1${apiKey.slice(41)}`, 'GET', '/whoami');
    const basic = sent('password of another scheme');
    await client.send('basic', 'GET', '/admin/v1/whoami', [
      ['host', 'kms'],
      ['authorization', `Basic ${basic}`],
    ]);
  }

  async function failListener(): Promise<void> {
    const body = JSON.stringify({ plaintext: sent('plaintext for no protocol') });
    await client.send(
      'nowhere',
      'POST',
      '/nowhere',
      [
        ['host', 'kms'],
        ['content-type', 'application/json'],
      ],
      body,
    );
    const { port } = new URL(url);
    for (const [name, textOf] of [
      [
        'plaintext in a cut off body',
        (secret: string) =>
          `POST / HTTP/1.1\r\nhost: kms\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: TrentService.Encrypt\r\ncontent-length: 9999\r\n\r\n{"Plaintext":"${secret}"`,
      ],
      ['plaintext in broken HTTP', (secret: string) => `{"Plaintext":"${secret}"}\r\n\r\n`],
      [
        'plaintext in a broken chunk',
        (secret: string) =>
          `POST / HTTP/1.1\r\nhost: kms\r\ntransfer-encoding: chunked\r\n\r\nzz{"Plaintext":"${secret}"}\r\n`,
      ],
    ] as const) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => {}).on('data', () => {});
      socket.write(textOf(sent(name)));
      await pause(100);
      socket.destroy();
    }
  }
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

const letters = (bytes: Uint8Array): string => [...bytes].map(byte => BASE32[byte & 31]).join('');

/** What makes a token one: the rest of it is the same in many, and known. */
function signatureOf(token: string): string {
  return token.split('.')[2] ?? '';
}
