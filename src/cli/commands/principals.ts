// `keyhold principals`, `keyhold credentials` and `keyhold tokens`: who there is, and how they prove themselves.

import type { Command } from 'commander';
import type {
  CredentialReply,
  IssuedCredentialReply,
  PrincipalReply,
  TokenKeyReply,
} from '../../protocols/admin/types.ts';
import { days, serverCommand } from '../command.ts';
import { currentInstant } from '../environment.ts';
import { openSecretPlace, readInput, type SecretOutput } from '../files.ts';
import { type Column, instant, printNote } from '../output.ts';

const COLUMNS: readonly Column<PrincipalReply>[] = [
  { title: 'name', of: principal => principal.name },
  { title: 'kind', of: principal => principal.kind },
  { title: 'enabled', of: principal => principal.enabled },
  { title: 'created', of: principal => instant(principal.createdAt) },
  { title: 'id', of: principal => principal.id },
];

export function addPrincipalCommands(program: Command): void {
  const principals = program.command('principals').description('users and service accounts');
  serverCommand(principals, {
    usage: 'list',
    description: 'list principals',
    examples: [
      ['keyhold principals list', 'those of the project'],
      ['keyhold principals list --system', 'those of the system'],
    ],
    realm: 'either',
    run: async session =>
      session.list(await session.client.all<PrincipalReply>(session.path('principals')), COLUMNS),
  });
  serverCommand<{ readonly user?: boolean; readonly keyRing?: string }>(principals, {
    usage: 'create <name>',
    description: 'make a service account or user; it may do nothing until a role is bound to it',
    examples: [
      ['keyhold principals create checkout', 'a service account'],
      ['keyhold roles bind checkout user', 'what it may do'],
      ['keyhold credentials create checkout --out checkout.key', 'how it proves itself'],
    ],
    realm: 'either',
    options: command =>
      command
        .option('--user', 'a person rather than a program')
        .option('--key-ring <ring>', 'where the keys go that it makes without naming a key ring'),
    run: async (session, [name], { user, keyRing }) =>
      session.show(
        await session.client.send<PrincipalReply>('POST', session.path('principals'), {
          name,
          kind: user === true ? 'user' : 'serviceAccount',
          keyRing,
        }),
      ),
  });
  serverCommand(principals, {
    usage: 'show <principal>',
    description: 'show a principal',
    examples: [['keyhold principals show checkout', 'by name or id']],
    realm: 'either',
    run: async (session, [principal = '']) =>
      session.show(await session.client.get<PrincipalReply>(session.path('principals', principal))),
  });
  serverCommand(principals, {
    usage: 'rename <principal> <name>',
    description: 'give a principal another name',
    examples: [['keyhold principals rename checkout checkout-eu', 'its id and roles stay']],
    realm: 'either',
    run: async (session, [principal = '', name]) =>
      session.show(
        await session.client.send<PrincipalReply>('PATCH', session.path('principals', principal), { name }),
      ),
  });
  serverCommand(principals, {
    usage: 'move <principal> <key-ring>',
    description: 'have a principal make its keys in another key ring; those that are there stay',
    examples: [['keyhold principals move checkout payments', 'by name or id']],
    realm: 'either',
    run: async (session, [principal = '', keyRing]) =>
      session.show(
        await session.client.send<PrincipalReply>('PATCH', session.path('principals', principal), {
          keyRing,
        }),
      ),
  });
  for (const [word, enabled, does] of [
    ['disable', false, 'nothing that it presents counts from the next request on'],
    ['enable', true, 'its credentials count again'],
  ] as const) {
    serverCommand(principals, {
      usage: `${word} <principal>`,
      description: `${word} a principal: ${does}`,
      examples: [[`keyhold principals ${word} checkout`, does]],
      realm: 'either',
      run: async (session, [principal = '']) =>
        session.show(
          await session.client.send<PrincipalReply>('PATCH', session.path('principals', principal), {
            enabled,
          }),
        ),
    });
  }
  serverCommand(principals, {
    usage: 'delete <principal>',
    description: 'delete a principal with its credentials and roles',
    examples: [['keyhold principals delete checkout', 'the audit log remembers it']],
    realm: 'either',
    run: async (session, [principal = '']) =>
      session.show(
        await session.client.send<PrincipalReply>('DELETE', session.path('principals', principal)),
      ),
  });
  serverCommand<{ readonly in?: string }>(principals, {
    usage: 'password <principal>',
    description:
      'set the password of a principal, with which clients of OpenStack log in; the one before, and its tokens, count no more',
    examples: [
      [
        'keyhold principals password alice --in password.txt',
        'one line of a file; its end is not part of it',
      ],
      ['printf swordfish | keyhold principals password alice --system', 'of a user of the installation'],
    ],
    realm: 'either',
    options: command => command.option('--in <file>', 'default: standard input'),
    run: async (session, [principal = ''], options) => {
      const text = Buffer.from(await readInput(options.in)).toString('utf8');
      const password = Buffer.from(text.replace(/\r?\n$/, '')).toString('base64');
      const path = session.path('principals', principal, 'password');
      session.show(await session.client.send<CredentialReply>('POST', path, { password }));
    },
  });
  addCertificateCommands(principals);
  addCredentialCommands(program);
  addTokenCommands(program);
}

interface Expiry {
  readonly expiresDays?: string;
}

function expiryOf({ expiresDays }: Expiry): number | undefined {
  return expiresDays === undefined ? undefined : currentInstant() + days('--expires-days', expiresDays);
}

function addCertificateCommands(principals: Command): void {
  const certificates = principals
    .command('certificate')
    .description('X.509 client certificates, by which programs prove themselves in TLS');
  serverCommand<Expiry>(certificates, {
    usage: 'add <principal> <file>',
    description:
      'make a client certificate (PEM) a credential of a principal; its private key stays with the client',
    examples: [
      ['keyhold principals certificate add checkout client.pem', 'it counts as long as it is valid'],
      ['keyhold credentials list checkout', 'shows it with its subject and its end'],
    ],
    realm: 'either',
    options: command =>
      command.option('--expires-days <days>', 'it counts for so many days; default: to its own end'),
    run: async (session, [principal = '', file = ''], options) =>
      session.show(
        await session.client.send<CredentialReply>(
          'POST',
          session.path('principals', principal, 'certificates'),
          { certificate: Buffer.from(await readInput(file)).toString('utf8'), expiresAt: expiryOf(options) },
        ),
      ),
  });
}

function addTokenCommands(program: Command): void {
  const tokens = program.command('tokens').description('access tokens, which protocols issue for API keys');
  serverCommand<{ readonly revoke?: boolean }>(tokens, {
    usage: 'rotate-key',
    description: 'make a new key that signs tokens; those that are out count to their own end',
    examples: [
      ['keyhold tokens rotate-key', 'from time to time'],
      ['keyhold tokens rotate-key --revoke', 'and no token that is out proves anything any more'],
    ],
    realm: 'system',
    options: command => command.option('--revoke', 'end every token that is out, now'),
    run: async (session, _names, { revoke = false }) =>
      session.show(await session.client.send<TokenKeyReply>('POST', '/system/token-keys', { revoke })),
  });
}

interface CreateOptions extends SecretOutput, Expiry {
  readonly accessKeyPair?: boolean;
}

function addCredentialCommands(program: Command): void {
  const credentials = program
    .command('credentials')
    .description('API keys, access-key pairs and certificates of principals');
  serverCommand<CreateOptions>(credentials, {
    usage: 'create <principal>',
    description: 'issue a credential; its secret exists this once',
    examples: [
      ['keyhold credentials create checkout --out checkout.key', 'an API key, into a file of mode 0600'],
      [
        'keyhold credentials create checkout --access-key-pair --out checkout.secret',
        'for AWS clients: prints the id, writes the secret',
      ],
    ],
    realm: 'either',
    options: command =>
      command
        .option('--access-key-pair', 'an access key id and secret instead of an API key')
        .option('--expires-days <days>', 'it counts for so many days; default: until it is revoked')
        .option('--out <file>', 'a new file of mode 0600 for the secret')
        .option('--stdout', 'print the secret'),
    async run(session, [principal = ''], options) {
      using place = openSecretPlace(options);
      const path = session.path('principals', principal, 'credentials');
      const { credential, secret } = await session.client.send<IssuedCredentialReply>('POST', path, {
        kind: options.accessKeyPair === true ? 'accessKeyPair' : 'apiKey',
        expiresAt: expiryOf(options),
      });
      if (options.stdout === true) printNote(`${credential.kind} ${credential.lookup} of ${principal}`);
      else session.show(credential);
      place.write(secret);
    },
  });
  serverCommand(credentials, {
    usage: 'list <principal>',
    description: 'list the credentials of a principal, never their secrets',
    examples: [['keyhold credentials list checkout', 'which there are, and when they expire']],
    realm: 'either',
    run: async (session, [principal = '']) => {
      const path = session.path('principals', principal, 'credentials');
      const { items } = await session.client.get<{ items: readonly CredentialReply[] }>(path);
      session.list(items, [
        { title: 'id', of: credential => credential.id },
        { title: 'kind', of: credential => credential.kind },
        { title: 'presented as', of: credential => credential.lookup },
        { title: 'subject', of: credential => credential.certificate?.subject },
        { title: 'created', of: credential => instant(credential.createdAt) },
        { title: 'expires', of: credential => instant(credential.expiresAt) },
      ]);
    },
  });
  serverCommand(credentials, {
    usage: 'revoke <principal> <credential-id>',
    description: 'revoke a credential: it counts no more from the next request on',
    examples: [['keyhold credentials revoke checkout 52f0…', 'the id is in `credentials list`']],
    realm: 'either',
    run: async (session, [principal = '', id = '']) =>
      session.show(
        await session.client.send<CredentialReply>(
          'DELETE',
          session.path('principals', principal, 'credentials', id),
        ),
      ),
  });
}
