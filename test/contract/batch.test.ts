// Batches that are kept or undone as a whole, on both engines, with everything real behind the one door.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { equalBytes } from '../../src/base/bytes.ts';
import { revealSecretBytes } from '../../src/base/secret-bytes.ts';
import type { RequestContext } from '../../src/core/context.ts';
import { type ExecuteInBatch, executeBatch } from '../../src/core/execute-batch.ts';
import type { Kms } from '../../src/core/kms.ts';
import { decrypt } from '../../src/core/operations/crypto/decrypt.ts';
import { encrypt } from '../../src/core/operations/crypto/encrypt.ts';
import { activateKey, disableKey } from '../../src/core/operations/keys/change-state.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { describeKey } from '../../src/core/operations/keys/describe-key.ts';
import { listKeys } from '../../src/core/operations/keys/list-keys.ts';
import { rotateKey } from '../../src/core/operations/keys/rotate-key.ts';
import { createName } from '../../src/core/operations/names/names.ts';
import { KmsError } from '../../src/domain/errors.ts';
import { NO_CONTEXT } from '../../src/domain/message-context.ts';
import { byId, type CoreSubject, codeOf, onBothEngines } from './core-subject.ts';

const AES = { algorithm: 'aes-256', location: 'here' } as const;
const plaintext = randomBytes(24);

onBothEngines('batches', subject => {
  const batch = <T>(
    core: CoreSubject,
    work: (execute: ExecuteInBatch, context: RequestContext) => Promise<T>,
    { context = core.context(), kms = core.keyhold.kms }: { context?: RequestContext; kms?: Kms } = {},
  ): Promise<T> => executeBatch(kms, execute => work(execute, context));
  const logged = async (core: CoreSubject, { requestId }: RequestContext) =>
    (await core.entriesOf(requestId)).map(({ operation, outcome }) => `${operation} ${outcome}`);
  const countKeys = async (core: CoreSubject) =>
    (await core.run(listKeys, { page: { limit: 1_000 } })).items.length;

  test('later operations build on earlier ones, and all are kept with an entry each', async () => {
    const core = subject();
    const context = core.context();
    const made = await batch(
      core,
      async execute => {
        const { key } = await execute(createKey, context, { ...AES, state: 'preActive' });
        await execute(activateKey, context, byId(key.id));
        await execute(createName, context, { namespace: 'batch', text: 'first', ...byId(key.id) });
        const named = { key: { by: 'name', namespace: 'batch', text: 'first' } } as const;
        const sealed = await execute(encrypt, context, { ...named, plaintext, context: NO_CONTEXT });
        await execute(rotateKey, context, { ...named, cause: 'requestedRotation' });
        const described = await execute(describeKey, context, named);
        return { id: key.id, version: described.version.number, ciphertext: sealed.ciphertext };
      },
      { context },
    );
    assert.equal(made.version, 2);
    using opened = (await core.run(decrypt, { ciphertext: made.ciphertext, context: NO_CONTEXT })).plaintext;
    assert.ok(equalBytes(revealSecretBytes(opened), plaintext));
    assert.deepEqual(await logged(core, context), [
      'key.create ok',
      'key.activate ok',
      'name.create ok',
      'key.encrypt ok',
      'key.rotate ok',
      'key.describe ok',
    ]);
  });

  test('what the last operation refuses undoes all changes, and the log says of each what became of it', async () => {
    const core = subject();
    const there = await core.newKey();
    const before = await countKeys(core);
    const context = core.context();
    let answered: string | undefined;
    const refused = batch(
      core,
      async execute => {
        await execute(disableKey, context, byId(there.id));
        const { key } = await execute(createKey, context, AES);
        answered = key.id;
        await execute(encrypt, context, { ...byId(key.id), plaintext, context: NO_CONTEXT });
        await execute(activateKey, context, { key: { by: 'name', namespace: 'batch', text: 'absent' } });
      },
      { context },
    );
    assert.equal(await codeOf(refused), 'notFound');
    assert.deepEqual(await logged(core, context), [
      'key.disable undone',
      'key.create undone',
      'key.encrypt ok',
      'key.activate notFound',
    ]);
    assert.equal(await countKeys(core), before);
    assert.equal((await core.run(describeKey, byId(there.id))).key.state, 'active');
    assert.equal(await core.outcome(describeKey, byId(String(answered))), 'notFound');
  });

  test('a refused operation undoes itself alone when the work goes on', async () => {
    const core = subject();
    const context = core.context();
    const text = 'going on';
    const [first, second] = [await core.newKey(), await core.newKey()];
    await batch(
      core,
      async execute => {
        await execute(createName, context, { namespace: 'batch', text, ...byId(first.id) });
        const taken = execute(createName, context, { namespace: 'batch', text, ...byId(second.id) });
        assert.equal(await codeOf(taken), 'alreadyExists');
        await execute(disableKey, context, byId(second.id));
      },
      { context },
    );
    assert.deepEqual(await logged(core, context), [
      'name.create ok',
      'name.create alreadyExists',
      'key.disable ok',
    ]);
    assert.equal((await core.run(describeKey, byId(second.id))).key.state, 'suspended');
  });

  test('what the work throws itself undoes everything and is thrown as it is', async () => {
    const core = subject();
    const key = await core.newKey();
    const thrown = new RangeError('of the protocol');
    const undone = batch(core, async (execute, context) => {
      await execute(disableKey, context, byId(key.id));
      throw thrown;
    });
    await assert.rejects(undone, thrown);
    assert.equal((await core.run(describeKey, byId(key.id))).key.state, 'active');
  });

  test('uses of a batch that was undone have happened, and stay counted', async () => {
    const core = subject();
    const usageLimit = { unit: 'operations', total: 3 } as const;
    const key = await core.newKey({ usageLimit });
    const use = { ...byId(key.id), plaintext, context: NO_CONTEXT };
    const undone = batch(core, async (execute, context) => {
      const { key: other } = await execute(createKey, context, AES);
      await execute(disableKey, context, byId(other.id));
      await execute(encrypt, context, use);
      await execute(encrypt, context, use);
      throw new KmsError('conflict', 'no');
    });
    assert.equal(await codeOf(undone), 'conflict');
    assert.equal((await core.run(describeKey, byId(key.id))).key.usageLimit?.left, 1);
    const beyond = batch(core, async (execute, context) => {
      await execute(encrypt, context, use);
      await execute(encrypt, context, use);
    });
    assert.equal(await codeOf(beyond), 'usageLimitExceeded');
    assert.equal((await core.run(describeKey, byId(key.id))).key.usageLimit?.left, 0);
  });

  test('material that was made for what others have changed meanwhile is not kept', async () => {
    const core = subject();
    const key = await core.newKey();
    const rotation = { ...byId(key.id), cause: 'requestedRotation' } as const;
    const { kms } = core.keyhold;
    let intruded = false;
    const generate: Kms['custody']['generate'] = async (...args) => {
      if (!intruded) {
        intruded = true;
        await core.run(rotateKey, rotation);
      }
      return kms.custody.generate(...args);
    };
    const custody = new Proxy(kms.custody, {
      get: (target, name) => {
        if (name === 'generate') return generate;
        const member = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const context = core.context();
    const rotated = batch(core, execute => execute(rotateKey, context, rotation), {
      context,
      kms: { ...kms, custody },
    });
    assert.equal(await codeOf(rotated), 'conflict');
    assert.deepEqual(await logged(core, context), ['key.rotate conflict']);
    assert.equal((await core.run(describeKey, byId(key.id))).key.latestVersion, 2);
  });

  test('a batch that asks something else each time is refused, and that is in the log too', async () => {
    const core = subject();
    const context = core.context();
    const key = await core.newKey();
    const restless = batch(
      core,
      execute =>
        execute(encrypt, context, { ...byId(key.id), plaintext: randomBytes(8), context: NO_CONTEXT }),
      { context },
    );
    assert.equal(await codeOf(restless), 'conflict');
    assert.deepEqual(await logged(core, context), ['key.encrypt conflict']);
  });

  test('many batches and single requests at once disturb each other in nothing', async () => {
    const core = subject();
    const contexts = Array.from({ length: 12 }, () => core.context());
    const outcomes = await Promise.all(
      contexts.map((context, n) =>
        codeOf(
          batch(
            core,
            async execute => {
              const { key } = await execute(createKey, context, AES);
              await execute(encrypt, context, { ...byId(key.id), plaintext, context: NO_CONTEXT });
              if (n % 2 === 0) throw new KmsError('conflict', 'even');
              return execute(disableKey, context, byId(key.id));
            },
            { context },
          ),
        ),
      ),
    );
    for (const [n, context] of contexts.entries()) {
      const odd = n % 2 === 1;
      assert.equal(outcomes[n], odd ? 'ok' : 'conflict');
      const expected = ['key.create undone', 'key.encrypt ok'];
      const kept = ['key.create ok', 'key.encrypt ok', 'key.disable ok'];
      assert.deepEqual(await logged(core, context), odd ? kept : expected);
    }
  });

  test('a batch has a bound, and one without operations leaves nothing', async () => {
    const core = subject();
    const context = core.context();
    const key = await core.newKey();
    const many = batch(core, async execute => {
      for (let n = 0; n <= 100; n += 1) await execute(describeKey, context, byId(key.id));
    });
    assert.equal(await codeOf(many), 'limitExceeded');
    assert.equal(await batch(core, async () => 5), 5);
  });
});
