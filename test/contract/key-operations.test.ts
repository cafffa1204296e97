// What operations on keys offer to protocols beyond the administration: facets, least times between steps, names at birth, material whose
// algorithm follows from its length. On both engines, with everything real behind the one door.

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { SecretBytes } from '../../src/base/secret-bytes.ts';
import type { RequestContext } from '../../src/core/context.ts';
import { execute } from '../../src/core/execute.ts';
import type { Operation } from '../../src/core/operation.ts';
import { disableKey, enableKey } from '../../src/core/operations/keys/change-state.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { describeKey } from '../../src/core/operations/keys/describe-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { cancelDestruction, scheduleDestruction } from '../../src/core/operations/keys/destruction.ts';
import { importKey } from '../../src/core/operations/keys/import-key.ts';
import { importKeyVersion } from '../../src/core/operations/keys/import-key-version.ts';
import { listKeys } from '../../src/core/operations/keys/list-keys.ts';
import { rotateKey } from '../../src/core/operations/keys/rotate-key.ts';
import { updateKey } from '../../src/core/operations/keys/update-key.ts';
import { readProjectFacet, writeProjectFacet } from '../../src/core/operations/projects/project-facets.ts';
import { KmsError } from '../../src/domain/errors.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';

const HOUR_MS = 3_600_000;
const AES = { algorithm: 'aes-256', location: 'here' } as const;
const protocol = 'test';

function suite(name: string, store: () => Promise<string>): void {
  describe(name, () => {
    let keyhold: TestKeyhold;
    before(async () => {
      keyhold = await startKeyhold({ store: await store() });
    });
    after(() => keyhold.stop());

    function run<Input, Target, Output, Prepared>(
      operation: Operation<Input, Target, Output, Prepared>,
      input: Input,
    ): Promise<Output> {
      const context: RequestContext = {
        requestId: randomUUID(),
        protocol,
        actor: { type: 'system', name: 'test' },
        projectId: keyhold.credentials.project.id,
      };
      return execute(keyhold.kms, operation, context, input);
    }

    async function codeOf(attempt: Promise<unknown>): Promise<string> {
      try {
        await attempt;
        return 'ok';
      } catch (thrown) {
        assert.ok(thrown instanceof KmsError, String(thrown));
        return thrown.code;
      }
    }

    const plain = (bytes: number) => ({
      by: 'plain' as const,
      material: SecretBytes.own(randomBytes(bytes)),
    });
    const chosen = (id: string) => ({ key: { by: 'id' as const, id } });
    const newKey = async (more: object = {}) => (await run(createKey, { ...AES, ...more })).key;

    test('a facet is written with each change, member by member, and read by its own protocol', async () => {
      const key = chosen((await newKey({ facet: { protocol, document: { a: 1, b: ['x'] } } })).id);
      const facet = async (of: string | undefined = protocol) =>
        (await run(describeKey, { ...key, withFacet: of })).facet;
      assert.deepEqual(await facet(), { a: 1, b: ['x'] });
      assert.equal((await run(describeKey, key)).facet, undefined);
      assert.equal(await facet('another'), undefined);
      const put = (document: Record<string, number | null>) => ({ ...key, facet: { protocol, document } });
      await run(updateKey, put({ b: null, c: 2 }));
      await run(disableKey, put({ d: 3 }));
      await run(enableKey, put({ d: 4 }));
      await run(rotateKey, { ...put({ e: 5 }), cause: 'requestedRotation' });
      await run(scheduleDestruction, { ...put({ f: 6 }), delayMs: HOUR_MS });
      await run(cancelDestruction, { ...put({ g: 7 }), restore: true });
      await run(destroyKey, put({ h: 8 }));
      const document = { a: 1, c: 2, d: 4, e: 5, f: 6, g: 7, h: 8 };
      assert.deepEqual(await facet(), document);
      const { items } = await run(listKeys, { page: { limit: 1_000 }, withFacet: protocol });
      assert.deepEqual(items.find(item => item.id === key.key.id)?.facet, document);
      assert.ok(items.filter(item => item.id !== key.key.id).every(item => item.facet === undefined));
    });

    test('a change that is refused leaves the facet as it was, and one that is too large refuses the change', async () => {
      const key = chosen((await newKey()).id);
      const facet = { protocol, document: { a: 'x'.repeat(16_384) } };
      assert.equal(await codeOf(run(updateKey, { ...key, label: 'new', facet })), 'tooLarge');
      const small = { protocol, document: { a: 1 } };
      const refused = run(cancelDestruction, { ...key, restore: true, facet: small });
      assert.equal(await codeOf(refused), 'keyNotPendingDestruction');
      const found = await run(describeKey, { ...key, withFacet: protocol });
      assert.deepEqual([found.key.label, found.facet], ['', undefined]);
    });

    test('a facet of a project holds what concerns all of it', async () => {
      assert.equal(await run(readProjectFacet, { protocol: 'policies' }), undefined);
      const write = async (document: Record<string, boolean | null>) => ({
        ...(await run(writeProjectFacet, { facet: { protocol: 'policies', document } })),
      });
      assert.deepEqual(await write({ rotation: true, network: false }), { network: false, rotation: true });
      assert.deepEqual(await write({ network: null }), { rotation: true });
      assert.deepEqual(await run(readProjectFacet, { protocol: 'policies' }), { rotation: true });
    });

    test('steps may be spaced: a rotation, an enabling, a restoration and a purge that come too early are refused', async () => {
      const spaced = { minimumIntervalMs: HOUR_MS };
      const key = chosen((await newKey()).id);
      const rotate = () => codeOf(run(rotateKey, { ...key, ...spaced, cause: 'requestedRotation' }));
      // The first version is no rotation.
      assert.deepEqual([await rotate(), await rotate()], ['ok', 'tooEarly']);
      keyhold.clock.advance(HOUR_MS);
      assert.equal(await rotate(), 'ok');

      await run(disableKey, key);
      assert.equal(await codeOf(run(enableKey, { ...key, ...spaced })), 'tooEarly');
      keyhold.clock.advance(HOUR_MS);
      assert.equal(await codeOf(run(enableKey, { ...key, ...spaced })), 'ok');

      assert.equal(await codeOf(run(destroyKey, { ...key, ...spaced })), 'keyNotPendingDestruction');
      await run(scheduleDestruction, { ...key, delayMs: 9 * HOUR_MS });
      assert.equal(await codeOf(run(cancelDestruction, { ...key, ...spaced, restore: true })), 'tooEarly');
      assert.equal(await codeOf(run(destroyKey, { ...key, ...spaced })), 'tooEarly');
      keyhold.clock.advance(HOUR_MS);
      assert.equal(await codeOf(run(cancelDestruction, { ...key, ...spaced, restore: true })), 'ok');
      await run(scheduleDestruction, { ...key, delayMs: 9 * HOUR_MS });
      keyhold.clock.advance(HOUR_MS);
      assert.equal(await codeOf(run(destroyKey, { ...key, ...spaced })), 'ok');
    });

    test('imports of versions are spaced by the same rule', async () => {
      const key = chosen((await run(importKey, { ...AES, material: plain(32) })).key.id);
      const replace = () =>
        codeOf(run(importKeyVersion, { ...key, material: plain(32), minimumIntervalMs: HOUR_MS }));
      assert.deepEqual([await replace(), await replace()], ['ok', 'tooEarly']);
    });

    test('a requested rotation starts the period anew only when it is told to', async () => {
      const periodMs = 30 * 86_400_000;
      const key = chosen((await newKey({ rotationPeriodMs: periodMs })).id);
      keyhold.clock.advance(HOUR_MS);
      const rotated = await run(rotateKey, { ...key, cause: 'requestedRotation' });
      const { createdAt, rotation } = rotated.key;
      assert.equal(rotation?.nextAt, createdAt + periodMs);
      const restarted = await run(rotateKey, { ...key, cause: 'requestedRotation', restartSchedule: true });
      assert.equal(restarted.key.rotation?.nextAt, restarted.version.createdAt + periodMs);
    });

    test('a key is born with its names or not at all', async () => {
      const names = ['one', 'two'].map(text => ({ namespace: protocol, text }));
      const { id } = await newKey({ names });
      const found = await run(describeKey, { key: { by: 'name', namespace: protocol, text: 'two' } });
      assert.equal(found.key.id, id);
      const count = async () => (await run(listKeys, { page: { limit: 1_000 } })).items.length;
      const before = await count();
      const taken = { namespace: protocol, text: 'one' };
      const fresh = { namespace: protocol, text: 'three' };
      assert.equal(await codeOf(newKey({ names: [fresh, taken] })), 'alreadyExists');
      assert.equal(
        await codeOf(run(importKey, { ...AES, material: plain(32), names: [taken] })),
        'alreadyExists',
      );
      assert.equal(await count(), before);
      const absent = run(describeKey, { key: { by: 'name', ...fresh } });
      assert.equal(await codeOf(absent), 'notFound');
      const reserved = { namespace: 'aws/us-east-1', text: 'alias/aws/s3' };
      assert.equal(await codeOf(newKey({ names: [reserved] })), 'reservedName');
    });

    test('of several algorithms material gets the one whose length it has', async () => {
      const algorithm = ['aes-128', 'aes-192', 'aes-256'] as const;
      const bring = async (bytes: number) =>
        (await run(importKey, { ...AES, algorithm, material: plain(bytes) })).key.algorithm;
      assert.deepEqual([await bring(16), await bring(24), await bring(32)], algorithm);
      assert.equal(await codeOf(bring(20)), 'invalidKeyMaterial');
    });
  });
}

suite('operations on keys on SQLite', async () => 'sqlite');

describe('with PostgreSQL', () => {
  let postgres: PostgresServer;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  suite('operations on keys on PostgreSQL', () => postgres.createDatabase());
});
