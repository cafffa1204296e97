// `keyhold crypto`: keys that wrap keys, and keys that are made from keys.

import type { Command } from 'commander';
import type { WrapReply } from '../../protocols/admin/types.ts';
import { serverCommand } from '../command.ts';
import { printLine } from '../output.ts';
import {
  type EncryptionOptions,
  encryptionBody,
  encryptionOptions,
  number,
  textOf,
  versionOption,
} from './mechanism-options.ts';
import { makeKey, type NewKeyOptions, newKeyOptions } from './new-key.ts';

interface WrappingOptions extends EncryptionOptions {
  readonly under: string;
  readonly underVersion?: string;
  readonly mechanism: string;
}

interface DerivationOptions {
  readonly mechanism: string;
  readonly keyVersion?: string;
  readonly salt?: string;
  readonly info?: string;
  readonly iterations?: string;
  readonly peer?: string;
  readonly lengthBytes?: string;
}

const wrappingOptions = (command: Command): Command =>
  encryptionOptions(
    command
      .requiredOption('--under <key>', 'the key that wraps')
      .option('--under-version <number>', 'default: the primary one')
      .requiredOption(
        '--mechanism <name>',
        'aes-kw, aes-kwp, aes-gcm, rsa-oaep-sha-256, rsa-aes-kwp-sha-256',
      ),
  );

const wrappingBody = (options: WrappingOptions) => ({
  under: options.under,
  underVersion: number('--under-version', options.underVersion),
  mechanism: options.mechanism,
  ...encryptionBody(options),
});

export function addKeyToKeyCommands(crypto: Command): void {
  serverCommand<WrappingOptions & { readonly keyVersion?: string }>(crypto, {
    usage: 'wrap <key>',
    description: 'take the material of an exportable key out, wrapped under another key; prints it in base64',
    examples: [
      [
        'keyhold crypto wrap session --under transport --mechanism aes-kwp > session.key',
        'for another system',
      ],
    ],
    options: command => wrappingOptions(versionOption(command)),
    async run(session, [key = ''], options) {
      const body = { ...wrappingBody(options), version: number('--key-version', options.keyVersion) };
      const reply = await session.client.send<WrapReply>('POST', session.path('keys', key, 'wrap'), body);
      if (session.json || reply.iv !== undefined) session.show(reply);
      else printLine(reply.wrapped);
    },
  });
  serverCommand<WrappingOptions & NewKeyOptions & { readonly in?: string }>(crypto, {
    usage: 'unwrap',
    description: 'make a key from material that is wrapped under a key, in base64',
    examples: [
      [
        'keyhold crypto unwrap --under transport --mechanism aes-kwp --algorithm aes-256 --in session.key',
        'from another system',
      ],
    ],
    options: command =>
      newKeyOptions(wrappingOptions(command), 'that of the material: such as aes-256, ec-p256').option(
        '--in <file>',
        'default: standard input',
      ),
    run: async (session, _args, options) =>
      makeKey(session, ['import'], options, {
        wrapped: { ...wrappingBody(options), wrapped: await textOf(options.in) },
      }),
  });
  serverCommand<DerivationOptions & NewKeyOptions>(crypto, {
    usage: 'derive <key>',
    description: 'make a key from the material of another one',
    examples: [
      [
        'keyhold crypto derive master --mechanism hkdf-sha-256 --info dGVuYW50IDE= --algorithm aes-256',
        'the same info gives the same material',
      ],
    ],
    options: command =>
      newKeyOptions(versionOption(command), 'of the new key, such as aes-256')
        .requiredOption('--mechanism <name>', 'such as hkdf-sha-256, pbkdf2-sha-256, ecdh')
        .option('--salt <base64>', 'HKDF, PBKDF2')
        .option('--info <base64>', 'what the new key is for')
        .option('--iterations <count>', 'PBKDF2')
        .option('--peer <base64>', 'agreement: SubjectPublicKeyInfo in DER')
        .option('--length-bytes <count>', 'where the algorithm leaves it free'),
    run: (session, [key = ''], options) =>
      makeKey(session, [key, 'derive'], options, {
        mechanism: options.mechanism,
        version: number('--key-version', options.keyVersion),
        salt: options.salt,
        info: options.info,
        iterations: number('--iterations', options.iterations),
        peerPublicKey: options.peer,
        lengthBytes: number('--length-bytes', options.lengthBytes),
      }),
  });
}
