// `keyhold doctor`: looks at everything that commonly is wrong, in the order in which it stands on one another, and says what to do next.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CustodyReply, StatusReply, WhoamiReply } from '../../protocols/admin/types.ts';
import { unreachable } from '../client.ts';
import { connectionOptions, exampleText, type SharedOptions } from '../command.ts';
import { dataDirectory, openConnection, readCredentialsFile } from '../connection.ts';
import { currentInstant, DATA_DIR_VARIABLE } from '../environment.ts';
import { CliFailure, toCliFailure } from '../failure.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { loadSettings } from '../outside.ts';

/** What a check has found. A warning is worth a look; a failure keeps something from working. */
interface Finding {
  readonly state: 'ok' | 'warning' | 'failure';
  readonly found: string;
  readonly nextStep?: string | undefined;
}

type Check = (options: SharedOptions) => Promise<Finding> | Finding;

const CLOCK_SKEW_MS_MAX = 5_000;
/** A server answers these whatever it waits for itself. */
const ANSWER_MS_MAX = 10_000;

const ok = (found: string): Finding => ({ state: 'ok', found });

const CHECKS: Readonly<Record<string, Check>> = {
  'settings of this shell': checkSettings,
  'data directory': checkDataDirectory,
  'private files': checkPrivateFiles,
  credentials: options => ok(readCredentialsFile(options).url),
  server: checkServer,
  ready: checkReady,
  clock: checkClock,
  identity: checkIdentity,
  'store and root key of the server': checkInstallation,
};

/** A server that is named by its URL has neither its files nor its settings here. */
const OF_THIS_MACHINE: ReadonlySet<string> = new Set([
  'settings of this shell',
  'data directory',
  'private files',
  'credentials',
]);

/** One line of what protects what. */
interface Protection {
  readonly what: string;
  readonly by: string;
  readonly where: string;
}

export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('look for what is wrong, and say what to do next')
    .addHelpText(
      'after',
      exampleText([
        ['keyhold doctor --data-dir /var/lib/keyhold', 'beside the server: sees its files as well'],
      ]),
    );
  connectionOptions(command, 'system');
  command.action(diagnose);
}

async function diagnose(options: SharedOptions): Promise<void> {
  const findings: (Finding & { readonly check: string })[] = [];
  for (const [check, look] of Object.entries(CHECKS)) {
    if (options.url !== undefined && OF_THIS_MACHINE.has(check)) continue;
    findings.push({ check, ...(await finding(look, options)) });
  }
  if (options.json === true) printJson(findings);
  else {
    printTable(findings, [
      { title: 'check', of: row => row.check },
      { title: 'state', of: row => row.state },
      { title: 'found', of: row => row.found },
      { title: 'next step', of: row => row.nextStep },
    ]);
    const protections = await protectionsOf(options).catch(() => []);
    if (protections.length > 0) {
      printLine('');
      printTable(protections, [
        { title: 'what', of: row => row.what },
        { title: 'protected by', of: row => row.by },
        { title: 'where', of: row => row.where },
      ]);
    }
  }
  const failures = findings.filter(({ state }) => state === 'failure').length;
  if (failures > 0) throw new CliFailure('failed', `${failures} of ${findings.length} checks failed.`);
}

async function finding(look: Check, options: SharedOptions): Promise<Finding> {
  try {
    return await look(options);
  } catch (thrown) {
    const { message, nextStep } = toCliFailure(thrown);
    return { state: 'failure', found: message, nextStep };
  }
}

/** Of a server that would be started from here. The one that runs may have been started with others: what it has is asked of it. */
async function checkSettings(options: SharedOptions): Promise<Finding> {
  const { readSettings, processEnvironment } = await loadSettings();
  const settings = readSettings({ dataDir: dataDirectory(options) }, processEnvironment());
  const store = settings.store === 'sqlite' ? 'sqlite' : 'postgres';
  return ok(`a server started here would have store ${store}, and make a root key by ${settings.rootKey}`);
}

function checkDataDirectory(options: SharedOptions): Finding {
  const directory = dataDirectory(options);
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined) {
    return {
      state: 'failure',
      found: `${directory} is not there`,
      nextStep: `Run \`keyhold init\`, or name another with --data-dir or ${DATA_DIR_VARIABLE}.`,
    };
  }
  if ((stats.mode & 0o077) === 0) return ok(directory);
  return {
    state: 'warning',
    found: `${directory} is open to other users (mode ${(stats.mode & 0o777).toString(8)})`,
    nextStep: `chmod 700 ${directory}`,
  };
}

/** Files that hold secrets: nobody but their owner may read them. */
function checkPrivateFiles(options: SharedOptions): Finding {
  const directory = dataDirectory(options);
  const names = readdirSync(directory).filter(name => name === 'credentials.json' || name.endsWith('.key'));
  const open = names.filter(name => (statSync(join(directory, name)).mode & 0o077) !== 0);
  if (open.length === 0) return ok(names.length === 0 ? 'none here' : names.join(', '));
  const paths = open.map(name => join(directory, name)).join(' ');
  return {
    state: 'failure',
    found: `readable by other users: ${open.join(', ')}`,
    nextStep: `chmod 600 ${paths}, and replace the secrets in them.`,
  };
}

async function fetchFrom(options: SharedOptions, path: string): Promise<Response> {
  const url = options.url ?? openConnection(options).client.url;
  try {
    return await fetch(`${url}${path}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  } catch (cause) {
    throw unreachable(url, cause);
  }
}

async function checkServer(options: SharedOptions): Promise<Finding> {
  const response = await fetchFrom(options, '/health');
  const { version, randomSource } = (await response.json()) as {
    version?: string;
    randomSource?: { name: string; fresh: boolean };
  };
  const found = `version ${version ?? 'unknown'}`;
  if (randomSource?.fresh !== false) return ok(found);
  return {
    state: 'warning',
    found: `${found}; the random source ${randomSource.name} gives no bytes`,
    nextStep: 'Look at the device, and into the log of the server.',
  };
}

async function checkReady(options: SharedOptions): Promise<Finding> {
  const response = await fetchFrom(options, '/ready');
  const { ready, checks } = (await response.json()) as { ready: boolean; checks: Record<string, string> };
  const bad = Object.entries(checks).filter(([, state]) => state !== 'ok');
  if (ready) return ok('root key, store and audit log');
  return {
    state: 'failure',
    found: bad.map(([name, state]) => `${name}: ${state}`).join(', '),
    nextStep:
      checks.rootKey === 'sealed'
        ? 'See why with `keyhold unseal --show`, and open it with `keyhold unseal`.'
        : 'Look into the log of the server.',
  };
}

/** Signed requests and expiring credentials compare clocks. */
async function checkClock(options: SharedOptions): Promise<Finding> {
  const response = await fetchFrom(options, '/health');
  const theirs = Date.parse(response.headers.get('date') ?? '');
  const skewMs = Math.abs(theirs - currentInstant());
  if (skewMs <= CLOCK_SKEW_MS_MAX) return ok('agrees with that of the server');
  return {
    state: 'warning',
    found: `${Math.round(skewMs / 1_000)} s apart from that of the server`,
    nextStep: 'Synchronise both with NTP: signed requests are refused beyond a few minutes.',
  };
}

async function checkIdentity(options: SharedOptions): Promise<Finding> {
  const { client } = openConnection(options);
  const { principal, bindings } = await client.get<WhoamiReply>('/whoami');
  const roles = bindings.map(({ role, scope }) => `${role} of the ${scope.level}`).join(', ');
  return ok(`${principal.name}: ${roles === '' ? 'no roles' : roles}`);
}

async function checkInstallation(options: SharedOptions): Promise<Finding> {
  const { client } = openConnection(options);
  try {
    const { store, rootKeys } = await client.get<StatusReply>('/system/status');
    const current = rootKeys.find(({ state }) => state === 'current');
    const found = `${store}, root key ${current?.generation} (${current?.provider}, fingerprint ${current?.fingerprint})`;
    if (!rootKeys.some(({ state }) => state === 'retiring')) return ok(found);
    return { state: 'warning', found: `${found}; a rotation is unfinished`, nextStep: 'keyhold root rotate' };
  } catch (thrown) {
    const failure = toCliFailure(thrown);
    if (failure.exit !== 'denied') throw failure;
    return {
      state: 'warning',
      found: 'your roles do not show it',
      nextStep: 'Ask an auditor of the system.',
    };
  }
}

const PLACES: ReadonlyMap<string, Omit<Protection, 'what'>> = new Map([
  ['software', { by: 'the wrapping key of their project', where: 'database' }],
  ['hsmWrapped', { by: 'a wrapping key in the token, and the one of their project', where: 'database' }],
  ['hsm', { by: 'the token that made them', where: 'token' }],
]);

/** What protects what, from the keys up to the root key. Nothing for whoever may not see it. */
async function protectionsOf(options: SharedOptions): Promise<readonly Protection[]> {
  const { client } = openConnection(options);
  const { rootKeys, protectionLevels } = await client.get<CustodyReply>('/system/custody');
  const levels = protectionLevels.map(level => ({
    what: `keys of protection level ${level}`,
    ...(PLACES.get(level) ?? { by: 'unknown to this program', where: 'unknown' }),
  }));
  const system = {
    what: 'secrets, signing keys and the authority',
    by: 'the wrapping key of their project, or of the system',
    where: 'database',
  };
  const wrapping = rootKeys.map(({ generation, wrappingKeys }) => ({
    what: `${wrappingKeys} wrapping keys`,
    by: `root key ${generation}`,
    where: 'database',
  }));
  const roots = rootKeys.map(({ generation, state, provider, kept }) => ({
    what: `root key ${generation} (${state})`,
    by: provider,
    where: kept,
  }));
  return [...levels, system, ...wrapping, ...roots];
}
