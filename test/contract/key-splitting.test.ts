// Keys in parts, on both engines, with everything real behind the one door.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../../src/base/bytes.ts';
import { revealSecretBytes } from '../../src/base/secret-bytes.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { describeKey } from '../../src/core/operations/keys/describe-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { exportKey } from '../../src/core/operations/keys/export-key.ts';
import { joinKey, splitKey } from '../../src/core/operations/keys/split-key.ts';
import { listLinks } from '../../src/core/operations/links/key-links.ts';
import { byId, type CoreSubject, onBothEngines } from './core-subject.ts';

const HERE = { location: 'here' } as const;
const SHARING = { method: 'gf256', parts: 3, threshold: 2 } as const;
const PARTS = [HERE, HERE, HERE];

onBothEngines('parts of keys', subject => {
  const materialOf = async (core: CoreSubject, id: string) => {
    const { material } = await core.run(exportKey, byId(id));
    using secret = material;
    return hex(revealSecretBytes(secret));
  };
  const split = (core: CoreSubject, id: string) =>
    core.run(splitKey, { source: { by: 'key', ...byId(id) }, sharing: SHARING, parts: PARTS });
  const join = (ids: readonly (readonly [number, string])[]) => ({
    ...HERE,
    algorithm: 'aes-256' as const,
    exportable: true,
    sharing: SHARING,
    parts: ids.map(([number, id]) => ({ number, ...byId(id) })),
  });

  test('parts are keys of their own, and enough of them make the key again', async () => {
    const core = subject();
    const whole = await core.newKey({ exportable: true });
    const context = core.context();
    const parts = await core.run(
      splitKey,
      { source: { by: 'key', ...byId(whole.id) }, sharing: SHARING, parts: PARTS },
      context,
    );
    const [first, second, third] = parts.map(({ key }) => key.id);
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    assert.deepEqual(
      parts.map(({ key, version }) => [key.algorithm, key.exportable, version.materialBytes]),
      Array.from({ length: 3 }, () => ['opaque', true, 32]),
    );
    const { links } = await core.run(listLinks, byId(first));
    assert.deepEqual(
      links.map(({ type, toKeyId }) => [type, toKeyId]),
      [['parent', whole.id]],
    );
    const [entry] = await core.entriesOf(context.requestId);
    assert.equal(entry?.targets.length, 4);
    assert.equal(entry?.details.threshold, 2);
    const material = await materialOf(core, whole.id);
    await core.run(destroyKey, byId(whole.id));
    const joined = await core.run(
      joinKey,
      join([
        [3, third],
        [1, first],
      ]),
    );
    assert.equal(await materialOf(core, joined.key.id), material);
    assert.equal(joined.key.origin, 'imported');
    const wrong = await core.run(
      joinKey,
      join([
        [2, third],
        [1, first],
      ]),
    );
    assert.notEqual(await materialOf(core, wrong.key.id), material);
    assert.equal(await core.outcome(joinKey, join([[2, second]])), 'invalidInput');
  });

  test('a key may be made in parts, and be nowhere as a whole', async () => {
    const core = subject();
    const source = { by: 'generated', algorithm: 'hmac-sha-256', lengthBytes: 40 } as const;
    const parts = await core.run(splitKey, { source, sharing: SHARING, parts: PARTS });
    const [first, second] = parts.map(({ key }) => key.id);
    assert.ok(first !== undefined && second !== undefined);
    const facts = {
      ...join([
        [1, first],
        [2, second],
      ]),
      algorithm: 'hmac-sha-256',
      lengthBytes: 40,
    } as const;
    const joined = await core.run(joinKey, facts);
    assert.equal(joined.version.materialBytes, 40);
    assert.equal(await core.outcome(joinKey, { ...facts, lengthBytes: 32 }), 'invalidInput');
  });

  test('a key that may not leave is not taken apart, and a part that is gone makes none', async () => {
    const core = subject();
    const kept = await core.newKey();
    assert.equal(
      await core.outcome(splitKey, {
        source: { by: 'key', ...byId(kept.id) },
        sharing: SHARING,
        parts: PARTS,
      }),
      'notExportable',
    );
    const whole = await core.newKey({ exportable: true });
    const [first, second] = (await split(core, whole.id)).map(({ key }) => key.id);
    assert.ok(first !== undefined && second !== undefined);
    await core.run(destroyKey, byId(second));
    const both = join([
      [1, first],
      [2, second],
    ]);
    assert.equal(await core.outcome(joinKey, both), 'keyDestroyed');
    const { key } = await core.run(createKey, { ...HERE, algorithm: 'opaque', lengthBytes: 32 });
    const foreign = join([
      [1, first],
      [2, key.id],
    ]);
    assert.equal(await core.outcome(joinKey, foreign), 'notExportable');
    assert.equal((await core.run(describeKey, byId(first))).key.state, 'active');
  });

  test('as many parts are said as are made', async () => {
    const core = subject();
    const source = { by: 'generated', algorithm: 'aes-256' } as const;
    assert.equal(await core.outcome(splitKey, { source, sharing: SHARING, parts: [HERE] }), 'invalidInput');
  });
});
