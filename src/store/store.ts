// The store port over an engine: what both engines share.

import type { Store, StoreReads, StoreSnapshot, StoreTransaction } from '../core/ports/store.ts';
import type { Engine } from './engine.ts';
import { rememberHotReads } from './read-cache.ts';
import { compileRepositories } from './repositories/index.ts';
import { openSnapshot } from './snapshot.ts';

export function storeOn(engine: Engine): Store {
  const repositories = compileRepositories(engine.name);
  const direct: StoreReads = repositories.reads(engine.reads);
  const reads = engine.generations === undefined ? direct : rememberHotReads(direct, engine.generations);
  return {
    ...reads,
    engine: engine.name,
    transaction: <T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> =>
      engine.transaction(session => work(repositories.transaction(session))),
    claim: name => engine.claim(name),
    probe: () => engine.probe(),
    snapshot: (): StoreSnapshot => openSnapshot(engine),
    close: () => engine.close(),
  };
}
