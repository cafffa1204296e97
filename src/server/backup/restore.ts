// Restores a verified backup into an empty database of either engine while no server runs on it, docs/formats/backup.md "Restoring". All
// rows go in within one transaction; a marker keeps servers from starting until the restored database has been proved against the file.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Random } from '../../core/ports/clock.ts';
import { KmsError } from '../../domain/errors.ts';
import { DATABASE_FILE, type ImportedRow, importSnapshot, type StoreOptions } from '../../store/index.ts';
import { SCHEMA_VERSION } from '../../store/migrations/index.ts';
import { rootKeyProviders } from '../root-key-providers.ts';
import type { Settings } from '../settings.ts';
import { damaged } from './format.ts';
import { Pace } from './pace.ts';
import { type ProvedDatabase, proveRestored } from './proof.ts';
import { readBackup } from './read.ts';
import { clearUnfinishedRestore, markUnfinishedRestore } from './restore-marker.ts';
import { explainSealed, type VerifiedBackup, verifyBackupFile } from './verify.ts';

export interface RestoreProgress {
  readonly step: 'verify' | 'insert' | 'prove';
  readonly rows: number;
  /** Known once the backup is verified. */
  readonly total?: number | undefined;
}

export interface RestoreRequest {
  readonly file: string;
  /** Of the server that is to run on the restored database: its store must be empty. */
  readonly settings: Settings;
  /** Verifies everything, asks the target whether it is empty, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Goes on without the root key: neither the seal nor any key is opened. */
  readonly withoutRootKey?: boolean | undefined;
  /** The verifier key of the audit log as it is known otherwise. */
  readonly verifierKey?: string | undefined;
  readonly onProgress?: ((progress: RestoreProgress) => void) | undefined;
}

export interface RestoreParts {
  readonly clock: Clock;
  readonly random: Random;
}

export interface RestoreReport {
  readonly backup: VerifiedBackup;
  /** Undefined after a dry run. */
  readonly proved: ProvedDatabase | undefined;
  /** What nobody can know without the root key; empty with it. */
  readonly notProved: readonly string[];
}

const NOT_PROVED: readonly string[] = [
  'that the backup was written by this installation and not changed by somebody who could compute its digest',
  'that the wrapping keys of the projects, and with them all keys, open with the root key that the server will have',
];

/**
 * Throws `invalidInput` for a bad backup, `sealed` without the right root key, `alreadyExists` for a target that is not empty,
 * `storeUnavailable` for one that does not answer. After any of them the target is as it was, or no server starts on it.
 */
export async function restoreBackup(request: RestoreRequest, parts: RestoreParts): Promise<RestoreReport> {
  const { file, settings, verifierKey, onProgress } = request;
  const { provider, olderProviders } = rootKeyProviders(settings, parts.random, parts.clock);
  const rootKey =
    request.withoutRootKey === true ? undefined : { providers: [provider, ...olderProviders], ...parts };
  const backup = await verifyBackupFile(file, {
    rootKey,
    verifierKey,
    onProgress: rows => onProgress?.({ step: 'verify', rows }),
  }).catch(explainSealed);
  requireKnownSchema(backup);
  await requireEmptyTarget(settings, backup);
  const notProved = rootKey === undefined ? NOT_PROVED : [];
  if (request.dryRun === true) return { backup, proved: undefined, notProved };

  const total = backup.rows;
  markUnfinishedRestore(settings.dataDir, file);
  const rows = rowsOf(file, backup.sha256, inserted =>
    onProgress?.({ step: 'insert', rows: inserted, total }),
  );
  await importSnapshot(settings.store, storeOptions(settings), backup.header.schemaVersion, rows);
  const proved = await proveRestored({
    backup,
    settings,
    rootKey,
    onProgress: read => onProgress?.({ step: 'prove', rows: read, total }),
  });
  clearUnfinishedRestore(settings.dataDir);
  return { backup, proved, notProved };
}

/** The rows of the file that was verified: should it have been changed since, the last of them never comes. */
async function* rowsOf(
  file: string,
  sha256: string,
  onProgress: (rows: number) => void,
): AsyncGenerator<ImportedRow, void, undefined> {
  const pace = new Pace({ onProgress });
  for await (const item of readBackup(file)) {
    if (item.kind === 'row') {
      yield { table: item.table, row: item.row };
      await pace.row();
    } else if (item.kind === 'end' && item.sha256 !== sha256) {
      throw damaged('it was changed while it was being restored');
    }
  }
}

function requireKnownSchema({ header }: VerifiedBackup): void {
  if (header.schemaVersion <= SCHEMA_VERSION) return;
  throw new KmsError(
    'unsupported',
    `The backup has schema version ${header.schemaVersion}, and this program knows ${SCHEMA_VERSION}. Restore it with the program that wrote it, or a newer one.`,
  );
}

class EmptyTarget extends Error {}

/** Begins to fill the target and takes it back, so that what refuses here is what would refuse later. */
async function requireEmptyTarget(settings: Settings, { header }: VerifiedBackup): Promise<void> {
  // Asking an SQLite file makes it.
  if (settings.store === 'sqlite' && !existsSync(join(settings.dataDir, DATABASE_FILE))) return;
  const noRows = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new EmptyTarget()) }) };
  try {
    await importSnapshot(settings.store, storeOptions(settings), header.schemaVersion, noRows);
  } catch (error) {
    if (!(error instanceof EmptyTarget)) throw error;
  }
}

function storeOptions(settings: Settings): StoreOptions {
  // Whatever is fatal fails the call that met it, and no other call follows.
  return { dataDirectory: settings.dataDir, onFatal: () => {} };
}
