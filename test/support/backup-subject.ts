// A small installation with something of everything in it, and what the tests of backups ask of one.

import { copyFileSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bytes, base64, utf8 } from '../../src/base/bytes.ts';
import { SILENT_LOGGER } from '../../src/base/logger.ts';
import { execute } from '../../src/core/execute.ts';
import type { Kms } from '../../src/core/kms.ts';
import { decrypt } from '../../src/core/operations/crypto/decrypt.ts';
import { encrypt } from '../../src/core/operations/crypto/encrypt.ts';
import { disableKey } from '../../src/core/operations/keys/change-state.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { rotateKey } from '../../src/core/operations/keys/rotate-key.ts';
import { createName } from '../../src/core/operations/names/names.ts';
import { createProject } from '../../src/core/operations/projects/projects.ts';
import type { Store } from '../../src/core/ports/store.ts';
import type { KeyAlgorithm } from '../../src/domain/algorithms.ts';
import { NO_CONTEXT } from '../../src/domain/message-context.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import { readSettings, type Settings, type SettingTexts } from '../../src/server/settings.ts';
import { movableClock } from './keyhold.ts';
import { systemContext } from './system.ts';
import { systemRandom } from './time-and-chance.ts';

export const PARTS = { clock: movableClock(), random: systemRandom };

/** Enough entries for full tiles of the audit log, and for some progress. */
const USES = 600;

export interface Sample {
  readonly projectId: string;
  readonly keyId: string;
  readonly ciphertext: Bytes;
}

const byId = (id: string) => ({ key: { by: 'id', id } }) as const;

export async function newKey(
  kms: Kms,
  projectId: string,
  algorithm: KeyAlgorithm = 'aes-256',
): Promise<string> {
  const made = await execute(kms, createKey, systemContext(projectId), { algorithm, location: 'here' });
  return made.key.id;
}

export async function sealText(kms: Kms, projectId: string, keyId: string, text: string): Promise<Bytes> {
  const input = { ...byId(keyId), plaintext: utf8(text), context: NO_CONTEXT };
  return (await execute(kms, encrypt, systemContext(projectId), input)).ciphertext;
}

/** Whether the ciphertext of the sample opens. Throws what decrypting throws. */
export async function openSample(kms: Kms, { projectId, keyId, ciphertext }: Sample): Promise<number> {
  const input = { ...byId(keyId), ciphertext, context: NO_CONTEXT };
  const { plaintext } = await execute(kms, decrypt, systemContext(projectId), input);
  using secret = plaintext;
  return secret.length;
}

/** Keys of several kinds and states, names, a second project, and enough uses for a full tile of the audit log. */
export async function fill(kms: Kms): Promise<Sample> {
  const { project } = await execute(kms, createProject, systemContext(), { name: 'tenant' });
  const context = () => systemContext(project.id);
  const keyId = await newKey(kms, project.id);
  const ciphertext = await sealText(kms, project.id, keyId, 'kept');
  await execute(kms, rotateKey, context(), { ...byId(keyId), cause: 'requestedRotation' });
  await execute(kms, createName, context(), { namespace: 'aws', text: 'alias/\u2028 grün', ...byId(keyId) });
  await newKey(kms, project.id, 'ec-p256');
  await execute(kms, disableKey, context(), byId(await newKey(kms, project.id, 'ed25519')));
  await execute(kms, destroyKey, context(), byId(await newKey(kms, project.id)));
  await Promise.all(Array.from({ length: USES }, (_, at) => sealText(kms, project.id, keyId, `${at}`)));
  return { projectId: project.id, keyId, ciphertext };
}

/** The path of a new backup. */
export async function backUp(kms: Kms): Promise<string> {
  const run = await kms.maintenance?.backup();
  const { file } = (await run?.outcome) ?? {};
  return String(file);
}

/** Every row of every table as text. */
export async function everyRow(store: Store): Promise<Readonly<Record<string, readonly string[]>>> {
  await using snapshot = store.snapshot();
  const tables: Record<string, readonly string[]> = {};
  for (const table of snapshot.tables) {
    const rows: string[] = [];
    for await (const row of snapshot.rows(table)) {
      const members = Object.entries(row)
        .sort()
        .map(([column, value]) => [column, value instanceof Uint8Array ? { base64: base64(value) } : value]);
      rows.push(JSON.stringify(members));
    }
    tables[table] = rows;
  }
  return tables;
}

/** An empty data directory with the root keys of another one. */
export function dataDirWithRootKeyOf(dataDir: string): string {
  const target = mkdtempSync(join(tmpdir(), 'keyhold-test-'));
  for (const file of readdirSync(dataDir).filter(name => name.endsWith('.key'))) {
    copyFileSync(join(dataDir, file), join(target, file));
  }
  return target;
}

export function settingsOf(texts: SettingTexts): Settings {
  return readSettings({ port: '0', kmip: 'off', ...texts }, {});
}

/** Starts on a database that is there already. */
export function startOn(settings: Settings): Promise<RunningServer> {
  return startServer({
    settings,
    logger: SILENT_LOGGER,
    onFatal(error) {
      throw error;
    },
  });
}
