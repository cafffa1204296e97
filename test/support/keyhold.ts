// A whole server for tests: real listener on a free loopback port, real store in a directory of its own, a clock that can be moved.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, SILENT_LOGGER } from '../../src/base/logger.ts';
import type { Kms } from '../../src/core/kms.ts';
import type { Clock } from '../../src/core/ports/clock.ts';
import type { Store } from '../../src/core/ports/store.ts';
import { type DueWork, runDueWork } from '../../src/core/schedule/due-work.ts';
import type { House } from '../../src/server/build.ts';
import type { Credentials } from '../../src/server/credentials-file.ts';
import { startServer } from '../../src/server/server.ts';
import { readSettings, type SettingTexts } from '../../src/server/settings.ts';

export interface MovableClock extends Clock {
  advance(ms: number): void;
}

/** Real time plus whatever the test has added. */
export function movableClock(): MovableClock {
  let added = 0;
  let latest = 0;
  return {
    now() {
      latest = Math.max(latest, Date.now() + added);
      return latest;
    },
    advance(ms) {
      added += ms;
    },
  };
}

export interface StartOptions {
  /** `sqlite` (the default) or a postgres:// URL. */
  readonly store?: string | undefined;
  /** An existing data directory: kept at the end. Undefined: a fresh one that is removed. */
  readonly dataDir?: string | undefined;
  readonly settings?: SettingTexts | undefined;
  readonly aroundStore?: ((store: Store) => Store) | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: MovableClock | undefined;
}

export interface TestKeyhold {
  readonly url: string;
  /** Where KMIP is spoken, with settings that say so. */
  readonly kmipPort?: number | undefined;
  readonly credentials: Credentials;
  readonly kms: Kms;
  readonly house: House;
  readonly clock: MovableClock;
  readonly dataDir: string;
  /** Does what the moved clock has made due. */
  runDueWork(): Promise<DueWork>;
  stop(): Promise<void>;
}

export async function startKeyhold(options: StartOptions = {}): Promise<TestKeyhold> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'keyhold-test-')));
  const clock = options.clock ?? movableClock();
  const texts: SettingTexts = {
    dataDir,
    port: '0',
    kmip: 'off',
    store: options.store ?? 'sqlite',
    ...options.settings,
  };
  const server = await startServer({
    settings: readSettings(texts, {}),
    logger: options.logger ?? SILENT_LOGGER,
    clock,
    aroundStore: options.aroundStore,
    onFatal(error) {
      throw error;
    },
  });
  const { credentials } = server.firstStart;
  if (credentials === undefined) throw new Error('the data directory has no credentials.json');
  return {
    url: server.url,
    kmipPort: server.kmipPort,
    credentials: { ...credentials, url: server.url },
    kms: server.house.kms,
    house: server.house,
    clock,
    dataDir,
    runDueWork: () => runDueWork(server.house.kms),
    async stop() {
      await server.stop();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
