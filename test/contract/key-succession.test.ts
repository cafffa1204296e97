// Keys that take the place of others, on both engines, with everything real behind the one door.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveKey } from '../../src/core/operations/keys/archive-key.ts';
import { compromiseKey } from '../../src/core/operations/keys/compromise-key.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { describeKey } from '../../src/core/operations/keys/describe-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { createKeyPair } from '../../src/core/operations/keys/public-keys.ts';
import { replaceKey } from '../../src/core/operations/keys/replace-key.ts';
import { replaceKeyPair } from '../../src/core/operations/keys/replace-key-pair.ts';
import { updateKey } from '../../src/core/operations/keys/update-key.ts';
import { listLinks } from '../../src/core/operations/links/key-links.ts';
import { createName, listNames } from '../../src/core/operations/names/names.ts';
import { byId, type CoreSubject, onBothEngines } from './core-subject.ts';

onBothEngines('replacements', subject => {
  const namesOf = async (core: CoreSubject, id: string) => {
    const { items } = await core.run(listNames, { ...byId(id), page: { limit: 10 } });
    return items.map(({ namespace, text }) => `${namespace} ${text}`);
  };

  test('a replacement is like the old key, has other material, its names and links to it', async () => {
    const core = subject();
    const { key: old } = await core.run(createKey, {
      algorithm: 'hmac-sha-256',
      lengthBytes: 40,
      location: 'here',
      usages: ['mac'],
      exportable: true,
      label: 'a label',
      tags: { a: 'b' },
      names: [
        { namespace: 'moving', text: 'one' },
        { namespace: 'staying', text: 'two' },
      ],
    });
    const { of, by } = await core.run(replaceKey, {
      ...byId(old.id),
      revision: old.revision,
      namesOf: 'moving',
      names: [{ namespace: 'moving', text: 'another' }],
      facet: { protocol: 'test', document: { is: 'new' } },
      facetOfReplaced: { protocol: 'test', document: { is: 'old' } },
    });
    assert.equal(of.key.id, old.id);
    for (const name of [
      'algorithm',
      'usages',
      'exportable',
      'label',
      'tags',
      'location',
      'keyRingId',
    ] as const)
      assert.deepEqual(by.key[name], old[name], name);
    assert.equal(by.version.materialBytes, 40);
    assert.notEqual(by.version.materialId, of.version.materialId);
    assert.deepEqual((await namesOf(core, by.key.id)).sort(), ['moving another', 'moving one']);
    assert.deepEqual(await namesOf(core, old.id), ['staying two']);
    const linked = async (id: string) =>
      (await core.run(listLinks, byId(id))).links.map(({ type, toKeyId }) => `${type} ${toKeyId}`);
    assert.deepEqual(await linked(old.id), [`replacedBy ${by.key.id}`]);
    assert.deepEqual(await linked(by.key.id), [`replaces ${old.id}`]);
    const facetOf = async (id: string) =>
      (await core.run(describeKey, { ...byId(id), withFacet: 'test' })).facet;
    assert.deepEqual([await facetOf(old.id), await facetOf(by.key.id)], [{ is: 'old' }, { is: 'new' }]);
    assert.equal((await core.run(describeKey, byId(old.id))).key.state, 'active');
  });

  test('a pair is replaced by a pair of the same algorithm, half by half', async () => {
    const core = subject();
    const named = (text: string) => ({ location: 'here', names: [{ namespace: 'moving', text }] });
    const old = await core.run(createKeyPair, {
      algorithm: 'ec-p256',
      private: { ...named('private'), usages: ['sign'], exportable: true },
      public: { ...named('public'), usages: [] },
    });
    const halves = {
      private: { ...byId(old.privateKey.key.id), namesOf: 'moving' },
      public: { ...byId(old.publicKey.key.id), namesOf: 'moving' },
    };
    const { privateKey, publicKey } = await core.run(replaceKeyPair, halves);
    assert.deepEqual(
      [privateKey.key.usages, privateKey.key.exportable, privateKey.key.algorithm],
      [['sign'], true, 'ec-p256'],
    );
    assert.deepEqual([publicKey.key.usages, publicKey.key.publicOnly], [[], true]);
    assert.notDeepEqual(publicKey.version.publicKey, old.publicKey.version.publicKey);
    assert.deepEqual(publicKey.version.publicKey, privateKey.version.publicKey);
    assert.deepEqual(await namesOf(core, privateKey.key.id), ['moving private']);
    assert.deepEqual(await namesOf(core, publicKey.key.id), ['moving public']);
    assert.deepEqual(await namesOf(core, old.publicKey.key.id), []);
    const linked = async (id: string) =>
      (await core.run(listLinks, byId(id))).links.map(({ type, toKeyId }) => `${type} ${toKeyId}`).sort();
    assert.deepEqual(await linked(privateKey.key.id), [
      `publicKey ${publicKey.key.id}`,
      `replaces ${old.privateKey.key.id}`,
    ]);
    assert.deepEqual(await linked(old.publicKey.key.id), [
      `privateKey ${old.privateKey.key.id}`,
      `replacedBy ${publicKey.key.id}`,
    ]);

    const { key: another } = await core.run(createKey, { algorithm: 'ec-p384', location: 'here' });
    const wrong = { ...halves, private: byId(another.id) };
    assert.equal(await core.outcome(replaceKeyPair, wrong), 'incompatibleAlgorithm');
    const swapped = { private: halves.public, public: halves.private };
    assert.equal(await core.outcome(replaceKeyPair, swapped), 'incompatibleAlgorithm');
    const stray = { ...halves, public: { ...halves.public, usages: ['sign'] as const } };
    assert.equal(await core.outcome(replaceKeyPair, stray), 'incompatibleUsage');
    await core.run(destroyKey, byId(old.publicKey.key.id));
    assert.equal(await core.outcome(replaceKeyPair, halves), 'keyDestroyed');
  });

  test('a compromised key is replaced, a destroyed or archived one is not', async () => {
    const core = subject();
    const { id } = await core.newKey();
    await core.run(compromiseKey, { ...byId(id), reason: 'keyCompromise' });
    const { by } = await core.run(replaceKey, byId(id));
    assert.equal(by.key.state, 'active');
    await core.run(archiveKey, byId(by.key.id));
    assert.equal(await core.outcome(replaceKey, byId(by.key.id)), 'keyArchived');
    await core.run(destroyKey, byId(id));
    assert.equal(await core.outcome(replaceKey, byId(id)), 'keyDestroyed');
  });

  test('a key that has changed meanwhile, or would become one of another kind, is not replaced', async () => {
    const core = subject();
    const { id, revision } = await core.newKey();
    await core.run(updateKey, { ...byId(id), label: 'changed' });
    assert.equal(await core.outcome(replaceKey, { ...byId(id), revision }), 'conflict');
    assert.equal(
      await core.outcome(replaceKey, { ...byId(id), algorithm: 'hmac-sha-256' }),
      'incompatibleAlgorithm',
    );
    const { by } = await core.run(replaceKey, { ...byId(id), algorithm: 'aes-128' });
    assert.equal(by.key.algorithm, 'aes-128');
  });

  test('a name that the new key is to have besides must be free, and nothing is done where it is not', async () => {
    const core = subject();
    const [one, other] = [await core.newKey(), await core.newKey()];
    const name = { namespace: 'test', text: 'taken' };
    await core.run(createName, { ...byId(other.id), ...name });
    assert.equal(await core.outcome(replaceKey, { ...byId(one.id), names: [name] }), 'alreadyExists');
    assert.deepEqual((await core.run(listLinks, byId(one.id))).links, []);
  });
});
