// What the KMIP suites share: a running server with its own port for KMIP, clients with certificates, and connections that speak TTLV.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { execute } from '../../../src/core/execute.ts';
import { bindRole } from '../../../src/core/operations/access/bindings.ts';
import { addCertificate } from '../../../src/core/operations/identity/credentials.ts';
import { createPrincipal } from '../../../src/core/operations/identity/principals.ts';
import { createProject } from '../../../src/core/operations/projects/projects.ts';
import type { Role } from '../../../src/domain/permission.ts';
import type { Principal } from '../../../src/domain/principal.ts';
import {
  make,
  maskOf,
  messageLength,
  readTtlv,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  type Version,
  writeTtlv,
} from '../../../src/wire/ttlv/index.ts';
import { CLIENT_AUTHENTICATION, SERVER_AUTHENTICATION, selfSigned } from '../../support/certificates.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { newApiKey, systemContext } from '../../support/system.ts';

export interface KmipClient {
  readonly projectId: string;
  readonly principalId: string;
  readonly certificate: string;
  readonly privateKey: string;
}

export interface KmipSubject {
  readonly keyhold: TestKeyhold;
  readonly port: number;
  /** The certificate of the server, in PEM. */
  readonly serverCertificate: string;
  /** A client in a project of its own, unless one is named. */
  addClient(options?: { readonly projectId?: string; readonly roles?: readonly Role[] }): Promise<KmipClient>;
  /** The API key of a new principal of that name. */
  addUser(projectId: string, name: string, roles: readonly Role[]): Promise<string>;
  connect(client: KmipClient): Promise<KmipConnection>;
  stop(): Promise<void>;
}

/** What a storage array may do: make, use, read and destroy keys. */
export const ARRAY_ROLES: readonly Role[] = ['manager', 'user', 'exporter', 'purger'];

/** The settings that open the port for KMIP. The files are gone when it is disposed of: a running server has read them. */
export function kmipListener(): Disposable & {
  readonly settings: Readonly<Record<string, string>>;
  readonly certificate: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-kmip-'));
  const { certificate, privateKey } = certified('127.0.0.1', SERVER_AUTHENTICATION);
  const files = { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, privateKey, { mode: 0o600 });
  return {
    settings: {
      kmip: 'on',
      kmipPort: '0',
      kmipTlsCertificateFile: files.certificate,
      kmipTlsKeyFile: files.key,
    },
    certificate,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function startKmip(settings: Readonly<Record<string, string>> = {}): Promise<KmipSubject> {
  using listener = kmipListener();
  const keyhold = await startKeyhold({ settings: { ...listener.settings, ...settings } });
  const port = keyhold.kmipPort ?? 0;
  const { kms } = keyhold;
  let clients = 0;
  return {
    keyhold,
    port,
    serverCertificate: listener.certificate,
    async addClient({ projectId: given, roles = ARRAY_ROLES } = {}) {
      clients += 1;
      const name = `array-${clients}`;
      const projectId = given ?? (await execute(kms, createProject, systemContext(), { name })).project.id;
      const principal = await addPrincipal(projectId, name, roles);
      const identity = certified(name, CLIENT_AUTHENTICATION);
      const { certificate } = identity;
      await execute(kms, addCertificate, systemContext(projectId), { principal: principal.id, certificate });
      return { projectId, principalId: principal.id, ...identity };
    },
    async addUser(projectId, name, roles) {
      const { id } = await addPrincipal(projectId, name, roles);
      return newApiKey(kms, projectId, id);
    },
    connect: client => openConnection(port, client),
    stop: () => keyhold.stop(),
  };

  async function addPrincipal(projectId: string, name: string, roles: readonly Role[]): Promise<Principal> {
    const principal = await execute(kms, createPrincipal, systemContext(projectId), {
      name,
      kind: 'serviceAccount',
    });
    for (const role of roles) {
      const input = { principal: principal.id, role, scope: { on: 'realm' } } as const;
      await execute(kms, bindRole, systemContext(projectId), input);
    }
    return principal;
  }
}

export function certified(
  subject: string,
  purpose: string,
): { readonly certificate: string; readonly privateKey: string } {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    certificate: selfSigned({ subject, purposes: [purpose], keys }),
    privateKey: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

export interface KmipConnection {
  readonly socket: TLSSocket;
  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void;
  /** The next message of the server; rejects when the connection ends first. */
  next(): Promise<TtlvItem>;
  ask(message: TtlvField): Promise<TtlvItem>;
  readonly ended: Promise<void>;
  close(): void;
}

export async function openConnection(
  port: number,
  client?: Pick<KmipClient, 'certificate' | 'privateKey'>,
  options: object = {},
): Promise<KmipConnection> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ...(client && { cert: client.certificate, key: client.privateKey }),
    ...options,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  let buffered = Buffer.alloc(0);
  const waiting: { resolve(item: TtlvItem): void; reject(error: Error): void }[] = [];
  const arrived: TtlvItem[] = [];
  const ended = new Promise<void>(resolve => socket.once('close', () => resolve()));
  let isOver = false;
  void ended.then(() => {
    isOver = true;
    for (const each of waiting) each.reject(new Error('the connection has ended'));
  });
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    for (;;) {
      const length = messageLength(buffered, { bytesMax: 1e9, depthMax: 32, itemsMax: 1e6 });
      if (length === undefined || buffered.length < length) return;
      const item = readTtlv(Uint8Array.from(buffered.subarray(0, length)), {
        bytesMax: 1e9,
        depthMax: 32,
        itemsMax: 1e6,
      });
      buffered = buffered.subarray(length);
      const first = waiting.shift();
      if (first === undefined) arrived.push(item);
      else first.resolve(item);
    }
  });
  const next = (): Promise<TtlvItem> =>
    new Promise((resolve, reject) => {
      const ready = arrived.shift();
      if (ready !== undefined) resolve(ready);
      else if (isOver) reject(new Error('the connection has ended'));
      else waiting.push({ resolve, reject });
    });
  return {
    socket,
    write: bytes => socket.write(bytes),
    next,
    ask(message) {
      socket.write(writeTtlv(message));
      return next();
    },
    ended,
    close: () => socket.destroy(),
  };
}

export interface AskedItem {
  readonly operation: ValueName<'Operation'>;
  readonly payload?: readonly (TtlvField | undefined)[];
  readonly id?: Uint8Array;
  readonly extension?: TtlvField;
}

/** A request of one version. */
export function request(
  version: Version,
  items: readonly AskedItem[],
  header: readonly (TtlvField | undefined)[] = [],
): TtlvField {
  return make.structure('RequestMessage', [
    make.structure('RequestHeader', [
      make.structure('ProtocolVersion', [
        make.integer('ProtocolVersionMajor', Number(version[0])),
        make.integer('ProtocolVersionMinor', Number(version[2])),
      ]),
      ...header,
      version < '3.0' ? make.integer('BatchCount', items.length) : undefined,
    ]),
    ...items.map(({ operation, payload = [], id, extension }) =>
      make.structure('BatchItem', [
        make.enumeration('Operation', operation),
        make.ifPresent(id, value => make.byteString('UniqueBatchItemID', value)),
        make.structure('RequestPayload', payload),
        extension,
      ]),
    ),
  ]);
}

export const attribute = (name: string, value: TtlvField): TtlvField =>
  make.structure('Attribute', [make.textString('AttributeName', name), value]);

/** The payload of Create in 1.x for an active key that encrypts. */
export function newAes256(...further: readonly TtlvField[]): readonly TtlvField[] {
  return [
    make.enumeration('ObjectType', 'SymmetricKey'),
    make.structure('TemplateAttribute', [
      attribute('Cryptographic Algorithm', make.enumeration('AttributeValue', 3)),
      attribute('Cryptographic Length', make.integer('AttributeValue', 256)),
      attribute(
        'Cryptographic Usage Mask',
        make.integer('AttributeValue', maskOf('CryptographicUsageMask', ['Encrypt', 'Decrypt'])),
      ),
      attribute('Activation Date', make.dateTime('AttributeValue', 1)),
      ...further,
    ]),
  ];
}

/** The status and the texts of an answer's first item. */
export function answered(answer: TtlvItem): {
  readonly status: number;
  readonly reason?: number;
  readonly ids: readonly string[];
} {
  const item = answer.children.find(({ name }) => name === 'BatchItem');
  const field = (name: string) => item?.children.find(child => child.name === name);
  const payload = field('ResponsePayload')?.children ?? [];
  return {
    status: field('ResultStatus')?.uint32 ?? -1,
    ...(field('ResultReason') && { reason: field('ResultReason')?.uint32 ?? 0 }),
    ids: payload.filter(({ name }) => name === 'UniqueIdentifier').map(({ text }) => text),
  };
}
