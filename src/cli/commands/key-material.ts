// `keyhold keys`: material that is brought in and taken out. It comes from files or standard input and goes where the user says, never by way
// of the command line, which other users of the machine can see.

import type { Command } from 'commander';
import type { ExportReply, KeyReply } from '../../protocols/admin/types.ts';
import { serverCommand, wholeNumber } from '../command.ts';
import { openSecretPlace, readInput, type SecretOutput } from '../files.ts';
import { makeKey, type NewKeyOptions, newKeyOptions } from './new-key.ts';

const materialOf = async (file: string | undefined): Promise<string> =>
  Buffer.from(await readInput(file)).toString('base64');

export function addKeyMaterialCommands(keys: Command): void {
  serverCommand<NewKeyOptions & { readonly in?: string; readonly protection?: string }>(keys, {
    usage: 'import',
    description: 'make a key from material of your own: raw bytes, or PKCS#8 in DER of a pair',
    examples: [
      ['keyhold keys import --algorithm aes-256 --in key.bin --name billing', '32 bytes from a file'],
      ['printf swordfish | keyhold keys import --algorithm opaque --exportable', 'a password to be kept'],
    ],
    options: command =>
      newKeyOptions(command, 'that of the material: such as aes-256, ec-p256, opaque')
        .option('--in <file>', 'default: standard input')
        .option('--protection <level>', 'software, or hsmWrapped (wrapped by a token at rest)'),
    run: async (session, _args, { protection, ...options }) =>
      makeKey(session, ['import'], options, { protection, material: await materialOf(options.in) }),
  });
  serverCommand<{ readonly in?: string }>(keys, {
    usage: 'import-version <key>',
    description: 'give an imported key new material, its primary version from then on',
    examples: [['keyhold keys import-version billing --in newer.bin', 'older versions still decrypt']],
    options: command => command.option('--in <file>', 'default: standard input'),
    run: async (session, [key = ''], options) =>
      session.show(
        await session.client.send<KeyReply>('POST', session.path('keys', key, 'import-version'), {
          material: await materialOf(options.in),
        }),
      ),
  });
  serverCommand<SecretOutput & { readonly keyVersion?: string }>(keys, {
    usage: 'export <key>',
    description: 'take the material of an exportable key out; needs the permission key.export',
    examples: [['keyhold keys export billing --out key.bin', 'into a file that only you can read']],
    options: command =>
      command
        .option('--key-version <number>', 'default: the primary one')
        .option('--out <file>', 'a new file of mode 0600 for the material')
        .option('--stdout', 'print the material'),
    async run(session, [key = ''], options) {
      using place = openSecretPlace(options);
      const { keyVersion } = options;
      const reply = await session.client.send<ExportReply>('POST', session.path('keys', key, 'export'), {
        version: keyVersion === undefined ? undefined : wholeNumber('--key-version', keyVersion),
      });
      place.write(Buffer.from(reply.material, 'base64'));
    },
  });
}
