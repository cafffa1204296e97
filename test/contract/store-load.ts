// A process that loads a store until it is killed: started by the crash tests. Each transaction writes a pair; its number goes to
// standard output once the transaction has fulfilled, and not before.

import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/index.ts';
import { storeOptions } from './store-subjects.ts';

const [setting = '', directory = ''] = process.argv.slice(2);
const store = await openStore(setting, storeOptions(directory));

const WRITERS = 4;

async function writeForever(writer: number): Promise<never> {
  for (let n = writer; ; n += WRITERS) {
    await store.transaction(async tx => {
      await tx.settings.put(`left-${n}`, 'x'.repeat(1_000));
      await tx.settings.put(`right-${n}`, 'x'.repeat(1_000));
    });
    writeSync(1, `${n}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeForever(writer)));
