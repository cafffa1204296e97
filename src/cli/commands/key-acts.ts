// `keyhold keys`: what is done to a key by naming it and nothing else.

import type { Command } from 'commander';
import type { KeyReply } from '../../protocols/admin/types.ts';
import { serverCommand } from '../command.ts';

/** The word is the command and the last part of the route alike. */
export type KeyAct = readonly [word: string, description: string];

export function addKeyActs(keys: Command, acts: readonly KeyAct[]): void {
  for (const [word, description] of acts) {
    serverCommand(keys, {
      usage: `${word} <key>`,
      description,
      examples: [[`keyhold keys ${word} billing`, description]],
      run: async (session, [key = '']) =>
        session.show(await session.client.send<KeyReply>('POST', session.path('keys', key, word))),
    });
  }
}
