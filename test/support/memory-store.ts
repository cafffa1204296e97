// The two tables that custody keeps, in memory.

import { Mutex } from '../../src/base/mutex.ts';
import type { RootKeyRow, StoreTransaction, WrappingKeyRow } from '../../src/core/ports/store.ts';
import type { CustodyStore } from '../../src/custody/root-keys.ts';
import { KmsError } from '../../src/domain/errors.ts';

export function memoryStore(): CustodyStore {
  let roots: readonly RootKeyRow[] = [];
  let keys: readonly WrappingKeyRow[] = [];
  const alone = new Mutex();
  const same = (left: WrappingKeyRow, right: WrappingKeyRow) =>
    left.projectId === right.projectId && left.generation === right.generation;
  const reads = {
    rootKeys: { list: async () => roots },
    wrappingKeys: {
      ofProject: async (projectId: string) =>
        keys.filter(row => row.projectId === projectId).sort((a, b) => b.generation - a.generation),
      notWrappedBy: async (generation: number, limit: number) =>
        keys.filter(row => row.rootGeneration < generation).slice(0, limit),
      count: async () => keys.length,
    },
  };
  const tx = {
    rootKeys: {
      ...reads.rootKeys,
      async insert(row: RootKeyRow) {
        roots = [...roots, row];
      },
      async setState(generation: number, state: RootKeyRow['state']) {
        roots = roots.map(row => (row.generation === generation ? { ...row, state } : row));
      },
    },
    wrappingKeys: {
      ...reads.wrappingKeys,
      async insert(row: WrappingKeyRow) {
        if (keys.some(other => same(other, row))) throw new KmsError('alreadyExists', 'It exists.');
        keys = [...keys, row];
      },
      async rewrap(row: WrappingKeyRow) {
        keys = keys.map(other => (same(other, row) ? row : other));
      },
    },
  } as unknown as StoreTransaction;
  return {
    ...reads,
    transaction: work =>
      alone.run(async () => {
        const before = [roots, keys] as const;
        try {
          return await work(tx);
        } catch (thrown) {
          [roots, keys] = before;
          throw thrown;
        }
      }),
  };
}
