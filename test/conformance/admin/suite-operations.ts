// The administration protocol over real HTTP, with the real store, custody and audit log behind it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { selfSigned } from '../../support/certificates.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { type Caller, caller, done, refused } from './client.ts';

/** `store` gives the setting of a fresh store. */
export function operationsSuite(name: string, store: () => Promise<string>): void {
  describe(name, () => {
    let keyhold: TestKeyhold;
    let admin: Caller;
    const P = '/projects/default';

    before(async () => {
      keyhold = await startKeyhold({ store: await store() });
      admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
    });
    after(() => keyhold.stop());

    const base64 = (text: string) => Buffer.from(text).toString('base64');

    test('a caller learns who it is', async () => {
      const { principal, bindings } = await done(admin('GET', '/whoami'));
      assert.equal(principal.projectId, undefined);
      assert.deepEqual(
        bindings.map((binding: { role: string; scope: unknown }) => [binding.role, binding.scope]),
        [['admin', { level: 'system' }]],
      );
    });

    test('a key lives from its making to its destruction', async () => {
      const key = await done(admin('POST', `${P}/keys`, { description: 'orders', tags: { team: 'a' } }));
      assert.equal(key.algorithm, 'aes-256');
      const at = `${P}/keys/${key.id}`;
      assert.equal((await done(admin('PATCH', at, { description: 'x' }))).description, 'x');
      assert.deepEqual(
        (await done(admin('POST', `${at}/tags`, { set: { b: '1' }, remove: ['team'] }))).tags,
        {
          b: '1',
        },
      );
      const sealed = await done(
        admin('POST', `${at}/encrypt`, { plaintext: base64('hello'), context: { d: 'sales' } }),
      );
      assert.equal((await done(admin('POST', `${at}/rotate`))).primaryVersion, 2);
      const opened = await done(
        admin('POST', `${P}/decrypt`, { ciphertext: sealed.ciphertext, context: { d: 'sales' } }),
      );
      assert.equal(opened.plaintext, base64('hello'));
      assert.equal(opened.version, 1);
      assert.equal(
        await refused(admin('POST', `${at}/decrypt`, { ciphertext: sealed.ciphertext })),
        'invalidCiphertext',
      );
      assert.equal((await done(admin('GET', `${at}/versions`))).items.length, 2);
      assert.equal((await done(admin('GET', `${at}/last-use`))).use.operation, 'key.decrypt');

      const yearMs = 365 * 86_400_000;
      assert.equal(
        (await done(admin('PUT', `${at}/rotation`, { periodMs: yearMs }))).rotation.periodMs,
        yearMs,
      );
      assert.equal((await done(admin('DELETE', `${at}/rotation`))).rotation, undefined);

      assert.equal((await done(admin('POST', `${at}/disable`))).state, 'suspended');
      assert.equal(await refused(admin('POST', `${at}/encrypt`, { plaintext: base64('x') })), 'keySuspended');
      assert.equal((await done(admin('POST', `${at}/enable`))).state, 'active');
      const pending = await done(admin('POST', `${at}/schedule-destruction`, { delayMs: 86_400_000 }));
      assert.ok(pending.destruction.at > 0);
      assert.equal((await done(admin('POST', `${at}/cancel-destruction`))).destruction, undefined);
      assert.equal((await done(admin('POST', `${at}/purge`))).state, 'destroyed');
      assert.equal(
        await refused(
          admin('POST', `${P}/decrypt`, { ciphertext: sealed.ciphertext, context: { d: 'sales' } }),
        ),
        'keyDestroyed',
      );
    });

    test('names lead to keys and move between equals', async () => {
      const first = await done(admin('POST', `${P}/keys`, {}));
      const second = await done(admin('POST', `${P}/keys`, {}));
      await done(admin('POST', `${P}/names`, { text: 'billing', key: first.id }));
      assert.equal((await done(admin('GET', `${P}/keys/billing`))).id, first.id);
      await done(admin('PUT', `${P}/names`, { text: 'billing', key: second.id }));
      assert.equal((await done(admin('GET', `${P}/keys/keyhold:billing`))).id, second.id);
      assert.equal((await done(admin('GET', `${P}/names?key=${second.id}`))).items.length, 1);
      await done(admin('DELETE', `${P}/names?text=billing`));
      assert.equal(await refused(admin('GET', `${P}/keys/billing`)), 'notFound');
    });

    test('the names of services are made, moved and taken away by nobody', async () => {
      const key = await done(admin('POST', `${P}/keys`, {}));
      const name = { namespace: 'aws/us-east-1', text: 'alias/aws/s3', key: key.id };
      assert.equal(await refused(admin('POST', `${P}/names`, name)), 'reservedName');
      assert.equal(await refused(admin('PUT', `${P}/names`, name)), 'reservedName');
      const query = new URLSearchParams({ namespace: name.namespace, text: name.text });
      assert.equal(await refused(admin('DELETE', `${P}/names?${query}`)), 'reservedName');
      await done(admin('POST', `${P}/names`, { ...name, text: 'alias/awsome' }));
      await done(admin('POST', `${P}/names`, { ...name, namespace: 'keyhold' }));
    });

    test('data keys, re-encryption and random bytes', async () => {
      const key = await done(admin('POST', `${P}/keys`, {}));
      const other = await done(admin('POST', `${P}/keys`, {}));
      const dataKey = await done(admin('POST', `${P}/keys/${key.id}/data-keys`, { bytes: 24 }));
      assert.equal(Buffer.from(dataKey.plaintext, 'base64').length, 24);
      const moved = await done(
        admin('POST', `${P}/reencrypt`, {
          ciphertext: dataKey.ciphertext,
          key: other.id,
          newContext: { a: 'b' },
        }),
      );
      const opened = await done(
        admin('POST', `${P}/keys/${other.id}/decrypt`, { ciphertext: moved.ciphertext, context: { a: 'b' } }),
      );
      assert.equal(opened.plaintext, dataKey.plaintext);
      const wrapped = await done(admin('POST', `${P}/keys/${key.id}/wrapped-data-keys`, {}));
      assert.equal(wrapped.plaintext, undefined);
      const random = await done(admin('POST', `${P}/random`, { bytes: 7 }));
      assert.equal(Buffer.from(random.bytes, 'base64').length, 7);
    });

    test('projects are made, renamed, disabled and enabled', async () => {
      const project = await done(admin('POST', '/projects', { name: 'shop' }));
      assert.match(project.accountId, /^[1-9]\d{11}$/);
      assert.equal(await refused(admin('POST', '/projects', { name: 'shop' })), 'alreadyExists');
      assert.equal(await refused(admin('PATCH', '/projects/shop', { name: 'default' })), 'alreadyExists');
      assert.equal((await done(admin('PATCH', '/projects/shop', { name: 'store' }))).name, 'store');
      const key = await done(admin('POST', '/projects/store/keys', {}));
      await done(admin('PATCH', '/projects/store', { enabled: false }));
      assert.equal(await refused(admin('GET', `/projects/store/keys/${key.id}`)), 'denied');
      await done(admin('PATCH', `/projects/${project.id}`, { enabled: true }));
      await done(admin('GET', `/projects/store/keys/${key.id}`));
      assert.equal(await refused(admin('GET', '/projects/nowhere')), 'notFound');
    });

    test('key rings hold keys and go when they are empty', async () => {
      const ring = await done(admin('POST', `${P}/key-rings`, { name: 'payments' }));
      await done(admin('POST', `${P}/keys`, { keyRing: 'payments' }));
      assert.equal((await done(admin('GET', `${P}/key-rings/payments`))).id, ring.id);
      assert.equal(await refused(admin('DELETE', `${P}/key-rings/payments`)), 'conflict');
      assert.equal(await refused(admin('DELETE', `${P}/key-rings/default`)), 'reservedName');
      await done(admin('POST', `${P}/key-rings`, { name: 'empty' }));
      await done(admin('DELETE', `${P}/key-rings/empty`));
      assert.equal((await done(admin('GET', `${P}/key-rings`))).items.length, 2);
    });

    test('a principal acts with a credential until it is revoked, disabled or expired', async () => {
      await done(admin('POST', `${P}/principals`, { name: 'robot' }));
      const issued = await done(admin('POST', `${P}/principals/robot/credentials`, {}));
      assert.match(issued.secret, /^kh_/);
      const robot = caller(keyhold.url, issued.secret);
      assert.equal((await done(robot('GET', '/whoami'))).project.name, 'default');
      assert.equal(await refused(robot('GET', `${P}/keys`)), 'denied');

      await done(admin('PATCH', `${P}/principals/robot`, { enabled: false }));
      assert.equal(await refused(robot('GET', '/whoami')), 'unauthenticated');
      await done(admin('PATCH', `${P}/principals/robot`, { enabled: true }));
      await done(robot('GET', '/whoami'));

      const until = keyhold.clock.now() + 60_000;
      const brief = await done(admin('POST', `${P}/principals/robot/credentials`, { expiresAt: until }));
      await done(caller(keyhold.url, brief.secret)('GET', '/whoami'));
      keyhold.clock.advance(60_001);
      assert.equal(await refused(caller(keyhold.url, brief.secret)('GET', '/whoami')), 'unauthenticated');

      const listed = await done(admin('GET', `${P}/principals/robot/credentials`));
      assert.equal(listed.items.length, 2);
      assert.ok(!JSON.stringify(listed).includes(issued.secret));
      await done(admin('DELETE', `${P}/principals/robot/credentials/${issued.credential.id}`));
      assert.equal(await refused(robot('GET', '/whoami')), 'unauthenticated');

      const certificates = `${P}/principals/robot/certificates`;
      const certificate = selfSigned({ subject: 'robot-1' });
      const added = await done(admin('POST', certificates, { certificate }));
      assert.deepEqual([added.kind, added.certificate.subject], ['certificate', 'CN=robot-1']);
      assert.equal(await refused(admin('POST', certificates, { certificate })), 'alreadyExists');
      assert.equal(await refused(admin('POST', certificates, { certificate: 'none' })), 'invalidInput');
      await done(admin('DELETE', `${P}/principals/robot/credentials/${added.id}`));

      const pair = await done(admin('POST', `${P}/principals/robot/credentials`, { kind: 'accessKeyPair' }));
      assert.match(pair.credential.lookup, /^AKIA/);
      assert.equal(pair.secret.length, 40);
      await done(admin('DELETE', `${P}/principals/robot`));
      assert.equal(await refused(admin('GET', `${P}/principals/robot`)), 'notFound');
    });

    test('lists come in pages whose cursors belong to them', async () => {
      for (let count = 0; count < 5; count += 1)
        await done(admin('POST', `${P}/principals`, { name: `p${count}` }));
      const names: string[] = [];
      let cursor = '';
      do {
        const page = await done(admin('GET', `${P}/principals?limit=2${cursor}`));
        names.push(...page.items.map((item: { name: string }) => item.name));
        cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
      } while (cursor !== '');
      assert.equal(new Set(names).size, names.length);
      assert.ok(names.includes('p0') && names.includes('p4'));
      const { next } = await done(admin('GET', `${P}/principals?limit=1`));
      assert.equal(await refused(admin('GET', `${P}/keys?limit=1&cursor=${next}`)), 'invalidCursor');
      assert.equal(await refused(admin('GET', `/principals?limit=1&cursor=${next}`)), 'invalidCursor');
      for (const bad of ['x', 'AAAA', next.slice(1)]) {
        assert.equal(await refused(admin('GET', `${P}/principals?cursor=${bad}`)), 'invalidCursor');
      }
      assert.equal(await refused(admin('GET', `${P}/principals?limit=0`)), 'invalidInput');
    });

    test('explain says which binding or rule decides', async () => {
      const key = await done(admin('POST', `${P}/keys`, {}));
      const user = await done(admin('POST', `${P}/principals`, { name: 'ann', kind: 'user' }));
      const ask = (attributes = {}) =>
        done(
          admin('POST', `${P}/explain`, {
            principal: 'ann',
            permission: 'key.encrypt',
            key: key.id,
            attributes,
          }),
        );
      assert.equal((await ask()).allowed, false);
      const binding = await done(
        admin('POST', `${P}/bindings`, { principal: 'ann', role: 'user', key: key.id }),
      );
      assert.equal((await ask()).reason, `binding ${binding.id}`);
      const rule = await done(
        admin('POST', `${P}/rules`, {
          effect: 'deny',
          principals: ['ann'],
          permissions: ['*'],
          conditions: [{ attribute: 'source.address', operator: 'notInNetwork', values: ['10.0.0.0/8'] }],
        }),
      );
      assert.ok(!rule.permissions.includes('access.update') && rule.permissions.includes('key.encrypt'));
      assert.equal((await ask({ 'source.address': '10.1.2.3' })).allowed, true);
      const denied = await ask({ 'source.address': '192.0.2.1' });
      assert.equal(denied.reason, `denied by rule ${rule.id}`);
      assert.deepEqual(
        denied.rules.map((each: { matches: boolean }) => each.matches),
        [true],
      );
      assert.equal(denied.principal.id, user.id);
      assert.equal((await done(admin('GET', `${P}/bindings?key=${key.id}`))).items.length, 1);
      assert.equal((await done(admin('GET', `${P}/principals/ann/bindings`))).items.length, 1);
      await done(admin('DELETE', `${P}/rules/${rule.id}`));
      await done(admin('DELETE', `${P}/bindings/${binding.id}`));
      assert.equal((await ask({ 'source.address': '10.1.2.3' })).allowed, false);
    });

    test('a rule that could not mean what it says is refused', async () => {
      const rule = { effect: 'allow', principals: ['*'], permissions: ['key.read'] };
      const condition = { attribute: 'source.address', operator: 'inNetwork', values: ['10.0.0.0/8'] };
      const bad = [
        { ...rule, principals: [] },
        { ...rule, principals: ['nobody-here'] },
        { ...rule, permissions: [] },
        { ...rule, permissions: ['key.fly'] },
        { ...rule, effect: 'deny', permissions: ['access.update'] },
        { ...rule, conditions: [{ ...condition, values: ['10.0.0.0/33'] }] },
        { ...rule, conditions: [{ ...condition, values: [] }] },
        { ...rule, conditions: [{ ...condition, operator: 'inside' }] },
        { ...rule, conditions: [{ ...condition, attribute: 'source.adress' }] },
        { ...rule, conditions: [{ ...condition, attribute: 'department', operator: 'equals' }] },
        { ...rule, conditions: [{ ...condition, operator: 'exists', values: ['yes'] }] },
        { ...rule, key: '6f9619ff-8b86-4011-b42d-00c04fc964ff', keyRing: 'default' },
        { ...rule, extra: 1 },
      ];
      for (const body of bad) {
        const code = await refused(admin('POST', `${P}/rules`, body));
        assert.ok(['invalidInput', 'notFound'].includes(code), `${code} ${JSON.stringify(body)}`);
      }
    });

    test('the audit log is searched, proven and exported', async () => {
      const { items } = await done(admin('GET', `${P}/audit/entries?operation=key.encrypt`));
      assert.ok(items.length > 0);
      assert.ok(
        items.every((item: { entry: { operation: string } }) => item.entry.operation === 'key.encrypt'),
      );
      for (const slip of ['operation=key.encypt', 'outcome=refused']) {
        assert.equal(await refused(admin('GET', `${P}/audit/entries?${slip}`)), 'invalidInput');
      }
      const oldest = await done(admin('GET', '/audit/entries?order=oldest&limit=2'));
      assert.deepEqual(
        oldest.items.map((item: { index: number }) => item.index),
        [0, 1],
      );
      const following = await done(admin('GET', `/audit/entries?order=oldest&limit=2&cursor=${oldest.next}`));
      assert.deepEqual(
        following.items.map((item: { index: number }) => item.index),
        [2, 3],
      );

      const { checkpoint, verifierKey } = await done(admin('GET', `${P}/audit/checkpoint`));
      assert.ok(checkpoint.startsWith(verifierKey.split('+')[0]));
      const { receipt } = await done(admin('GET', `${P}/audit/receipts/${items[0].index}`));
      assert.equal(JSON.parse(receipt).index, items[0].index);
      assert.equal(await refused(admin('GET', `${P}/audit/receipts/999999`)), 'notFound');
      assert.equal(await refused(admin('GET', `${P}/audit/receipts/x`)), 'invalidInput');

      const exported = await done(admin('GET', '/audit/export'));
      const lines = exported.trimEnd().split('\n');
      assert.equal(JSON.parse(lines[0]).format, 'keyhold-audit-export');
      assert.ok('checkpoint' in JSON.parse(lines.at(-1)));
    });

    test('the audit log is followed as it is written, and a follower keeps no server from stopping', async () => {
      const other = await startKeyhold();
      const { apiKey } = other.credentials.admin;
      const response = await fetch(`${other.url}/admin/v1${P}/audit/follow?operation=key.create`, {
        headers: { authorization: `Bearer ${apiKey}` },
      });
      assert.ok(response.body);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const { id } = await done(caller(other.url, apiKey)('POST', `${P}/keys`, {}));
      let text = '';
      while (!text.includes(id)) {
        const { value, done: ended } = await reader.read();
        assert.equal(ended, false);
        text += value;
      }
      const rest = reader.read().then(
        () => 'ended',
        () => 'ended',
      );
      await other.stop();
      assert.equal(await rest, 'ended');
    });

    test('an entry of another project has no receipt here', async () => {
      await done(admin('POST', '/projects', { name: 'elsewhere' }));
      await done(admin('POST', '/projects/elsewhere/keys', {}));
      const { items } = await done(admin('GET', '/projects/elsewhere/audit/entries?operation=key.create'));
      assert.equal(await refused(admin('GET', `${P}/audit/receipts/${items[0].index}`)), 'notFound');
      await done(admin('GET', `/audit/receipts/${items[0].index}`));
    });

    test('the state of the installation shows nothing secret', async () => {
      const status = await done(admin('GET', '/system/status'));
      assert.equal(status.store, keyhold.kms.store.engine);
      assert.deepEqual(
        status.rootKeys.map((row: { state: string }) => row.state),
        ['current'],
      );
    });

    test('the last administrator of the system stays', async () => {
      const { principal, bindings } = await done(admin('GET', '/whoami'));
      assert.equal(await refused(admin('DELETE', `/bindings/${bindings[0].id}`)), 'conflict');
      assert.equal(
        await refused(admin('PATCH', `/principals/${principal.id}`, { enabled: false })),
        'conflict',
      );
      assert.equal(await refused(admin('DELETE', `/principals/${principal.id}`)), 'conflict');
      await done(admin('POST', '/principals', { name: 'second' }));
      const second = await done(admin('POST', '/bindings', { principal: 'second', role: 'admin' }));
      assert.equal(
        await refused(admin('POST', '/bindings', { principal: 'second', role: 'admin' })),
        'alreadyExists',
      );
      await done(admin('DELETE', `/bindings/${second.id}`));
    });

    test('every answer and every refusal is in the audit log', async () => {
      const search = async (query: string) =>
        (await done(admin('GET', `/audit/entries?limit=1${query}`))).items[0];
      const refusal = await admin('POST', `${P}/keys`, { algorithm: 'rot13' });
      assert.equal(refusal.status, 400);
      const refusedEntry = await search('&operation=request.refuse');
      assert.equal(refusedEntry.entry.requestId, refusal.headers.get('x-request-id'));
      assert.equal(refusedEntry.entry.details.asked, 'POST /projects/:project/keys');

      const stranger = await caller(keyhold.url, `kh_${'a'.repeat(16)}_${'b'.repeat(59)}`)('GET', '/whoami');
      assert.equal(stranger.status, 401);
      assert.equal(stranger.headers.get('www-authenticate'), 'Bearer');
      const strangerEntry = await search('&operation=authenticate');
      assert.equal(strangerEntry.entry.requestId, stranger.headers.get('x-request-id'));
      assert.equal(strangerEntry.entry.details.claimed, `kh_${'a'.repeat(16)}`);

      const { items } = await done(admin('GET', '/audit/entries?limit=1000&order=oldest'));
      const operations = new Set<string>(
        items.map(({ entry }: { entry: { operation: string } }) => entry.operation),
      );
      assert.ok(operations.has('system.selfTest'));
      for (const operation of operations) {
        assert.equal((await search(`&operation=${operation}`)).entry.operation, operation);
      }
    });
  });
}
