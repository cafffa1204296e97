// `keyhold registrations`: the resources that depend on keys.

import type { Command } from 'commander';
import type { RegistrationReply } from '../../protocols/admin/types.ts';
import { serverCommand, wholeNumber } from '../command.ts';
import { instant } from '../output.ts';

interface FactOptions {
  readonly prevent?: boolean;
  readonly description?: string;
  readonly metadata?: string;
  readonly keyVersion?: string;
}

function factOptions(command: Command): void {
  command
    .option('--prevent', 'while the resource is registered, nobody destroys the key')
    .option('--no-prevent', 'it only tells')
    .option('--description <text>', 'what it is')
    .option('--metadata <text>', 'a text that is kept and given back')
    .option('--key-version <number>', 'the version of the key that it uses');
}

function factsOf({ prevent, description, metadata, keyVersion }: FactOptions) {
  return {
    preventsDestruction: prevent,
    description,
    metadata,
    keyVersion: keyVersion === undefined ? undefined : wholeNumber('--key-version', keyVersion),
  };
}

export function addRegistrationCommands(program: Command): void {
  const registrations = program
    .command('registrations')
    .description('resources that depend on keys, and may prevent their destruction');
  serverCommand<{ readonly key?: string; readonly resource?: string; readonly preventing?: boolean }>(
    registrations,
    {
      usage: 'list',
      description: 'list the resources that depend on keys',
      examples: [
        ['keyhold registrations list --key billing', 'what the destruction of a key would break'],
        [
          "keyhold registrations list --resource 'disk/*' --preventing",
          'by name, only those that prevent it',
        ],
      ],
      options: command =>
        command
          .option('--key <key>', 'only those of a key')
          .option('--resource <pattern>', 'all of its name; `<beginning>*`; or `*<end>`')
          .option('--preventing', 'only those that prevent the destruction of their key'),
      run: async (session, _args, { key, resource, preventing }) => {
        const path =
          key === undefined ? session.path('registrations') : session.path('keys', key, 'registrations');
        const query = { resource, preventsDestruction: preventing === true ? 'true' : undefined };
        session.list(await session.client.all<RegistrationReply>(path, query), [
          { title: 'key', of: row => row.keyId },
          { title: 'resource', of: row => row.resource },
          { title: 'prevents destruction', of: row => (row.preventsDestruction ? 'yes' : 'no') },
          { title: 'version', of: row => row.keyVersion },
          { title: 'updated', of: row => instant(row.updatedAt) },
          { title: 'description', of: row => row.description.slice(0, 40) },
        ]);
      },
    },
  );
  serverCommand<FactOptions>(registrations, {
    usage: 'create <key> <resource>',
    description: 'say that a resource depends on a key',
    examples: [
      ['keyhold registrations create billing disk/17 --prevent', 'and keep the key from destruction'],
    ],
    options: factOptions,
    run: async (session, [key = '', resource], options) =>
      session.show(
        await session.client.send<RegistrationReply>('POST', session.path('keys', key, 'registrations'), {
          resource,
          ...factsOf(options),
        }),
      ),
  });
  serverCommand<FactOptions>(registrations, {
    usage: 'update <key> <resource>',
    description: 'change what is said of a resource',
    examples: [['keyhold registrations update billing disk/17 --no-prevent', 'from now on it only tells']],
    options: factOptions,
    run: async (session, [key = '', resource = ''], options) =>
      session.show(
        await session.client.send<RegistrationReply>(
          'PATCH',
          session.path('keys', key, 'registrations', resource),
          factsOf(options),
        ),
      ),
  });
  serverCommand(registrations, {
    usage: 'delete <key> <resource>',
    description: 'say that a resource depends on a key no more',
    examples: [['keyhold registrations delete billing disk/17', 'the disk is gone']],
    run: async (session, [key = '', resource = '']) =>
      session.show(
        await session.client.send<RegistrationReply>(
          'DELETE',
          session.path('keys', key, 'registrations', resource),
        ),
      ),
  });
}
