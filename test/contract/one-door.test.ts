// What the one door itself promises of every operation, by operations that do nothing but tell what happens to them: entries of refusals,
// hooks that are called once or never, secrets that go no further than an answer.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { must } from '../../src/base/assert.ts';
import { execute } from '../../src/core/execute.ts';
import { executeBatch } from '../../src/core/execute-batch.ts';
import { keyDemand } from '../../src/core/find-key.ts';
import type { Kms } from '../../src/core/kms.ts';
import type { ChangeOperation, UseOperation } from '../../src/core/operation.ts';
import { disableKey } from '../../src/core/operations/keys/change-state.ts';
import { createName } from '../../src/core/operations/names/names.ts';
import { KmsError } from '../../src/domain/errors.ts';
import type { Key } from '../../src/domain/key.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { byId, CoreSubject, codeOf } from './core-subject.ts';

let keyhold: TestKeyhold;
let core: CoreSubject;
before(async () => {
  keyhold = await startKeyhold();
  core = new CoreSubject(keyhold);
});
after(() => keyhold.stop());

/** What the operations below have told. */
let told: string[] = [];
beforeEach(() => {
  told = [];
});

const refusal = () => new KmsError('conflict', 'no');
const NO_RECORD = { targets: [] };

interface Asked {
  readonly text: string;
  /** The key as the operation believes it to be: protected once. */
  readonly key?: Key;
}

const use: UseOperation<Asked, undefined, string> = {
  name: 'key.encrypt',
  kind: 'use',
  disclosure: 'denied',
  check({ text }) {
    if (text === 'malformed') throw refusal();
  },
  find: async () => undefined,
  demands: () => [],
  async run(_kms, { input: { text } }) {
    if (text === 'failing') throw refusal();
    told.push(`run ${text}`);
    return `${text} ${told.length}`;
  },
  discard: output => void told.push(`discard ${output}`),
  protects: (_target, { key }) => (key === undefined ? undefined : { key, bytes: 1 }),
  record: (_input, _target, output) => ({ targets: [], details: { output } }),
};

const change: ChangeOperation<string, undefined, string, string> = {
  name: 'key.create',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    if (input === 'malformed') throw refusal();
  },
  find: async () => undefined,
  demands: () => [],
  async prepare(_kms, { input }) {
    if (input === 'unprepared') throw refusal();
    return `made for ${input}`;
  },
  async run(_kms, _tx, { input, prepared }) {
    if (input === 'refused') throw refusal();
    return prepared;
  },
  finish: (_kms, output) => void told.push(`finish ${output}`),
  abandon: prepared => void told.push(`abandon ${prepared}`),
  record: () => NO_RECORD,
};

test('an answer that is not given after all is wiped, and the log holds nothing of it', async () => {
  const usageLimit = { unit: 'operations', total: 1 } as const;
  const key = await core.newKey({ usageLimit });
  assert.equal(await core.run(use, { text: 'first', key }), 'first 1');
  const context = core.context();
  // As if it had been read before the first one.
  assert.equal(await core.outcome(use, { text: 'second', key }, context), 'usageLimitExceeded');
  assert.deepEqual(told, ['run first', 'run second', 'discard second 2']);
  const [entry] = await core.entriesOf(context.requestId);
  assert.deepEqual([entry?.outcome, entry?.details], ['usageLimitExceeded', {}]);
});

test('a protection that fails takes nothing from the limit, and is in the log as it has ended', async () => {
  const key = await core.newKey({ usageLimit: { unit: 'operations', total: 1 } });
  const context = core.context();
  assert.equal(await core.outcome(use, { text: 'failing', key }, context), 'conflict');
  const entries = await core.entriesOf(context.requestId);
  assert.deepEqual(
    entries.map(({ outcome }) => outcome),
    ['conflict'],
  );
  assert.equal(await core.outcome(use, { text: 'first', key }), 'ok');
});

test('a dry run of a use answers nothing, and one of a change keeps nothing', async () => {
  const dry = core.context({ dryRun: true });
  assert.equal(await core.outcome(use, { text: 'dry' }, dry), 'dryRun');
  assert.equal(await core.outcome(change, 'dry', dry), 'dryRun');
  const inBatch = executeBatch(keyhold.kms, async run => {
    assert.equal(await codeOf(run(use, dry, { text: 'batched' })), 'dryRun');
    assert.equal(await codeOf(run(change, dry, 'batched')), 'dryRun');
  });
  await inBatch;
  assert.deepEqual(told, [
    'run dry',
    'discard dry 1',
    'abandon made for dry',
    'run batched',
    'discard batched 4',
    'abandon made for batched',
  ]);
  const entries = await core.entriesOf(dry.requestId);
  assert.deepEqual(
    entries.map(({ outcome }) => outcome),
    ['dryRun', 'dryRun', 'dryRun', 'dryRun'],
  );
});

test('what was made for a change is given up where it is refused, and finished where it is kept', async () => {
  const context = core.context();
  assert.equal(await core.outcome(change, 'malformed', context), 'conflict');
  assert.equal(await core.outcome(change, 'unprepared', context), 'conflict');
  assert.equal(await core.outcome(change, 'refused', context), 'conflict');
  assert.equal(await core.run(change, 'kept', context), 'made for kept');
  assert.deepEqual(told, ['abandon made for refused', 'finish made for kept']);
  const entries = await core.entriesOf(context.requestId);
  assert.deepEqual(
    entries.map(({ outcome }) => outcome),
    ['conflict', 'conflict', 'conflict', 'ok'],
  );
});

test('a change finds what changes before it in the same commit have left', async () => {
  const key = await core.newKey();
  const ofActive: ChangeOperation<string, Key, string> = {
    name: 'key.update',
    kind: 'change',
    disclosure: 'denied',
    find: async (reads, _context, id) => must(await reads.keys.find(id), 'it was made'),
    demands: target => [keyDemand('key.update', target)],
    allow({ state }) {
      if (state !== 'active') throw refusal();
    },
    run: async () => 'changed',
    record: () => NO_RECORD,
  };
  const outcomes = await Promise.all([
    core.outcome(disableKey, byId(key.id)),
    core.outcome(ofActive, key.id),
  ]);
  assert.deepEqual(outcomes, ['ok', 'conflict']);
});

test('an entry names the credential and the address of who has asked', async () => {
  const principal = {
    id: randomUUID(),
    kind: 'user',
    name: 'somebody',
    enabled: true,
    createdAt: 0,
    revision: 1,
  } as const;
  const credentialId = randomUUID();
  const context = core.context({
    actor: { type: 'principal', principal, credentialId },
    sourceAddress: '192.0.2.7',
  });
  await core.run(use, { text: 'asked' }, context);
  const [entry] = await core.entriesOf(context.requestId);
  assert.deepEqual(
    [entry?.principalId, entry?.credentialId, entry?.sourceAddress],
    [principal.id, credentialId, '192.0.2.7'],
  );
});

test('a batch checks each operation, and a sealed server begins none', async () => {
  const context = core.context();
  await executeBatch(keyhold.kms, async run => {
    assert.equal(await codeOf(run(use, context, { text: 'malformed' })), 'conflict');
  });
  const custody: Kms['custody'] = {
    ...keyhold.kms.custody,
    requireReady() {
      throw new KmsError('sealed', 'The server is sealed.');
    },
  };
  await executeBatch({ ...keyhold.kms, custody }, async run => {
    assert.equal(await codeOf(run(use, context, { text: 'sealed' })), 'sealed');
  });
  assert.deepEqual(told, []);
});

test('what a refused change of a batch had written is undone, though the rest is kept', async () => {
  const writing: ChangeOperation<string, undefined, void> = {
    name: 'key.update',
    kind: 'change',
    disclosure: 'denied',
    find: async () => undefined,
    demands: () => [],
    async run(_kms, tx, { input }) {
      await tx.settings.put(`door ${input}`, 'written');
      if (input === 'refused') throw refusal();
    },
    record: () => NO_RECORD,
  };
  const context = core.context();
  await executeBatch(keyhold.kms, async run => {
    assert.equal(await codeOf(run(writing, context, 'refused')), 'conflict');
    await run(writing, context, 'kept');
  });
  assert.equal(await keyhold.kms.store.settings.get('door refused'), undefined);
  assert.equal(await keyhold.kms.store.settings.get('door kept'), 'written');
});

test('what a batch made for changes is finished once it is kept, and given up once it is undone', async () => {
  const context = core.context();
  await executeBatch(keyhold.kms, run => run(change, context, 'kept'));
  const undone = executeBatch(keyhold.kms, async run => {
    await run(change, context, 'undone');
    throw refusal();
  });
  assert.equal(await codeOf(undone), 'conflict');
  assert.deepEqual(told, ['finish made for kept', 'abandon made for undone']);
});

test('a batch that asks something else makes it anew, and wipes it and what came behind', async () => {
  const context = core.context();
  let runs = 0;
  const answers = await executeBatch(keyhold.kms, async run => {
    runs += 1;
    const first = await run(use, context, { text: runs < 3 ? 'one' : 'other' });
    return [first, await run(use, context, { text: 'behind' })];
  });
  assert.deepEqual(told, [
    'run one',
    'run behind',
    'discard one 1',
    'discard behind 2',
    'run other',
    'run behind',
  ]);
  assert.deepEqual(answers, ['other 5', 'behind 6']);
});

test('what was made for one operation is not taken for another that is asked the same', async () => {
  const context = core.context();
  const like: typeof use = { ...use, run: async () => 'of the other' };
  let runs = 0;
  const answer = await executeBatch(keyhold.kms, run => {
    runs += 1;
    return run(runs < 2 ? use : like, context, { text: 'same' });
  });
  assert.equal(answer, 'of the other');
});

test('a batch does nothing more in a run in which something is missing, whatever its work makes of that', async () => {
  const context = core.context();
  await executeBatch(keyhold.kms, async run => {
    try {
      return await run(use, context, { text: 'slow' });
    } catch {
      return await run(use, context, { text: 'instead' });
    }
  });
  assert.deepEqual(told, ['run slow']);
});

test('a read in a batch sees what the batch has changed', async () => {
  const key = await core.newKey();
  const name = { namespace: 'door', text: 'read in a batch' };
  const project = keyhold.credentials.project.id;
  const named: UseOperation<undefined, undefined, string | undefined> = {
    name: 'name.list',
    kind: 'read',
    disclosure: 'denied',
    find: async () => undefined,
    demands: () => [],
    run: async kms => (await kms.store.names.find(name.namespace, project, name.text))?.keyId,
    record: () => NO_RECORD,
  };
  const context = core.context();
  const found = await executeBatch(keyhold.kms, async run => {
    await run(createName, context, { ...name, ...byId(key.id) });
    return run(named, context, undefined);
  });
  assert.equal(found, key.id);
  assert.equal(await execute(keyhold.kms, named, context, undefined), key.id);
});
