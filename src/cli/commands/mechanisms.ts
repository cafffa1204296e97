// `keyhold crypto`: using keys by named mechanisms, to work with systems that have formats of their own. Messages come from files or standard
// input; parameters, which are not secret, are base64 on the command line.

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type {
  EncapsulateReply,
  EncryptByReply,
  MacReply,
  PlaintextReply,
  PublicKeyReply,
  SharedSecretReply,
  SignReply,
  VerdictReply,
} from '../../protocols/admin/types.ts';
import { type Session, serverCommand } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { openSecretPlace, type SecretOutput } from '../files.ts';
import { printLine } from '../output.ts';
import { addKeyToKeyCommands } from './key-to-key.ts';
import {
  base64Of,
  type EncryptionOptions,
  encryptionBody,
  encryptionOptions,
  number,
  secretOptions,
  textOf,
  type UseOptions,
  useBody,
  useOptions,
  versionOption,
} from './mechanism-options.ts';

interface SigningOptions extends UseOptions {
  readonly digest?: boolean;
  readonly raw?: boolean;
  readonly saltBytes?: string;
  readonly context?: string;
}

type MacOptions = UseOptions & Pick<EncryptionOptions, 'iv' | 'tagBytes'>;

const signingOptions = (command: Command): Command =>
  useOptions(command)
    .option('--digest', 'the input is the digest already')
    .option('--raw', 'ECDSA: r and s of fixed length, not DER')
    .option('--salt-bytes <count>', 'PSS: a number, or auto')
    .option('--context <base64>', 'EdDSA, ML-DSA, SLH-DSA');

const signingBody = async (options: SigningOptions) => ({
  ...useBody(options),
  message: await base64Of(options.in),
  prehashed: options.digest,
  rawSignature: options.raw,
  saltBytes: options.saltBytes === 'auto' ? 'auto' : number('--salt-bytes', options.saltBytes),
  context: options.context,
});

const macBody = async (options: MacOptions) => ({
  ...useBody(options),
  message: await base64Of(options.in),
  tagBytes: number('--tag-bytes', options.tagBytes),
  iv: options.iv,
});

const macOptions = (command: Command): Command =>
  useOptions(command)
    .option('--tag-bytes <count>', 'length of the MAC; default: all of it')
    .option('--iv <base64>', 'of GMAC');

const send = <Reply>(session: Session, key: string, act: string, body: object): Promise<Reply> =>
  session.client.send<Reply>('POST', session.path('keys', key, act), body);

/** One line where there is one thing to print, else a record. */
function printResult(session: Session, reply: Readonly<Record<string, unknown>>, name: string): void {
  if (session.json || reply.iv !== undefined) session.show(reply);
  else printLine(String(reply[name]));
}

function requireValid(session: Session, reply: VerdictReply, what: string): void {
  if (session.json) session.show(reply);
  if (!reply.valid) throw new CliFailure('unverified', `The ${what} does not verify.`);
  if (!session.json) printLine('valid');
}

export function addMechanismCommands(program: Command): void {
  const crypto = program.command('crypto').description('using keys by named mechanisms');
  serverCommand<UseOptions & EncryptionOptions>(crypto, {
    usage: 'encrypt <key>',
    description: 'encrypt by a mechanism; prints the ciphertext in base64, and the iv that was made',
    examples: [['keyhold crypto encrypt billing --mechanism aes-gcm --in note.txt', 'for others to decrypt']],
    options: command => encryptionOptions(useOptions(command)),
    async run(session, [key = ''], options) {
      const plaintext = await base64Of(options.in);
      const body = { ...useBody(options), ...encryptionBody(options), plaintext };
      const reply = await send<EncryptByReply>(session, key, 'encrypt-by', body);
      printResult(session, reply, 'ciphertext');
    },
  });
  serverCommand<UseOptions & EncryptionOptions & SecretOutput>(crypto, {
    usage: 'decrypt <key>',
    description: 'decrypt a ciphertext in base64 by a mechanism',
    examples: [
      [
        'keyhold crypto decrypt billing --mechanism aes-gcm --iv AAECAwQFBgcICQoL --in note.enc --stdout',
        'with the iv of the encryption',
      ],
    ],
    options: command => secretOptions(encryptionOptions(useOptions(command))),
    async run(session, [key = ''], options) {
      using place = openSecretPlace(options);
      const ciphertext = await textOf(options.in);
      const body = { ...useBody(options), ...encryptionBody(options), ciphertext };
      const reply = await send<PlaintextReply>(session, key, 'decrypt-by', body);
      place.write(Buffer.from(reply.plaintext, 'base64'));
    },
  });
  serverCommand<SigningOptions>(crypto, {
    usage: 'sign <key>',
    description: 'sign a message or its digest; prints the signature in base64',
    examples: [
      [
        'keyhold crypto sign release --mechanism ecdsa-sha-256 --in package.tar > package.sig',
        'up to 700 kB; larger ones by --digest',
      ],
    ],
    options: signingOptions,
    async run(session, [key = ''], options) {
      const reply = await send<SignReply>(session, key, 'sign', await signingBody(options));
      printResult(session, reply, 'signature');
    },
  });
  serverCommand<SigningOptions & { readonly signature: string }>(crypto, {
    usage: 'verify <key>',
    description: 'verify a signature in base64; the exit code says whether it is valid',
    examples: [
      [
        'keyhold crypto verify release --mechanism ecdsa-sha-256 --in package.tar --signature package.sig',
        'under the key of the signer',
      ],
    ],
    options: command =>
      signingOptions(command).requiredOption('--signature <file>', 'the signature in base64'),
    async run(session, [key = ''], options) {
      const signature = readFileSync(options.signature, 'latin1').trim();
      const body = { ...(await signingBody(options)), signature };
      requireValid(session, await send<VerdictReply>(session, key, 'verify', body), 'signature');
    },
  });
  serverCommand<MacOptions>(crypto, {
    usage: 'mac <key>',
    description: 'compute a message authentication code; prints it in base64',
    examples: [['printf hello | keyhold crypto mac session --mechanism hmac-sha-256', 'from a pipe']],
    options: macOptions,
    async run(session, [key = ''], options) {
      printResult(session, await send<MacReply>(session, key, 'mac', await macBody(options)), 'mac');
    },
  });
  serverCommand<MacOptions & { readonly mac: string }>(crypto, {
    usage: 'verify-mac <key>',
    description: 'verify a message authentication code; the exit code says whether it is valid',
    examples: [
      [
        'printf hello | keyhold crypto verify-mac session --mechanism hmac-sha-256 --mac hello.mac',
        'from a pipe',
      ],
    ],
    options: command => macOptions(command).requiredOption('--mac <file>', 'the MAC in base64'),
    async run(session, [key = ''], options) {
      const mac = readFileSync(options.mac, 'latin1').trim();
      const body = { ...(await macBody(options)), mac };
      requireValid(session, await send<VerdictReply>(session, key, 'verify-mac', body), 'MAC');
    },
  });
  serverCommand<SecretOutput & { readonly peer: string; readonly keyVersion?: string }>(crypto, {
    usage: 'agree <key>',
    description: 'agree on a shared secret with the public key of a peer',
    examples: [['keyhold crypto agree mine --peer theirs.der --out shared.bin', 'raw: derive keys from it']],
    options: command =>
      secretOptions(versionOption(command).requiredOption('--peer <file>', 'SubjectPublicKeyInfo in DER')),
    async run(session, [key = ''], options) {
      using place = openSecretPlace(options);
      const peerPublicKey = readFileSync(options.peer).toString('base64');
      const version = number('--key-version', options.keyVersion);
      const reply = await send<SharedSecretReply>(session, key, 'agree', { version, peerPublicKey });
      place.write(Buffer.from(reply.sharedSecret, 'base64'));
    },
  });
  serverCommand<SecretOutput & { readonly keyVersion?: string }>(crypto, {
    usage: 'encapsulate <key>',
    description: 'make a shared secret; prints its ciphertext, and writes the secret where you say',
    examples: [['keyhold crypto encapsulate kem --out shared.bin > shared.ct', 'ML-KEM']],
    options: command => secretOptions(versionOption(command)),
    async run(session, [key = ''], options) {
      using place = openSecretPlace(options);
      const version = number('--key-version', options.keyVersion);
      const reply = await send<EncapsulateReply>(session, key, 'encapsulate', { version });
      const { sharedSecret } = reply;
      place.write(options.stdout === true ? sharedSecret : Buffer.from(sharedSecret, 'base64'));
      printLine(reply.ciphertext);
    },
  });
  serverCommand<SecretOutput & { readonly keyVersion?: string; readonly in?: string }>(crypto, {
    usage: 'decapsulate <key>',
    description: 'get a shared secret back from its ciphertext in base64',
    examples: [['keyhold crypto decapsulate kem --in shared.ct --out shared.bin', 'ML-KEM']],
    options: command =>
      secretOptions(versionOption(command).option('--in <file>', 'default: standard input')),
    async run(session, [key = ''], options) {
      using place = openSecretPlace(options);
      const version = number('--key-version', options.keyVersion);
      const ciphertext = await textOf(options.in);
      const reply = await send<SharedSecretReply>(session, key, 'decapsulate', { version, ciphertext });
      place.write(Buffer.from(reply.sharedSecret, 'base64'));
    },
  });
  serverCommand<{ readonly keyVersion?: string }>(crypto, {
    usage: 'public-key <key>',
    description: 'print the public key of a pair in PEM',
    examples: [['keyhold crypto public-key release > release.pem', 'for those who verify']],
    options: versionOption,
    async run(session, [key = ''], { keyVersion }) {
      const query = { version: number('--key-version', keyVersion) };
      const path = session.path('keys', key, 'public-key');
      const reply = await session.client.get<PublicKeyReply>(path, query);
      if (session.json) session.show(reply);
      else printLine(pem(reply.publicKey));
    },
  });
  addKeyToKeyCommands(crypto);
}

/** RFC 7468 section 13. */
function pem(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----'].join('\n');
}
