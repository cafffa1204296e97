// `keyhold hsm`: what the token of the server holds, and what a crash has left in it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { HardwareReply } from '../../protocols/admin/types.ts';
import { serverCommand } from '../command.ts';
import { type Column, printNote } from '../output.ts';

type Orphan = HardwareReply['orphans'][number];

const COLUMNS: readonly Column<Orphan>[] = [
  { title: 'object', of: orphan => orphan.name },
  { title: 'made for key', of: orphan => orphan.keyId },
  { title: 'version', of: orphan => orphan.version },
];

/** Longer than any request takes: what is no key's then will not become one. */
const SECOND_LOOK_MS = 60_000;

export function addHsmCommands(program: Command): void {
  const hsm = program.command('hsm').description('the PKCS #11 token of hardware keys');
  serverCommand<{ readonly erase?: boolean }>(hsm, {
    usage: 'check',
    description: 'look for objects of the token that no key knows',
    examples: [
      ['keyhold hsm check', 'what a crash has left'],
      ['keyhold hsm check --erase', 'look again after a minute, and erase what is still no key'],
    ],
    realm: 'system',
    options: command => command.option('--erase', 'erase them'),
    async run(session, _args, { erase }) {
      const { objects, orphans } = await session.client.get<HardwareReply>('/system/hardware');
      printNote(
        `${objects} objects of this installation are in the token; ${orphans.length} belong to no key.`,
      );
      session.list(orphans, COLUMNS);
      if (erase !== true || orphans.length === 0) return;
      printNote('Looking again in a minute: what is being made now may still become a key.');
      await sleep(SECOND_LOOK_MS);
      const names = orphans.map(({ name }) => name);
      const erased = await session.client.send<HardwareReply>('POST', '/system/hardware/orphans', { names });
      printNote(`${erased.orphans.length} objects are erased.`);
    },
  });
}
