// What a backup refuses: every flipped byte, every cut, forged rows, foreign root keys, and disks without room. SQLite alone: the file is
// the same for both engines.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { SnapshotRow, Store } from '../../src/core/ports/store.ts';
import { type RestoreProgress, restoreBackup } from '../../src/server/backup/restore.ts';
import { verifyBackupFile } from '../../src/server/backup/verify.ts';
import { rootKeyProviders } from '../../src/server/root-key-providers.ts';
import {
  backUp,
  dataDirWithRootKeyOf,
  fill,
  openSample,
  PARTS,
  type Sample,
  settingsOf,
  startOn,
} from '../support/backup-subject.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let source: TestKeyhold;
let sample: Sample;
let file: string;
let bytes: Buffer;
let directory: string;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyhold-test-'));
  source = await startKeyhold();
  sample = await fill(source.kms);
  file = await backUp(source.kms);
  bytes = readFileSync(file);
});
after(async () => {
  await source?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const rootKeyOf = (keyhold: TestKeyhold) => {
  const { provider } = rootKeyProviders(keyhold.house.settings, PARTS.random, PARTS.clock);
  return { providers: [provider], ...PARTS };
};

async function refuses(content: Uint8Array | string, what: string): Promise<void> {
  const path = join(directory, 'changed.backup');
  writeFileSync(path, content);
  // Without the root key: nothing but the file itself says so.
  await assert.rejects(verifyBackupFile(path), { code: 'invalidInput' }, what);
}

test('a flipped bit is refused wherever it is', async () => {
  const fresh = await startKeyhold();
  const small = readFileSync(await backUp(fresh.kms));
  await fresh.stop();
  let flips = 0;
  for (const [content, everyBytes] of [
    [small, 11],
    [bytes, 20_011],
  ] as const) {
    for (let at = 0; at < content.length; at += 1) {
      // The last line byte by byte, all else in steps of a prime.
      if (at % everyBytes !== 0 && at < content.length - 80) continue;
      const changed = Uint8Array.from(content);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await refuses(changed, `bit ${at % 8} of byte ${at}`);
      flips += 1;
    }
  }
  console.log(`# ${flips} flipped bits`);
});

test('a file that was cut, or goes on, is refused', async () => {
  const lineEnds = [...bytes.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at);
  const cuts = [
    0,
    1,
    ...lineEnds.filter((_, at) => at % 50 === 0),
    ...lineEnds.slice(-3, -1),
    bytes.length - 2,
  ];
  for (const at of cuts) {
    await refuses(bytes.subarray(0, at), `cut after ${at} bytes`);
    await refuses(bytes.subarray(0, at + 1), `cut after ${at + 1} bytes`);
  }
  await refuses(Buffer.concat([bytes, Buffer.from('\n')]), 'one more line');
  await refuses(Buffer.concat([bytes, bytes]), 'twice');
  await refuses('{"some":"other file"}\n', 'another file');
});

test('rows that were changed with all digests made anew are refused by the seal', async () => {
  const forged = join(directory, 'forged.backup');
  writeFileSync(forged, forge(bytes.toString().split('\n')));
  // It holds together by itself, and so nothing else than the root key can tell.
  await verifyBackupFile(forged);
  await assert.rejects(verifyBackupFile(forged, { rootKey: rootKeyOf(source) }), {
    code: 'invalidInput',
    message: /the seal does not open/,
  });
});

test('a changed audit log is refused even with all digests made anew', async () => {
  const lines = bytes.toString().split('\n');
  const at = lines.findIndex(line => line.startsWith('{"columns":["at","entry_index"'));
  await refuses(forge(lines.toSpliced(at + 2, 1)), 'an entry that is gone');
  await refuses(
    forge(lines.toSpliced(at + 1, 2, lines[at + 2] ?? '', lines[at + 1] ?? '')),
    'two entries swapped',
  );
});

test('the wrong verifier key is refused', async () => {
  const { header } = await verifyBackupFile(file, { verifierKey: source.kms.auditLog.verifierKey });
  const verifierKey = header.audit.verifierKey.replace(/^keyhold\/./, 'keyhold/x');
  await assert.rejects(verifyBackupFile(file, { verifierKey }), { code: 'invalidInput' });
});

test('a root key that is missing or another one is refused with what to do, and nothing is begun', async () => {
  const target = await temporaryDirectory();
  const missing = settingsOf({ dataDir: target });
  await assert.rejects(restoreBackup({ file, settings: missing }, PARTS), {
    code: 'sealed',
    message: /root-1\.key is missing.*A backup holds no root key/s,
  });
  const elsewhere = await temporaryDirectory();
  const stranger = await startKeyhold({ dataDir: elsewhere });
  await stranger.stop();
  const wrong = settingsOf({ dataDir: target, rootKeyDir: elsewhere });
  await assert.rejects(restoreBackup({ file, settings: wrong }, PARTS), {
    code: 'sealed',
    message: /Wrong root key/,
  });
  assert.deepEqual(readdirSync(target), []);
});

test('a backup of a newer schema is refused before anything is begun', async () => {
  const newer = join(directory, 'newer.backup');
  const [header = '', ...lines] = bytes.toString().split('\n');
  writeFileSync(newer, forge([header.replace(/"schemaVersion":\d+/, '"schemaVersion":999'), ...lines]));
  const settings = settingsOf({ dataDir: await temporaryDirectory() });
  await assert.rejects(restoreBackup({ file: newer, settings, withoutRootKey: true }, PARTS), {
    code: 'unsupported',
  });
  assert.deepEqual(readdirSync(settings.dataDir), []);
});

test('a file that changes between its verification and its restore is not restored', async () => {
  const changing = join(directory, 'changing.backup');
  copyFileSync(file, changing);
  const later = await backUp(source.kms);
  const settings = settingsOf({ dataDir: await temporaryDirectory(), rootKeyDir: source.dataDir });
  const swap = ({ step, rows }: RestoreProgress) => {
    if (step === 'insert' && rows === 0) copyFileSync(later, changing);
  };
  await assert.rejects(restoreBackup({ file: changing, settings, onProgress: swap }, PARTS), {
    code: 'invalidInput',
    message: /changed while it was being restored/,
  });
  await assert.rejects(startOn(settings), { code: 'storeUnavailable', message: /restore-unfinished/ });
  await restoreBackup({ file, settings }, PARTS);
  await (await startOn(settings)).stop();
});

test('without the root key it restores when asked to, and says what is not proved', async () => {
  const settings = settingsOf({ dataDir: await temporaryDirectory() });
  const report = await restoreBackup({ file, settings, withoutRootKey: true }, PARTS);
  assert.equal(report.proved?.wrappingKeysOpened, undefined);
  assert.equal(report.notProved.length, 2);
  await assert.rejects(startOn(settings), { code: 'sealed' });
  copyFileSync(join(source.dataDir, 'root-1.key'), join(settings.dataDir, 'root-1.key'));
  const server = await startOn(settings);
  assert.equal(await openSample(server.house.kms, sample), 4);
  await server.stop();
});

test('a backup from before a rotation of the root key opens with the root key of its time', async () => {
  const older = await startKeyhold();
  const kept = dataDirWithRootKeyOf(older.dataDir);
  try {
    const oldSample = await fill(older.kms);
    const before = await backUp(older.kms);
    const rotation = await older.kms.maintenance?.rotateRoot();
    assert.equal((await rotation?.outcome)?.generation, 2);
    await verifyBackupFile(await backUp(older.kms), { rootKey: rootKeyOf(older) });
    await assert.rejects(verifyBackupFile(before, { rootKey: rootKeyOf(older) }), { code: 'sealed' });

    const settings = settingsOf({ dataDir: kept });
    await restoreBackup({ file: before, settings }, PARTS);
    const server = await startOn(settings);
    assert.equal(await openSample(server.house.kms, oldSample), 4);
    await server.stop();
  } finally {
    await older.stop();
    rmSync(kept, { recursive: true, force: true });
  }
});

test('a database whose audit log was changed is not backed up', async () => {
  const { kms, dataDir, stop } = await startKeyhold({ aroundStore: changedEntry });
  try {
    await fill(kms);
    const run = await kms.maintenance?.backup();
    await assert.rejects(async () => run?.outcome, { code: 'internal', message: /database is damaged/ });
    assert.deepEqual(readdirSync(join(dataDir, 'backups')), []);
    const [entry] = await kms.store.log.search({}, { limit: 1, newestFirst: true });
    assert.match(
      Buffer.from(entry?.leaf ?? []).toString(),
      /"operation":"system.maintenanceEnded".*"outcome":"internal"/,
    );
  } finally {
    await stop();
  }
});

/** The store with another outcome in the second entry of its log. */
function changedEntry(store: Store): Store {
  return {
    ...store,
    snapshot() {
      const snapshot = store.snapshot();
      return { ...snapshot, rows: table => changed(snapshot.rows(table)) };
    },
  };
}

async function* changed(rows: AsyncIterable<SnapshotRow>): AsyncGenerator<SnapshotRow> {
  for await (const row of rows) {
    if (row.entry_index !== 1 || !(row.leaf instanceof Uint8Array)) yield row;
    else yield { ...row, leaf: Buffer.from(Buffer.from(row.leaf).toString().replace('"ok"', '"denied"')) };
  }
}

test('a second backup while one is written is a conflict', async () => {
  const run = await source.kms.maintenance?.backup();
  await assert.rejects(async () => source.kms.maintenance?.backup(), { code: 'conflict' });
  const progress = [];
  for await (const step of run?.progress ?? []) progress.push(step);
  assert.ok(progress.every(({ done, total }) => done <= total));
  await run?.outcome;
});

test('a server that stops ends its backup without a file, and what a crash left goes with the next one', async () => {
  const dataDir = await temporaryDirectory();
  const backups = join(dataDir, 'backups');
  const stopped = await startKeyhold({ dataDir });
  await fill(stopped.kms);
  const run = await stopped.kms.maintenance?.backup();
  await stopped.stop();
  await assert.rejects(async () => run?.outcome, { code: 'storeUnavailable' });
  assert.deepEqual(readdirSync(backups), []);

  writeFileSync(join(backups, 'keyhold-2030.backup.partial'), 'begun');
  const again = await startKeyhold({ dataDir });
  const file = await backUp(again.kms);
  await again.stop();
  assert.deepEqual(readdirSync(backups), [file.split('/').at(-1)]);
});

test('a full disk leaves no file behind', { skip: process.platform === 'win32' }, async () => {
  const dataDir = await temporaryDirectory();
  const large = ['test/support/back-up-large.ts', dataDir];
  // The system refuses files over 1 MiB as it would refuse a full disk; the database is smaller.
  const limited = spawnSync('sh', ['-c', 'ulimit -f 2048; exec "$@"', 'sh', process.execPath, ...large], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(limited.stdout, 'storeUnavailable\n', limited.stderr);
  assert.deepEqual(readdirSync(join(dataDir, 'backups')), []);
  const roomy = spawnSync(process.execPath, large, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(roomy.stdout, 'written\n', roomy.stderr);
});

/** The lines with another role of the first binding, and every count and digest of theirs computed anew. */
function forge(lines: readonly string[]): string {
  const body = lines.slice(0, -3).map(line => line.replace(/"manager"/, '"purger"'));
  const summary = JSON.parse(lines.at(-3) ?? '');
  let table = '';
  const rows = new Map<string, string[]>();
  for (const line of body.slice(1)) {
    if (line.startsWith('{')) table = JSON.parse(line).table;
    else rows.set(table, [...(rows.get(table) ?? []), `${line}\n`]);
  }
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  for (const [name, of] of rows) summary.tables[name] = { rows: of.length, sha256: sha256(of.join('')) };
  const text = `${[...body, JSON.stringify(summary)].join('\n')}\n`;
  return `${text}${JSON.stringify({ sha256: sha256(text) })}\n`;
}
