// What suites of core operations share: everything real behind the one door, on both engines, and requests of the server itself.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { decodeUtf8 } from '../../src/base/bytes.ts';
import type { RequestContext } from '../../src/core/context.ts';
import { execute } from '../../src/core/execute.ts';
import type { KeySelector } from '../../src/core/find-key.ts';
import type { Operation } from '../../src/core/operation.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import type { NewKeyInput } from '../../src/core/operations/keys/new-key.ts';
import type { AuditEntry } from '../../src/domain/audit-entry.ts';
import { KmsError } from '../../src/domain/errors.ts';
import type { Key } from '../../src/domain/key.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { systemContext } from '../support/system.ts';

export class CoreSubject {
  readonly keyhold: TestKeyhold;

  constructor(keyhold: TestKeyhold) {
    this.keyhold = keyhold;
  }

  context(changes: Partial<RequestContext> = {}): RequestContext {
    return { ...systemContext(this.keyhold.credentials.project.id), ...changes };
  }

  run<Input, Target, Output, Prepared>(
    operation: Operation<Input, Target, Output, Prepared>,
    input: Input,
    context = this.context(),
  ): Promise<Output> {
    return execute(this.keyhold.kms, operation, context, input);
  }

  /** The code of the refusal, or `ok`. */
  async outcome<Input, Target, Output, Prepared>(
    operation: Operation<Input, Target, Output, Prepared>,
    input: Input,
    context = this.context(),
  ): Promise<string> {
    return codeOf(this.run(operation, input, context));
  }

  async newKey(input: Partial<NewKeyInput> = {}): Promise<Key> {
    return (await this.run(createKey, { algorithm: 'aes-256', location: 'here', ...input })).key;
  }

  now(): number {
    return this.keyhold.clock.now();
  }

  /** What the log says of a request, in order. */
  async entriesOf(requestId: string): Promise<readonly AuditEntry[]> {
    const rows = await this.keyhold.kms.store.log.search({}, { limit: 1_000, newestFirst: true });
    const entries = rows.map(row => JSON.parse(decodeUtf8(row.leaf)) as AuditEntry);
    return entries.filter(entry => entry.requestId === requestId).reverse();
  }
}

export const byId = (id: string): { readonly key: KeySelector } => ({ key: { by: 'id', id } });

export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'ok';
  } catch (thrown) {
    assert.ok(thrown instanceof KmsError, String(thrown));
    return thrown.code;
  }
}

/** Declares the tests once for each engine. */
export function onBothEngines(name: string, tests: (subject: () => CoreSubject) => void): void {
  const declare = (engine: string, store: () => Promise<string>) =>
    describe(`${name} on ${engine}`, () => {
      let keyhold: TestKeyhold;
      before(async () => {
        keyhold = await startKeyhold({ store: await store() });
      });
      after(() => keyhold.stop());
      tests(() => new CoreSubject(keyhold));
    });

  declare('SQLite', async () => 'sqlite');
  describe('with PostgreSQL', () => {
    let postgres: PostgresServer;
    before(async () => {
      postgres = await startPostgres();
    });
    after(() => postgres.stop());
    declare('PostgreSQL', () => postgres.createDatabase());
  });
}
