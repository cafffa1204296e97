// The store's contract for principals, credentials, role bindings, rules, facets and wrapping keys.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Role } from '../../src/domain/permission.ts';
import type { Scope } from '../../src/domain/principal.ts';
import {
  allPages,
  id,
  insertHome,
  isCode,
  PROJECT,
  RING,
  type StoreSubject,
  sampleCredential,
  samplePrincipal,
  sampleRule,
} from './store-samples.ts';

const KEY_SCOPE: Scope = { level: 'key', id: id(100) };

export function accessContract(subject: StoreSubject): void {
  describe(`${subject.name}: principals`, () => {
    it('keeps names unique in their home, and the system is a home too', () =>
      subject.withStore(async store => {
        const ofProject = samplePrincipal(50, { name: 'root' });
        const ofSystem = samplePrincipal(51, { name: 'root', projectId: undefined });
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.principals.insert(ofProject);
          await tx.principals.insert(ofSystem);
          for (const twin of [ofProject, ofSystem]) {
            await assert.rejects(tx.principals.insert({ ...twin, id: id(52) }), isCode('alreadyExists'));
          }
        });
        assert.deepEqual(await store.principals.findByName(PROJECT.id, 'root'), ofProject);
        assert.deepEqual(await store.principals.findByName(undefined, 'root'), ofSystem);
        assert.deepEqual(await store.principals.find(ofSystem.id), ofSystem);
        assert.deepEqual((await store.principals.list(undefined, { limit: 5 })).items, [ofSystem]);
      }));

    it('lists and revises principals', () =>
      subject.withStore(async store => {
        const principals = [50, 51, 52, 53].map(n => samplePrincipal(n));
        await store.transaction(async tx => {
          await insertHome(tx);
          for (const principal of principals) await tx.principals.insert(principal);
          await tx.principals.update(samplePrincipal(53, { enabled: false, name: 'renamed' }));
          await assert.rejects(tx.principals.update(samplePrincipal(53)), isCode('conflict'));
          await assert.rejects(tx.principals.update(samplePrincipal(54)), isCode('notFound'));
        });
        const listed = await allPages(3, page => store.principals.list(PROJECT.id, page));
        assert.deepEqual(listed, [
          ...principals.slice(0, 3),
          samplePrincipal(53, { enabled: false, name: 'renamed', revision: 2 }),
        ]);
      }));

    it('deletes a principal with its credentials and bindings', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.principals.insert(samplePrincipal(50));
          await tx.credentials.insert(sampleCredential(60, id(50)));
          await tx.bindings.insert({
            id: id(70),
            principalId: id(50),
            role: 'user',
            scope: KEY_SCOPE,
            createdAt: 1,
          });
          await tx.principals.delete(id(50));
          await assert.rejects(tx.principals.delete(id(50)), isCode('notFound'));
        });
        assert.equal(await store.credentials.find(id(60)), undefined);
        assert.equal(await store.bindings.find(id(70)), undefined);
      }));
  });

  describe(`${subject.name}: credentials`, () => {
    it('finds the holder with the principal and whether its project is enabled', () =>
      subject.withStore(async store => {
        const ofSystem = samplePrincipal(51, { projectId: undefined });
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.principals.insert(samplePrincipal(50));
          await tx.principals.insert(ofSystem);
          await tx.credentials.insert(sampleCredential(60, id(50)));
          await tx.credentials.insert({
            ...sampleCredential(61, id(51)),
            kind: 'accessKeyPair',
            expiresAt: 99,
          });
          const twin = { ...sampleCredential(62, id(50)), lookup: 'lookup-60' };
          await assert.rejects(tx.credentials.insert(twin), isCode('alreadyExists'));
        });
        const expected = {
          credential: sampleCredential(60, id(50)),
          principal: samplePrincipal(50),
          projectEnabled: true,
        };
        assert.deepEqual(await store.credentials.findHolder('apiKey', 'lookup-60'), expected);
        assert.deepEqual(await store.credentials.findHolderById(id(60)), expected);
        assert.equal(await store.credentials.findHolderById(id(63)), undefined);
        assert.equal(await store.credentials.findHolder('accessKeyPair', 'lookup-60'), undefined);
        const system = await store.credentials.findHolder('accessKeyPair', 'lookup-61');
        assert.deepEqual(system?.principal, ofSystem);
        assert.equal(system?.projectEnabled, true);
        assert.equal(system?.credential.expiresAt, 99);

        await store.transaction(tx => tx.projects.update({ ...PROJECT, enabled: false }));
        const disabled = await store.credentials.findHolder('apiKey', 'lookup-60');
        assert.deepEqual(disabled, { ...expected, projectEnabled: false });
        assert.deepEqual(await store.credentials.findHolderById(id(60)), disabled);
      }));

    it('lists, disables and deletes credentials', () =>
      subject.withStore(async store => {
        const roles: Role[] = ['user', 'viewer'];
        const application = { name: 'robot', description: 'of steel', projectId: PROJECT.id, roles };
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.principals.insert(samplePrincipal(50));
          await tx.credentials.insert(sampleCredential(61, id(50)));
          await tx.credentials.insert({ ...sampleCredential(60, id(50)), application });
          await tx.credentials.setEnabled(id(60), false);
          await tx.credentials.delete(id(61));
          await assert.rejects(tx.credentials.setEnabled(id(61), true), isCode('notFound'));
          await assert.rejects(tx.credentials.delete(id(61)), isCode('notFound'));
        });
        const left = { ...sampleCredential(60, id(50)), enabled: false, application };
        assert.deepEqual(await store.credentials.list(id(50)), [left]);
        assert.deepEqual(await store.credentials.find(id(60)), left);
      }));
  });

  describe(`${subject.name}: token keys`, () => {
    it('keeps them, the newest first, until they are deleted', () =>
      subject.withStore(async store => {
        const row = (n: number) => ({
          id: id(n),
          publicKey: new Uint8Array([n, 1]),
          wrapped: new Uint8Array([n, 255]),
          createdAt: n,
          endsAt: undefined,
        });
        await store.transaction(async tx => {
          await tx.tokenKeys.insert(row(80));
          await tx.tokenKeys.insert(row(81));
          await tx.tokenKeys.insert(row(82));
          await assert.rejects(tx.tokenKeys.insert(row(80)), isCode('alreadyExists'));
          await tx.tokenKeys.setEnd(id(80), 99);
          await tx.tokenKeys.delete(id(82));
          await assert.rejects(tx.tokenKeys.setEnd(id(82), 1), isCode('notFound'));
          await assert.rejects(tx.tokenKeys.delete(id(82)), isCode('notFound'));
        });
        assert.deepEqual(await store.tokenKeys.list(), [row(81), { ...row(80), endsAt: 99 }]);
        assert.deepEqual(await store.tokenKeys.find(id(80)), { ...row(80), endsAt: 99 });
        await store.transaction(tx => tx.tokenKeys.delete(id(81)));
        assert.equal(await store.tokenKeys.find(id(81)), undefined);
      }));
  });

  describe(`${subject.name}: tokens taken back`, () => {
    it('remembers them until their end', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await tx.tokenRevocations.insert(id(83), 100);
          await tx.tokenRevocations.insert(id(83), 100);
          await tx.tokenRevocations.insert(id(84), 101);
          assert.equal(await tx.tokenRevocations.has(id(83)), true);
        });
        assert.equal(await store.tokenRevocations.has(id(83)), true);
        assert.equal(await store.tokenRevocations.has(id(85)), false);
        await store.transaction(tx => tx.tokenRevocations.deleteEnded(100));
        assert.equal(await store.tokenRevocations.has(id(83)), false);
        assert.equal(await store.tokenRevocations.has(id(84)), true);
      }));
  });

  describe(`${subject.name}: role bindings and rules`, () => {
    it('finds bindings by principal and by scope', () =>
      subject.withStore(async store => {
        const scopes: Scope[] = [
          { level: 'system' },
          { level: 'project', id: PROJECT.id },
          { level: 'keyRing', id: RING.id },
          KEY_SCOPE,
        ];
        const bindings = scopes.map((scope, n) => ({
          id: id(70 + n),
          principalId: id(50),
          role: 'viewer' as const,
          scope,
          createdAt: n,
        }));
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.principals.insert(samplePrincipal(50));
          for (const binding of bindings) await tx.bindings.insert(binding);
          for (const binding of bindings) {
            await assert.rejects(tx.bindings.insert(binding), isCode('alreadyExists'));
          }
        });
        assert.deepEqual(await store.bindings.ofPrincipal(id(50)), bindings);
        assert.deepEqual(await store.bindings.ofPrincipal(id(51)), []);
        for (const binding of bindings) {
          assert.deepEqual(await store.bindings.find(binding.id), binding);
          assert.deepEqual((await store.bindings.ofScope(binding.scope, { limit: 3 })).items, [binding]);
        }
        await store.transaction(async tx => {
          await tx.bindings.delete(id(70));
          await assert.rejects(tx.bindings.delete(id(70)), isCode('notFound'));
        });
        assert.equal((await store.bindings.ofPrincipal(id(50))).length, 3);
        await store.transaction(async tx => {
          await tx.bindings.deleteOfScope(KEY_SCOPE);
          await tx.bindings.deleteOfScope(KEY_SCOPE);
        });
        assert.deepEqual(await store.bindings.ofPrincipal(id(50)), bindings.slice(1, 3));
      }));

    it('finds the rules of every part of a place', () =>
      subject.withStore(async store => {
        const conditions = [
          { attribute: 'source.address', operator: 'inNetwork', values: ['10.0.0.0/8'], ifExists: true },
        ] as const;
        const rules = [
          sampleRule(80),
          sampleRule(81, { scope: { level: 'project', id: PROJECT.id }, permissions: ['*'] }),
          sampleRule(82, { scope: { level: 'keyRing', id: RING.id }, effect: 'deny', owner: 'vault' }),
          sampleRule(83, { scope: KEY_SCOPE, conditions, principals: [id(50), '*'] }),
          sampleRule(84, { scope: { level: 'key', id: id(101) } }),
        ];
        await store.transaction(async tx => {
          for (const rule of rules) await tx.rules.insert(rule);
          await assert.rejects(tx.rules.insert(sampleRule(80)), isCode('alreadyExists'));
        });
        const applying = async (place: { projectId?: string; keyRingId?: string; keyId?: string }) => {
          const found = await store.rules.applying(place);
          return found.toSorted((left, right) => (left.id < right.id ? -1 : 1));
        };
        assert.deepEqual(await applying({}), rules.slice(0, 1));
        assert.deepEqual(await applying({ projectId: PROJECT.id }), rules.slice(0, 2));
        assert.deepEqual(
          await applying({ projectId: PROJECT.id, keyRingId: RING.id, keyId: id(100) }),
          rules.slice(0, 4),
        );
        assert.deepEqual(await allPages(1, page => store.rules.ofScope(KEY_SCOPE, page)), [rules[3]]);
        assert.deepEqual(await store.rules.find(id(82)), rules[2]);
        assert.deepEqual(await store.rules.naming(id(50)), [rules[3]]);
        assert.deepEqual(await store.rules.naming(id(51)), []);
        await store.transaction(async tx => {
          await tx.rules.delete(id(80));
          await assert.rejects(tx.rules.delete(id(80)), isCode('notFound'));
        });
        assert.deepEqual(await applying({}), []);
        await store.transaction(async tx => {
          const ring: Scope = { level: 'keyRing', id: RING.id };
          await tx.rules.deleteOfScope(ring, 'allow');
          await tx.rules.deleteOfScope(KEY_SCOPE, 'deny');
          assert.equal((await tx.rules.applying({ keyRingId: RING.id, keyId: id(100) })).length, 2);
          await tx.rules.deleteOfScope(ring, 'deny');
          await tx.rules.deleteOfScope(KEY_SCOPE, 'allow');
        });
        assert.deepEqual(await applying({ keyRingId: RING.id, keyId: id(100) }), []);
        assert.deepEqual(await applying({ keyId: id(101) }), [rules[4]]);
      }));
  });

  describe(`${subject.name}: facets and wrapping keys`, () => {
    it('keeps one document per object and protocol', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await tx.facets.put('o', 'one', '{}');
          await tx.facets.put('o', 'one', '{"a":1}');
          await tx.facets.put('o', 'two', '[]');
          await tx.facets.delete('o', 'two');
          await tx.facets.delete('o', 'two');
          await tx.facets.put('p', 'one', '{"b":2}');
          await tx.facets.put('p', 'two', '{}');
        });
        assert.deepEqual(await store.facets.get('o', 'one'), { a: 1 });
        assert.equal(await store.facets.get('o', 'two'), undefined);
        assert.deepEqual(
          await store.facets.ofObjects(['p', 'q', 'o'], 'one'),
          new Map([
            ['o', { a: 1 }],
            ['p', { b: 2 }],
          ]),
        );
        assert.deepEqual(await store.facets.ofObjects([], 'one'), new Map());
        await store.transaction(async tx => {
          await tx.facets.deleteOfObject('p');
          await tx.facets.deleteOfObject('p');
        });
        assert.deepEqual(await store.facets.ofObjects(['o', 'p'], 'one'), new Map([['o', { a: 1 }]]));
        assert.equal(await store.facets.get('p', 'two'), undefined);
      }));

    it('knows which wrapping keys an older root key still wraps', () =>
      subject.withStore(async store => {
        const row = (projectId: string, generation: number, rootGeneration: number) => ({
          projectId,
          generation,
          rootGeneration,
          wrapped: new Uint8Array([generation, rootGeneration]),
          createdAt: 3,
        });
        const other = id(4);
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.projects.insert({ ...PROJECT, id: other, name: 'other', accountId: '4' });
          await tx.wrappingKeys.insert(row(other, 1, 1));
          await tx.wrappingKeys.insert(row(PROJECT.id, 1, 1));
          await tx.wrappingKeys.insert(row(PROJECT.id, 2, 2));
          await assert.rejects(tx.wrappingKeys.insert(row(other, 1, 1)), isCode('alreadyExists'));
        });
        assert.deepEqual(await store.wrappingKeys.ofProject(PROJECT.id), [
          row(PROJECT.id, 2, 2),
          row(PROJECT.id, 1, 1),
        ]);
        assert.deepEqual(await store.wrappingKeys.notWrappedBy(2, 9), [
          row(PROJECT.id, 1, 1),
          row(other, 1, 1),
        ]);
        assert.deepEqual(await store.wrappingKeys.notWrappedBy(2, 1), [row(PROJECT.id, 1, 1)]);
        await store.transaction(async tx => {
          await tx.wrappingKeys.rewrap(row(PROJECT.id, 1, 2));
          await tx.wrappingKeys.rewrap(row(other, 1, 2));
          await assert.rejects(tx.wrappingKeys.rewrap(row(other, 2, 2)), isCode('notFound'));
        });
        assert.deepEqual(await store.wrappingKeys.notWrappedBy(2, 9), []);
        assert.equal(await store.wrappingKeys.count(), 3);
      }));

    it('keeps the generations of the root key', () =>
      subject.withStore(async store => {
        const root = (generation: number, state: 'current' | 'retiring') => ({
          generation,
          provider: 'file',
          parameters: '{}',
          fingerprint: 'f',
          state,
          createdAt: 1,
        });
        await store.transaction(async tx => {
          await tx.rootKeys.insert(root(2, 'current'));
          await tx.rootKeys.insert(root(1, 'current'));
          await tx.rootKeys.setState(1, 'retiring');
          await assert.rejects(tx.rootKeys.insert(root(1, 'current')), isCode('alreadyExists'));
          await assert.rejects(tx.rootKeys.setState(3, 'retired'), isCode('notFound'));
        });
        assert.deepEqual(await store.rootKeys.list(), [root(1, 'retiring'), root(2, 'current')]);
      }));
  });
}
