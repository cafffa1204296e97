// Links between keys, on both engines, with everything real behind the one door.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { utf8 } from '../../src/base/bytes.ts';
import { tableKeys } from '../../src/base/table.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { deriveKey } from '../../src/core/operations/keys/derive-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { linkKeys, listLinks, listLinksTo, unlinkKeys } from '../../src/core/operations/links/key-links.ts';
import { createProject } from '../../src/core/operations/projects/projects.ts';
import { LINK_TYPES } from '../../src/domain/key-link.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { byId, type CoreSubject, onBothEngines } from './core-subject.ts';

const to = (id: string) => ({ to: { by: 'id', id } as const });

test('the inverse of an inverse is the type itself', () => {
  for (const type of tableKeys(LINK_TYPES)) {
    const { inverse } = LINK_TYPES[type];
    if (inverse !== undefined) assert.equal(LINK_TYPES[inverse].inverse, type);
  }
});

onBothEngines('links', subject => {
  const linksOf = async (core: CoreSubject, id: string) =>
    (await core.run(listLinks, byId(id))).links.map(({ type, toKeyId }) => `${type} ${toKeyId}`);

  test('a link leads one way, and a mutual one both', async () => {
    const core = subject();
    const [old, young, certificate] = [await core.newKey(), await core.newKey(), await core.newKey()];
    const replaced = { ...byId(old.id), type: 'replacedBy', ...to(young.id), mutual: true } as const;
    assert.equal((await core.run(linkKeys, replaced)).length, 2);
    await core.run(linkKeys, { ...byId(old.id), type: 'certificate', ...to(certificate.id) });
    assert.deepEqual(await linksOf(core, old.id), [
      `certificate ${certificate.id}`,
      `replacedBy ${young.id}`,
    ]);
    assert.deepEqual(await linksOf(core, young.id), [`replaces ${old.id}`]);
    assert.deepEqual(await linksOf(core, certificate.id), []);
    assert.equal(await core.outcome(linkKeys, replaced), 'alreadyExists');
    await core.run(destroyKey, byId(old.id));
    assert.deepEqual(await linksOf(core, young.id), [`replaces ${old.id}`]);
    await core.run(unlinkKeys, replaced);
    assert.deepEqual(await linksOf(core, young.id), []);
    assert.equal(await core.outcome(unlinkKeys, replaced), 'notFound');
  });

  test('half of a mutual link that is there already refuses the whole', async () => {
    const core = subject();
    const [one, other] = [await core.newKey(), await core.newKey()];
    await core.run(linkKeys, { ...byId(other.id), type: 'child', ...to(one.id) });
    const mutual = { ...byId(one.id), type: 'parent', ...to(other.id), mutual: true } as const;
    assert.equal(await core.outcome(linkKeys, mutual), 'alreadyExists');
    assert.deepEqual(await linksOf(core, one.id), []);
  });

  test('no key is linked to itself, to one that is not there, or to one of another project', async () => {
    const core = subject();
    const { id } = await core.newKey();
    const link = (key: string, mutual = false) =>
      core.outcome(linkKeys, { ...byId(id), type: 'next', ...to(key), mutual });
    assert.deepEqual([await link(id), await link(randomUUID())], ['invalidInput', 'notFound']);
    const oneWay = { ...byId(id), type: 'bundlePassword', ...to(randomUUID()), mutual: true } as const;
    assert.equal(await core.outcome(linkKeys, oneWay), 'invalidInput');
    const { project } = await core.run(
      createProject,
      { name: 'neighbour' },
      core.context({ projectId: undefined }),
    );
    const foreign = await core.run(
      createKey,
      { algorithm: 'aes-256', location: 'here' },
      core.context({ projectId: project.id }),
    );
    assert.equal(await link(foreign.key.id), 'notFound');
    const named = { to: { by: 'id', id: foreign.key.id, accountId: project.accountId } as const };
    assert.equal(await core.outcome(linkKeys, { ...byId(id), type: 'next', ...named }), 'denied');
  });

  test('the links of a key have a bound', async () => {
    const core = subject();
    const { id } = await core.newKey();
    const others = await Promise.all(Array.from({ length: LIMITS.linksPerKeyMax + 1 }, () => core.newKey()));
    const outcomes = await Promise.all(
      others.map(other => core.outcome(linkKeys, { ...byId(id), type: 'child', ...to(other.id) })),
    );
    assert.equal(outcomes.filter(outcome => outcome === 'ok').length, LIMITS.linksPerKeyMax);
    assert.ok(outcomes.includes('limitExceeded'));
  });

  test('a base serves more keys than it remembers, and finds all of them', async () => {
    const core = subject();
    const { id } = await core.newKey({ usages: ['derive'] });
    const input = { base: { by: 'id', id }, linked: true, location: 'here', algorithm: 'aes-256' } as const;
    const made: string[] = [];
    for (let n = 0; n <= LIMITS.linksPerKeyMax + 1; n += 1) {
      core.keyhold.clock.advance(1);
      const parameters = { info: utf8(`key ${n}`) };
      const derived = await core.run(deriveKey, { ...input, mechanism: 'hkdf-sha-256', parameters });
      made.push(derived.key.id);
    }
    const remembered = made.slice(-LIMITS.linksPerKeyMax).map(each => `derivedInto ${each}`);
    assert.deepEqual(await linksOf(core, id), remembered.toSorted());
    for (const derived of made) assert.deepEqual(await linksOf(core, derived), [`derivedFrom ${id}`]);
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await core.run(listLinksTo, {
        ...byId(id),
        type: 'derivedFrom',
        page: { limit: 40, after },
      });
      assert.ok(page.items.every(link => link.toKeyId === id && link.type === 'derivedFrom'));
      found.push(...page.items.map(({ fromKeyId }) => fromKeyId));
      after = page.next;
    } while (after !== undefined);
    assert.deepEqual(found, made.toSorted());
  });

  test('what the other end does not say is not forgotten', async () => {
    const core = subject();
    const [{ id }, { id: another }] = [await core.newKey(), await core.newKey()];
    const store = core.keyhold.kms.store;
    const others = await Promise.all(Array.from({ length: LIMITS.linksPerKeyMax }, () => core.newKey()));
    const said = { fromKeyId: id, type: 'replacedBy', createdBy: 'test', createdAt: 1 } as const;
    await store.transaction(async tx => {
      for (const other of others) await tx.keyLinks.insert({ ...said, toKeyId: other.id });
    });
    const input = { ...byId(id), type: 'replacedBy', ...to(another), mutual: true } as const;
    assert.equal(await core.outcome(linkKeys, input), 'limitExceeded');
    const [oldest] = others;
    assert.ok(oldest);
    await core.run(linkKeys, { ...byId(oldest.id), type: 'replaces', ...to(id) });
    await core.run(linkKeys, input);
    const now = await linksOf(core, id);
    assert.ok(now.includes(`replacedBy ${another}`) && !now.includes(`replacedBy ${oldest.id}`));
  });

  test('a key is replaced, certified and belonged to any number of times', async () => {
    const core = subject();
    const others = await Promise.all(Array.from({ length: LIMITS.linksPerKeyMax + 1 }, () => core.newKey()));
    for (const type of ['replacedBy', 'certificate', 'child', 'wraps'] as const) {
      const { id } = await core.newKey();
      for (const other of others) {
        const input = { ...byId(id), type, ...to(other.id), mutual: true } as const;
        assert.equal(await core.outcome(linkKeys, input), 'ok', type);
      }
      assert.equal((await linksOf(core, id)).length, LIMITS.linksPerKeyMax);
    }
  });
});
