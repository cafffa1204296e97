// `keyhold transport-keys`: pairs by which key material comes in wrapped.

import type { Command } from 'commander';
import type { TransportKeyFactsReply, TransportKeyReply } from '../../protocols/admin/types.ts';
import { serverCommand, wholeNumber } from '../command.ts';

interface CreateOptions {
  readonly algorithm?: string;
  readonly minutes: string;
  readonly reads: string;
}

export function addTransportKeyCommands(program: Command): void {
  const keys = program
    .command('transport-keys')
    .description('pairs by which key material comes in wrapped, one for each owner');
  serverCommand<CreateOptions>(keys, {
    usage: 'create <owner>',
    description: "make a transport key; the owner's older one goes",
    examples: [['keyhold transport-keys create migration --reads 5', 'for ten minutes and five readers']],
    options: command =>
      command
        .option('--algorithm <algorithm>', 'rsa-2048, rsa-3072 or rsa-4096 (the default)')
        .option('--minutes <minutes>', 'until it is over', '10')
        .option('--reads <count>', 'how often it may be read', '1'),
    run: async (session, [owner], { algorithm, minutes, reads }) =>
      session.show(
        await session.client.send<TransportKeyFactsReply>('POST', session.path('transport-keys'), {
          owner,
          algorithm,
          lifetimeMs: wholeNumber('--minutes', minutes) * 60_000,
          readsMax: wholeNumber('--reads', reads),
        }),
      ),
  });
  serverCommand(keys, {
    usage: 'read <owner>',
    description: 'show the public key and the nonce; each reading counts',
    examples: [['keyhold transport-keys read migration --json', 'what one needs to wrap material']],
    run: async (session, [owner = '']) =>
      session.show(
        await session.client.send<TransportKeyReply>('POST', session.path('transport-keys', owner, 'read')),
      ),
  });
  serverCommand(keys, {
    usage: 'erase <owner>',
    description: 'erase the private half before its time is over',
    examples: [['keyhold transport-keys erase migration', 'nothing more comes in by it']],
    run: async (session, [owner = '']) =>
      session.show(
        await session.client.send<TransportKeyFactsReply>('DELETE', session.path('transport-keys', owner)),
      ),
  });
}
