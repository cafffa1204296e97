// `keyhold serve`, `keyhold init`, `keyhold status`, `keyhold backup` and `keyhold restore`.

import type { Command } from 'commander';
import type { StatusReply } from '../../protocols/admin/types.ts';
import { exampleText, requireYes, serverCommand, wholeNumber } from '../command.ts';
import { CliFailure, toCliFailure } from '../failure.ts';
import { followWork } from '../follow-work.ts';
import { printLine, printNote, printRecord } from '../output.ts';
import { loadOffline, loadServer, SERVER_SETTINGS } from '../outside.ts';
import { Progress } from '../progress.ts';

type SettingTexts = Readonly<Record<string, string>>;

/** The settings as options, as the server itself documents them. */
function settingOptions(command: Command): Command {
  command.optionsGroup('Settings:');
  for (const { option, environment, description, ...row } of Object.values(SERVER_SETTINGS)) {
    const fallback = row.default === undefined ? '' : `; default: ${row.default}`;
    command.option(`--${option} <value>`, `${description}; environment: ${environment}${fallback}`);
  }
  return command;
}

const settingNames = new Set(Object.keys(SERVER_SETTINGS));

function settingsIn(options: Readonly<Record<string, unknown>>): SettingTexts {
  const given = Object.entries(options).filter(([name]) => settingNames.has(name));
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

interface InitOptions extends Readonly<Record<string, unknown>> {
  readonly shares?: string;
  readonly threshold?: string;
}

export function addServerCommands(program: Command): void {
  settingOptions(program.command('serve').description('run the server until SIGTERM or SIGINT'))
    .addHelpText(
      'after',
      exampleText([
        ['keyhold serve', 'on 127.0.0.1:7600, with SQLite in ./data'],
        [
          'KEYHOLD_STORE_FILE=/run/secrets/store keyhold serve --host 0.0.0.0 --tls-certificate-file tls.pem --tls-key-file tls.key',
          'with PostgreSQL and TLS',
        ],
      ]),
    )
    .action(async (options: Readonly<Record<string, unknown>>) => {
      const { serve } = await loadServer();
      await serve(settingsIn(options), printLine);
    });
  settingOptions(
    program
      .command('init')
      .description('make the data directory and its first credentials, and stop')
      .option('--shares <count>', 'with the root key in so many shares, shown this once')
      .option('--threshold <count>', 'of which so many open it'),
  )
    .addHelpText(
      'after',
      exampleText([
        ['keyhold init --data-dir /var/lib/keyhold', 'the credentials are in credentials.json there'],
        ['keyhold init --shares 5 --threshold 3', 'the server then starts sealed: see `keyhold unseal`'],
      ]),
    )
    .action(async ({ shares, threshold, ...options }: InitOptions) => {
      if ((shares === undefined) !== (threshold === undefined))
        throw new CliFailure('usage', '--shares and --threshold are given together.');
      const { initialize } = await loadServer();
      const sharing =
        shares === undefined || threshold === undefined
          ? undefined
          : { parts: wholeNumber('--shares', shares), threshold: wholeNumber('--threshold', threshold) };
      await initialize(settingsIn(options), printLine, sharing);
    });
  serverCommand(program, {
    usage: 'status',
    description: 'show the state of the installation',
    examples: [['keyhold status', 'store, root key, audit log']],
    realm: 'system',
    async run(session) {
      const status = await session.client.get<StatusReply>('/system/status');
      if (session.json) return session.show(status);
      const { rootKeys, checkpoint, ...rest } = status;
      const current = rootKeys.find(({ state }) => state === 'current');
      session.show({
        ...rest,
        rootKey: `generation ${current?.generation}, ${current?.provider}, fingerprint ${current?.fingerprint}`,
        olderRootKeys: rootKeys.filter(({ state }) => state === 'retiring').length,
        auditEntries: checkpoint.split('\n')[1],
      });
    },
  });
  addBackupCommands(program);
}

interface OfflineOptions {
  readonly withoutRootKey?: boolean;
  readonly verifierKey?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const offlineOptions = (command: Command): Command =>
  settingOptions(
    command
      .option('--without-root-key', 'neither the seal nor any key is opened: says what stays unproved')
      .option('--verifier-key <key>', 'of the audit log, as you know it otherwise: name+hash+key'),
  );

function addBackupCommands(program: Command): void {
  const backup = program.command('backup').description('backups: everything but the root key, in one file');
  serverCommand(backup, {
    usage: 'create',
    description: 'have the server write a backup into the directory `backups` of its data directory',
    examples: [['keyhold backup create', 'prints the path, the size and the digest of the file']],
    realm: 'system',
    async run(session) {
      await followWork(session, '/system/backups', 'backing up');
    },
  });
  offlineOptions(backup.command('verify <file>').description('verify a backup file; needs no server'))
    .addHelpText(
      'after',
      exampleText([['keyhold backup verify keyhold-….backup', 'with the root key of the settings']]),
    )
    .action(async (file: string, options: OfflineOptions) => {
      const { verifyBackup } = await loadOffline();
      const progress = new Progress('verifying, rows');
      const request = { file, settings: settingsIn({ ...options }), ...askedOf(options) };
      const verified = await verifyBackup(request, rows => progress.show(rows))
        .catch(asUnverified)
        .finally(() => progress.clear());
      const { sha256, rows, wrappingKeysOpened } = verified;
      printRecord({ verified: file, rows, sha256, wrappingKeysOpened: wrappingKeysOpened ?? 'not tried' });
    });
  offlineOptions(
    program
      .command('restore <file>')
      .description('restore a backup into the empty store of a stopped server'),
  )
    .option('--dry-run', 'verify everything and change nothing')
    .option('--yes', 'yes, into this store')
    .addHelpText(
      'after',
      exampleText([
        ['keyhold restore keyhold-….backup --data-dir ./restored --dry-run', 'would it work?'],
        [
          'keyhold restore keyhold-….backup --data-dir ./restored --yes',
          'the root key must be there already',
        ],
      ]),
    )
    .action(async (file: string, options: OfflineOptions) => {
      if (options.dryRun !== true) requireYes(options.yes, 'The store of the settings would be filled.');
      const { restore } = await loadOffline();
      const progress = new Progress('restoring, rows');
      const request = {
        file,
        settings: settingsIn({ ...options }),
        ...askedOf(options),
        dryRun: options.dryRun,
      };
      const report = await restore(request, ({ rows, total }) => progress.show(rows, total))
        .catch(asUnverified)
        .finally(() => progress.clear());
      for (const what of report.notProved) printNote(`Not proved: ${what}.`);
      printRecord({
        [options.dryRun === true ? 'would restore' : 'restored']: file,
        rows: report.backup.rows,
        sha256: report.backup.sha256,
      });
    });
}

function askedOf({ withoutRootKey, verifierKey }: OfflineOptions) {
  return { withoutRootKey, verifierKey };
}

/** What is wrong with a backup is no mistake of the command line; what is wrong with a setting, which has a name, is one. */
function asUnverified(thrown: unknown): never {
  if (!(thrown instanceof Error && 'code' in thrown)) throw thrown;
  if (thrown.code === 'notFound') throw new CliFailure('notFound', thrown.message, 'Check the path.');
  if (thrown.code !== 'invalidInput') throw thrown;
  const failure = toCliFailure(thrown);
  if (failure.field?.startsWith('KEYHOLD_')) throw failure;
  throw new CliFailure('unverified', thrown.message, 'Try another backup; this one is not to be trusted.');
}
