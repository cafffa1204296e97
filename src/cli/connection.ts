// Which server a command talks to, and as whom: from options, from the environment, or from the credentials.json that the server wrote
// into its data directory. Secrets come from files alone, never from the command line.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from './client.ts';
import {
  API_KEY_FILE_VARIABLE,
  DATA_DIR_VARIABLE,
  environmentVariable,
  URL_VARIABLE,
} from './environment.ts';
import { CliFailure } from './failure.ts';

export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly apiKeyFile?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly project?: string | undefined;
}

/** What the server left for its operator: see docs/operate/command-line.md. */
export interface CredentialsFile {
  readonly url: string;
  readonly project?: { readonly name: string };
  readonly admin: { readonly apiKey: string };
}

export interface Connection {
  readonly client: Client;
  /** Name or id of the project that commands are about. */
  readonly project: string | undefined;
}

export function dataDirectory(options: ConnectionOptions): string {
  return resolve(options.dataDir ?? environmentVariable(DATA_DIR_VARIABLE) ?? './data');
}

function credentialsPath(options: ConnectionOptions): string {
  return join(dataDirectory(options), 'credentials.json');
}

export function openConnection(options: ConnectionOptions): Connection {
  const url = options.url ?? environmentVariable(URL_VARIABLE);
  const apiKeyFile = options.apiKeyFile ?? environmentVariable(API_KEY_FILE_VARIABLE);
  const file = url !== undefined && apiKeyFile !== undefined ? undefined : readCredentialsFile(options);
  const apiKey = apiKeyFile === undefined ? file?.admin.apiKey : readOneLine(apiKeyFile);
  const address = url ?? file?.url;
  if (apiKey === undefined || address === undefined) throw malformed(credentialsPath(options));
  return { client: new Client(address, apiKey), project: options.project ?? file?.project?.name };
}

export function readCredentialsFile(options: ConnectionOptions): CredentialsFile {
  const path = credentialsPath(options);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'There is no' : 'Nobody may read the';
    throw new CliFailure(
      'usage',
      `${why} file ${path}.`,
      'Name the data directory of the server with --data-dir, or give --url and --api-key-file.',
    );
  }
  let file: Partial<CredentialsFile>;
  try {
    file = JSON.parse(text) as Partial<CredentialsFile>;
  } catch {
    throw malformed(path);
  }
  const { url, admin, project } = file;
  if (typeof url !== 'string' || typeof admin?.apiKey !== 'string') throw malformed(path);
  return { url, admin, ...(project === undefined ? {} : { project }) };
}

function readOneLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new CliFailure(
      'usage',
      `The file ${path} cannot be read.`,
      'It must hold an API key: one line, kh_...',
    );
  }
}

function malformed(path: string): CliFailure {
  return new CliFailure(
    'usage',
    `The file ${path} is not what a server writes there.`,
    'Give --url and --api-key-file.',
  );
}
