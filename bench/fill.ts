// Fills a store with very many keys: copies of one, each with wrapped material of its own, put in through the store in large transactions.

import { SILENT_LOGGER } from '../src/base/logger.ts';
import type { StoreTransaction } from '../src/core/ports/store.ts';
import type { Key } from '../src/domain/key.ts';
import { buildHouse } from '../src/server/build.ts';
import { readSettings } from '../src/server/settings.ts';

const KEYS_PER_TRANSACTION = 2_000;

/** `andAlso`: what else belongs to a copy, of which `number` counts from 0. The server of the store must not run. */
export async function fillStore(
  settings: { readonly dataDir: string; readonly store?: string },
  templateId: string,
  keys: number,
  andAlso: (tx: StoreTransaction, key: Key, number: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const house = await buildHouse({
    settings: readSettings(settings, {}),
    logger: SILENT_LOGGER,
    onFatal(error) {
      throw error;
    },
  });
  const { store, custody, random } = house.kms;
  const template = await store.keys.findWithVersion(templateId);
  if (template === undefined) throw new Error('the first key is in the store');
  for (let made = 0; made < keys; made += KEYS_PER_TRANSACTION) {
    const rows = await Promise.all(
      Array.from({ length: Math.min(KEYS_PER_TRANSACTION, keys - made) }, async (_, at) => {
        // No two are made at the same instant: lists are sorted by it.
        const createdAt = template.key.createdAt - made - at - 1;
        const key: Key = { ...template.key, id: random.uuid(), createdAt };
        const { projectId, id: keyId, algorithm, exportable } = key;
        const binding = { projectId, keyId, version: 1, algorithm, exportable };
        const material = await custody.generate(binding, 'software');
        return { key, version: { ...template.version, ...material, keyId: key.id } };
      }),
    );
    await store.transaction(async tx => {
      for (const [at, { key, version }] of rows.entries()) {
        await tx.keys.insert(key, version);
        await andAlso(tx, key, made + at);
      }
    });
    if (made % 100_000 === 0) process.stderr.write(`\r${made} keys`);
  }
  process.stderr.write('\r');
  await house.close();
}
