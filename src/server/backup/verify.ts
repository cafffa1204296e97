// Verifies a backup file completely, docs/formats/backup.md "Verifying". Changes nothing, and believes nothing in the file that does not
// follow from its rows or from a signature.

import { openCheckpoint } from '../../audit/checkpoint.ts';
import { parseVerifierKey } from '../../audit/signed-note.ts';
import { base64, decodeBase64 } from '../../base/bytes.ts';
import { KmsError } from '../../domain/errors.ts';
import { type BackupHeader, type BackupSummary, damaged, textIn } from './format.ts';
import { KeyCheck, type RootKeyAccess } from './key-check.ts';
import { LogCheck, type LogRoot } from './log-check.ts';
import { Pace, type PaceOptions } from './pace.ts';
import { readBackup } from './read.ts';

export interface VerifyOptions extends PaceOptions {
  /** Undefined: the keys are not opened, and the seal is not looked at. */
  readonly rootKey?: RootKeyAccess | undefined;
  /** The verifier key of the audit log as it is known otherwise. */
  readonly verifierKey?: string | undefined;
}

export interface VerifiedBackup {
  readonly header: BackupHeader;
  readonly summary: BackupSummary;
  readonly sha256: string;
  /** In all tables. */
  readonly rows: number;
  /** How many wrapping keys have opened; undefined without the root key. */
  readonly wrappingKeysOpened: number | undefined;
}

/** Throws `invalidInput` for whatever is wrong with the file, `notFound` when there is none, `sealed` without the right root key. */
export async function verifyBackupFile(file: string, options: VerifyOptions = {}): Promise<VerifiedBackup> {
  const { verifierKey, rootKey } = options;
  using keys = rootKey === undefined ? undefined : new KeyCheck(rootKey);
  const log = new LogCheck(damaged);
  const rootKeys: string[] = [];
  const pace = new Pace(options);
  let header: BackupHeader | undefined;
  for await (const item of readBackup(file)) {
    if (item.kind === 'header') {
      ({ header } = item);
      if (verifierKey !== undefined) requireVerifierKey(header, verifierKey);
    } else if (item.kind === 'row') {
      log.take(item.table, item.row);
      if (item.table === 'root_keys') rootKeys.push(textIn(item.row, 'fingerprint'));
      await keys?.take(item.table, item.row);
      await pace.row();
    } else {
      if (header === undefined) throw damaged('it has no header');
      const { summary, sealedSha256, sha256 } = item;
      requireLog(header, summary, log.finish());
      requireRootKeys(header, rootKeys);
      const seal = decodeBase64(summary.seal);
      if (seal === undefined) throw damaged('its seal is not base64');
      const wrappingKeysOpened = await keys?.finish(seal, sealedSha256);
      pace.end();
      return { header, summary, sha256, rows: pace.rows, wrappingKeysOpened };
    }
  }
  throw damaged('it is empty');
}

function requireVerifierKey({ audit }: BackupHeader, expected: string): void {
  if (audit.verifierKey === expected) return;
  throw damaged(
    `its audit log is verified by ${audit.verifierKey}, which is not the given key: it is of another installation`,
  );
}

function requireLog(
  { audit, installation }: BackupHeader,
  { checkpoint }: BackupSummary,
  log: LogRoot,
): void {
  const rootHash = base64(log.rootHash);
  if (audit.size !== log.size || audit.rootHash !== rootHash) {
    throw damaged(
      `its audit log has ${log.size} entries with the root ${rootHash}, and its header says ${audit.size} with ${audit.rootHash}`,
    );
  }
  const signed = openSigned(checkpoint, audit.verifierKey);
  if (signed.origin !== installation) throw damaged('its checkpoint is of another audit log');
  if (signed.size !== log.size || base64(signed.rootHash) !== rootHash) {
    throw damaged('its checkpoint is of another state of the audit log');
  }
}

function openSigned(checkpoint: string, verifierKey: string): ReturnType<typeof openCheckpoint> {
  try {
    return openCheckpoint(checkpoint, [parseVerifierKey(verifierKey)]);
  } catch (error) {
    if (error instanceof KmsError)
      throw damaged('the checkpoint of its audit log is not signed by its key', error);
    throw error;
  }
}

/** The header is what people read: it must not name other root keys than the rows. */
function requireRootKeys({ rootKeys }: BackupHeader, fingerprints: readonly string[]): void {
  if (rootKeys.map(({ fingerprint }) => fingerprint).join() !== fingerprints.join()) {
    throw damaged('its header names other root keys than its rows');
  }
}

/** For a `catch` of whoever can be asked to go on without the root key: throws the same, and says so. */
export function explainSealed(error: unknown): never {
  if (!(error instanceof KmsError) || error.code !== 'sealed') throw error;
  throw new KmsError(
    'sealed',
    `${error.message} A backup holds no root key: put the one of its time where the settings say. Going on without it must be asked for explicitly, and then nobody knows whether the keys in it open.`,
    error.details,
    error,
  );
}
