// Using keys from the command line: for trying things out and for small secrets in scripts. Plaintexts come from files or standard input,
// never from the command line, which other users of the machine can see.

import type { Command } from 'commander';
import type {
  CiphertextReply,
  DataKeyReply,
  PlaintextReply,
  RandomReply,
} from '../../protocols/admin/types.ts';
import { collect, pairs, serverCommand, wholeNumber } from '../command.ts';
import { openSecretPlace, readInput, type SecretOutput } from '../files.ts';
import { printLine } from '../output.ts';

interface ContextOptions {
  readonly context?: readonly string[];
  readonly in?: string;
}

function contextOption(command: Command): Command {
  return command
    .option('--context <name=value>', 'bound to the ciphertext, not secret; again for each', collect)
    .option('--in <file>', 'default: standard input');
}

function secretOptions(command: Command): Command {
  return command
    .option('--out <file>', 'a new file of mode 0600 for the secret')
    .option('--stdout', 'print the secret');
}

export function addCryptoCommands(keys: Command): void {
  serverCommand<ContextOptions>(keys, {
    usage: 'encrypt <key>',
    description: 'encrypt up to 64 KiB; prints the ciphertext in base64',
    examples: [
      ['keyhold keys encrypt billing --in password.txt > password.enc', 'a file'],
      ['printf hello | keyhold keys encrypt billing --context app=shop', 'from a pipe, bound to a context'],
    ],
    options: contextOption,
    async run(session, [key = ''], options) {
      const plaintext = Buffer.from(await readInput(options.in)).toString('base64');
      const context = pairs('--context', options.context);
      const path = session.path('keys', key, 'encrypt');
      const reply = await session.client.send<CiphertextReply>('POST', path, { plaintext, context });
      if (session.json) session.show(reply);
      else printLine(reply.ciphertext);
    },
  });
  serverCommand<ContextOptions & SecretOutput>(keys, {
    usage: 'decrypt',
    description: 'decrypt a ciphertext in base64; it names its key itself',
    examples: [
      ['keyhold keys decrypt --in password.enc --out password.txt', 'into a file that only you can read'],
      ['keyhold keys decrypt --in password.enc --context app=shop --stdout', 'the context must be the same'],
    ],
    options: command => secretOptions(contextOption(command)),
    async run(session, _args, options) {
      using place = openSecretPlace(options);
      const ciphertext = Buffer.from(await readInput(options.in))
        .toString('latin1')
        .trim();
      const context = pairs('--context', options.context);
      const reply = await session.client.send<PlaintextReply>('POST', session.path('decrypt'), {
        ciphertext,
        context,
      });
      place.write(Buffer.from(reply.plaintext, 'base64'));
    },
  });
  serverCommand<ContextOptions & SecretOutput & { readonly bytes: string }>(keys, {
    usage: 'data-key <key>',
    description: 'make a data key; prints it encrypted, and writes the plain one where you say',
    examples: [
      ['keyhold keys data-key billing --out disk.key > disk.key.enc', 'keep the second, use the first'],
    ],
    options: command =>
      secretOptions(command)
        .option('--bytes <count>', 'length of the data key', '32')
        .option('--context <name=value>', 'bound to the ciphertext, not secret; again for each', collect),
    async run(session, [key = ''], options) {
      using place = openSecretPlace(options);
      const reply = await session.client.send<DataKeyReply>('POST', session.path('keys', key, 'data-keys'), {
        bytes: wholeNumber('--bytes', options.bytes),
        context: pairs('--context', options.context),
      });
      const plaintext = options.stdout === true ? reply.plaintext : Buffer.from(reply.plaintext, 'base64');
      place.write(plaintext);
      printLine(reply.ciphertext);
    },
  });
  serverCommand<SecretOutput & { readonly bytes: string }>(keys, {
    usage: 'random',
    description: 'take random bytes from the generator of the server, in base64',
    examples: [['keyhold keys random --bytes 32 --stdout', 'nothing of them is kept']],
    options: command => secretOptions(command).option('--bytes <count>', 'how many', '32'),
    async run(session, _args, options) {
      using place = openSecretPlace(options);
      const reply = await session.client.send<RandomReply>('POST', session.path('random'), {
        bytes: wholeNumber('--bytes', options.bytes),
      });
      place.write(reply.bytes);
    },
  });
}
