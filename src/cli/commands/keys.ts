// `keyhold keys`: keys made, shown and described. Their life is in key-life.ts, their material in key-material.ts, their use in crypto.ts.

import type { Command } from 'commander';
import type { KeyReply } from '../../protocols/admin/types.ts';
import { collect, days, pairs, serverCommand, wholeNumber } from '../command.ts';
import { type Column, instant } from '../output.ts';
import { addCryptoCommands } from './crypto.ts';
import { addKeyLifeCommands } from './key-life.ts';
import { addKeyMaterialCommands } from './key-material.ts';
import { addKeyPeriodCommands } from './key-periods.ts';
import { addKeySearchCommand } from './key-search.ts';
import { makeKey, type NewKeyOptions, newKeyOptions } from './new-key.ts';

const COLUMNS: readonly Column<KeyReply>[] = [
  { title: 'id', of: key => key.id },
  { title: 'algorithm', of: key => key.algorithm },
  { title: 'state', of: stateText },
  { title: 'version', of: key => key.primaryVersion },
  { title: 'location', of: key => key.location },
  { title: 'created', of: key => instant(key.createdAt) },
  { title: 'label', of: key => key.label.slice(0, 40) },
  { title: 'description', of: key => key.description.slice(0, 40) },
];

function stateText({ state, destruction, archivedAt }: KeyReply): string {
  const shown = archivedAt === undefined ? state : `${state}, archived`;
  return destruction === undefined ? shown : `${shown}, destroyed ${instant(destruction.at)}`;
}

interface CreateOptions extends NewKeyOptions {
  readonly bytes?: string;
  readonly protection?: string;
  readonly rotationDays?: string;
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
      newKeyOptions(command, 'such as aes-256 (the default), rsa-3072, ec-p256, hmac-sha-256, opaque')
        .option('--bytes <count>', 'length of an opaque key, an HMAC key or a generic secret')
        .option('--protection <level>', 'software, hsmWrapped (wrapped by a token at rest) or hsm')
        .option('--rotation-days <days>', 'rotate it that often'),
    async run(session, _args, options) {
      const { bytes, protection, rotationDays } = options;
      await makeKey(session, [], options, {
        protection,
        lengthBytes: bytes === undefined ? undefined : wholeNumber('--bytes', bytes),
        rotationPeriodMs: rotationDays === undefined ? undefined : days('--rotation-days', rotationDays),
      });
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
  serverCommand(keys, {
    usage: 'label <key> <text>',
    description: 'change the name for display, which need not be unique',
    examples: [['keyhold keys label billing "Billing, north"', 'lists show it']],
    run: async (session, [key = '', label]) =>
      session.show(await session.client.send<KeyReply>('PATCH', session.path('keys', key), { label })),
  });
  serverCommand(keys, {
    usage: 'move <key> <key-ring>',
    description: 'move a key to another key ring, whose roles and rules reach it from then on',
    examples: [['keyhold keys move billing payments', 'the ring by name or id']],
    run: async (session, [key = '', keyRing]) =>
      session.show(
        await session.client.send<KeyReply>('POST', session.path('keys', key, 'move'), { keyRing }),
      ),
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
          set: pairs('--set', set),
          remove,
        }),
      ),
  });
  addKeySearchCommand(keys);
  addKeyMaterialCommands(keys);
  addKeyLifeCommands(keys);
  addKeyPeriodCommands(keys);
  addCryptoCommands(keys);
}
