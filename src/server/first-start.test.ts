// Two nodes in one first start: whoever was taken for gone changes nothing any more, wherever it stood.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { must } from '../base/assert.ts';
import { SILENT_LOGGER } from '../base/logger.ts';
import type { Kms } from '../core/kms.ts';
import { KmsError } from '../domain/errors.ts';
import { buildHouse, type House } from './build.ts';
import { prepareInstallation } from './first-start.ts';
import { readSettings } from './settings.ts';

const onFatal = (error: unknown): never => {
  throw error;
};
const URL = 'http://127.0.0.1:7600';
const CHANGES_MAX = 100;

async function withHouse(test: (house: House, directory: string) => Promise<void>): Promise<void> {
  const directory = await temporaryDirectory();
  const settings = readSettings({ dataDir: directory, kmip: 'off' }, {});
  const house = await buildHouse({ settings, logger: SILENT_LOGGER, onFatal });
  try {
    await test(house, directory);
  } finally {
    await house.close();
  }
}

/** A node on the store of the house, with files of its own. */
function nodeOf({ kms, settings, ...house }: House, dataDir: string, around: (kms: Kms) => Kms): House {
  mkdirSync(dataDir);
  return { ...house, kms: around(kms), settings: { ...settings, dataDir } };
}

/** Loses every claim at once, as by a broken connection, and stands still before its n-th change until the work is over. */
function standingStill(kms: Kms, nth: number, meanwhile: () => Promise<void>): Kms {
  let changes = 0;
  const { store, auditLog } = kms;
  return {
    ...kms,
    store: {
      ...store,
      async claim(name) {
        const claim = await store.claim(name);
        await claim?.release();
        return claim;
      },
    },
    auditLog: {
      ...auditLog,
      async commit(change) {
        changes += 1;
        if (changes === nth) await meanwhile();
        return auditLog.commit(change);
      },
    },
  };
}

test('a node that stood still in the first start undoes nothing of the one that took over', async () => {
  let tried = 0;
  for (let reached = true; reached; ) {
    tried += 1;
    reached = false;
    assert.ok(tried < CHANGES_MAX);
    await withHouse(async (house, directory) => {
      const second = nodeOf(house, join(directory, 'second'), kms => kms);
      const first = nodeOf(house, join(directory, 'first'), kms =>
        standingStill(kms, tried, async () => {
          reached = true;
          assert.ok((await prepareInstallation(second, URL, undefined)).isNew);
        }),
      );
      const [outcome] = await Promise.allSettled([prepareInstallation(first, URL, undefined)]);
      const settled = reached ? second : first;
      if (reached) {
        assert.ok(outcome.status === 'rejected', `stood still before change ${tried}`);
        assert.ok(outcome.reason instanceof KmsError && outcome.reason.code === 'conflict');
      }
      const { isNew, credentials } = await prepareInstallation(settled, URL, undefined);
      assert.equal(isNew, false);
      const { admin, aws, keyProtect } = must(credentials, 'the node that was done has the file');
      const now = house.kms.clock.now();
      for (const key of [admin.apiKey, keyProtect.apiKey])
        assert.ok(await house.kms.identity.proveApiKey(key, now));
      assert.ok(await house.kms.store.credentials.findHolder('accessKeyPair', aws.accessKeyId));
    });
  }
  console.log(`a first start makes ${tried - 1} changes; standing still before each of them was tried`);
});
