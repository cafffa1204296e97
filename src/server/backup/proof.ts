// Proves that a restored database is the backup: the same rows in every table, an audit log that opens, and keys that open. Reads alone.

import { openAuditLog } from '../../audit/log.ts';
import { base64 } from '../../base/bytes.ts';
import type { StoredVersion } from '../../core/ports/custody.ts';
import type { Store } from '../../core/ports/store.ts';
import { createCustody, type SealableCustody } from '../../custody/index.ts';
import type { CustodyStore } from '../../custody/root-keys.ts';
import { KEY_ALGORITHMS } from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import { openStore } from '../../store/index.ts';
import { openAuditSigner } from '../installation.ts';
import type { Settings } from '../settings.ts';
import { columnsOf, printRow } from './format.ts';
import type { RootKeyAccess } from './key-check.ts';
import { LogCheck, type LogRoot } from './log-check.ts';
import { Pace, type PaceOptions } from './pace.ts';
import { SectionDigests } from './section-digests.ts';
import type { VerifiedBackup } from './verify.ts';

/** Key versions that are opened: spread over all of them when there are more. */
const SAMPLE_MAX = 1_000;

export interface ProofRequest extends PaceOptions {
  readonly backup: VerifiedBackup;
  readonly settings: Settings;
  readonly rootKey: RootKeyAccess | undefined;
}

export interface ProvedDatabase {
  readonly engine: Store['engine'];
  readonly rows: number;
  readonly auditEntries: number;
  /** Without the root key both are undefined. */
  readonly wrappingKeysOpened: number | undefined;
  readonly keyVersionsOpened: number | undefined;
}

/** Throws `internal` when the database is not what the backup says, and what opening it throws. */
export async function proveRestored(request: ProofRequest): Promise<ProvedDatabase> {
  const { settings, backup, rootKey } = request;
  const store = await openStore(settings.store, { dataDirectory: settings.dataDir, onFatal: () => {} });
  try {
    const { rows, log } = await proveRows(store, request);
    const { engine } = store;
    const proved = { engine, rows, auditEntries: log.size };
    if (rootKey === undefined) {
      return { ...proved, wrappingKeysOpened: undefined, keyVersionsOpened: undefined };
    }
    const keyVersionsOpened = await proveKeys(store, backup, rootKey);
    return { ...proved, wrappingKeysOpened: backup.wrappingKeysOpened, keyVersionsOpened };
  } finally {
    await store.close();
  }
}

/** Every table as the database gives it back, and the audit log out of these rows. */
async function proveRows(
  store: Store,
  request: ProofRequest,
): Promise<{ readonly rows: number; readonly log: LogRoot }> {
  await using snapshot = store.snapshot();
  const sections = new SectionDigests();
  const logCheck = new LogCheck(differs);
  const pace = new Pace(request);
  for (const table of snapshot.tables) {
    sections.begin(table);
    let columns: readonly string[] | undefined;
    for await (const row of snapshot.rows(table)) {
      columns ??= columnsOf(row);
      sections.add(table, printRow(columns, row));
      logCheck.take(table, row);
      await pace.row();
    }
  }
  const { header, summary } = request.backup;
  const found = sections.finish();
  const migrated = snapshot.schemaVersion !== header.schemaVersion;
  for (const [table, { rows, sha256 }] of Object.entries(summary.tables)) {
    const is = found[table];
    // A migration may do away with a table, and it changes rows; it adds and drops none of a table that stays.
    if (migrated && is === undefined) continue;
    if (is?.rows !== rows)
      throw differs(`the table ${table} has ${is?.rows ?? 'no'} rows instead of ${rows}`);
    if (!migrated && is.sha256 !== sha256) throw differs(`the table ${table} has other rows`);
  }
  const log = logCheck.finish();
  if (log.size !== header.audit.size || base64(log.rootHash) !== header.audit.rootHash) {
    throw differs('the audit log is another one');
  }
  pace.end();
  return { rows: pace.rows, log };
}

/** How many key versions have opened. The wrapping keys of these very rows have opened when the file was verified. */
async function proveKeys(store: Store, backup: VerifiedBackup, rootKey: RootKeyAccess): Promise<number> {
  const { clock, random } = rootKey;
  const [provider, ...olderProviders] = rootKey.providers;
  if (provider === undefined) throw differs('there is no root key provider');
  const custody = createCustody({ store: withoutRetired(store), provider, olderProviders, clock, random });
  await custody.unseal();
  try {
    const signer = await openAuditSigner({ store, custody, random });
    const { verifierKey } = await openAuditLog({ store, signer, clock });
    if (verifierKey !== backup.header.audit.verifierKey) {
      throw differs('the audit log is signed by another key than the backup says');
    }
    return await openSample(store, custody, backup.summary.tables.key_versions?.rows ?? 0);
  } finally {
    custody.seal();
  }
}

async function openSample(store: Store, custody: SealableCustody, versions: number): Promise<number> {
  const stride = Math.max(1, Math.ceil(versions / SAMPLE_MAX));
  let passed = 0;
  let opened = 0;
  await using snapshot = store.snapshot();
  for await (const { key_id: keyId, number } of snapshot.rows('key_versions')) {
    passed += 1;
    if ((passed - 1) % stride !== 0) continue;
    const found = await store.keys.findWithVersion(String(keyId), Number(number));
    if (found === undefined) throw differs(`key ${String(keyId)} has no version ${String(number)}`);
    const { key, version } = found;
    if (!opensHere(found)) continue;
    using _ = isOpaque(key) ? await custody.exportMaterial(key, version) : await custody.open(key, version);
    opened += 1;
  }
  return opened;
}

/**
 * Destroyed versions have no material. What a token holds, or has wrapped, opens where the token is; its rows have been compared. Nothing is
 * computed with an opaque key: it opens by being taken out, or, where that may never be, not at all.
 */
function opensHere({ key, version }: StoredVersion): boolean {
  if (version.wrapped.length === 0 || key.protection !== 'software') return false;
  return !isOpaque(key) || (key.exportable && !key.wrappedOnly);
}

function isOpaque({ algorithm }: Key): boolean {
  return KEY_ALGORITHMS[algorithm].kind === 'opaque';
}

/** Retired root keys stay where they are kept: older backups may need them. */
function withoutRetired(store: Store): CustodyStore {
  return {
    rootKeys: { list: async () => (await store.rootKeys.list()).filter(({ state }) => state !== 'retired') },
    wrappingKeys: store.wrappingKeys,
    names: store.names,
    keys: store.keys,
    transaction: work => store.transaction(work),
  };
}

function differs(problem: string): KmsError {
  return new KmsError(
    'internal',
    `The restored database is not what the backup says: ${problem}. Do not use it; restore again into an empty one.`,
  );
}
