// One operation on the keys of two projects: each project finds its own side in its own part of the log, and nothing of the other's.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeUtf8, utf8 } from '../../src/base/bytes.ts';
import { execute } from '../../src/core/execute.ts';
import type { Operation } from '../../src/core/operation.ts';
import { encrypt } from '../../src/core/operations/crypto/encrypt.ts';
import { reencrypt } from '../../src/core/operations/crypto/reencrypt.ts';
import { disableKey } from '../../src/core/operations/keys/change-state.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { createProject } from '../../src/core/operations/projects/projects.ts';
import { NO_CONTEXT } from '../../src/domain/message-context.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { systemContext } from '../support/system.ts';

let keyhold: TestKeyhold;
before(async () => {
  keyhold = await startKeyhold();
});
after(() => keyhold.stop());

function run<Input, Target, Output, Prepared>(
  projectId: string | undefined,
  operation: Operation<Input, Target, Output, Prepared>,
  input: Input,
): Promise<Output> {
  return execute(keyhold.kms, operation, systemContext(projectId), input);
}

async function entriesOf(projectId: string): Promise<readonly Record<string, unknown>[]> {
  const filter = { projectId, operation: 'key.reencrypt' };
  const rows = await keyhold.kms.store.log.search(filter, { limit: 10, newestFirst: false });
  return rows.map(({ leaf }) => JSON.parse(decodeUtf8(leaf)));
}

test('a re-encryption between two projects is in the log of both, and each sees its own key alone', async () => {
  const from = keyhold.credentials.project.id;
  const { project } = await run(undefined, createProject, { name: 'receiving' });
  const to = project.id;
  const spec = { algorithm: 'aes-256', location: 'here' } as const;
  const { key: source } = await run(from, createKey, spec);
  const { key: destination } = await run(to, createKey, spec);
  const context = { kind: 'map', entries: { department: 'sales' } } as const;
  const { ciphertext } = await run(from, encrypt, {
    key: { by: 'id', id: source.id },
    plaintext: utf8('moved'),
    context,
  });
  const move = {
    source: { ciphertext, context },
    destination: { key: { by: 'id', id: destination.id }, context: NO_CONTEXT },
  } as const;
  await run(to, reencrypt, move);
  await run(from, disableKey, { key: { by: 'id', id: source.id } });
  await assert.rejects(run(to, reencrypt, move), { code: 'keySuspended' });

  const there = await entriesOf(from);
  assert.deepEqual(
    there.map(({ outcome, targets, details }) => ({ outcome, targets, details })),
    ['ok', 'keySuspended'].map(outcome => ({
      outcome,
      targets: [{ type: 'key', id: source.id, version: 1 }],
      details: { from: { context: context.entries } },
    })),
  );
  const here = await entriesOf(to);
  assert.deepEqual(
    here.map(({ requestId }) => requestId),
    there.map(({ requestId }) => requestId),
  );
});

test('a re-encryption within one project is in its log once', async () => {
  const { project } = await run(undefined, createProject, { name: 'moving-at-home' });
  const spec = { algorithm: 'aes-256', location: 'here' } as const;
  const keys = [await run(project.id, createKey, spec), await run(project.id, createKey, spec)];
  const [source = '', destination = ''] = keys.map(({ key }) => key.id);
  const { ciphertext } = await run(project.id, encrypt, {
    key: { by: 'id', id: source },
    plaintext: utf8('moved'),
    context: NO_CONTEXT,
  });
  await run(project.id, reencrypt, {
    source: { ciphertext, context: NO_CONTEXT },
    destination: { key: { by: 'id', id: destination }, context: NO_CONTEXT },
  });
  assert.equal((await entriesOf(project.id)).length, 1);
});
