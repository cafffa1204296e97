// One installation that lives through many kills: its data, the load on it, and the watch over its log.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Credentials, readCredentials } from '../../src/server/credentials-file.ts';
import type { ChildServer, Started } from '../support/child-server.ts';
import { Load } from '../support/load.ts';
import { LoadClient } from '../support/load-client.ts';
import { LogWatch } from '../support/load-log.ts';

const LANES = 6;
/** Keys and messages of each lane that are looked at after each kill; in the end it is all of them. */
const SAMPLE = 3;

export class Installation {
  readonly load: Load;
  readonly watch = new LogWatch();
  readonly startMs: number[] = [];
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'keyhold-crash-'));
  readonly #store: string;
  #client: LoadClient | undefined;

  constructor(store: string, seed: number) {
    this.#store = store;
    this.load = new Load(seed, LANES);
  }

  /** Undefined when the process died before it was done. */
  start(process: ChildServer): Promise<Started | undefined> {
    return process.start({ dataDir: this.#dataDir, store: this.#store });
  }

  /** Starts on what the last kill has left, finds out what was in doubt, and compares. */
  async recover(process: ChildServer, thorough: boolean): Promise<void> {
    const started = await this.start(process);
    assert.ok(started !== undefined, 'the server starts again on what a kill has left');
    this.startMs.push(started.startMs);
    this.#client?.close();
    this.#client = new LoadClient({ url: started.url, credentials: credentialsOf(this.#dataDir) });
    assert.ok(await this.load.settle(this.#client), 'the server answers');
    await this.load.compare(this.#client, thorough ? undefined : SAMPLE);
    await this.watch.catchUp(from => process.leaves(this.#dataDir, from), this.load.takeAnswers());
  }

  /** Works until the connections are cut. A checkpoint is taken once there were `checkpointAt` answers. */
  async work(checkpointAt: number, answered: () => void): Promise<void> {
    const client = this.#connected();
    const first = this.load.counts.answered;
    let checkpoint: Promise<void> | undefined;
    await this.load.run(client, () => {
      if (this.load.counts.answered - first >= checkpointAt) checkpoint ??= this.watch.takeCheckpoint(client);
      answered();
      return true;
    });
    await checkpoint;
  }

  /** Returns the number of entries. */
  verifyLog(): Promise<number> {
    return this.watch.verifyExport(this.#connected());
  }

  remove(): void {
    this.#client?.close();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  #connected(): LoadClient {
    assert.ok(this.#client !== undefined);
    return this.#client;
  }
}

export function credentialsOf(dataDir: string): Credentials {
  const credentials = readCredentials(dataDir);
  assert.ok(credentials !== undefined, 'credentials.json is there');
  return credentials;
}

/** Kills the process in the middle of the start of the installations. */
export async function killStart(
  process: ChildServer,
  installations: readonly Installation[],
  afterMs: number,
): Promise<void> {
  const starting = installations.map(installation => installation.start(process));
  await Promise.all([...starting, pause(afterMs).then(() => process.kill())]);
}
