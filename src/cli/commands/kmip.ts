// `keyhold kmip`: clients of KMIP from nothing to files that can be pointed at. Private keys are made here, on the client's side, and never
// sent anywhere.

import { generateKeyPair } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import type {
  AuthorityReply,
  CertifiedClientReply,
  CredentialReply,
  PrincipalReply,
} from '../../protocols/admin/types.ts';
import { type Session, serverCommand, wholeNumber } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { newFile, openSecretPlace, type SecretOutput, type SecretPlace } from '../files.ts';
import { instant, printNote } from '../output.ts';

/** What a storage array does: it makes, uses, reads and destroys keys. */
const ARRAY_ROLES = 'manager,user,exporter,purger';

interface Bundle {
  readonly out?: string;
  readonly days?: string;
  readonly keyType?: string;
}

interface AddOptions extends Bundle {
  readonly roles: string;
}

export function addKmipCommands(program: Command): void {
  const kmip = program.command('kmip').description('KMIP: clients, and the authority that certifies them');
  const clients = kmip.command('client').description('clients that prove themselves by a certificate');
  serverCommand<AddOptions>(clients, {
    usage: 'add <name>',
    description: 'make a client: its principal, its roles, and its key and certificates as files',
    examples: [
      ['keyhold kmip client add array-1', 'into ./array-1: client.key, client.crt and ca.crt'],
      [
        'keyhold kmip client add tape --project backup --roles manager,user,exporter',
        'which destroys nothing',
      ],
    ],
    options: command =>
      bundleOptions(command).option('--roles <roles>', 'what it may do, separated by commas', ARRAY_ROLES),
    async run(session, [name = ''], options) {
      using bundle = await openBundle(name, options);
      await session.client.send<PrincipalReply>('POST', session.path('principals'), {
        name,
        kind: 'serviceAccount',
      });
      try {
        for (const role of options.roles.split(',').filter(each => each !== ''))
          await session.client.send('POST', session.path('bindings'), { principal: name, role });
        await certify(session, name, bundle, options);
      } catch (thrown) {
        // Half a client would be in the way of the next attempt.
        await session.client.send('DELETE', session.path('principals', name)).catch(() => undefined);
        throw thrown;
      }
    },
  });
  serverCommand<Bundle>(clients, {
    usage: 'renew <name>',
    description: 'give a client a new key and certificate; the ones before count until they are revoked',
    examples: [
      ['keyhold kmip client renew array-1 --out ./array-1-new', 'before the certificate ends'],
      ['keyhold credentials revoke array-1 52f0…', 'the one before, which `kmip client list` shows'],
    ],
    options: bundleOptions,
    async run(session, [name = ''], options) {
      using bundle = await openBundle(name, options);
      await certify(session, name, bundle, options);
    },
  });
  serverCommand(clients, {
    usage: 'list',
    description: 'list the certificates of the clients of a project',
    examples: [['keyhold kmip client list', 'with the ends of their certificates']],
    run: async session => session.list(await certificatesOf(session), COLUMNS),
  });
  serverCommand(clients, {
    usage: 'remove <name>',
    description: 'delete a client with its certificates and roles, from its next message on; its keys stay',
    examples: [['keyhold kmip client remove array-1', 'connections that are open get no further answer']],
    run: async (session, [name = '']) =>
      session.show(await session.client.send<PrincipalReply>('DELETE', session.path('principals', name))),
  });
  serverCommand<Pick<SecretOutput, 'out'>>(kmip, {
    usage: 'ca',
    description: 'show the certificate of the authority, by which clients know the server',
    examples: [['keyhold kmip ca --out ca.crt', 'for clients that have certificates of their own']],
    realm: 'either',
    options: command => command.option('--out <file>', 'a new file; without one it is printed'),
    async run(session, _names, { out }) {
      using place = openSecretPlace({ out, stdout: out === undefined });
      place.write((await session.client.get<AuthorityReply>('/authority')).certificate.trimEnd());
    },
  });
}

function bundleOptions(command: Command): Command {
  return command
    .option('--out <directory>', 'where the files go; default: a directory of the name of the client')
    .option('--days <days>', 'how long the certificate is valid', '825')
    .option('--key-type <type>', 'rsa, which every array knows, or ec (P-256)', 'rsa');
}

interface OpenBundle extends Disposable {
  readonly publicKey: string;
  readonly privateKey: string;
  readonly places: Readonly<Record<'client.key' | 'client.crt' | 'ca.crt', SecretPlace>>;
}

/** The pair, and files that are there before anything is asked of the server. */
async function openBundle(name: string, { out = name, keyType }: Bundle): Promise<OpenBundle> {
  if (!/^[\w.-]+$/.test(name)) throw new CliFailure('usage', 'The name must be fit for a directory.');
  const encodings = {
    publicKeyEncoding: { format: 'pem', type: 'spki' },
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  } as const;
  if (keyType !== 'rsa' && keyType !== 'ec') throw new CliFailure('usage', '--key-type must be rsa or ec.');
  const make = promisify(generateKeyPair);
  const pair =
    keyType === 'rsa'
      ? await make('rsa', { modulusLength: 2048, ...encodings })
      : await make('ec', { namedCurve: 'P-256', ...encodings });
  mkdirSync(out, { recursive: true, mode: 0o700 });
  using opened = new DisposableStack();
  const open = (file: string): SecretPlace => opened.use(newFile(join(out, file)));
  const places = {
    'client.key': open('client.key'),
    'client.crt': open('client.crt'),
    'ca.crt': open('ca.crt'),
  };
  const kept = opened.move();
  return { ...pair, places, [Symbol.dispose]: () => kept.dispose() };
}

async function certify(session: Session, name: string, bundle: OpenBundle, { days = '' }: Bundle) {
  const { credential, certificate, authority } = await session.client.send<CertifiedClientReply>(
    'POST',
    session.path('principals', name, 'certified-keys'),
    { publicKey: bundle.publicKey, validDays: wholeNumber('--days', days) },
  );
  bundle.places['client.key'].write(bundle.privateKey.trimEnd());
  bundle.places['client.crt'].write(certificate.trimEnd());
  bundle.places['ca.crt'].write(authority.trimEnd());
  session.show({ principal: name, credential: credential.id, expiresAt: credential.expiresAt });
  printNote('Give the client all three files; client.key is its secret.');
}

interface ClientCertificate extends CredentialReply {
  readonly principal: string;
}

const COLUMNS = [
  { title: 'client', of: (each: ClientCertificate) => each.principal },
  { title: 'subject', of: (each: ClientCertificate) => each.certificate?.subject },
  { title: 'issuer', of: (each: ClientCertificate) => each.certificate?.issuer },
  { title: 'expires', of: (each: ClientCertificate) => instant(each.expiresAt) },
  { title: 'credential', of: (each: ClientCertificate) => each.id },
];

async function certificatesOf(session: Session): Promise<readonly ClientCertificate[]> {
  const found: ClientCertificate[] = [];
  for await (const principal of session.client.list<PrincipalReply>(session.path('principals'))) {
    const path = session.path('principals', principal.id, 'credentials');
    const { items } = await session.client.get<{ items: readonly CredentialReply[] }>(path);
    for (const each of items.filter(({ kind }) => kind === 'certificate'))
      found.push({ ...each, principal: principal.name });
  }
  return found;
}
