// Writes a backup of a running store, docs/formats/backup.md "Writing": one snapshot, checked while it is written, verified as it was read
// back, and only then under its name. Rows go to the file as they are stored; nothing is unwrapped into it.

import { openCheckpoint, signCheckpoint } from '../../audit/checkpoint.ts';
import { EMPTY_FRONTIER, parseFrontier, rootOf } from '../../audit/merkle.ts';
import { type NoteSigner, printVerifierKey } from '../../audit/signed-note.ts';
import { base64, utf8 } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import type { Custody } from '../../core/ports/custody.ts';
import type { Store, StoreSnapshot } from '../../core/ports/store.ts';
import { KmsError } from '../../domain/errors.ts';
import {
  type BackupHeader,
  bytesIn,
  columnsOf,
  integerIn,
  printLine,
  printRow,
  sealLabel,
  textIn,
} from './format.ts';
import type { RootKeyAccess } from './key-check.ts';
import { LogCheck } from './log-check.ts';
import { OutputFile } from './output-file.ts';
import { Pace } from './pace.ts';
import { SectionDigests } from './section-digests.ts';
import { type VerifiedBackup, verifyBackupFile } from './verify.ts';

export interface BackupSource {
  readonly store: Store;
  /** Makes the seal. */
  readonly custody: Pick<Custody, 'wrapSecret'>;
  /** Signs the checkpoint of the snapshot. */
  readonly signer: NoteSigner;
  /** For verifying what was written. */
  readonly rootKey: RootKeyAccess;
}

export interface WriteOptions {
  /** Where the backup will be: nothing may be there. Its directory is made. */
  readonly path: string;
  /** Rows written and read back so far; `total` is an estimate until the first half is done. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WrittenBackup extends VerifiedBackup {
  readonly path: string;
  readonly bytes: number;
}

/** Durable, verified and of mode 0600 when it fulfils. Whatever it throws, no file of that name is there. */
export async function writeBackup(source: BackupSource, options: WriteOptions): Promise<WrittenBackup> {
  const { path, onProgress, signal } = options;
  const file = await OutputFile.create(path);
  try {
    const rows = await writeRows(source, file, options);
    const verified = await verifyBackupFile(file.partialPath, {
      rootKey: source.rootKey,
      verifierKey: printVerifierKey(source.signer),
      onProgress: read => onProgress?.({ done: rows + read, total: 2 * rows }),
      signal,
    });
    await file.keep();
    return { path, bytes: file.bytes, ...verified };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function writeRows(
  { store, custody, signer, rootKey }: BackupSource,
  file: OutputFile,
  { onProgress, signal }: WriteOptions,
): Promise<number> {
  // Before the snapshot: what has been signed by then must be within it.
  const [newest] = await store.log.checkpoints(1);
  const promised = newest === undefined ? undefined : openCheckpoint(newest.note, [signer]);
  const log = new LogCheck(databaseDamaged, promised);
  const createdAt = rootKey.clock.now();
  await using snapshot = store.snapshot();
  const header = await headerOf(store, snapshot, signer, createdAt);
  await file.writeLine(printLine(header));

  const sections = new SectionDigests();
  // Entries, their keys and as many rows again, each written and read.
  const estimate = 4 * header.audit.size + 100;
  const pace = new Pace({
    onProgress: rows => onProgress?.({ done: rows, total: Math.max(estimate, 2 * rows) }),
    signal,
  });
  for (const table of snapshot.tables) {
    sections.begin(table);
    let columns: readonly string[] | undefined;
    for await (const row of snapshot.rows(table)) {
      if (columns === undefined) {
        columns = columnsOf(row);
        await file.writeLine(printLine({ table, columns }));
      }
      log.take(table, row);
      const line = printRow(columns, row);
      sections.add(table, line);
      await file.writeLine(line);
      await pace.row();
    }
    if (columns === undefined) await file.writeLine(printLine({ table, columns: [] }));
  }

  const checkpoint = signCheckpoint(log.finish(), signer);
  const sealed = file.sha256();
  using content = SecretBytes.own(utf8(sealed));
  const seal = base64(await custody.wrapSecret(undefined, sealLabel(sealed), content));
  await file.writeLine(printLine({ tables: sections.finish(), checkpoint, seal }));
  await file.writeLine(printLine({ sha256: file.sha256() }));
  await file.finish();
  return pace.rows;
}

function databaseDamaged(problem: string): KmsError {
  return new KmsError(
    'internal',
    `The database is damaged, so nothing was backed up: ${problem}. Compare it with an older backup before anything else.`,
  );
}

async function headerOf(
  store: Store,
  snapshot: StoreSnapshot,
  signer: NoteSigner,
  createdAt: number,
): Promise<BackupHeader> {
  const rootKeys: BackupHeader['rootKeys'] = [];
  for await (const row of snapshot.rows('root_keys')) {
    rootKeys.push({
      generation: integerIn(row, 'generation'),
      provider: textIn(row, 'provider'),
      fingerprint: textIn(row, 'fingerprint'),
      state: textIn(row, 'state') as BackupHeader['rootKeys'][number]['state'],
    });
  }
  let frontier = EMPTY_FRONTIER;
  for await (const row of snapshot.rows('log_head')) frontier = parseFrontier(bytesIn(row, 'head'));
  return {
    format: 'keyhold-backup',
    version: 1,
    createdAt,
    installation: signer.name,
    engine: store.engine,
    schemaVersion: snapshot.schemaVersion,
    rootKeys,
    audit: {
      size: frontier.size,
      rootHash: base64(rootOf(frontier)),
      verifierKey: printVerifierKey(signer),
    },
  };
}
