// The two subjects of the store's suites: SQLite in a directory of its own, PostgreSQL in a database of its own.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../src/core/ports/store.ts';
import { openStore, type StoreOptions } from '../../src/store/index.ts';
import type { PostgresServer } from '../support/postgres.ts';
import type { StorePlace, StoreSubject } from './store-samples.ts';

/** Options under which a store that fails fatally fails the test. */
export function storeOptions(dataDirectory: string): StoreOptions {
  return { dataDirectory, onFatal: error => assert.fail(error) };
}

export async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-store-'));
  try {
    await test(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function sqliteSubject(): StoreSubject {
  return subjectOf('SQLite', test =>
    withDirectory(directory =>
      test({ setting: 'sqlite', open: () => openStore('sqlite', storeOptions(directory)) }),
    ),
  );
}

export function postgresSubject(server: () => PostgresServer): StoreSubject {
  return subjectOf('PostgreSQL', async test => {
    const setting = await server().createDatabase();
    await test({ setting, open: () => openStore(setting, storeOptions('nowhere')) });
  });
}

function subjectOf(name: string, withPlace: StoreSubject['withPlace']): StoreSubject {
  return {
    name,
    withPlace,
    withStore: test =>
      withPlace(async (place: StorePlace) => {
        const store: Store = await place.open();
        try {
          await test(store, place);
        } finally {
          await store.close();
        }
      }),
  };
}
