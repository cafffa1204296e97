// A process that writes until the disk is full: started by the test of full disks. It says `full` when a transaction was refused, waits
// for a line, and says `resumed` when the same transaction succeeds. Anything else ends it with an error.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openStore } from '../../src/store/index.ts';
import { isCode } from './store-samples.ts';
import { storeOptions } from './store-subjects.ts';

const [directory = ''] = process.argv.slice(2);
const store = await openStore('sqlite', storeOptions(directory));

let written = 0;
const write = () =>
  store.transaction(async tx => {
    await tx.settings.put('written', String(written + 1));
    await tx.facets.put(`object-${written}`, 'test', 'x'.repeat(300_000));
  });

for (;;) {
  try {
    await write();
    written += 1;
  } catch (error) {
    assert.ok(isCode('storeUnavailable')(error), String(error));
    break;
  }
}
// Whole or not at all, and reads go on.
assert.equal(await store.settings.get('written'), String(written));
assert.equal(await store.facets.get(`object-${written}`, 'test'), undefined);
await assert.rejects(write(), isCode('storeUnavailable'));
process.stdout.write('full\n');

await once(process.stdin, 'data');
await write();
assert.equal(await store.settings.get('written'), String(written + 1));
await store.close();
process.stdout.write('resumed\n');
process.stdin.destroy();
