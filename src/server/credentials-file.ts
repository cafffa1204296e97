// credentials.json in the data directory: what a newcomer needs to point clients here. Mode 0600, replaced atomically, and the only
// place that keeps the first secrets after they were printed once.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface Credentials {
  readonly url: string;
  readonly project: { readonly id: string; readonly name: string; readonly accountId: string };
  readonly admin: { readonly apiKey: string };
  readonly aws: { readonly region: string; readonly accessKeyId: string; readonly secretAccessKey: string };
}

export function credentialsPath(dataDir: string): string {
  return join(dataDir, 'credentials.json');
}

/** Undefined when there is no file; throws when there is one that is not readable JSON. */
export function readCredentials(dataDir: string): Credentials | undefined {
  let text: string;
  try {
    text = readFileSync(credentialsPath(dataDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(text) as Credentials;
}

/** Durable when it returns: written beside, synced, renamed, directory synced. */
export function writeCredentials(dataDir: string, credentials: Credentials): void {
  const path = credentialsPath(dataDir);
  const beside = `${path}.new`;
  const file = openSync(beside, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(credentials, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  const directory = openSync(dataDir, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
