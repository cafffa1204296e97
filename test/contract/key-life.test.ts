// The life of keys beyond enabling and disabling: plans by the clock, revocations, usage limits, archives. On both engines, with everything
// real behind the one door.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Bytes } from '../../src/base/bytes.ts';
import { SecretBytes } from '../../src/base/secret-bytes.ts';
import { decrypt } from '../../src/core/operations/crypto/decrypt.ts';
import { encrypt } from '../../src/core/operations/crypto/encrypt.ts';
import { generateDataKey } from '../../src/core/operations/crypto/generate-data-key.ts';
import { reencrypt } from '../../src/core/operations/crypto/reencrypt.ts';
import { archiveKey, recoverKey } from '../../src/core/operations/keys/archive-key.ts';
import {
  activateKey,
  deactivateKey,
  disableKey,
  enableKey,
} from '../../src/core/operations/keys/change-state.ts';
import { compromiseKey } from '../../src/core/operations/keys/compromise-key.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { describeKey } from '../../src/core/operations/keys/describe-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { cancelDestruction, scheduleDestruction } from '../../src/core/operations/keys/destruction.ts';
import { exportKey } from '../../src/core/operations/keys/export-key.ts';
import { importKey } from '../../src/core/operations/keys/import-key.ts';
import { planCryptoperiod } from '../../src/core/operations/keys/plan-cryptoperiod.ts';
import { updateKey } from '../../src/core/operations/keys/update-key.ts';
import { allocateUsage, limitUsage } from '../../src/core/operations/keys/usage-limit.ts';
import type { Key } from '../../src/domain/key.ts';
import { NO_CONTEXT } from '../../src/domain/message-context.ts';
import { wasCompromised } from '../../src/domain/revocation.ts';
import { byId, type CoreSubject, onBothEngines } from './core-subject.ts';

const HOUR_MS = 3_600_000;
const AES = { algorithm: 'aes-256', location: 'here' } as const;

onBothEngines('the life of keys', subject => {
  const protect = (core: CoreSubject, id: string, bytes = 10) =>
    core.outcome(encrypt, { ...byId(id), plaintext: randomBytes(bytes), context: NO_CONTEXT });
  const sealed = async (core: CoreSubject, id: string, bytes = 10) =>
    (await core.run(encrypt, { ...byId(id), plaintext: randomBytes(bytes), context: NO_CONTEXT })).ciphertext;
  const process = (core: CoreSubject, ciphertext: Bytes) =>
    core.outcome(decrypt, { ciphertext, context: NO_CONTEXT });
  const described = async (core: CoreSubject, id: string): Promise<Key> =>
    (await core.run(describeKey, byId(id))).key;

  test('a key may wait for its activation without a plan', async () => {
    const core = subject();
    const made = await core.newKey({ state: 'preActive' });
    assert.deepEqual([made.state, made.activateAt], ['preActive', undefined]);
    assert.equal(await protect(core, made.id), 'keyPreActive');
    core.keyhold.clock.advance(HOUR_MS);
    assert.equal((await core.keyhold.runDueWork()).activated, 0);
    const active = (await core.run(activateKey, byId(made.id))).key;
    assert.equal(active.state, 'active');
    assert.ok(active.activateAt !== undefined && active.activateAt > made.createdAt);
    assert.equal(await protect(core, made.id), 'ok');

    const material = { by: 'plain' as const, material: SecretBytes.own(randomBytes(32)) };
    const imported = await core.run(importKey, { ...AES, material, state: 'preActive' });
    assert.equal(imported.key.state, 'preActive');
    const begun = core.outcome(createKey, { ...AES, state: 'preActive', activateAt: core.now() });
    assert.equal(await begun, 'invalidInput');
  });

  test('no way round a destruction activates what nobody has activated', async () => {
    const core = subject();
    const { id } = await core.newKey({ state: 'preActive' });
    assert.equal(await core.outcome(disableKey, byId(id)), 'conflict');
    await core.run(scheduleDestruction, { ...byId(id), delayMs: HOUR_MS });
    const { key } = await core.run(cancelDestruction, { ...byId(id), restore: false });
    assert.equal(key.state, 'preActive');
    assert.equal(await core.outcome(enableKey, byId(id)), 'conflict');
  });

  test('plans change while there is something to plan, and count at once when they have come', async () => {
    const core = subject();
    const { id } = await core.newKey({ state: 'preActive' });
    const now = core.now();
    const plan = (changes: object) => core.outcome(planCryptoperiod, { ...byId(id), ...changes });
    assert.equal(await plan({ activateAt: now + HOUR_MS, deactivateAt: now + 3 * HOUR_MS }), 'ok');
    assert.equal(await plan({ processStartAt: now }), 'invalidInput');
    assert.equal(await plan({ protectStopAt: now + 4 * HOUR_MS }), 'invalidInput');
    assert.equal(await plan({ deactivateAt: now }), 'invalidInput');
    assert.equal(await plan({ activateAt: null }), 'ok');
    assert.deepEqual((await described(core, id)).activateAt, undefined);
    assert.equal(await plan({ activateAt: now }), 'ok');
    assert.equal((await described(core, id)).state, 'active');
    assert.equal(await plan({ activateAt: now + HOUR_MS }), 'conflict');
    assert.equal(await plan({ deactivateAt: null, protectStopAt: core.now() }), 'ok');
    assert.equal(await plan({ protectStopAt: null }), 'conflict');
    assert.equal(await plan({ deactivateAt: core.now() }), 'ok');
    const over = await core.keyhold.kms.store.keys.find(id);
    assert.deepEqual([over?.state, over?.revocation], ['deactivated', undefined]);
    assert.equal(await plan({ deactivateAt: null }), 'conflict');
  });

  test('usage periods bound protecting and processing apart, to the millisecond', async () => {
    const core = subject();
    const at = core.now() + HOUR_MS;
    const { id } = await core.newKey({ processStartAt: at, protectStopAt: at + HOUR_MS });
    const ciphertext = await sealed(core, id);
    assert.equal(await process(core, ciphertext), 'keyPreActive');
    core.keyhold.clock.advance(HOUR_MS);
    assert.deepEqual([await process(core, ciphertext), await protect(core, id)], ['ok', 'ok']);
    core.keyhold.clock.advance(HOUR_MS);
    assert.deepEqual([await process(core, ciphertext), await protect(core, id)], ['ok', 'keyDeactivated']);
    assert.equal((await described(core, id)).state, 'active');
  });

  test('a key that is ended by hand says why, and one that has ended by the clock does not', async () => {
    const core = subject();
    const { id } = await core.newKey();
    const { key } = await core.run(deactivateKey, { ...byId(id), reason: 'superseded', message: 'see 4' });
    assert.deepEqual(key.revocation, { reason: 'superseded', message: 'see 4', at: key.deactivateAt });
    const again = await core.run(deactivateKey, { ...byId(id), reason: 'cessationOfOperation' });
    assert.deepEqual(again.key.revocation, key.revocation);

    const planned = await core.newKey({ deactivateAt: core.now() + HOUR_MS });
    core.keyhold.clock.advance(HOUR_MS);
    assert.equal((await core.keyhold.runDueWork()).deactivated, 1);
    assert.equal((await described(core, planned.id)).revocation, undefined);
  });

  test('a compromised key processes what it has protected, and stays one for good', async () => {
    const core = subject();
    const made = await core.newKey({ deactivateAt: core.now() + HOUR_MS });
    const ciphertext = await sealed(core, made.id);
    const future = { ...byId(made.id), occurredAt: core.now() + HOUR_MS };
    assert.equal(await core.outcome(compromiseKey, future), 'invalidInput');
    const { key } = await core.run(compromiseKey, { ...byId(made.id), message: 'in a bin' });
    assert.equal(key.state, 'compromised');
    const { revocation } = key;
    assert.deepEqual([revocation?.reason, revocation?.message], ['keyCompromise', 'in a bin']);
    assert.equal(revocation?.occurredAt, made.createdAt);
    assert.equal(key.deactivateAt, revocation?.at);
    assert.equal(await core.outcome(compromiseKey, byId(made.id)), 'conflict');
    assert.equal(await core.outcome(deactivateKey, byId(made.id)), 'conflict');
    assert.deepEqual(
      [await process(core, ciphertext), await protect(core, made.id)],
      ['ok', 'keyCompromised'],
    );
    const gone = (await core.run(destroyKey, byId(made.id))).key;
    assert.deepEqual([gone.state, wasCompromised(gone)], ['destroyed', true]);
  });

  test('a key that is destroyed, or about to be, can become known as compromised', async () => {
    const core = subject();
    const gone = await core.newKey();
    await core.run(destroyKey, byId(gone.id));
    const late = (await core.run(compromiseKey, { ...byId(gone.id), reason: 'caCompromise' })).key;
    assert.deepEqual([late.state, wasCompromised(late)], ['destroyed', true]);
    assert.equal(await core.outcome(compromiseKey, byId(gone.id)), 'conflict');

    const going = await core.newKey();
    await core.run(scheduleDestruction, { ...byId(going.id), delayMs: HOUR_MS });
    const known = (await core.run(compromiseKey, byId(going.id))).key;
    assert.deepEqual([known.state, known.destruction?.stateBefore], ['compromised', 'compromised']);
    assert.equal(await protect(core, going.id), 'keyPendingDestruction');
    const kept = (await core.run(cancelDestruction, { ...byId(going.id), restore: true })).key;
    assert.equal(kept.state, 'compromised');
  });

  test('a usage limit counts what is protected, and nothing that is processed', async () => {
    const core = subject();
    const { id } = await core.newKey({ usageLimit: { unit: 'bytes', total: 30 } });
    const ciphertext = await sealed(core, id, 20);
    assert.equal(await protect(core, id, 11), 'usageLimitExceeded');
    const left = async () => (await described(core, id)).usageLimit?.left;
    assert.equal(await left(), 10);
    assert.equal(await process(core, ciphertext), 'ok');
    assert.equal(await core.outcome(generateDataKey, { ...byId(id), bytes: 10, context: NO_CONTEXT }), 'ok');
    assert.deepEqual([await left(), await protect(core, id, 1)], [0, 'usageLimitExceeded']);
    assert.equal(await process(core, ciphertext), 'ok');
    const destination = { ...byId(id), context: NO_CONTEXT };
    const moved = { source: { ciphertext, context: NO_CONTEXT }, destination };
    assert.equal(await core.outcome(reencrypt, moved), 'usageLimitExceeded');
    // Once used it stays.
    assert.equal(await core.outcome(limitUsage, { ...byId(id), limit: undefined }), 'conflict');
  });

  test('of many at once no more pass than the limit has, and each has its entry', async () => {
    const core = subject();
    const { id, revision } = await core.newKey();
    const limit = { unit: 'operations', total: 25 } as const;
    await core.run(limitUsage, { ...byId(id), limit: { unit: 'bytes', total: 1 } });
    await core.run(limitUsage, { ...byId(id), limit });
    const context = core.context();
    const input = { ...byId(id), plaintext: randomBytes(8), context: NO_CONTEXT };
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, () => core.outcome(encrypt, input, context)),
    );
    assert.equal(outcomes.filter(outcome => outcome === 'ok').length, 25);
    assert.equal(outcomes.filter(outcome => outcome === 'usageLimitExceeded').length, 15);
    const logged = (await core.entriesOf(context.requestId)).map(entry => entry.outcome);
    assert.deepEqual([...logged].sort(), [...outcomes].sort());
    const after = await described(core, id);
    assert.deepEqual([after.usageLimit, after.revision], [{ ...limit, left: 0 }, revision + 2]);
  });

  test('a part of a limit is set aside for uses outside', async () => {
    const core = subject();
    const { id } = await core.newKey({ usageLimit: { unit: 'operations', total: 3 } });
    const { key } = await core.run(allocateUsage, { ...byId(id), amount: 2 });
    assert.equal(key.usageLimit?.left, 1);
    assert.equal(await core.outcome(allocateUsage, { ...byId(id), amount: 2 }), 'usageLimitExceeded');
    assert.deepEqual([await protect(core, id), await protect(core, id)], ['ok', 'usageLimitExceeded']);
    const free = await core.newKey();
    assert.equal(await core.outcome(allocateUsage, { ...byId(free.id), amount: 1 }), 'conflict');
    // A change of the key keeps what is left.
    await core.run(updateKey, { ...byId(id), label: 'new' });
    assert.equal((await described(core, id)).usageLimit?.left, 0);
  });

  test('an archived key is read and not used, until it is recovered', async () => {
    const core = subject();
    const material = { by: 'plain' as const, material: SecretBytes.own(randomBytes(32)) };
    const { key } = await core.run(importKey, { ...AES, material, exportable: true });
    const ciphertext = await sealed(core, key.id);
    const archived = (await core.run(archiveKey, byId(key.id))).key;
    assert.ok(archived.archivedAt !== undefined);
    const uses = async () => [
      await protect(core, key.id),
      await process(core, ciphertext),
      await core.outcome(exportKey, byId(key.id)),
    ];
    assert.deepEqual(await uses(), ['keyArchived', 'keyArchived', 'keyArchived']);
    assert.equal(await core.outcome(archiveKey, byId(key.id)), 'keyArchived');
    assert.equal((await described(core, key.id)).archivedAt, archived.archivedAt);
    await core.run(updateKey, { ...byId(key.id), label: 'attic' });
    await core.run(recoverKey, byId(key.id));
    assert.deepEqual(await uses(), ['ok', 'ok', 'ok']);
    assert.equal(await core.outcome(recoverKey, byId(key.id)), 'conflict');
    await core.run(archiveKey, byId(key.id));
    assert.equal(await core.outcome(destroyKey, byId(key.id)), 'ok');
  });
});
