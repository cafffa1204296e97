// `keyhold keys search`: keys by what is known of them.

import type { Command } from 'commander';
import type { SearchKeysReply } from '../../protocols/admin/types.ts';
import { collect, serverCommand, wholeNumber } from '../command.ts';

interface SearchOptions {
  readonly state?: readonly string[];
  readonly keyRing?: readonly string[];
  readonly origin?: string;
  readonly exportable?: boolean;
  readonly namespace: string;
  readonly sort?: readonly string[];
  readonly limit: string;
  readonly offset: string;
}

export function addKeySearchCommand(keys: Command): void {
  serverCommand<SearchOptions>(keys, {
    usage: 'search [text]',
    description: 'find keys by label, name, state, ring and origin',
    examples: [
      ['keyhold keys search billing', 'whose label or name has that text'],
      ['keyhold keys search --state pendingDestruction --sort destructionRequestedAt', 'those that wait'],
      ['keyhold keys search --exportable --sort -createdAt', 'the newest first'],
    ],
    options: command =>
      command
        .option(
          '--state <state>',
          'preActive, active, suspended, deactivated, compromised, pendingDestruction, destroyed; again for each',
          collect,
        )
        .option('--key-ring <name>', 'only those in it, again for each', collect)
        .option('--origin <origin>', 'generated, imported or external')
        .option('--exportable', 'only those whose material may be taken out')
        .option('--namespace <namespace>', 'of the names, such as aws/us-east-1', 'keyhold')
        .option(
          '--sort <property>',
          'such as createdAt; -createdAt for the newest first; again for each',
          collect,
        )
        .option('--limit <count>', 'show that many', '100')
        .option('--offset <count>', 'leave that many out', '0'),
    async run(session, [text], options) {
      const { namespace, state, keyRing, origin, exportable, sort } = options;
      const { items } = await session.client.send<SearchKeysReply>('POST', session.path('keys', 'search'), {
        text: text === undefined ? undefined : { text, namespace },
        states: state,
        keyRings: keyRing,
        origin,
        exportable,
        sort: sort?.map(term => ({ by: term.replace(/^-/, ''), descending: term.startsWith('-') })),
        names: namespace,
        limit: wholeNumber('--limit', options.limit),
        offset: wholeNumber('--offset', options.offset),
      });
      session.list(items, [
        { title: 'id', of: ({ key }) => key.id },
        { title: 'algorithm', of: ({ key }) => key.algorithm },
        { title: 'state', of: ({ key }) => key.state },
        { title: 'label', of: ({ key }) => key.label },
        { title: 'names', of: ({ names }) => names.map(name => name.text).join(', ') },
      ]);
    },
  });
}
