// `keyhold hsm`: what the token of the server holds, and what a crash has left in it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { HardwareReply, SweepReply } from '../../protocols/admin/types.ts';
import { serverCommand } from '../command.ts';
import { type Column, instant, printNote } from '../output.ts';

type Orphan = HardwareReply['orphans'][number];

const COLUMNS: readonly Column<Orphan>[] = [
  { title: 'object', of: orphan => orphan.name },
  { title: 'made for', of: madeFor },
  { title: 'version', of: orphan => orphan.version ?? orphan.rootGeneration },
  { title: 'made', of: orphan => instant(orphan.madeAt) },
];

function madeFor({ keyId }: Orphan): string {
  return keyId === undefined ? 'the root key' : `key ${keyId}`;
}

/** The age that the server asks for, and a little more. */
const SECOND_LOOK_MS = 61_000;

export function addHsmCommands(program: Command): void {
  const hsm = program.command('hsm').description('the PKCS #11 token of hardware keys');
  serverCommand<{ readonly erase?: boolean }>(hsm, {
    usage: 'check',
    description:
      'look for objects of the token that no key knows, those of root keys that never came into service among them',
    examples: [
      ['keyhold hsm check', 'what a crash has left'],
      ['keyhold hsm check --erase', 'erase it, and look again after a minute for what is too young'],
    ],
    realm: 'system',
    options: command => command.option('--erase', 'erase them'),
    async run(session, _args, { erase }) {
      const { objects, orphans } = await session.client.get<HardwareReply>('/system/hardware');
      printNote(
        `${objects} objects of this installation are in the token; ${orphans.length} are used by nothing.`,
      );
      session.list(orphans, COLUMNS);
      if (erase !== true || orphans.length === 0) return;
      const sweep = async (): Promise<SweepReply> => {
        const swept = await session.client.send<SweepReply>('POST', '/system/hardware/orphans', undefined);
        printNote(`${swept.erased.length} objects are erased.`);
        return swept;
      };
      if ((await sweep()).young.length === 0) return;
      printNote('Looking again in a minute: what is being made now may still become a key.');
      await sleep(SECOND_LOOK_MS);
      await sweep();
    },
  });
}
