// credentials.json in the data directory: what a newcomer needs to point clients here. Mode 0600, replaced atomically, and the only
// place that keeps the first secrets after they were printed once.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Credentials {
  readonly url: string;
  readonly project: { readonly id: string; readonly name: string; readonly accountId: string };
  readonly admin: { readonly apiKey: string };
  readonly aws: { readonly region: string; readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Files in PEM; absent where the port of KMIP was not open. */
  readonly kmip?: {
    readonly host: string;
    readonly port: number;
    readonly certFile: string;
    readonly keyFile: string;
    readonly caFile: string;
  };
  /** What clients of OpenStack are told by `OS_AUTH_URL`, `OS_USERNAME` and so on. Absent where another identity service is asked. */
  readonly openstack?: {
    readonly authUrl: string;
    readonly username: string;
    readonly password: string;
    readonly userDomainName: string;
    readonly projectName: string;
    readonly projectDomainName: string;
  };
  readonly keyProtect: { readonly instanceId: string; readonly apiKey: string; readonly tokenUrl: string };
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
  // What a crash has left may be readable for others, and would stay so.
  rmSync(beside, { force: true });
  try {
    writeDurably(beside, `${JSON.stringify(credentials, null, 2)}\n`);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  const directory = openSync(dataDir, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    // Whole or not at all: a single write may end early on a disk that is nearly full, and call that a success.
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
