// `keyhold keys`: the life of keys. Using them is in crypto.ts.

import type { Command } from 'commander';
import type { KeyReply, LastUseReply, VersionReply } from '../../protocols/admin/types.ts';
import { collect, days, pairs, requireYes, serverCommand } from '../command.ts';
import { type Column, instant } from '../output.ts';
import { addCryptoCommands } from './crypto.ts';

const COLUMNS: readonly Column<KeyReply>[] = [
  { title: 'id', of: key => key.id },
  { title: 'algorithm', of: key => key.algorithm },
  { title: 'state', of: stateText },
  { title: 'version', of: key => key.primaryVersion },
  { title: 'location', of: key => key.location },
  { title: 'created', of: key => instant(key.createdAt) },
  { title: 'description', of: key => key.description.slice(0, 40) },
];

function stateText({ state, destruction }: KeyReply): string {
  return destruction === undefined ? state : `${state}, destroyed ${instant(destruction.at)}`;
}

interface CreateOptions {
  readonly algorithm?: string;
  readonly usage?: readonly string[];
  readonly location?: string;
  readonly keyRing?: string;
  readonly protection?: string;
  readonly exportable?: boolean;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly rotationDays?: string;
  readonly name?: string;
}

export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('make, use, rotate and destroy keys');
  serverCommand<CreateOptions>(keys, {
    usage: 'create',
    description: 'make a key',
    examples: [
      ['keyhold keys create --name billing', 'an AES-256 key that is found by its name'],
      ['keyhold keys create --algorithm ec-p256 --usage sign --usage verify', 'a pair for signatures'],
      ['keyhold keys create --rotation-days 365 --tag team=payments', 'a key with a yearly rotation'],
    ],
    options: command =>
      command
        .option('--algorithm <algorithm>', 'such as aes-256 (the default), rsa-3072, ec-p256, hmac-sha-256')
        .option(
          '--usage <usage>',
          'what it may be used for, again for each; default: all that it can',
          collect,
        )
        .option('--location <location>', 'such as us-east-1; default: that of the server')
        .option('--key-ring <name>', 'default: the ring `default`')
        .option('--protection <level>', 'software or hsm')
        .option('--exportable', 'its material may be taken out later, with the permission key.export')
        .option('--description <text>', 'what it is for')
        .option('--tag <name=value>', 'again for each', collect)
        .option('--rotation-days <days>', 'rotate it that often')
        .option('--name <text>', 'give it this name as well'),
    async run(session, _args, options) {
      const {
        usage,
        tag,
        rotationDays,
        name,
        algorithm,
        location,
        keyRing,
        protection,
        exportable,
        description,
      } = options;
      const key = await session.client.send<KeyReply>('POST', session.path('keys'), {
        algorithm,
        location,
        keyRing,
        protection,
        exportable,
        description,
        usages: usage,
        tags: pairs(tag),
        rotationPeriodMs: rotationDays === undefined ? undefined : days('--rotation-days', rotationDays),
      });
      if (name !== undefined) {
        await session.client.send('POST', session.path('names'), { text: name, key: key.id });
      }
      session.show(key);
    },
  });
  serverCommand<{ readonly state?: string; readonly location?: string }>(keys, {
    usage: 'list',
    description: 'list the keys of the project',
    examples: [
      ['keyhold keys list', 'all of them'],
      ['keyhold keys list --state suspended --json', 'the disabled ones, for a program'],
    ],
    options: command =>
      command
        .option('--state <state>', 'active, suspended, deactivated, compromised, preActive, destroyed')
        .option('--location <location>', 'only those of a location'),
    run: async (session, _args, { state, location }) =>
      session.list(await session.client.all<KeyReply>(session.path('keys'), { state, location }), COLUMNS),
  });
  serverCommand(keys, {
    usage: 'show <key>',
    description: 'show a key: by id, by name, or by <namespace>:<name>',
    examples: [
      ['keyhold keys show billing', 'by its name'],
      ['keyhold keys show aws/us-east-1:alias/app', 'by the alias that an AWS client gave'],
    ],
    run: async (session, [key = '']) =>
      session.show(await session.client.get<KeyReply>(session.path('keys', key))),
  });
  serverCommand(keys, {
    usage: 'describe <key> <text>',
    description: 'change the description',
    examples: [['keyhold keys describe billing "invoices since 2030"', 'what it is for']],
    run: async (session, [key = '', description]) =>
      session.show(await session.client.send<KeyReply>('PATCH', session.path('keys', key), { description })),
  });
  serverCommand<{ readonly set?: readonly string[]; readonly remove?: readonly string[] }>(keys, {
    usage: 'tag <key>',
    description: 'set and remove tags',
    examples: [['keyhold keys tag billing --set team=payments --remove owner', 'one set, one removed']],
    options: command =>
      command
        .option('--set <name=value>', 'again for each', collect)
        .option('--remove <name>', 'again for each', collect),
    run: async (session, [key = ''], { set, remove }) =>
      session.show(
        await session.client.send<KeyReply>('POST', session.path('keys', key, 'tags'), {
          set: pairs(set),
          remove,
        }),
      ),
  });
  addLifeCommands(keys);
  addCryptoCommands(keys);
}

function addLifeCommands(keys: Command): void {
  const acts: readonly (readonly [word: string, description: string])[] = [
    ['rotate', 'make a new primary version now; older ones still decrypt'],
    ['enable', 'enable a disabled key'],
    ['disable', 'disable a key at once, for every protocol'],
    ['cancel-destruction', 'cancel a scheduled destruction; the key stays disabled'],
    ['approve-destruction', 'approve for seven days that somebody else destroys a key under dual control'],
    ['withdraw-approval', 'take the approval of a destruction back'],
  ];
  for (const [word, description] of acts) {
    serverCommand(keys, {
      usage: `${word} <key>`,
      description,
      examples: [[`keyhold keys ${word} billing`, description]],
      run: async (session, [key = '']) =>
        session.show(await session.client.send<KeyReply>('POST', session.path('keys', key, word))),
    });
  }
  serverCommand<{ readonly days?: string; readonly off?: boolean }>(keys, {
    usage: 'rotation <key>',
    description: 'have a key rotated again and again, or end that',
    examples: [
      ['keyhold keys rotation billing --days 90', 'every ninety days, for the first time in ninety'],
      ['keyhold keys rotation billing --off', 'no more'],
    ],
    options: command =>
      command.option('--days <days>', 'the period').option('--off', 'end the scheduled rotation'),
    async run(session, [key = ''], { days: period, off }) {
      const path = session.path('keys', key, 'rotation');
      const changed =
        off === true || period === undefined
          ? session.client.send<KeyReply>('DELETE', path)
          : session.client.send<KeyReply>('PUT', path, { periodMs: days('--days', period) });
      session.show(await changed);
    },
  });
  serverCommand<{ readonly days: string; readonly onlyIfUnregistered?: boolean }>(keys, {
    usage: 'schedule-destruction <key>',
    description: 'disable a key and destroy it after some days',
    examples: [['keyhold keys schedule-destruction billing --days 30', 'a month to change your mind']],
    options: command =>
      command
        .option('--days <days>', 'from now to the destruction', '30')
        .option('--only-if-unregistered', 'refuse while any resource is registered at the key'),
    run: async (session, [key = ''], options) =>
      session.show(
        await session.client.send<KeyReply>('POST', session.path('keys', key, 'schedule-destruction'), {
          delayMs: days('--days', options.days),
          onlyIfUnregistered: options.onlyIfUnregistered,
        }),
      ),
  });
  serverCommand<{ readonly yes?: boolean }>(keys, {
    usage: 'dual-control <key>',
    description: 'have a key destroyed by two principals only, for ever',
    examples: [['keyhold keys dual-control billing --yes', 'one approves, another destroys']],
    options: command => command.option('--yes', 'yes, for ever'),
    async run(session, [key = ''], { yes }) {
      requireYes(yes, `From then on nobody could destroy ${key} alone.`);
      session.show(await session.client.send<KeyReply>('POST', session.path('keys', key, 'dual-control')));
    },
  });
  serverCommand<{ readonly yes?: boolean }>(keys, {
    usage: 'purge <key>',
    description: 'destroy a key at once and for good',
    examples: [['keyhold keys purge billing --yes', 'everything that it has encrypted is lost']],
    options: command => command.option('--yes', 'yes, for good'),
    async run(session, [key = ''], { yes }) {
      requireYes(yes, `Everything that ${key} has encrypted would be lost.`);
      session.show(await session.client.send<KeyReply>('POST', session.path('keys', key, 'purge')));
    },
  });
  serverCommand(keys, {
    usage: 'versions <key>',
    description: 'list the versions of a key, oldest first',
    examples: [['keyhold keys versions billing', 'when and why each was made']],
    run: async (session, [key = '']) =>
      session.list(await session.client.all<VersionReply>(session.path('keys', key, 'versions')), [
        { title: 'version', of: version => version.number },
        { title: 'state', of: version => version.state },
        { title: 'cause', of: version => version.cause },
        { title: 'created', of: version => instant(version.createdAt) },
        { title: 'material', of: version => version.materialId.slice(0, 16) },
      ]),
  });
  serverCommand(keys, {
    usage: 'last-use <key>',
    description: 'show when a key was last used, as the audit log has it',
    examples: [['keyhold keys last-use billing', 'before you destroy it']],
    run: async (session, [key = '']) => {
      const { keyId, use } = await session.client.get<LastUseReply>(session.path('keys', key, 'last-use'));
      session.show({ keyId, ...(use === undefined ? { use: 'never' } : use) });
    },
  });
}
