// Proofs of identity of a message: for whom a password is tried, and what the log says of those that fail.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startKeyhold, type TestKeyhold } from '../../../test/support/keyhold.ts';
import { newApiKey, systemContext } from '../../../test/support/system.ts';
import { must } from '../../base/assert.ts';
import { decodeUtf8, utf8 } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { execute } from '../../core/execute.ts';
import type { Kms } from '../../core/kms.ts';
import { setPassword } from '../../core/operations/identity/passwords.ts';
import { createPrincipal } from '../../core/operations/identity/principals.ts';
import type { AuditEntry } from '../../domain/audit-entry.ts';
import { KmsError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import {
  make,
  readTtlv,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  writeTtlv,
} from '../../wire/ttlv/index.ts';
import { authenticate, type Peer } from './authenticate.ts';

const PASSWORD = 'correct horse';

let keyhold: TestKeyhold;
/** Holds the connection. */
let array: Principal;
/** A user of the same project. */
let rider: Principal;
let apiKey: string;

before(async () => {
  keyhold = await startKeyhold();
  const { kms, credentials } = keyhold;
  const { id: projectId } = credentials.project;
  const add = (name: string) =>
    execute(kms, createPrincipal, systemContext(projectId), { name, kind: 'serviceAccount' });
  [array, rider] = [await add('array'), await add('rider')];
  using password = SecretBytes.own(utf8(PASSWORD));
  await execute(kms, setPassword, systemContext(projectId), { principal: rider.id, password });
  apiKey = await newApiKey(kms, projectId, rider.id);
});

after(() => keyhold.stop());

const credential = (type: ValueName<'CredentialType'>, ...value: readonly TtlvField[]): TtlvItem =>
  readTtlv(
    writeTtlv(
      make.structure('Credential', [
        make.enumeration('CredentialType', type),
        make.structure('CredentialValue', value),
      ]),
    ),
  );

const named = (username: string, password: string): TtlvItem =>
  credential(
    'UsernameAndPassword',
    make.textString('Username', username),
    make.textString('Password', password),
  );

let addresses = 0;

interface Attempt {
  /** The id of who it is, or the code of the refusal. */
  readonly outcome: string;
  /** Passwords that were tried. */
  readonly tried: number;
  readonly wasProven: boolean;
  readonly sourceAddress: string;
  /** All that the log says of it. */
  readonly entries: readonly AuditEntry[];
}

/** A message over the connection of somebody, each from elsewhere, so that none is slowed down. */
async function attempt(
  holder: Principal | undefined,
  credentials: readonly TtlvItem[],
  auditLog: Kms['auditLog'] = keyhold.kms.auditLog,
): Promise<Attempt> {
  let [tried, wasProven] = [0, false];
  const { identity, store } = keyhold.kms;
  const counting: Kms = {
    ...keyhold.kms,
    auditLog,
    identity: {
      ...identity,
      provePassword(...given) {
        tried += 1;
        return identity.provePassword(...given);
      },
    },
  };
  addresses += 1;
  const [requestId, sourceAddress] = [randomUUID(), `192.0.2.${addresses}`];
  const peer: Peer = {
    requestId,
    sourceAddress,
    prove: async () => holder && { principal: holder, credentialId: 'its certificate' },
    proven() {
      wasProven = true;
    },
  };
  const outcome = await authenticate(counting, peer, credentials).then(
    ({ actor }) => actor.principal.id,
    thrown => {
      assert.ok(thrown instanceof KmsError, String(thrown));
      return thrown.code;
    },
  );
  const rows = await store.log.search({ operation: 'authenticate' }, { limit: 100, newestFirst: true });
  const entries = rows.map(({ leaf }) => JSON.parse(decodeUtf8(leaf)) as AuditEntry);
  return {
    outcome,
    tried,
    wasProven,
    sourceAddress,
    entries: entries.filter(entry => entry.requestId === requestId),
  };
}

test('whoever holds the connection is who asks, unless a user of its project proves its password', async () => {
  const held = await attempt(array, []);
  assert.deepEqual([held.outcome, held.tried, held.wasProven], [array.id, 0, true]);
  const shown = await attempt(array, [named('rider', PASSWORD)]);
  assert.deepEqual([shown.outcome, shown.tried, shown.wasProven], [rider.id, 1, true]);
  assert.deepEqual([...held.entries, ...shown.entries], []);
  const wrong = await attempt(array, [named('rider', 'wrong horse')]);
  assert.deepEqual([wrong.outcome, wrong.tried, wrong.wasProven], ['unauthenticated', 1, false]);
  const unknown = await attempt(array, [named('nobody', PASSWORD)]);
  // It takes as long as for a user that is there.
  assert.deepEqual([unknown.outcome, unknown.tried, unknown.wasProven], ['unauthenticated', 1, false]);
});

test('no password is tried for a stranger, for one of no project, without a name and where it is empty', async () => {
  const { projectId: _, ...ofNoProject } = array;
  const device = credential('Device', make.textString('Password', PASSWORD));
  const attempts = [
    await attempt(undefined, [named('rider', PASSWORD)]),
    await attempt(ofNoProject, [named('rider', PASSWORD)]),
    await attempt(array, [device]),
    await attempt(array, [named('rider', '')]),
  ];
  for (const { outcome, tried, wasProven, entries } of attempts) {
    assert.deepEqual([outcome, tried, wasProven, entries.length], ['unauthenticated', 0, false, 1]);
  }
});

test('an API key is its own proof, from a stranger too, under the name of its principal', async () => {
  const { outcome, tried, wasProven } = await attempt(undefined, [named('rider', apiKey)]);
  assert.deepEqual([outcome, tried, wasProven], [rider.id, 0, true]);
});

test('a refused key is recorded once: by its public part, and where it came from', async () => {
  const wrong = apiKey.replace(/.$/, last => (last === 'a' ? 'b' : 'a'));
  const claimed = apiKey.slice(0, 'kh_'.length + 16);
  for (const shown of [named('rider', wrong), named('array', apiKey)]) {
    const { outcome, sourceAddress, entries, tried } = await attempt(array, [shown]);
    assert.deepEqual([outcome, tried, entries.length], ['unauthenticated', 0, 1]);
    const entry = must(entries[0], 'it is recorded');
    assert.deepEqual(
      [entry.kind, entry.outcome, entry.protocol, entry.sourceAddress, entry.targets, entry.details],
      ['authentication', 'unauthenticated', 'kmip', sourceAddress, [], { claimed }],
    );
  }
});

test('a refused password leaves nothing of itself in the log, even one that begins like a key', async () => {
  for (const password of ['wrong horse', 'kh_almost a key', `kh_${'almost'.repeat(4)}`]) {
    const { outcome, tried, entries } = await attempt(array, [named('rider', password)]);
    assert.deepEqual([outcome, tried, entries.map(({ details }) => details)], ['unauthenticated', 1, [{}]]);
    assert.doesNotMatch(JSON.stringify(entries), /horse|almost/);
  }
});

test('whatever proves nothing is recorded with its own outcome, and one that cannot be read too', async () => {
  const outcomes = [];
  for (const [holder, ...credentials] of [
    [undefined],
    [array, credential('HashedPassword')],
    [array, credential('Device', make.textString('Username', 'rider'))],
    [array, readTtlv(writeTtlv(make.textString('Password', PASSWORD)))],
  ] as const) {
    const { outcome, entries } = await attempt(holder, credentials);
    outcomes.push([outcome, ...entries.map(entry => entry.outcome)]);
  }
  assert.deepEqual(outcomes, [
    ['unauthenticated', 'unauthenticated'],
    ['unauthenticated', 'unauthenticated'],
    ['invalidInput', 'invalidInput'],
    ['invalidInput', 'invalidInput'],
  ]);
});

test('a refusal that cannot be recorded is answered so', async () => {
  const { auditLog } = keyhold.kms;
  const full: Kms['auditLog'] = {
    ...auditLog,
    record: () => Promise.reject(new KmsError('auditUnavailable', 'The audit log cannot be written.')),
  };
  const { outcome, entries } = await attempt(array, [named('rider', 'wrong horse')], full);
  assert.deepEqual([outcome, entries], ['auditUnavailable', []]);
});
