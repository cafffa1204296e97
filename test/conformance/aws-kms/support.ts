// What the AWS KMS suites share: a running server, SDK clients of any account, faults as values, and requests made by hand.

import { request as httpRequest } from 'node:http';
import { KMS } from '@aws-sdk/client-kms';
import { decodeUtf8, utf8 } from '../../../src/base/bytes.ts';
import { revealSecretBytes } from '../../../src/base/secret-bytes.ts';
import { execute } from '../../../src/core/execute.ts';
import { bindRole } from '../../../src/core/operations/access/bindings.ts';
import { issueCredential } from '../../../src/core/operations/identity/credentials.ts';
import { createPrincipal } from '../../../src/core/operations/identity/principals.ts';
import { createProject } from '../../../src/core/operations/projects/projects.ts';
import type { Role } from '../../../src/domain/permission.ts';
import { signRequest } from '../../../src/wire/aws-signature/sign.ts';
import type { HeaderField } from '../../../src/wire/http.ts';
import { type StartOptions, startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { systemContext } from '../../support/system.ts';

export interface AwsAccount {
  readonly accountId: string;
  readonly projectId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Exchange {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface HandMade {
  readonly operation?: string;
  readonly body?: string | Uint8Array;
  readonly account?: AwsAccount;
  readonly region?: string;
  readonly service?: string;
  /** Replaces or adds headers before signing; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Changes what was signed, on its way. */
  readonly tamper?: (headers: readonly HeaderField[]) => readonly HeaderField[];
  readonly atMs?: number;
  readonly path?: string;
  readonly method?: string;
  readonly unsigned?: boolean;
  readonly securityToken?: string;
}

export interface AwsSubject {
  readonly keyhold: TestKeyhold;
  readonly account: AwsAccount;
  readonly region: string;
  /** A client whose clock is the server's at this moment. It does not repeat a refused request. */
  client(account?: AwsAccount, region?: string): KMS;
  /** Another project with a principal of these roles. */
  addAccount(name: string, roles: readonly Role[]): Promise<AwsAccount>;
  /** Another principal of an account. */
  addPrincipal(account: AwsAccount, name: string, roles: readonly Role[]): Promise<AwsAccount>;
  send(request: HandMade): Promise<Exchange>;
  stop(): Promise<void>;
}

export async function startAws(options: StartOptions = {}): Promise<AwsSubject> {
  const keyhold = await startKeyhold(options);
  const { aws, project } = keyhold.credentials;
  const account = { ...aws, accountId: project.accountId, projectId: project.id };
  const clients: KMS[] = [];
  const { kms } = keyhold;

  async function addPrincipal(
    place: Pick<AwsAccount, 'accountId' | 'projectId'>,
    name: string,
    roles: readonly Role[],
  ): Promise<AwsAccount> {
    const context = systemContext(place.projectId);
    const principal = await execute(kms, createPrincipal, context, { name, kind: 'serviceAccount' });
    for (const role of roles) {
      await execute(kms, bindRole, context, { principal: principal.id, role, scope: { on: 'realm' } });
    }
    const input = { principal: principal.id, kind: 'accessKeyPair' } as const;
    const issued = await execute(kms, issueCredential, context, input);
    using secret = issued.secret;
    return {
      accountId: place.accountId,
      projectId: place.projectId,
      accessKeyId: issued.credential.lookup,
      secretAccessKey: decodeUtf8(revealSecretBytes(secret)),
    };
  }

  return {
    keyhold,
    account,
    region: aws.region,
    client(as = account, region = aws.region) {
      const client = new KMS({
        region,
        endpoint: keyhold.url,
        credentials: as,
        maxAttempts: 1,
        systemClockOffset: keyhold.clock.now() - Date.now(),
      });
      clients.push(client);
      return client;
    },
    async addAccount(name, roles) {
      const { project: made } = await execute(kms, createProject, systemContext(undefined), { name });
      return addPrincipal({ accountId: made.accountId, projectId: made.id }, 'client', roles);
    },
    addPrincipal,
    send: handMade => sendByHand(keyhold, handMade, account, aws.region),
    async stop() {
      for (const client of clients) client.destroy();
      await keyhold.stop();
    },
  };
}

function sendByHand(
  keyhold: TestKeyhold,
  made: HandMade,
  account: AwsAccount,
  region: string,
): Promise<Exchange> {
  const { host, hostname, port } = new URL(keyhold.url);
  const body = typeof made.body === 'string' ? utf8(made.body) : (made.body ?? utf8('{}'));
  const wanted: Record<string, string | undefined> = {
    host,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': made.operation === undefined ? undefined : `TrentService.${made.operation}`,
    ...made.headers,
  };
  const headers = Object.entries(wanted).flatMap(([name, value]): HeaderField[] =>
    value === undefined ? [] : [[name, value]],
  );
  const target = made.path ?? '/';
  const method = made.method ?? 'POST';
  const credential = {
    accessKeyId: (made.account ?? account).accessKeyId,
    secret: utf8((made.account ?? account).secretAccessKey),
    region: made.region ?? region,
    service: made.service ?? 'kms',
    ...(made.securityToken === undefined ? {} : { securityToken: made.securityToken }),
  };
  const atMs = made.atMs ?? keyhold.clock.now();
  const signed = made.unsigned ? headers : signRequest({ method, target, headers, body }, credential, atMs);
  const sent = made.tamper?.(signed) ?? signed;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { hostname, port, method, path: target, headers: sent.flat() as unknown as Record<string, string> },
      incoming => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** What a request is refused with: AWS's name of the error and its message. Fulfils with undefined where it is not refused. */
export async function faultOf(answer: Promise<unknown>): Promise<string | undefined> {
  try {
    await answer;
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.name : String(thrown);
  }
}

/** The name and the message of the refusal. */
export async function refusalOf(answer: Promise<unknown>): Promise<readonly [string, string]> {
  try {
    await answer;
  } catch (thrown) {
    // What the SDK puts where the server sent no message.
    if (thrown instanceof Error)
      return [thrown.name, thrown.message === 'UnknownError' ? '' : thrown.message];
  }
  return ['no refusal', ''];
}
