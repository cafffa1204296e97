// Following the audit log: what is shown has been written so that it stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execute } from '../../src/core/execute.ts';
import type { Kms } from '../../src/core/kms.ts';
import { followAudit } from '../../src/core/operations/audit/follow.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { startKeyhold } from '../support/keyhold.ts';
import { systemContext } from '../support/system.ts';

test('an entry is shown once it is durable, and not before', async () => {
  const keyhold = await startKeyhold();
  try {
    const projectId = keyhold.credentials.project.id;
    const context = systemContext(projectId);
    const settled = Promise.withResolvers<void>();
    let waits = 0;
    const settle = () => {
      waits += 1;
      return settled.promise;
    };
    // A disk that takes its time: the entry can be read already.
    const auditLog = Object.create(keyhold.kms.auditLog, { settle: { value: settle } });
    const slow: Kms = { ...keyhold.kms, auditLog };
    const [newest] = await slow.store.log.search({}, { limit: 1, newestFirst: true });
    const { entries } = await execute(slow, followAudit, context, { filter: {}, after: newest?.index });
    await execute(keyhold.kms, createKey, context, { algorithm: 'aes-256', location: 'here' });
    let isShown = false;
    const first = (async () => {
      for await (const entry of entries) {
        isShown = true;
        return entry;
      }
      return undefined;
    })();
    while (waits === 0) await new Promise(resolve => setTimeout(resolve, 1));
    await new Promise(resolve => setTimeout(resolve, 20));
    assert.equal(isShown, false);
    settled.resolve();
    const entry = await first;
    assert.ok(typeof entry === 'object');
    assert.equal(entry.entry.operation, 'audit.follow');
  } finally {
    await keyhold.stop();
  }
});
