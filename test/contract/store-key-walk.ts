// The store's contract for walking through keys: slices leave none out, and every trait finds what a plain look at all keys would.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { tableKeys } from '../../src/base/table.ts';
import type { KeyTrait, KeyWalk } from '../../src/core/ports/key-walk.ts';
import type { Store } from '../../src/core/ports/store.ts';
import { ALL_KEY_STATES } from '../../src/domain/key-state.ts';
import { id, insertHome, insertKeys, PROJECT, RING, type StoreSubject, sampleKey } from './store-samples.ts';

const SECOND_RING = { ...RING, id: id(4), name: 'second' };
const NOW = 1_000;
const STATES = ['active', 'destroyed', 'suspended', 'deactivated', 'compromised', 'preActive'] as const;
const KINDS = ['one', 'two', 'three'];
const MARKS = ['a', 'b', 'c', 'd'];

/** What a key of the samples is found by. */
interface Described {
  readonly id: string;
  readonly state: string;
  readonly kind: string;
  readonly marks: readonly string[];
}

async function fill(store: Store): Promise<readonly Described[]> {
  const keys = Array.from({ length: 300 }, (_, n) =>
    sampleKey(1_000 + n, {
      keyRingId: n % 3 === 0 ? SECOND_RING.id : RING.id,
      state: ALL_KEY_STATES[n % ALL_KEY_STATES.length] ?? 'active',
      createdAt: 500 + ((n * 13) % 50),
    }),
  );
  const described = keys.map((key, n) => ({
    id: key.id,
    state: key.state,
    kind: KINDS[(n * 7) % 5] ?? key.algorithm,
    marks: MARKS.filter((_, at) => n % (7 * (at + 1)) === at),
  }));
  await store.transaction(async tx => {
    await insertHome(tx);
    await tx.keyRings.insert(SECOND_RING);
    await insertKeys(tx, keys);
    for (const { id: keyId, kind, marks } of described) {
      await tx.keyMarks.setKind(keyId, kind);
      await tx.keyMarks.add(keyId, marks);
    }
  });
  return described;
}

function hasAll(key: Described, traits: readonly KeyTrait[]): boolean {
  return traits.every(({ by, anyOf }) =>
    anyOf.some(text => (by === 'mark' ? key.marks.includes(text) : key[by] === text)),
  );
}

const TEXTS = {
  id: [id(1_000), id(1_017), id(9)],
  state: [...STATES],
  kind: [...KINDS, 'aes-256', 'absent'],
  mark: [...MARKS, 'absent'],
} as const satisfies Record<KeyTrait['by'], readonly string[]>;

const traitsAsked: fc.Arbitrary<readonly KeyTrait[]> = fc.array(
  fc
    .constantFrom(...tableKeys(TEXTS))
    .chain(by => fc.record({ by: fc.constant(by), anyOf: fc.subarray<string>([...TEXTS[by]]) })),
  { maxLength: 3 },
);

export function keyWalkContract(subject: StoreSubject): void {
  describe(`${subject.name}: walking through keys`, () => {
    it('finds every key with the traits once, newest first, in slices of any size', () =>
      subject.withStore(async store => {
        const described = await fill(store);
        const keysOf = new Map(
          await Promise.all(described.map(async each => [each.id, await store.keys.find(each.id)] as const)),
        );
        const places: readonly Pick<KeyWalk, 'keyRingIds' | 'keyIds'>[] = [
          {},
          { keyRingIds: [RING.id] },
          { keyRingIds: [RING.id], keyIds: [id(1_000)] },
          { keyRingIds: [], keyIds: [id(1_001), id(1_002)] },
          { keyRingIds: [] },
        ];
        const asked = fc.constantFrom(...places);
        const states = fc.subarray([...STATES], { minLength: 1 });
        await fc.assert(
          fc.asyncProperty(
            traitsAsked,
            asked,
            states,
            fc.integer({ min: 1, max: 150 }),
            async (traits, place, some, size) => {
              const walk = { projectId: PROJECT.id, at: NOW, states: some, traits, ...place };
              const found: string[] = [];
              const instants: number[] = [];
              let until: number | undefined;
              do {
                const { keys, next } = await store.keyWalk.slice({ ...walk, until }, size);
                found.push(...keys.map(key => key.id));
                instants.push(...keys.map(key => key.createdAt));
                until = next;
              } while (until !== undefined);
              const isPlaced = (keyId: string, ring: string | undefined) =>
                (place.keyRingIds === undefined && place.keyIds === undefined) ||
                place.keyRingIds?.includes(ring ?? '') ||
                place.keyIds?.includes(keyId);
              const expected = described.filter(each => {
                const key = keysOf.get(each.id);
                return (
                  hasAll(each, traits) &&
                  some.some(state => state === key?.state) &&
                  isPlaced(each.id, key?.keyRingId)
                );
              });
              assert.deepEqual(found.toSorted(), expected.map(each => each.id).toSorted());
              assert.deepEqual(
                instants,
                instants.toSorted((a, b) => b - a),
              );
            },
          ),
          { numRuns: 150 },
        );
      }));

    it('knows which kinds there are, and forgets what is taken away', () =>
      subject.withStore(async store => {
        const described = await fill(store);
        const { keyWalk } = store;
        assert.deepEqual(await keyWalk.kinds(PROJECT.id, 10), ['aes-256', ...KINDS.toSorted()]);
        assert.equal((await keyWalk.kinds(PROJECT.id, 2)).length, 2);
        assert.deepEqual(await keyWalk.kinds(id(9), 10), []);
        const found = async (trait: KeyTrait) => {
          const walk = { projectId: PROJECT.id, at: NOW, states: STATES, traits: [trait] };
          return (await keyWalk.slice(walk, 1_000)).keys.map(key => key.id);
        };
        const [first, second] = described.filter(({ marks }) => marks.includes('a'));
        assert.ok(first !== undefined && second !== undefined);
        await store.transaction(async tx => {
          await tx.keyMarks.add(first.id, ['a', 'new']);
          await tx.keyMarks.remove(first.id, ['a', 'absent']);
          await tx.keyMarks.removeAll(second.id);
          await tx.keyMarks.setKind(first.id, 'new');
        });
        const others = await found({ by: 'mark', anyOf: ['a', 'b', 'c', 'd'] });
        assert.ok(!others.includes(first.id) && !others.includes(second.id));
        assert.deepEqual(await found({ by: 'mark', anyOf: ['new'] }), [first.id]);
        assert.deepEqual(await found({ by: 'kind', anyOf: ['new'] }), [first.id]);
        await store.transaction(tx => tx.keyMarks.setKind(first.id, undefined));
        assert.ok((await found({ by: 'kind', anyOf: ['aes-256'] })).includes(first.id));
      }));
  });
}
