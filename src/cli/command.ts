// What commands that talk to a server have in common: how they are declared, connected, and taught by examples.

import type { Command } from 'commander';
import type { Client } from './client.ts';
import { type ConnectionOptions, openConnection } from './connection.ts';
import { CliFailure } from './failure.ts';
import { type Column, printJson, printRecord, printTable } from './output.ts';

export interface SharedOptions extends ConnectionOptions {
  readonly json?: boolean | undefined;
  /** In the system instead of a project. */
  readonly system?: boolean | undefined;
}

export interface CommandFacts<Options> {
  /** Such as `show <key>`. */
  readonly usage: string;
  readonly description: string;
  /** What to type, and what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** `either`: in a project, or with --system in the system. */
  readonly realm?: 'project' | 'either' | 'system' | undefined;
  readonly options?: ((command: Command) => void) | undefined;
  run(session: Session, args: readonly string[], options: Options & SharedOptions): Promise<void>;
}

export class Session {
  readonly client: Client;
  readonly #project: string | undefined;
  readonly #json: boolean;

  constructor(client: Client, project: string | undefined, json: boolean) {
    this.client = client;
    this.#project = project;
    this.#json = json;
  }

  /** A path within the project of the command, or within the system. */
  path(...segments: readonly string[]): string {
    const prefix = this.#project === undefined ? '' : `/projects/${encodeURIComponent(this.#project)}`;
    return prefix + segments.map(segment => `/${encodeURIComponent(segment)}`).join('');
  }

  /** A list: a table, or with --json an array. */
  list<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
    if (this.#json) printJson(rows);
    else printTable(rows, columns);
  }

  show(record: Readonly<Record<string, unknown>>): void {
    if (this.#json) printJson(record);
    else printRecord(record);
  }

  get json(): boolean {
    return this.#json;
  }
}

/** Declares a command that talks to a server. */
export function serverCommand<Options = unknown>(parent: Command, facts: CommandFacts<Options>): void {
  const { realm = 'project' } = facts;
  const command = parent.command(facts.usage).description(facts.description);
  facts.options?.(command);
  connectionOptions(command, realm);
  command.addHelpText('after', exampleText(facts.examples));
  command.action(async (...received: unknown[]) => {
    // Commander passes the arguments, then the options, then the command itself.
    const options = received.at(-2) as Options & SharedOptions;
    const args = received.slice(0, -2) as string[];
    await facts.run(await openSession(options, realm), args, options);
  });
}

export function connectionOptions(command: Command, realm: 'project' | 'either' | 'system'): void {
  command.optionsGroup('Connection:');
  if (realm !== 'system')
    command.option(
      '--project <name>',
      'name or id of the project; default: that of credentials.json, or your home',
    );
  if (realm === 'either') command.option('--system', 'in the system instead of a project');
  command
    .option(
      '--data-dir <directory>',
      'data directory of the server, whose credentials.json is used; default: KEYHOLD_DATA_DIR or ./data',
    )
    .option('--url <url>', 'URL of the server; default: KEYHOLD_URL or that of credentials.json')
    .option(
      '--api-key-file <file>',
      'file that holds the API key; default: KEYHOLD_API_KEY_FILE or credentials.json',
    )
    .option('--json', 'print JSON');
}

export function exampleText(examples: CommandFacts<unknown>['examples']): string {
  const lines = examples.map(([line, does]) => `  # ${does}\n  $ ${line}`);
  return `\nExamples:\n${lines.join('\n')}`;
}

async function openSession(options: SharedOptions, realm: 'project' | 'either' | 'system'): Promise<Session> {
  const { client, project } = openConnection(options);
  const json = options.json === true;
  if (realm === 'system' || options.system === true) return new Session(client, undefined, json);
  return new Session(client, project ?? (await homeProject(client)), json);
}

async function homeProject(client: Client): Promise<string> {
  const { project } = await client.get<{ project?: { id: string } }>('/whoami');
  if (project !== undefined) return project.id;
  throw new CliFailure(
    'usage',
    'No project is named.',
    'Name one with --project; `keyhold projects list` shows them.',
  );
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** `name=value` options as a record. */
export function pairs(
  option: string,
  texts: readonly string[] | undefined,
): Readonly<Record<string, string>> | undefined {
  if (texts === undefined) return undefined;
  const record: Record<string, string> = Object.create(null);
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new CliFailure('usage', `${option} must have the form name=value: ${text}`);
    record[text.slice(0, at)] = text.slice(at + 1);
  }
  return record;
}

export function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new CliFailure('usage', `${option} must be a whole number.`);
  return Number(text);
}

/** RFC 3339, or a day alone: milliseconds since 1970-01-01T00:00:00Z. */
export function parseInstant(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}(T.+)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new CliFailure('usage', `${option} must be an instant such as 2030-01-01T12:00:00Z.`);
  return ms;
}

const DAY_MS = 86_400_000;

export function days(option: string, text: string): number {
  return wholeNumber(option, text) * DAY_MS;
}

/** For what cannot be undone. */
export function requireYes(yes: boolean | undefined, what: string): void {
  if (yes === true) return;
  throw new CliFailure('usage', `${what} This cannot be undone.`, 'Say --yes if you mean it.');
}
