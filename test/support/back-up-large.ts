// A process for tests that may write only small files: starts on the data directory, whose backup is made too large for that, and prints
// how the backup ends.

import type { Store } from '../../src/core/ports/store.ts';
import { KmsError } from '../../src/domain/errors.ts';
import { startKeyhold } from './keyhold.ts';

const FILLER_ROWS = 4_000;

/** The store with many more facets in its snapshots. */
function largeSnapshots(store: Store): Store {
  return {
    ...store,
    snapshot() {
      const snapshot = store.snapshot();
      return {
        ...snapshot,
        rows: table => (table === 'facets' ? filler() : snapshot.rows(table)),
      };
    },
  };
}

async function* filler() {
  for (let at = 0; at < FILLER_ROWS; at += 1) {
    yield { object_id: `${at}`.padStart(8, '0'), protocol: 'test', document: 'x'.repeat(1_000) };
  }
}

const keyhold = await startKeyhold({ dataDir: process.argv[2], aroundStore: largeSnapshots });
const run = await keyhold.kms.maintenance?.backup();
const end = await run?.outcome.catch((error: unknown) => error);
console.log(end instanceof KmsError ? end.code : 'written');
await keyhold.stop();
