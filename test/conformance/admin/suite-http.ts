// How the administration protocol behaves towards requests that are not as they should be, and what it publishes about itself.

import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { ERROR_CODES } from '../../../src/domain/errors.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { PLACED_ROUTES } from '../../../src/protocols/admin/routes.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { type Caller, caller, done, refused } from './client.ts';

/** `store` gives the setting of a fresh store. */
export function httpSuite(name: string, store: () => Promise<string>): void {
  describe(name, () => {
    let keyhold: TestKeyhold;
    let admin: Caller;
    const P = '/projects/default';

    before(async () => {
      keyhold = await startKeyhold({ store: await store() });
      admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
    });
    after(() => keyhold.stop());

    async function send(path: string, init: RequestInit & { readonly type?: string }) {
      const { type = 'application/json', ...rest } = init;
      const response = await fetch(`${keyhold.url}/admin/v1${path}`, {
        ...rest,
        headers: { authorization: `Bearer ${keyhold.credentials.admin.apiKey}`, 'content-type': type },
      });
      const { error } = (await response.json()) as { error?: { code: string } };
      return { status: response.status, code: error?.code };
    }

    test('bodies are strict JSON of the right type and size', async () => {
      const post = (body: string | Uint8Array<ArrayBuffer>, type?: string) =>
        send(`${P}/keys`, { method: 'POST', body, ...(type === undefined ? {} : { type }) });
      const bad: readonly (readonly [body: string | Uint8Array<ArrayBuffer>, type?: string])[] = [
        ['{"description":"a","description":"b"}'],
        ['{"description":'],
        ['{} {}'],
        ['[]'],
        ['"text"'],
        ['{"tags":{"__proto__":"x"}}'],
        [`{"tags":${'['.repeat(200)}${']'.repeat(200)}}`],
        [new Uint8Array([0x7b, 0xff, 0x7d])],
        ['\ufeff{}'],
        ['{}', 'text/plain'],
        ['{}', 'application/json; charset=latin1'],
        ['{"unknown":1}'],
        ['{"algorithm":"AES-256"}'],
        ['{"description":5}'],
      ];
      for (const [body, type] of bad) {
        assert.deepEqual(
          await post(body, type),
          { status: 400, code: 'invalidInput' },
          String(body).slice(0, 60),
        );
      }
      assert.deepEqual(await post(`{"description":"${'x'.repeat(1_048_576)}"}`), {
        status: 413,
        code: 'tooLarge',
      });
      assert.deepEqual(await post('{}', 'application/json; charset=UTF-8'), { status: 201, code: undefined });
    });

    test('plaintexts are canonical base64 within bounds', async () => {
      const { id } = await done(admin('POST', `${P}/keys`, {}));
      const encrypt = (plaintext: unknown) => admin('POST', `${P}/keys/${id}/encrypt`, { plaintext });
      for (const bad of ['AAA', 'AA==\n', 'AB==', 'A_A=', ' AAAA', 5, null]) {
        assert.equal(await refused(encrypt(bad)), 'invalidInput', String(bad));
      }
      assert.equal(await refused(admin('POST', `${P}/keys/${id}/encrypt`, {})), 'invalidInput');
      const largest = Buffer.alloc(LIMITS.plaintextBytesMax, 7).toString('base64');
      const { ciphertext } = await done(encrypt(largest));
      assert.equal((await done(admin('POST', `${P}/decrypt`, { ciphertext }))).plaintext, largest);
      assert.equal(
        await refused(encrypt(Buffer.alloc(LIMITS.plaintextBytesMax + 1).toString('base64'))),
        'tooLarge',
      );
      const { ciphertext: empty } = await done(encrypt(''));
      assert.equal((await done(admin('POST', `${P}/decrypt`, { ciphertext: empty }))).plaintext, '');
    });

    test('unknown and repeated members of a query are refused', async () => {
      for (const query of ['nothing=1', 'limit=1&limit=2', 'limit=x', 'limit=1001', 'state=gone']) {
        assert.equal(await refused(admin('GET', `${P}/keys?${query}`)), 'invalidInput', query);
      }
    });

    test('numbers of a query are decimal digits', async () => {
      const { id } = await done(admin('POST', `${P}/keys`, { algorithm: 'ec-p256' }));
      const said = async (path: string) => (await admin('GET', path)).body.error.message;
      const places: readonly (readonly [path: string, name: string])[] = [
        [`${P}/keys`, 'limit'],
        ['/audit/entries', 'from'],
        ['/audit/entries', 'until'],
        ['/audit/follow', 'after'],
        [`${P}/keys/${id}/public-key`, 'version'],
      ];
      for (const [path, name] of places) {
        for (const text of [
          '0x10',
          '1e2',
          ' 5 ',
          '5 ',
          '+5',
          '-1',
          '5.0',
          '',
          '٥',
          'Infinity',
          '1'.repeat(17),
        ]) {
          assert.equal(
            await said(`${path}?${new URLSearchParams({ [name]: text })}`),
            `${name} must be a whole number of at most 16 decimal digits`,
            text,
          );
        }
      }
      assert.equal(await said(`${P}/keys?limit=0`), 'limit must be at least 1');
      assert.equal(await said(`${P}/keys?limit=1001`), 'limit must be at most 1000');
      assert.equal(
        await said(`/audit/entries?from=${'9'.repeat(16)}`),
        `from must be at most ${Number.MAX_SAFE_INTEGER}`,
      );
      assert.equal((await done(admin('GET', `${P}/keys/${id}/public-key?version=1`))).version, 1);
      assert.equal((await done(admin('GET', `${P}/keys?limit=007`))).items.length <= 7, true);
    });

    test('a route without a body takes none', async () => {
      const { id } = await done(admin('POST', `${P}/keys`, {}));
      assert.equal(await refused(admin('POST', `${P}/keys/${id}/rotate`, { now: true })), 'invalidInput');
      assert.equal(await refused(admin('DELETE', `${P}/keys/${id}/usage-limit`, {})), 'invalidInput');
    });

    test('names of any allowed length and script survive the way', async () => {
      const { id } = await done(admin('POST', `${P}/keys`, {}));
      for (const text of [
        'x'.repeat(LIMITS.nameCharactersMax),
        'alias/a b+c&d=e?f#g',
        'Schlüssel 🔑',
        '../..',
      ]) {
        const name = await done(admin('POST', `${P}/names`, { namespace: 'aws/us-east-1', text, key: id }));
        assert.equal(name.text, text);
        const query = new URLSearchParams({ namespace: 'aws/us-east-1', text });
        await done(admin('DELETE', `${P}/names?${query}`));
      }
      await done(admin('POST', '/projects', { name: 'p'.repeat(LIMITS.projectNameCharactersMax) }));
      await done(admin('GET', `/projects/${'p'.repeat(LIMITS.projectNameCharactersMax)}`));
    });

    test('two names that look alike are not made, and one of another protocol is still reached', async () => {
      const { id } = await done(admin('POST', `${P}/keys`, {}));
      const [composed, decomposed] = ['Schl\u00fcssel', 'Schlu\u0308ssel'];
      const name = (text: string) => ({ namespace: 'keyhold', text, key: id });
      const { status, body } = await admin('POST', `${P}/names`, name(decomposed));
      assert.deepEqual(
        [status, body.error.message],
        [400, 'text must be in Unicode normalization form C (NFC)'],
      );
      await done(admin('POST', `${P}/names`, name(composed)));

      const { kms, credentials } = keyhold;
      const at = kms.clock.now();
      const row = { ...name(decomposed), keyId: id, projectId: credentials.project.id };
      await kms.store.transaction(tx => tx.names.insert({ ...row, createdAt: at, updatedAt: at }));
      assert.equal((await done(admin('GET', `${P}/keys/${encodeURIComponent(decomposed)}`))).id, id);
      await done(admin('PUT', `${P}/names`, name(decomposed)));
      for (const text of [decomposed, composed]) {
        await done(admin('DELETE', `${P}/names?${new URLSearchParams({ text })}`));
      }
    });

    test('a NUL in a name is a name that nothing has', async () => {
      const bad = 'a%00b';
      for (const [method, path] of [
        ['GET', `/projects/${bad}`],
        ['GET', `${P}/key-rings/${bad}`],
        ['GET', `${P}/keys/${bad}`],
        ['GET', `${P}/principals/${bad}`],
        ['DELETE', `${P}/principals/admin/credentials/${bad}`],
        ['DELETE', `${P}/bindings/${bad}`],
        ['DELETE', `${P}/rules/${bad}`],
        ['GET', `${P}/keys?location=${bad}`],
        ['DELETE', `${P}/names?text=${bad}`],
        ['GET', `${P}/audit/entries?key=${bad}`],
      ] as const) {
        const { status } = await admin(method, path);
        assert.ok(status === 404 || status === 400, `${method} ${path}: ${status}`);
      }
    });

    test('answers are not kept by anybody on the way, and carry the id of the request', async () => {
      for (const path of ['/whoami', '/nothing', '/openapi.json']) {
        const { headers } = await admin('GET', path);
        assert.equal(headers.get('cache-control'), 'no-store', path);
        assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
        assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/, path);
      }
      const { headers, body } = await admin('GET', '/projects/nowhere');
      assert.equal(body.error.requestId, headers.get('x-request-id'));
    });

    test('unknown paths and methods answer in the shape of this protocol', async () => {
      for (const [method, path] of [
        ['GET', '/nothing'],
        ['DELETE', '/whoami'],
        ['GET', '//whoami'],
      ] as const) {
        const { status, body } = await admin(method, path);
        assert.equal(status, 404, path);
        assert.equal(body.error.code, 'notFound');
      }
    });

    test('only a bearer API key proves somebody', async () => {
      const { apiKey } = keyhold.credentials.admin;
      const status = async (authorization: string | undefined) => {
        const response = await fetch(`${keyhold.url}/admin/v1/whoami`, {
          headers: authorization === undefined ? {} : { authorization },
        });
        return response.status;
      };
      assert.equal(await status(`Bearer ${apiKey}`), 200);
      assert.equal(await status(`bearer ${apiKey}`), 200);
      for (const bad of [
        undefined,
        '',
        apiKey,
        `Basic ${btoa(`:${apiKey}`)}`,
        `Bearer ${apiKey}x`,
        'Bearer',
        `Bearer ${apiKey} x`,
      ]) {
        assert.equal(await status(bad), 401, String(bad).replace(apiKey, 'kh_'));
      }
    });

    test('who keeps failing is slowed down, and who proves himself is not', async () => {
      const url = `${keyhold.url}/admin/v1/whoami`;
      const statuses = await Promise.all(
        Array.from({ length: 2 * LIMITS.authenticationFailuresBurst }, async () => (await fetch(url)).status),
      );
      assert.ok(statuses.includes(429));
      await done(admin('GET', '/whoami'));
      const { items } = await done(admin('GET', '/audit/entries?operation=authenticate&outcome=throttled'));
      const throttled = statuses.filter(status => status === 429).length;
      const recorded = items.reduce(
        (sum: number, { entry }: { entry: { details: { failures: number } } }) =>
          sum + entry.details.failures,
        0,
      );
      assert.equal(recorded, throttled);
    });

    test('the reason of a denial is for the audit log, not for the caller', async () => {
      await done(admin('POST', `${P}/principals`, { name: 'nosy' }));
      const { secret } = await done(admin('POST', `${P}/principals/nosy/credentials`, {}));
      const { body } = await caller(keyhold.url, secret)('GET', `${P}/keys`);
      assert.deepEqual(body.error.details, {});
      const { items } = await done(admin('GET', `${P}/audit/entries?operation=key.list&outcome=denied`));
      assert.equal(items[0].entry.reason, 'nothing allows key.list');
    });

    test('a backup and a root rotation are streamed, or refused where the server cannot do them', async () => {
      for (const path of ['/system/backups', '/system/root-rotations']) {
        const { status, body } = await admin('POST', path);
        if (status === 400) assert.equal(body.error.code, 'unsupported');
        else assert.ok('outcome' in JSON.parse(body.trimEnd().split('\n').at(-1)));
      }
    });

    test('an export that its reader abandons harms nobody', async () => {
      await new Promise<void>((resolve, reject) => {
        const request = httpRequest(
          `${keyhold.url}/admin/v1/audit/export`,
          { headers: { authorization: `Bearer ${keyhold.credentials.admin.apiKey}` } },
          response => {
            response.once('data', () => request.destroy());
            response.once('close', () => resolve());
          },
        );
        request.once('error', reject);
        request.end();
      });
      await done(admin('GET', '/whoami'));
    });

    test('the OpenAPI document describes every route and needs no proof to be read', async () => {
      const { status, body } = await caller(keyhold.url, undefined)('GET', '/openapi.json');
      assert.equal(status, 200);
      assert.equal(body.openapi, '3.1.0');
      assert.equal(body.servers[0].url, `${keyhold.url}/admin/v1`);
      const described = Object.entries(body.paths as Record<string, Record<string, unknown>>).flatMap(
        ([path, operations]) => Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
      );
      const served = PLACED_ROUTES.map(
        ({ route, path }) => `${route.method} ${path.replace(/:(\w+)/g, '{$1}')}`,
      );
      assert.deepEqual(described.sort(), served.sort());
      const ids = Object.values(
        body.paths as Record<string, Record<string, { operationId: string }>>,
      ).flatMap(operations => Object.values(operations).map(operation => operation.operationId));
      assert.equal(new Set(ids).size, ids.length);
      const { parameters } = body.paths['/projects/{project}/keys'].get;
      const limit = parameters.find((parameter: { name: string }) => parameter.name === 'limit');
      assert.deepEqual(limit, {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
      });
      for (const code of Object.keys(ERROR_CODES)) {
        assert.ok(body.components.responses.error.description.includes(code), code);
      }
    });
  });
}
