// The store port over an engine: what both engines share.

import type { Store, StoreReads, StoreSnapshot, StoreTransaction } from '../core/ports/store.ts';
import type { Engine } from './engine.ts';
import { ReadCache } from './read-cache.ts';
import { compileRepositories } from './repositories/index.ts';
import { openSnapshot } from './snapshot.ts';

export function storeOn(engine: Engine): Store {
  const repositories = compileRepositories(engine.name);
  const cache = engine.generations && new ReadCache(engine.generations);
  const reads: StoreReads = repositories.reads(engine.reads);
  return {
    ...(cache === undefined ? reads : cache.reads(reads)),
    engine: engine.name,
    transaction: <T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> =>
      engine.transaction(session => {
        const tx = repositories.transaction(session);
        return work(cache === undefined ? tx : cache.transaction(tx, session));
      }),
    claim: name => engine.claim(name),
    probe: () => engine.probe(),
    snapshot: (): StoreSnapshot => openSnapshot(engine),
    close: () => engine.close(),
  };
}
