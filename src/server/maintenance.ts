// The maintenance port: rotation of the root key and backups, one of each at a time. Every end is recorded in the audit log by the server
// itself. A backup goes into one directory of the server under a name of the server's choice: callers name no paths.

import { join } from 'node:path';
import type { NoteSigner } from '../audit/signed-note.ts';
import { execute } from '../core/execute.ts';
import type { Kms } from '../core/kms.ts';
import { type OutcomeInput, recordOutcome } from '../core/operations/system/maintenance.ts';
import type {
  Maintenance,
  MaintenanceOutcome,
  MaintenanceProgress,
  MaintenanceRun,
} from '../core/ports/maintenance.ts';
import type { SealableCustody } from '../custody/index.ts';
import type { RootKeyProvider } from '../custody/root/root-key.ts';
import { currentRow } from '../custody/root-keys.ts';
import { KmsError, toKmsError } from '../domain/errors.ts';
import type { RootKeyAccess } from './backup/key-check.ts';
import { writeBackup } from './backup/write.ts';
import { takeLease } from './lease.ts';
import { startRun } from './maintenance-run.ts';
import { providerNamed } from './root-key-providers.ts';

type Work = OutcomeInput['work'];
type Report = (progress: MaintenanceProgress) => void;

export interface MaintenanceParts {
  readonly kms: Kms;
  readonly custody: SealableCustody;
  /** Of the audit log. */
  openSigner(): Promise<NoteSigner>;
  /** Opens the root key anew: a backup is verified as if on another machine. */
  readonly rootKey: RootKeyAccess;
  readonly dataDir: string;
}

export interface StoppableMaintenance extends Maintenance {
  /** Ends what is under way, as a crash would, and fulfils when it has ended. */
  stop(): Promise<void>;
}

export function createMaintenance(parts: MaintenanceParts): StoppableMaintenance {
  const { kms, custody, rootKey, dataDir } = parts;
  const runs = new Map<Work, Promise<MaintenanceRun>>();
  const stopping = new AbortController();
  const { signal } = stopping;

  /** Without `to` the root key stays with its provider. */
  async function rotate(to: RootKeyProvider, report: Report): Promise<MaintenanceOutcome> {
    let rewrapped = 0;
    const { generation, provider, begun } = await custody.rotateRoot({
      to,
      onProgress(progress) {
        ({ rewrapped } = progress);
        report({ done: progress.rewrapped, total: progress.total });
        signal.throwIfAborted();
      },
    });
    return { generation, provider, rewrapped, rotation: begun ? 'new' : 'completed' };
  }

  async function backup(report: Report): Promise<MaintenanceOutcome> {
    const path = join(dataDir, 'backups', backupName(kms.clock.now()));
    const { store } = kms;
    const signer = await parts.openSigner();
    const written = await writeBackup(
      { store, custody, signer, rootKey },
      { path, onProgress: report, signal },
    );
    return {
      file: path,
      bytes: written.bytes,
      sha256: written.sha256,
      rows: written.rows,
      auditEntries: written.header.audit.size,
      wrappingKeysOpened: written.wrappingKeysOpened ?? 0,
    };
  }

  /** Records how the work ended, and passes it on. */
  async function recorded(work: Work, ending: Promise<MaintenanceOutcome>): Promise<MaintenanceOutcome> {
    const outcome = await ending.catch(toKmsError);
    const requestId = kms.random.uuid();
    const context = {
      requestId,
      protocol: 'maintenance',
      actor: { type: 'system', name: 'maintenance' },
    } as const;
    return execute(kms, recordOutcome, context, { work, outcome });
  }

  async function start(work: Work, begin: () => Promise<MaintenanceRun>): Promise<MaintenanceRun> {
    if (runs.has(work) || signal.aborted) throw underWay();
    const run = begin();
    runs.set(work, run);
    const forget = (): boolean => runs.delete(work);
    run.then(({ outcome }) => outcome).then(forget, forget);
    return run;
  }

  return {
    rotateRoot: to =>
      start('rotateRoot', async () => {
        const name = to ?? currentRow(await kms.store.rootKeys.list()).provider;
        const next = providerNamed(rootKey.providers, name);
        // Two at once would do no harm, and twice the work.
        const lease = await takeLease(kms, 'rotateRoot');
        if (lease === undefined) throw underWay();
        return startRun(report => recorded('rotateRoot', rotate(next, report)).finally(lease.release));
      }),
    backup: () => start('backup', async () => startRun(report => recorded('backup', backup(report)))),
    async stop() {
      stopping.abort(new KmsError('storeUnavailable', 'The server stops, and the work with it.'));
      await Promise.allSettled([...runs.values()].map(async run => (await run).outcome));
    },
  };
}

/** Such as `keyhold-2030-01-02T03-04-05.678Z.backup`: in the order of time, and fit for every file system. */
function backupName(at: number): string {
  return `keyhold-${new Date(at).toISOString().replaceAll(':', '-')}.backup`;
}

function underWay(): KmsError {
  return new KmsError('conflict', 'Such work is under way already. Wait for its end.');
}
