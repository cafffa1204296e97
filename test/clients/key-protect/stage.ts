// What the suites of Key Protect's clients share: a whole server, two callers with every role of IBM's, and a second door by which a suite
// in another language moves the server's clock or has a KMIP adapter make an object.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execute } from '../../../src/core/execute.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import type { Role } from '../../../src/domain/permission.ts';
import { type KeyProtectSubject, startKeyProtect } from '../../conformance/key-protect/support.ts';

const ROLES: readonly Role[] = ['user', 'exporter', 'manager', 'registrar', 'purger'];

export interface Stage {
  readonly url: string;
  readonly instanceId: string;
  readonly apiKey: string;
  /** What a suite needs to know; nothing of this process's own environment but the path. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const subject = await startKeyProtect();
  const first = await subject.addCaller('first', ROLES);
  const second = await subject.addCaller('second', ROLES);
  const backstage = await openBackstage(subject);
  const { port } = backstage.address() as AddressInfo;
  return {
    url: subject.keyhold.url,
    instanceId: first.instanceId,
    apiKey: first.apiKey,
    environment: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      KEYHOLD_URL: subject.keyhold.url,
      INSTANCE_ID: first.instanceId,
      API_KEY: first.apiKey,
      SECOND_API_KEY: second.apiKey,
      BACKSTAGE_URL: `http://127.0.0.1:${port}`,
    },
    async stop() {
      await new Promise(resolve => backstage.close(resolve));
      await subject.stop();
    },
  };
}

/** `/clock?seconds=` and `/kmip-object?adapter=`; answers the id of the object. */
async function openBackstage(subject: KeyProtectSubject): Promise<Server> {
  async function perform(url: URL): Promise<string> {
    const { keyhold, caller } = subject;
    if (url.pathname === '/clock') {
      keyhold.clock.advance(Math.ceil(Number(url.searchParams.get('seconds')) * 1_000));
      await keyhold.runDueWork();
      return '';
    }
    const principal = await keyhold.kms.store.principals.find(url.searchParams.get('adapter') ?? '');
    assert.ok(principal !== undefined, 'there is such an adapter');
    const context = {
      requestId: keyhold.kms.random.uuid(),
      protocol: 'kmip',
      actor: { type: 'principal', principal, credentialId: 'none' },
      projectId: caller.instanceId,
    } as const;
    const made = await execute(keyhold.kms, createKey, context, {
      algorithm: 'aes-256',
      location: keyhold.credentials.aws.region,
    });
    return made.key.id;
  }
  const server = createServer((request, response) => {
    perform(new URL(request.url ?? '/', 'http://backstage')).then(
      text => response.end(text),
      (thrown: unknown) => response.writeHead(500).end(String(thrown)),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}
