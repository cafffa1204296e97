// `keyhold keys`: rotation, states and destruction.

import type { Command } from 'commander';
import type {
  KeyReply,
  LastUseReply,
  LinkReply,
  LinksReply,
  VersionReply,
} from '../../protocols/admin/types.ts';
import { days, requireYes, serverCommand } from '../command.ts';
import { instant } from '../output.ts';
import { addKeyActs } from './key-acts.ts';

export function addKeyLifeCommands(keys: Command): void {
  addKeyActs(keys, [
    ['enable', 'enable a disabled key'],
    ['disable', 'disable a key at once, for every protocol'],
    ['approve-destruction', 'approve for seven days that somebody else destroys a key under dual control'],
    ['withdraw-approval', 'take the approval of a destruction back'],
  ]);
  serverCommand<{ readonly restartSchedule?: boolean; readonly verifiersLearn?: string }>(keys, {
    usage: 'rotate <key>',
    description: 'make a new primary version now; older ones still decrypt',
    examples: [
      ['keyhold keys rotate billing', 'a schedule goes on as it was'],
      ['keyhold keys rotate billing --restart-schedule', 'the next scheduled one is a whole period away'],
      ["keyhold keys rotate release --verifiers-learn 'the new key is published'", 'a pair'],
    ],
    options: command =>
      command
        .option('--restart-schedule', 'a schedule begins anew')
        .option('--verifiers-learn <reason>', 'pairs and MAC keys: how those who verify learn of it'),
    run: async (session, [key = ''], { restartSchedule, verifiersLearn }) =>
      session.show(
        await session.client.send<KeyReply>('POST', session.path('keys', key, 'rotate'), {
          restartSchedule,
          verifiersLearn,
        }),
      ),
  });
  serverCommand<{ readonly restore?: boolean }>(keys, {
    usage: 'cancel-destruction <key>',
    description: 'cancel a scheduled destruction; the key stays disabled unless it is restored',
    examples: [
      ['keyhold keys cancel-destruction billing', 'then: keyhold keys enable billing'],
      ['keyhold keys cancel-destruction billing --restore', 'back to the state of before the request'],
    ],
    options: command => command.option('--restore', 'bring back the state of before the request'),
    run: async (session, [key = ''], { restore }) =>
      session.show(
        await session.client.send<KeyReply>('POST', session.path('keys', key, 'cancel-destruction'), {
          restore,
        }),
      ),
  });
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
  serverCommand<{ readonly to?: string }>(keys, {
    usage: 'links <key>',
    description: 'list what other keys are to a key, or with --to the keys that it is something to',
    examples: [
      ['keyhold keys links billing', 'what it was derived from, what has replaced it, and more'],
      ['keyhold keys links billing --to derivedFrom', 'all keys that were derived from it'],
    ],
    options: command => command.option('--to <type>', 'the links of this type that lead to the key'),
    async run(session, [key = ''], { to }) {
      const links =
        to === undefined
          ? (await session.client.get<LinksReply>(session.path('keys', key, 'links'))).items
          : await session.client.all<LinkReply>(session.path('keys', key, 'links-to'), { type: to });
      session.list(links, [
        { title: 'key', of: link => link.fromKeyId },
        { title: 'link', of: link => link.type },
        { title: 'to', of: link => link.toKeyId },
        { title: 'since', of: link => instant(link.createdAt) },
      ]);
    },
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
