// Backup and restore between real databases of both engines: everything comes back, and nothing comes back halfway.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readLeaf } from '../../src/audit/leaf.ts';
import { decodeUtf8 } from '../../src/base/bytes.ts';
import { restoreBackup } from '../../src/server/backup/restore.ts';
import { verifyBackupFile } from '../../src/server/backup/verify.ts';
import { openStore } from '../../src/store/index.ts';
import {
  backUp,
  dataDirWithRootKeyOf,
  everyRow,
  fill,
  newKey,
  openSample,
  PARTS,
  type Sample,
  sealText,
  settingsOf,
  startOn,
} from '../support/backup-subject.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';

const ENGINES = ['sqlite', 'postgres'] as const;
type EngineName = (typeof ENGINES)[number];

let postgres: PostgresServer;
const directories: string[] = [];

before(async () => {
  postgres = await startPostgres();
});
after(async () => {
  await postgres?.stop();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function newStore(engine: EngineName): Promise<string> {
  return engine === 'sqlite' ? Promise.resolve('sqlite') : postgres.createDatabase();
}

function newDataDir(source: TestKeyhold): string {
  const directory = dataDirWithRootKeyOf(source.dataDir);
  directories.push(directory);
  return directory;
}

for (const engine of ENGINES) {
  describe(`a backup of ${engine}`, () => {
    let source: TestKeyhold;
    let sample: Sample;
    let file: string;
    let rows: Awaited<ReturnType<typeof everyRow>>;

    before(async () => {
      source = await startKeyhold({ store: await newStore(engine) });
      sample = await fill(source.kms);
      await source.house.auditLog.storeCheckpoint();
      rows = await everyRow(source.kms.store);
      file = await backUp(source.kms);
    });
    after(() => source?.stop());

    test('is a file for its owner alone, beside no unfinished one', () => {
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.deepEqual(readdirSync(join(source.dataDir, 'backups')), [file.split('/').at(-1)]);
    });

    test('is recorded in the audit log with its digest', async () => {
      const digest = JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '').sha256;
      const search = { operation: 'system.maintenanceEnded' };
      const [entry] = await source.kms.store.log.search(search, { limit: 1, newestFirst: true });
      const { outcome, details } = JSON.parse(decodeUtf8(entry?.leaf ?? new Uint8Array()));
      assert.deepEqual([outcome, details.sha256, details.bytes], ['ok', digest, statSync(file).size]);
    });

    for (const target of ENGINES) {
      test(`comes back into ${target} with every row, and the server goes on`, async () => {
        const settings = settingsOf({ store: await newStore(target), dataDir: newDataDir(source) });
        const { proved, notProved } = await restoreBackup({ file, settings }, PARTS);
        assert.equal(proved?.engine, target);
        assert.equal(proved?.wrappingKeysOpened, 3);
        assert.equal(proved?.keyVersionsOpened, 4);
        assert.deepEqual(notProved, []);

        const restored = await openStore(settings.store, {
          dataDirectory: settings.dataDir,
          onFatal: assert.fail,
        });
        assert.deepEqual(await everyRow(restored), rows);
        await restored.close();

        const server = await startOn(settings);
        assert.equal(await openSample(server.house.kms, sample), 4);
        await server.stop();
      });
    }

    test('is consistent while keys are made and used', async () => {
      const { kms } = source;
      let writing = true;
      const writers = Array.from({ length: 4 }, async () => {
        while (writing)
          await sealText(kms, sample.projectId, await newKey(kms, sample.projectId), 'meanwhile');
      });
      const busy = await backUp(kms);
      const again = await backUp(kms);
      writing = false;
      await Promise.all(writers);

      for (const path of [busy, again]) {
        const { header, summary } = await verifyBackupFile(path);
        let created = 0;
        for (const line of readFileSync(path, 'utf8').split('\n')) {
          const leaf = leafOf(line);
          if (leaf?.operation === 'key.create' && leaf.outcome === 'ok') created += 1;
        }
        assert.equal(summary.tables.log_entries?.rows, header.audit.size);
        assert.equal(summary.tables.keys?.rows, created, 'a key and its entry are in the backup together');
      }
    });

    for (const [step, atRows, outcome] of [
      ['verify', 1_000, 'nothing has begun'],
      ['insert', 0, 'nothing is in it'],
      ['insert', 1_000, 'nothing is in it'],
      ['prove', 0, 'it is not proved'],
    ] as const) {
      test(`a restore that is killed (${step}, ${atRows} rows) leaves no server that starts: ${outcome}`, async () => {
        const store = await newStore(engine);
        const settings = settingsOf({ store, dataDir: newDataDir(source) });
        const child = spawnSync(
          process.execPath,
          ['test/support/restore-and-die.ts', file, store, settings.dataDir, step, String(atRows)],
          { timeout: 60_000, encoding: 'utf8' },
        );
        assert.equal(child.signal, 'SIGKILL', child.stderr);
        if (step !== 'verify') await assert.rejects(startOn(settings), { code: 'storeUnavailable' });
        if (step === 'prove') {
          await assert.rejects(restoreBackup({ file, settings }, PARTS), { code: 'alreadyExists' });
          await assert.rejects(startOn(settings), { code: 'storeUnavailable' });
        } else {
          await restoreBackup({ file, settings }, PARTS);
          const server = await startOn(settings);
          assert.equal(await openSample(server.house.kms, sample), 4);
          await server.stop();
        }
      });
    }

    test('a target that is not empty is refused and stays as it is', async () => {
      const other = await startKeyhold({ store: await newStore(engine) });
      const settings = { ...other.house.settings, rootKeyDir: source.dataDir };
      const present = await everyRow(other.kms.store);
      try {
        // The server that runs on it keeps the file of SQLite to itself.
        const code = engine === 'sqlite' ? 'storeUnavailable' : 'alreadyExists';
        await assert.rejects(restoreBackup({ file, settings }, PARTS), { code });
        assert.deepEqual(await everyRow(other.kms.store), present);
        assert.equal(readdirSync(other.dataDir).includes('restore-unfinished'), false);
      } finally {
        await other.stop();
      }
    });

    test('a dry run verifies everything and leaves the target empty', async () => {
      const settings = settingsOf({ store: await newStore(engine), dataDir: newDataDir(source) });
      const report = await restoreBackup({ file, settings, dryRun: true }, PARTS);
      assert.equal(report.proved, undefined);
      assert.equal(report.backup.wrappingKeysOpened, 3);
      assert.deepEqual(readdirSync(settings.dataDir), ['root-1.key']);
      await restoreBackup({ file, settings }, PARTS);
      await assert.rejects(restoreBackup({ file, settings, dryRun: true }, PARTS), {
        code: 'alreadyExists',
      });
    });
  });
}

/** The audit entry in a row line, if it is one. */
function leafOf(line: string): { readonly operation: string; readonly outcome: string } | undefined {
  if (!line.startsWith('[')) return undefined;
  for (const value of JSON.parse(line)) {
    const bytes = Buffer.from(value?.base64 ?? '', 'base64');
    if (readLeaf(bytes).ok) return JSON.parse(bytes.toString());
  }
  return undefined;
}
