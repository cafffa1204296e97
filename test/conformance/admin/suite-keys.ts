// The life of keys over real HTTP: material from outside and out again, the planned cryptoperiod, the way to destruction and back, and the
// rings that keys stand in.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { type Caller, caller, done, refused } from './client.ts';

const P = '/projects/default';
const HOUR_MS = 3_600_000;

/** `store` gives the setting of a fresh store. */
export function keysSuite(name: string, store: () => Promise<string>): void {
  describe(name, () => {
    let keyhold: TestKeyhold;
    let admin: Caller;
    let adminId = '';

    before(async () => {
      keyhold = await startKeyhold({ store: await store() });
      admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
      adminId = (await done(admin('GET', '/whoami'))).principal.id;
    });
    after(() => keyhold.stop());

    const post = (path: string, body?: unknown) => admin('POST', `${P}${path}`, body);
    const create = async (body: object = {}) => done(post('/keys', body));
    const act = (id: string, step: string, body?: unknown) => post(`/keys/${id}/${step}`, body);
    const sealed = async (id: string): Promise<string> =>
      (await done(act(id, 'encrypt', { plaintext: 'AAAA' }))).ciphertext;

    async function mayExport(): Promise<() => Promise<unknown>> {
      const rule = { effect: 'allow', principals: [adminId], permissions: ['key.export'] };
      const { id } = await done(admin('POST', `${P}/rules`, rule));
      return () => done(admin('DELETE', `${P}/rules/${id}`));
    }

    test('a label is no name: it may be given twice, changed and emptied', async () => {
      const [first, second] = [await create({ label: 'Ledger' }), await create({ label: 'Ledger' })];
      assert.deepEqual([first.label, second.label, first.createdBy], ['Ledger', 'Ledger', adminId]);
      const at = `${P}/keys/${first.id}`;
      const changed = await done(admin('PATCH', at, { label: 'Großbuch' }));
      assert.deepEqual([changed.label, changed.description], ['Großbuch', '']);
      assert.equal((await done(admin('PATCH', at, { description: 'old' }))).label, 'Großbuch');
      assert.equal((await done(admin('PATCH', at, { label: '' }))).label, '');
      assert.equal(await refused(post('/keys', { label: 'x'.repeat(256) })), 'invalidInput');
    });

    test('a key tells what others are to it, and what it is to others', async () => {
      const base = await create();
      const derivation = { mechanism: 'hkdf-sha-256', algorithm: 'aes-256' };
      const derived = [
        await done(act(base.id, 'derive', derivation)),
        await done(act(base.id, 'derive', derivation)),
      ];
      const read = async (id: string, path: string) => done(admin('GET', `${P}/keys/${id}/${path}`));
      const { items: own } = await read(derived[0].id, 'links');
      assert.deepEqual(own, [
        {
          fromKeyId: derived[0].id,
          type: 'derivedFrom',
          toKeyId: base.id,
          createdBy: adminId,
          createdAt: derived[0].createdAt,
        },
      ]);
      const first = await read(base.id, 'links-to?type=derivedFrom&limit=1');
      const second = await read(base.id, `links-to?type=derivedFrom&limit=1&cursor=${first.next}`);
      const from = [...first.items, ...second.items].map(({ fromKeyId }) => fromKeyId);
      assert.deepEqual(from.toSorted(), derived.map(({ id }) => id).toSorted());
      assert.deepEqual((await read(base.id, 'links-to?type=replaces')).items, []);
      for (const wrong of ['links-to', 'links-to?type=friend'])
        assert.equal(await refused(admin('GET', `${P}/keys/${base.id}/${wrong}`)), 'invalidInput');
    });

    test('material is brought in, used, replaced, and taken out by whoever may', async () => {
      const material = randomBytes(32).toString('base64');
      const key = await done(post('/keys/import', { algorithm: 'aes-256', material, exportable: true }));
      assert.deepEqual([key.origin, key.exportable, key.state], ['imported', true, 'active']);
      const ciphertext = await sealed(key.id);
      assert.equal(await refused(act(key.id, 'rotate')), 'unsupported');

      const newer = randomBytes(32).toString('base64');
      const replaced = await done(act(key.id, 'import-version', { material: newer }));
      assert.deepEqual([replaced.primaryVersion, replaced.rotatedAt > 0], [2, true]);
      const { items } = await done(admin('GET', `${P}/keys/${key.id}/versions`));
      const causes = items.map((version: { cause: string; materialBytes: number }) => [
        version.cause,
        version.materialBytes,
      ]);
      assert.deepEqual(causes, [
        ['created', 32],
        ['imported', 32],
      ]);
      assert.equal((await done(post('/decrypt', { ciphertext }))).plaintext, 'AAAA');

      assert.equal(await refused(act(key.id, 'export')), 'denied');
      const end = await mayExport();
      assert.equal((await done(act(key.id, 'export'))).material, newer);
      assert.equal((await done(act(key.id, 'export', { version: 1 }))).material, material);
      assert.equal(await refused(act(key.id, 'export', { version: 3 })), 'notFound');
      assert.equal(await refused(act((await create()).id, 'export')), 'notExportable');
      await done(act(key.id, 'disable'));
      assert.equal(await refused(act(key.id, 'export')), 'keySuspended');
      await done(act(key.id, 'enable'));
      await done(act(key.id, 'schedule-destruction', { delayMs: HOUR_MS }));
      assert.equal(await refused(act(key.id, 'export')), 'keyPendingDestruction');
      await done(act(key.id, 'purge'));
      assert.equal(await refused(act(key.id, 'export')), 'keyDestroyed');
      await end();
    });

    test('a pair comes in and goes out as PKCS#8', async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const material = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
      const key = await done(post('/keys/import', { algorithm: 'ec-p256', material, exportable: true }));
      const end = await mayExport();
      assert.equal((await done(act(key.id, 'export'))).material, material);
      await end();
      assert.equal(await refused(act(key.id, 'import-version', { material })), 'unsupported');
    });

    test('material that does not fit is refused, and nothing of it stays', async () => {
      const count = async () => (await done(admin('GET', `${P}/keys?limit=1000`))).items.length;
      const before = await count();
      const bring = (algorithm: string, material: unknown) => post('/keys/import', { algorithm, material });
      assert.equal(await refused(bring('aes-256', 'AAAA')), 'invalidKeyMaterial');
      assert.equal(await refused(bring('ec-p256', 'AAAA')), 'invalidKeyMaterial');
      assert.equal(await refused(bring('opaque', '')), 'invalidKeyMaterial');
      assert.equal(await refused(bring('aes-256', '%%%')), 'invalidInput');
      assert.equal(await refused(bring('aes-256', 1)), 'invalidInput');
      assert.equal(await refused(post('/keys/import', { algorithm: 'aes-256' })), 'invalidInput');
      assert.equal(await count(), before);
    });

    test('opaque bytes are a key that nothing is computed with', async () => {
      const material = Buffer.from('swordfish').toString('base64');
      const secret = await done(post('/keys/import', { algorithm: 'opaque', material, exportable: true }));
      assert.deepEqual(secret.usages, []);
      assert.equal(await refused(act(secret.id, 'encrypt', { plaintext: 'AAAA' })), 'incompatibleUsage');
      assert.equal(
        await refused(post('/keys', { algorithm: 'opaque', usages: ['encrypt'] })),
        'incompatibleUsage',
      );
      await done(post('/names', { text: 'password', key: secret.id }));
      await done(act('password', 'tags', { set: { team: 'a' } }));
      const made = await create({ algorithm: 'opaque', lengthBytes: 100, exportable: true });
      const end = await mayExport();
      assert.equal((await done(act('password', 'export'))).material, material);
      assert.equal(Buffer.from((await done(act(made.id, 'export'))).material, 'base64').length, 100);
      await end();
      assert.equal(await refused(act(made.id, 'rotate')), 'unsupported');
      await done(act(secret.id, 'import-version', { material: Buffer.from('other').toString('base64') }));
      for (const lengthBytes of [0, 65_537]) {
        assert.equal(await refused(post('/keys', { algorithm: 'opaque', lengthBytes })), 'invalidInput');
      }
      assert.equal(await refused(post('/keys', { algorithm: 'aes-256', lengthBytes: 16 })), 'invalidInput');
      assert.equal(await refused(post('/keys', { algorithm: 'ec-p256', lengthBytes: 32 })), 'invalidInput');
      const largest = randomBytes(65_536).toString('base64');
      await done(post('/keys/import', { algorithm: 'opaque', material: largest }));
    });

    test('a planned cryptoperiod begins and ends on the clock, and due work writes it down', async () => {
      const now = keyhold.clock.now();
      const key = await create({ activateAt: now + HOUR_MS, deactivateAt: now + 2 * HOUR_MS });
      const state = async () => (await done(admin('GET', `${P}/keys/${key.id}`))).state;
      const encrypt = () => act(key.id, 'encrypt', { plaintext: 'AAAA' });
      assert.equal(await state(), 'preActive');
      assert.equal(await refused(encrypt()), 'keyPreActive');
      assert.equal((await keyhold.runDueWork()).activated, 0);

      keyhold.clock.advance(HOUR_MS);
      const ciphertext = (await done(encrypt())).ciphertext;
      assert.equal(await state(), 'active');
      assert.equal((await keyhold.runDueWork()).activated, 1);
      assert.equal((await keyhold.runDueWork()).activated, 0);

      keyhold.clock.advance(HOUR_MS);
      assert.equal(await refused(encrypt()), 'keyDeactivated');
      assert.equal(await state(), 'deactivated');
      assert.equal((await done(post('/decrypt', { ciphertext }))).plaintext, 'AAAA');
      assert.equal((await keyhold.runDueWork()).deactivated, 1);
      assert.equal((await keyhold.runDueWork()).deactivated, 0);
      assert.equal(await refused(encrypt()), 'keyDeactivated');
      const { items } = await done(admin('GET', `${P}/audit/entries?key=${key.id}&operation=key.deactivate`));
      assert.equal(items.length, 1);
    });

    test('a cryptoperiod is begun and ended by hand', async () => {
      const key = await create({ activateAt: keyhold.clock.now() + HOUR_MS });
      assert.equal((await done(act(key.id, 'activate'))).state, 'active');
      await done(act(key.id, 'encrypt', { plaintext: 'AAAA' }));
      const ended = await done(act(key.id, 'deactivate'));
      assert.deepEqual([ended.state, ended.deactivateAt > 0], ['deactivated', true]);
      assert.equal(await refused(act(key.id, 'enable')), 'conflict');
      assert.equal(await refused(act(key.id, 'activate')), 'conflict');
    });

    test('a cryptoperiod that is over before it begins is refused', async () => {
      const now = keyhold.clock.now();
      for (const period of [
        { deactivateAt: now - 1 },
        { activateAt: now + 2 * HOUR_MS, deactivateAt: now + HOUR_MS },
        { activateAt: now + HOUR_MS, deactivateAt: now + HOUR_MS },
        { activateAt: Number.MAX_SAFE_INTEGER },
      ]) {
        assert.equal(await refused(post('/keys', period)), 'invalidInput', JSON.stringify(period));
      }
    });

    test('a disabled key stays disabled when its cryptoperiod ends, and is deactivated once it is enabled', async () => {
      const key = await create({ deactivateAt: keyhold.clock.now() + HOUR_MS });
      const ciphertext = await sealed(key.id);
      await done(act(key.id, 'disable'));
      keyhold.clock.advance(HOUR_MS);
      assert.equal((await keyhold.runDueWork()).deactivated, 0);
      assert.equal(await refused(post('/decrypt', { ciphertext })), 'keySuspended');
      await done(act(key.id, 'enable'));
      assert.equal(await refused(act(key.id, 'encrypt', { plaintext: 'AAAA' })), 'keyDeactivated');
      await done(post('/decrypt', { ciphertext }));
    });

    test('no way round a destruction makes a key active before its time', async () => {
      const key = await create({ activateAt: keyhold.clock.now() + HOUR_MS });
      await done(act(key.id, 'schedule-destruction', { delayMs: HOUR_MS }));
      await done(act(key.id, 'cancel-destruction'));
      assert.equal((await done(act(key.id, 'enable'))).state, 'preActive');
      assert.equal(await refused(act(key.id, 'encrypt', { plaintext: 'AAAA' })), 'keyPreActive');
    });

    test('a pending destruction says who asked for it, and gives back what it interrupted', async () => {
      const key = await create();
      const pending = await done(act(key.id, 'schedule-destruction', { delayMs: HOUR_MS }));
      assert.deepEqual(pending.destruction, {
        at: pending.updatedAt + HOUR_MS,
        requestedAt: pending.updatedAt,
        requestedBy: adminId,
        stateBefore: 'active',
      });
      const restored = await done(act(key.id, 'cancel-destruction', { restore: true }));
      assert.deepEqual(
        [restored.state, restored.destruction, restored.suspendedAt],
        ['active', undefined, undefined],
      );
      await done(act(key.id, 'encrypt', { plaintext: 'AAAA' }));

      const { suspendedAt } = await done(act(key.id, 'disable'));
      keyhold.clock.advance(10);
      await done(act(key.id, 'schedule-destruction', { delayMs: HOUR_MS }));
      const again = await done(act(key.id, 'cancel-destruction', { restore: true }));
      assert.deepEqual([again.state, again.suspendedAt], ['suspended', suspendedAt]);
      assert.equal(
        await refused(act(key.id, 'cancel-destruction', { restore: true })),
        'keyNotPendingDestruction',
      );
    });

    test('a key moves to another ring and obeys the roles there', async () => {
      const ring = await done(post('/key-rings', { name: 'harbour' }));
      assert.equal(ring.createdBy, adminId);
      const key = await create();
      await done(post('/principals', { name: 'pilot' }));
      await done(post('/bindings', { principal: 'pilot', role: 'user', keyRing: 'harbour' }));
      const { secret } = await done(post('/principals/pilot/credentials', {}));
      const use = () =>
        caller(keyhold.url, secret)('POST', `${P}/keys/${key.id}/encrypt`, { plaintext: 'AAAA' });
      assert.equal(await refused(use()), 'denied');
      assert.equal((await done(act(key.id, 'move', { keyRing: 'harbour' }))).keyRingId, ring.id);
      await done(use());
      assert.equal(await refused(act(key.id, 'move', { keyRing: 'nowhere' })), 'notFound');
      await done(act(key.id, 'move', { keyRing: 'default' }));
      assert.equal(await refused(use()), 'denied');
    });

    test('a ring of keys that are gone or going may be given up, and the keys go to the default one', async () => {
      await done(post('/key-rings', { name: 'wharf' }));
      const [gone, going, living] = [
        await create({ keyRing: 'wharf' }),
        await create({ keyRing: 'wharf' }),
        await create({ keyRing: 'wharf' }),
      ];
      await done(act(gone.id, 'purge'));
      await done(act(going.id, 'schedule-destruction', { delayMs: HOUR_MS }));
      const remove = (query = '') => admin('DELETE', `${P}/key-rings/wharf${query}`);
      assert.equal(await refused(remove('?moveKeys=true')), 'conflict');
      await done(act(living.id, 'schedule-destruction', { delayMs: HOUR_MS }));
      assert.equal(await refused(remove()), 'conflict');
      assert.equal(await refused(remove('?moveKeys=maybe')), 'invalidInput');
      await done(remove('?moveKeys=true'));
      const { id } = await done(admin('GET', `${P}/key-rings/default`));
      for (const key of [gone, going, living]) {
        assert.equal((await done(admin('GET', `${P}/keys/${key.id}`))).keyRingId, id);
      }
      assert.equal(await refused(remove('?moveKeys=true')), 'notFound');
      assert.equal(await refused(admin('DELETE', `${P}/key-rings/default?moveKeys=true`)), 'reservedName');
    });
  });
}
