// Lists of keys: every filter, sort and search, on ten thousand keys of an instance and some that are none of its.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import type { Key } from '../../../src/domain/key.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { faultOf, type Json, type KeyProtectSubject, keyBody, startKeyProtect } from './support.ts';

const KEYS = 10_000;
const DAY_MS = 86_400_000;

for (const engine of ['SQLite', 'PostgreSQL'] as const) {
  describe(`on ${engine}`, () => {
    let subject: KeyProtectSubject;
    let stopStore: PostgresServer['stop'] | undefined;
    /** The keys in the order of their ids. */
    let keys: readonly Key[];
    /** Of the first key, in whole seconds. */
    let dawn: number;

    before(async () => {
      const postgres = engine === 'PostgreSQL' ? await startPostgres() : undefined;
      stopStore = postgres?.stop;
      subject = await startKeyProtect({ store: await postgres?.createDatabase() });
      keys = await fill();
    });
    after(async () => {
      await subject.stop();
      await stopStore?.();
    });

    /** Keys of every kind and state, one a minute. */
    async function fill(): Promise<readonly Key[]> {
      const made = await subject.send({
        method: 'POST',
        path: '/keys',
        body: keyBody({ name: 'the first' }),
      });
      assert.equal(made.status, 201, made.text);
      const { store, random, clock } = subject.keyhold.kms;
      const first = must(
        await store.keys.findWithVersion(made.json.resources[0].id),
        'the key that was made',
      );
      dawn = Math.floor(clock.now() / 1_000) * 1_000 - KEYS * 60_000;
      const all = [first.key];
      for (let from = 1; from < KEYS; from += 1_000) {
        await store.transaction(async tx => {
          for (let at = from; at < Math.min(from + 1_000, KEYS); at += 1) {
            const key = keyNumber(at, first.key, random.uuid());
            await tx.keys.insert(key, { ...first.version, keyId: key.id, createdAt: key.createdAt });
            all.push(key);
          }
        });
      }
      // What IBM has no word for is in no list and in no count.
      await store.transaction(async tx => {
        const key = { ...first.key, id: random.uuid(), algorithm: 'hmac-sha-256', usages: ['mac'] } as const;
        await tx.keys.insert(key, { ...first.version, keyId: key.id });
      });
      return all.sort((left, right) => (left.id < right.id ? -1 : 1));
    }

    function keyNumber(at: number, template: Key, id: string): Key {
      const createdAt = dawn + at * 60_000;
      const deleted = at % 10 === 9;
      return {
        ...template,
        id,
        label: `Key ${at}`,
        exportable: at % 4 === 3,
        origin: at % 5 === 0 ? 'imported' : 'generated',
        state: deleted || at % 10 === 8 ? 'suspended' : at % 10 === 7 ? 'deactivated' : 'active',
        deactivateAt: at % 3 === 0 ? createdAt + 400 * DAY_MS : undefined,
        rotatedAt: at % 2 === 0 ? createdAt + 1_000 : undefined,
        destruction: deleted
          ? {
              at: createdAt + 90 * DAY_MS,
              requestedAt: createdAt + 5_000,
              requestedBy: 'test',
              stateBefore: 'active',
            }
          : undefined,
        createdAt,
        updatedAt: createdAt + 2_000,
      };
    }

    const stateOf = (key: Key): number =>
      key.destruction !== undefined ? 5 : { active: 1, suspended: 2, deactivated: 3 }[key.state as 'active'];

    async function list(query: string, headers = {}): Promise<Json> {
      const answer = await subject.send({ path: `/keys?${query}`, headers });
      assert.equal(answer.status, 200, answer.text.slice(0, 300));
      return answer.json;
    }

    const idsOf = (answer: Json): readonly string[] => answer.resources.map((key: Json) => key.id);

    async function count(query: string): Promise<number> {
      const answer = await subject.send({ method: 'HEAD', path: `/keys?${query}` });
      assert.deepEqual([answer.status, answer.text], [200, '']);
      return Number(answer.headers['key-total']);
    }

    test('ten thousand keys are paged through, each once', async () => {
      const seen: string[] = [];
      for (let offset = 0; ; offset += 5_000) {
        const page = await list(`state=0,1,2,3,5&limit=5000&offset=${offset}`);
        assert.equal(page.metadata.collectionTotal, page.resources.length);
        seen.push(...idsOf(page));
        if (page.resources.length < 5_000) break;
      }
      assert.deepEqual(
        seen,
        keys.map(({ id }) => id),
      );
    });

    test('a list shows 200 keys that are not deleted, in the order of their ids', async () => {
      const expected = keys.filter(key => stateOf(key) !== 5).slice(0, 200);
      const shown = await list('');
      assert.deepEqual(
        idsOf(shown),
        expected.map(({ id }) => id),
      );
      assert.equal(
        shown.resources.some((key: Json) => 'payload' in key),
        false,
      );
      assert.deepEqual(
        idsOf(await list('limit=3&offset=198')),
        keys
          .filter(key => stateOf(key) !== 5)
          .slice(198, 201)
          .map(({ id }) => id),
      );
    });

    test('the client counts and lists by state and extractable', async () => {
      const client = subject.client();
      const common = { bluemixInstance: subject.caller.instanceId };
      const fits = (key: Key) => [2, 5].includes(stateOf(key)) && key.exportable;
      const counted = await client.getKeyCollectionMetadata({ ...common, state: [2, 5], extractable: true });
      assert.equal(Number((counted.headers as Json)['key-total']), keys.filter(fits).length);
      const listed = await client.getKeys({
        ...common,
        limit: 5_000,
        offset: 0,
        state: [2, 5],
        extractable: true,
      });
      assert.deepEqual(
        idsOf(listed.result),
        keys.filter(fits).map(({ id }) => id),
      );
    });

    test('every filter counts and lists what it says', async () => {
      const at = (minutes: number) => new Date(dawn + minutes * 60_000).toISOString();
      const minute = (key: Key) => Math.round((key.createdAt - dawn) / 60_000);
      const cases: readonly (readonly [string, (key: Key) => boolean])[] = [
        ['state=5', key => stateOf(key) === 5],
        ['state=3,5', key => [3, 5].includes(stateOf(key))],
        ['extractable=true', key => key.exportable && stateOf(key) !== 5],
        [' extractable=false state=1', key => !key.exportable && stateOf(key) === 1],
        [`creationDate=lt:"${at(100)}"`, key => minute(key) < 100 && stateOf(key) !== 5],
        [`creationDate=lte:"${at(100)}"`, key => minute(key) <= 100 && stateOf(key) !== 5],
        [`creationDate=gte:"${at(9_990)}"`, key => minute(key) >= 9_990 && stateOf(key) !== 5],
        [`creationDate="${at(100)}"`, key => minute(key) === 100],
        [
          `creationDate=gt:"${at(100).replace('.000Z', '.000000000Z')}" creationDate=lt:"${at(200)}"`,
          key => minute(key) > 100 && minute(key) < 200 && stateOf(key) !== 5,
        ],
        ['expirationDate=none', key => key.deactivateAt === undefined && stateOf(key) !== 5],
        ['lastRotateDate=none state=1', key => key.rotatedAt === undefined && stateOf(key) === 1],
        [
          `deletionDate=gt:"${at(9_000)}" state=5`,
          key => (key.destruction?.requestedAt ?? 0) > dawn + 9_000 * 60_000,
        ],
        ['deletionDate=none state=1,2', key => [1, 2].includes(stateOf(key))],
        [
          `lastUpdateDate=gte:"${at(9_000)}" extractable=true`,
          key => key.updatedAt >= dawn + 9_000 * 60_000 && key.exportable && stateOf(key) !== 5,
        ],
      ];
      for (const [filter, fits] of cases) {
        const query = `filter=${encodeURIComponent(filter)}`;
        const expected = keys.filter(fits);
        assert.equal(await count(query), expected.length, filter);
        const wanted = expected.slice(0, 50).map(({ id }) => id);
        assert.deepEqual(idsOf(await list(`${query}&limit=50`)), wanted, filter);
      }
    });

    test('every property sorts, either way', async () => {
      const instant = (value: number | undefined) => value ?? Number.NEGATIVE_INFINITY;
      const properties: Readonly<Record<string, (key: Key) => number>> = {
        state: stateOf,
        extractable: key => Number(key.exportable),
        imported: key => Number(key.origin === 'imported'),
        creationDate: key => key.createdAt,
        lastUpdateDate: key => key.updatedAt,
        lastRotateDate: key => instant(key.rotatedAt),
        deletionDate: key => instant(key.destruction?.requestedAt),
        expirationDate: key => instant(key.deactivateAt),
      };
      for (const [name, of] of Object.entries(properties)) {
        for (const sign of [1, -1]) {
          const compared = (left: Key, right: Key) => {
            const [one, other] = [of(left), of(right)];
            return one === other ? 0 : sign * (one < other ? -1 : 1);
          };
          const wanted = [...keys].sort(compared).slice(0, 40);
          const found = idsOf(await list(`state=1,2,3,5&limit=40&sort=${sign < 0 ? '-' : ''}${name}`));
          assert.deepEqual(
            found,
            wanted.map(({ id }) => id),
            `${sign} ${name}`,
          );
        }
      }
      const twice = idsOf(await list('state=1,2&limit=40&sort=extractable%2C-id'));
      const standing = keys.filter(key => [1, 2].includes(stateOf(key)) && !key.exportable);
      assert.deepEqual(
        twice,
        standing
          .reverse()
          .slice(0, 40)
          .map(({ id }) => id),
      );
    });

    test('a search finds names and aliases, and says what it has looked for', async () => {
      const narrow = 'filter=extractable%3Dtrue&limit=5000';
      const named = (fits: (label: string) => boolean) =>
        keys.filter(key => key.exportable && stateOf(key) !== 5 && fits(key.label)).map(({ id }) => id);
      const found = async (search: string) =>
        idsOf(await list(`${narrow}&search=${encodeURIComponent(search)}`));
      assert.deepEqual(
        await found('key 99'),
        named(label => label.includes('Key 99')),
      );
      assert.deepEqual(
        await found('KEY 99,'),
        named(label => label.includes('Key 99')),
      );
      assert.deepEqual(
        await found('exact:key 103'),
        named(label => label === 'Key 103'),
      );
      assert.deepEqual(
        await found('not:key 1'),
        named(label => !label.includes('Key 1')),
      );
      assert.deepEqual(
        await found('not:exact:name:key 103'),
        named(label => label !== 'Key 103'),
      );
      assert.deepEqual(await found('alias:key 103'), []);
      assert.deepEqual(await found('escape:exact:key 103'), []);
      assert.deepEqual(await found('%'), []);
      const { metadata } = await list(`${narrow}&search=${encodeURIComponent('not:alias:exact:Some')}`);
      assert.deepEqual(metadata.searchQuery, { query: 'Some', scopes: ['alias'], not: true, exact: true });
    });

    test('too many keys are not searched, but the one that is named whole is found', async () => {
      assert.equal(faultOf(await subject.send({ path: '/keys?search=first' })), '400 KEY_SEARCH_TOO_BROAD');
      const [key] = keys.filter(candidate => stateOf(candidate) === 1);
      const id = key?.id ?? '';
      const found = await list(`search=${id}`);
      assert.deepEqual([idsOf(found), found.metadata.incompleteSearch], [[id], true]);
      await subject.send({ method: 'POST', path: `/keys/${id}/aliases/found-by-alias` });
      assert.deepEqual(idsOf(await list('search=alias:found-by-alias')), [id]);
      assert.equal(
        faultOf(await subject.send({ path: '/keys?search=found-by-alias' })),
        '400 KEY_SEARCH_TOO_BROAD',
      );
    });

    test('a key ring lists its own keys', async () => {
      await subject.send({ method: 'POST', path: '/key_rings/listed' });
      const headers = { 'x-kms-key-ring': 'listed' };
      assert.deepEqual(idsOf(await list('', headers)), []);
      const made = await subject.send({ method: 'POST', path: '/keys', body: keyBody(), headers });
      assert.deepEqual(idsOf(await list('', headers)), [made.json.resources[0].id]);
      assert.deepEqual(idsOf(await list('', { 'x-kms-key-ring': 'no-such-ring' })), []);
    });

    test('who has a role on one key ring sees the keys of that ring', async () => {
      const guest = await subject.addCaller('ring-guest', ['user'], {
        on: { on: 'keyRing', keyRing: 'listed' },
      });
      const seen = await subject.send({ path: '/keys', as: guest });
      assert.deepEqual(
        [seen.status, seen.json.resources.map((key: Json) => key.keyRingID)],
        [200, ['listed']],
      );
      const head = await subject.send({ method: 'HEAD', path: '/keys', as: guest });
      assert.equal(head.headers['key-total'], '1');
    });

    test('malformed questions are refused by the name of their parameter', async () => {
      const questions: readonly (readonly [string, string])[] = [
        ['limit=0', 'limit'],
        ['limit=5001', 'limit'],
        ['limit=x', 'limit'],
        ['offset=-1', 'offset'],
        ['state=4', 'state'],
        ['state=x', 'state'],
        ['extractable=maybe', 'extractable'],
        ['sort=name', 'sort'],
        ['sort=id,-id', 'sort'],
        ['filter=name%3Dx', 'filter'],
        ['filter=state', 'filter'],
        ['filter=state%3D7', 'filter'],
        ['filter=extractable%3D1', 'filter'],
        ['filter=state%3Dlt:1', 'filter'],
        ['filter=creationDate%3D2020-01-01T00:00:00Z', 'filter'],
        [`filter=${encodeURIComponent('creationDate="yesterday"')}`, 'filter'],
        [`filter=${encodeURIComponent('state=1 state=2 state=3 state=5')}`, 'filter'],
        ['filter=state%3D1&state=1', 'filter'],
        ['filter=extractable%3Dtrue&extractable=true', 'filter'],
        ['search=exact:', 'search'],
        ['search=not:not:x', 'search'],
        [`search=${'x'.repeat(256)}`, 'search'],
        ['colour=red', 'colour'],
      ];
      for (const [query, name] of questions) {
        const refused = await subject.send({ path: `/keys?${query}` });
        assert.equal(faultOf(refused), '400 INVALID_QUERY_PARAM_ERR', query);
        assert.deepEqual(refused.json.resources[0].reasons[0].target, { type: 'query_param', name }, query);
      }
    });
  });
}
