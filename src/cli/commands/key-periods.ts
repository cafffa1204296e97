// `keyhold keys`: how long a key is used, how much, and why no longer.

import type { Command } from 'commander';
import type { KeyReply } from '../../protocols/admin/types.ts';
import { parseInstant, requireYes, serverCommand, wholeNumber } from '../command.ts';
import { addKeyActs } from './key-acts.ts';

interface PlanOptions {
  readonly activateAt?: string;
  readonly processStartAt?: string;
  readonly protectStopAt?: string;
  readonly deactivateAt?: string;
}

interface CompromiseOptions {
  readonly reason?: string;
  readonly message?: string;
  readonly since?: string;
  readonly yes?: boolean;
}

/** An instant, or `never` for no plan. */
function plan(option: string, text: string | undefined): number | null | undefined {
  return text === 'never' ? null : parseInstant(option, text);
}

export function addKeyPeriodCommands(keys: Command): void {
  addKeyActs(keys, [
    ['activate', 'begin the cryptoperiod of a key now'],
    ['archive', 'put a key away: it is used for nothing until it is recovered'],
    ['recover', 'take an archived key out again'],
  ]);
  serverCommand<PlanOptions>(keys, {
    usage: 'plan <key>',
    description: 'plan when a key is used',
    examples: [
      ['keyhold keys plan billing --deactivate-at 2031-01-01', 'it encrypts until then, and decrypts after'],
      ['keyhold keys plan billing --protect-stop-at never', 'no such plan any more'],
    ],
    options: command =>
      command
        .option('--activate-at <instant>', 'of a key that is not active yet, such as 2030-01-01, or never')
        .option('--process-start-at <instant>', 'until then it decrypts and verifies nothing, or never')
        .option('--protect-stop-at <instant>', 'from then on it encrypts and signs nothing, or never')
        .option('--deactivate-at <instant>', 'from then on it is deactivated, or never'),
    run: async (session, [key = ''], options) =>
      session.show(
        await session.client.send<KeyReply>('PATCH', session.path('keys', key, 'cryptoperiod'), {
          activateAt: plan('--activate-at', options.activateAt),
          processStartAt: plan('--process-start-at', options.processStartAt),
          protectStopAt: plan('--protect-stop-at', options.protectStopAt),
          deactivateAt: plan('--deactivate-at', options.deactivateAt),
        }),
      ),
  });
  serverCommand<{ readonly reason?: string; readonly message?: string }>(keys, {
    usage: 'deactivate <key>',
    description: 'end the cryptoperiod of a key now: it still decrypts, and encrypts no more',
    examples: [['keyhold keys deactivate billing --reason superseded', 'another key has taken its place']],
    options: command =>
      command
        .option(
          '--reason <reason>',
          'superseded, cessationOfOperation, affiliationChanged, privilegeWithdrawn',
        )
        .option('--message <text>', 'kept with the key'),
    run: async (session, [key = ''], { reason, message }) =>
      session.show(
        await session.client.send<KeyReply>('POST', session.path('keys', key, 'deactivate'), {
          reason,
          message,
        }),
      ),
  });
  serverCommand<CompromiseOptions>(keys, {
    usage: 'compromise <key>',
    description: 'say that somebody else may have a key: it encrypts no more, for good',
    examples: [
      [
        'keyhold keys compromise billing --since 2030-05-01 --message "a lost disk" --yes',
        'since when, and why',
      ],
    ],
    options: command =>
      command
        .option('--reason <reason>', 'keyCompromise (the default) or caCompromise')
        .option('--message <text>', 'kept with the key')
        .option('--since <instant>', 'since when it may have been; default: since it was made')
        .option('--yes', 'yes, for good'),
    async run(session, [key = ''], { reason, message, since, yes }) {
      requireYes(yes, `From then on ${key} would encrypt nothing, and nobody could take that back.`);
      session.show(
        await session.client.send<KeyReply>('POST', session.path('keys', key, 'compromise'), {
          reason,
          message,
          occurredAt: parseInstant('--since', since),
        }),
      );
    },
  });
  serverCommand<{ readonly bytes?: string; readonly operations?: string; readonly off?: boolean }>(keys, {
    usage: 'limit <key>',
    description: 'limit how much a key may protect; once some of it is used the limit stays',
    examples: [
      ['keyhold keys limit billing --operations 1000000', 'as many messages'],
      ['keyhold keys limit billing --off', 'no limit'],
    ],
    options: command =>
      command
        .option('--bytes <count>', 'so many bytes in all')
        .option('--operations <count>', 'so many times')
        .option('--off', 'take an unused limit away'),
    async run(session, [key = ''], { bytes, operations, off }) {
      const path = session.path('keys', key, 'usage-limit');
      const changed =
        off === true
          ? session.client.send<KeyReply>('DELETE', path)
          : session.client.send<KeyReply>('PUT', path, usageLimit(bytes, operations));
      session.show(await changed);
    },
  });
  serverCommand(keys, {
    usage: 'allocate <key> <amount>',
    description: 'set a part of the usage limit aside for uses outside: it counts as used',
    examples: [['keyhold keys allocate billing 1000', 'in the unit of the limit']],
    run: async (session, [key = '', amount = '']) =>
      session.show(
        await session.client.send<KeyReply>('POST', session.path('keys', key, 'allocate-usage'), {
          amount: wholeNumber('amount', amount),
        }),
      ),
  });
}

function usageLimit(bytes: string | undefined, operations: string | undefined) {
  return bytes === undefined
    ? { unit: 'operations', total: wholeNumber('--operations', operations ?? '') }
    : { unit: 'bytes', total: wholeNumber('--bytes', bytes) };
}
