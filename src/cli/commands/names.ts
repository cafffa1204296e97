// `keyhold names`: what keys are called, by administrators and through every protocol.

import type { Command } from 'commander';
import type { NameReply } from '../../protocols/admin/types.ts';
import { serverCommand } from '../command.ts';
import { instant } from '../output.ts';

interface NamespaceOptions {
  readonly namespace?: string;
}

const namespaceOption = (command: Command): Command =>
  command.option('--namespace <namespace>', 'such as aws/us-east-1; default: keyhold');

export function addNameCommands(program: Command): void {
  const names = program.command('names').description('names of keys: aliases, and those of other protocols');
  serverCommand<NamespaceOptions & { readonly key?: string }>(names, {
    usage: 'list',
    description: 'list names',
    examples: [
      ['keyhold names list', 'all names of the project'],
      ['keyhold names list --key 1c3e…', 'those of one key'],
    ],
    options: command =>
      command
        .option('--namespace <namespace>', 'only those of a namespace, such as aws/us-east-1')
        .option('--key <key>', 'only those of a key'),
    run: async (session, _args, { namespace, key }) =>
      session.list(await session.client.all<NameReply>(session.path('names'), { namespace, key }), [
        { title: 'namespace', of: name => name.namespace },
        { title: 'name', of: name => name.text },
        { title: 'key', of: name => name.keyId },
        { title: 'updated', of: name => instant(name.updatedAt) },
      ]),
  });
  serverCommand<NamespaceOptions>(names, {
    usage: 'create <name> <key>',
    description: 'give a key a name',
    examples: [['keyhold names create billing 1c3e…', 'from now on: keyhold keys show billing']],
    options: namespaceOption,
    run: async (session, [text, key], { namespace }) =>
      session.show(
        await session.client.send<NameReply>('POST', session.path('names'), { namespace, text, key }),
      ),
  });
  serverCommand<NamespaceOptions>(names, {
    usage: 'move <name> <key>',
    description: 'point a name at another key of the same algorithm and usages',
    examples: [['keyhold names move billing 9a77…', 'new ciphertexts come under the other key']],
    options: namespaceOption,
    run: async (session, [text, key], { namespace }) =>
      session.show(
        await session.client.send<NameReply>('PUT', session.path('names'), { namespace, text, key }),
      ),
  });
  serverCommand<NamespaceOptions>(names, {
    usage: 'delete <name>',
    description: 'take a name away; the key stays',
    examples: [['keyhold names delete billing', 'only the name goes']],
    options: namespaceOption,
    run: async (session, [text = ''], { namespace }) => {
      const query = new URLSearchParams({ text, ...(namespace === undefined ? {} : { namespace }) });
      session.show(await session.client.send<NameReply>('DELETE', `${session.path('names')}?${query}`));
    },
  });
}
