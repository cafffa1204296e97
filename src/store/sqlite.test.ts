import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { id, insertHome, sampleKey, sampleVersion } from '../../test/contract/store-samples.ts';
import { storeOptions, withDirectory } from '../../test/contract/store-subjects.ts';
import { openStore } from './index.ts';

/** The files of databases that this process holds open, also those that have no name any more. */
function openDatabaseFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap(descriptor => {
    try {
      const target = readlinkSync(join('/proc/self/fd', descriptor));
      return /\.db|etilqs/.test(target) ? [target] : [];
    } catch {
      // The one through which the directory was read.
      return [];
    }
  });
}

test(
  'what a savepoint would put back is in no file outside of the data directory',
  {
    skip: process.platform !== 'linux' && 'open files are listed by Linux alone',
  },
  () =>
    withDirectory(async directory => {
      const store = await openStore('sqlite', storeOptions(directory));
      await store.transaction(async tx => {
        await insertHome(tx);
        await tx.savepoint(async () => {
          for (let n = 1_000; n < 1_200; n += 1)
            await tx.keys.insert(sampleKey(n * 7_919), sampleVersion(id(n * 7_919)));
        });
        await tx.savepoint(async () => {
          for (let n = 1_000; n < 1_200; n += 1)
            await tx.keys.insert(sampleKey(n * 7_919 + 1), sampleVersion(id(n * 7_919 + 1)));
          const files = openDatabaseFiles();
          assert.ok(files.length > 0);
          for (const file of files) assert.ok(file.startsWith(realpathSync(directory)), file);
        });
      });
      await store.close();
    }),
);
