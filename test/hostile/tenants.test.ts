// A valid account of one project against the objects of another: whatever it names, the answer is the one for an object that does not
// exist, byte for byte; nothing changes, and every refusal is in the audit log.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { ALL_ROLES } from '../../src/domain/permission.ts';
import { PLACED_ROUTES } from '../../src/protocols/admin/routes.ts';
import { OPERATION_NAMES, OPERATIONS } from '../../src/protocols/aws-kms/operations.ts';
import { type Caller, caller, done } from '../conformance/admin/client.ts';
import type { AwsAccount } from '../conformance/aws-kms/support.ts';
import { type HostileSubject, startHostile } from './subject.ts';

let subject: HostileSubject;
let admin: Caller;
let attacker: AwsAccount;
let victim: AwsAccount;
let attackerKey: string;
let apiKey: string;

before(async () => {
  subject = await startHostile();
  admin = caller(subject.keyhold.url, subject.keyhold.credentials.admin.apiKey);
  attacker = await subject.addAccount('attacker', ALL_ROLES);
  victim = await subject.addAccount('victim', ALL_ROLES);
  ({ secret: apiKey } = await done(admin('POST', '/projects/attacker/principals/client/credentials', {})));
});
after(() => subject.stop());

/** Ids that nothing has, of the same form. */
const NOTHING = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
const NO_ACCOUNT = '999999999999';

const TABLES = [
  'settings',
  'projects',
  'key_rings',
  'keys',
  'key_versions',
  'names',
  'principals',
  'credentials',
  'bindings',
  'rules',
  'facets',
  'wrapping_keys',
  'root_keys',
];

/** Everything in the store but the log. */
function contents(): string {
  using database = new DatabaseSync(join(subject.keyhold.dataDir, 'keyhold.db'), { readOnly: true });
  return JSON.stringify(TABLES.map(table => database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()));
}

async function outcomesByRequest(): Promise<ReadonlyMap<string, string>> {
  const { log } = subject.keyhold.kms.store;
  const outcomes = new Map<string, string>();
  for (let from = 0; ; ) {
    const rows = await log.leaves(from, 1_000);
    if (rows.length === 0) return outcomes;
    from += rows.length;
    for (const { leaf } of rows) {
      const entry = JSON.parse(Buffer.from(leaf).toString()) as { requestId?: string; outcome: string };
      if (entry.requestId !== undefined) outcomes.set(entry.requestId, entry.outcome);
    }
  }
}

interface Told {
  readonly requestId: string;
  readonly status: number;
  /** The answer, without the id of the request. */
  readonly text: string;
}

/** The same in words for the object that is and the one that is not. */
function anonymous({ status, text }: Told, names: readonly string[]): string {
  return names.reduce((said, name) => said.replaceAll(name, '<named>'), `${status} ${text}`);
}

interface Pair {
  readonly what: string;
  ask(name: string, account: string): Promise<Told>;
  readonly foreign: string;
  readonly absent: string;
}

async function requireAlike(pairs: readonly Pair[]): Promise<void> {
  const before = contents();
  const asked: Told[] = [];
  for (const { what, ask, foreign, absent } of pairs) {
    const names = [foreign, absent, victim.accountId, NO_ACCOUNT];
    const ofForeign = await ask(foreign, victim.accountId);
    const ofAbsent = await ask(absent, victim.accountId);
    const ofNobody = await ask(absent, NO_ACCOUNT);
    assert.ok(ofForeign.status >= 400 && ofForeign.status < 500, `${what} ${ofForeign.text}`);
    assert.equal(anonymous(ofForeign, names), anonymous(ofAbsent, names), what);
    assert.equal(anonymous(ofForeign, names), anonymous(ofNobody, names), `${what}, no such account`);
    asked.push(ofForeign, ofAbsent, ofNobody);
  }
  assert.equal(contents(), before);
  const outcomes = await outcomesByRequest();
  for (const { requestId, text } of asked) {
    const outcome = outcomes.get(requestId);
    assert.ok(outcome !== undefined && outcome !== 'ok', `${requestId} ${outcome} ${text}`);
  }
}

async function awsDone(account: AwsAccount, operation: string, input: object) {
  const { status, body } = await subject.send({ account, operation, body: JSON.stringify(input) });
  assert.equal(status, 200, body);
  // biome-ignore lint/suspicious/noExplicitAny: outputs of every shape are looked into.
  return JSON.parse(body) as any;
}

async function awsTold(operation: string, input: object): Promise<Told> {
  const { status, body, headers } = await subject.send({
    account: attacker,
    operation,
    body: JSON.stringify(input),
  });
  return { requestId: String(headers['x-amzn-requestid']), status, text: body };
}

/** Inputs that would be taken if the key in them were the caller's. */
const AWS_INPUTS: Readonly<Record<string, (key: string) => object>> = {
  CancelKeyDeletion: KeyId => ({ KeyId }),
  CreateAlias: TargetKeyId => ({ AliasName: 'alias/stolen', TargetKeyId }),
  Decrypt: KeyId => ({ KeyId, CiphertextBlob: ownCiphertext }),
  DescribeKey: KeyId => ({ KeyId }),
  DisableKey: KeyId => ({ KeyId }),
  DisableKeyRotation: KeyId => ({ KeyId }),
  EnableKey: KeyId => ({ KeyId }),
  EnableKeyRotation: KeyId => ({ KeyId }),
  Encrypt: KeyId => ({ KeyId, Plaintext: 'AAAA' }),
  GenerateDataKey: KeyId => ({ KeyId, NumberOfBytes: 16 }),
  GenerateDataKeyWithoutPlaintext: KeyId => ({ KeyId, NumberOfBytes: 16 }),
  GetKeyLastUsage: KeyId => ({ KeyId }),
  GetKeyRotationStatus: KeyId => ({ KeyId }),
  ListAliases: KeyId => ({ KeyId }),
  ListKeyRotations: KeyId => ({ KeyId }),
  ListResourceTags: KeyId => ({ KeyId }),
  ReEncrypt: DestinationKeyId => ({ DestinationKeyId, CiphertextBlob: ownCiphertext }),
  RotateKeyOnDemand: KeyId => ({ KeyId }),
  ScheduleKeyDeletion: KeyId => ({ KeyId, PendingWindowInDays: 7 }),
  TagResource: KeyId => ({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
  UntagResource: KeyId => ({ KeyId, TagKeys: ['a'] }),
  UpdateAlias: TargetKeyId => ({ AliasName: 'alias/own', TargetKeyId }),
  UpdateKeyDescription: KeyId => ({ KeyId, Description: 'mine' }),
};
/** They name no key: the region and the caller are all that they are about, or an alias, or a size. */
const AWS_WITHOUT_KEY = ['CreateKey', 'DeleteAlias', 'GenerateRandom', 'ListKeys'];

let ownCiphertext: string;

/** In the ciphertext of another project the id of its key stands in the open: docs/formats/ciphertext.md. */
function withKeyId(ciphertext: string, keyId: string): string {
  const bytes = Buffer.from(ciphertext, 'base64');
  Buffer.from(keyId.replaceAll('-', ''), 'hex').copy(bytes, 1);
  return bytes.toString('base64');
}

test('every operation of AWS KMS that names a key has an attack', () => {
  const served = OPERATION_NAMES.filter(name => OPERATIONS[name] !== 'later');
  assert.deepEqual([...Object.keys(AWS_INPUTS), ...AWS_WITHOUT_KEY].sort(), [...served].sort());
});

for (const form of ['usable', 'disabled', 'pending deletion'] as const) {
  test(`AWS KMS tells nothing about a foreign key that is ${form}`, async () => {
    const { region } = subject;
    const foreign: string = (await awsDone(victim, 'CreateKey', {})).KeyMetadata.KeyId;
    attackerKey = (await awsDone(attacker, 'CreateKey', {})).KeyMetadata.KeyId;
    const name = `alias/${form.replaceAll(' ', '-')}`;
    await awsDone(victim, 'CreateAlias', { AliasName: name, TargetKeyId: foreign });
    await awsDone(attacker, 'CreateAlias', {
      AliasName: `alias/own-${form.length}`,
      TargetKeyId: attackerKey,
    });
    ownCiphertext = (await awsDone(attacker, 'Encrypt', { KeyId: attackerKey, Plaintext: 'AAAA' }))
      .CiphertextBlob;
    const sealed: string = (await awsDone(victim, 'Encrypt', { KeyId: foreign, Plaintext: 'AAAA' }))
      .CiphertextBlob;
    if (form === 'disabled') await awsDone(victim, 'DisableKey', { KeyId: foreign });
    if (form === 'pending deletion') {
      await awsDone(victim, 'ScheduleKeyDeletion', { KeyId: foreign, PendingWindowInDays: 7 });
    }
    const absentAlias = `${name.slice(0, -1)}_`;
    const arn = (account: string, resource: string) => `arn:aws:kms:${region}:${account}:${resource}`;
    const forms: readonly (readonly [string, string, string, (name: string, account: string) => string])[] = [
      ['id', foreign, NOTHING, id => id],
      ['ARN in the own account', foreign, NOTHING, id => arn(attacker.accountId, `key/${id}`)],
      ['ARN in its account', foreign, NOTHING, (id, account) => arn(account, `key/${id}`)],
      ['alias', name, absentAlias, alias => alias],
      ['alias ARN in the own account', name, absentAlias, alias => arn(attacker.accountId, alias)],
      ['alias ARN in its account', name, absentAlias, (alias, account) => arn(account, alias)],
    ];
    const inputs: readonly (readonly [string, (key: string) => object])[] = [
      ...Object.entries(AWS_INPUTS),
      [
        'ReEncrypt',
        SourceKeyId => ({ SourceKeyId, DestinationKeyId: attackerKey, CiphertextBlob: ownCiphertext }),
      ],
      [
        'ReEncrypt',
        SourceKeyId => ({ SourceKeyId, DestinationKeyId: NOTHING, CiphertextBlob: ownCiphertext }),
      ],
      ['ReEncrypt', SourceKeyId => ({ SourceKeyId, DestinationKeyId: 'alias/none', CiphertextBlob: sealed })],
    ];
    const pairs = inputs.flatMap(([operation, inputOf]) =>
      forms.map(
        ([kind, of, absent, print]): Pair => ({
          what: `${operation} by ${kind}`,
          foreign: of,
          absent,
          ask: (named, account) => awsTold(operation, inputOf(print(named, account))),
        }),
      ),
    );
    const blobs: readonly (readonly [string, (blob: string) => object])[] = [
      ['Decrypt', CiphertextBlob => ({ CiphertextBlob })],
      ['Decrypt', CiphertextBlob => ({ CiphertextBlob, KeyId: attackerKey })],
      ['Decrypt', CiphertextBlob => ({ CiphertextBlob, DryRun: true })],
      ['ReEncrypt', CiphertextBlob => ({ CiphertextBlob, DestinationKeyId: attackerKey })],
      ['ReEncrypt', CiphertextBlob => ({ CiphertextBlob, DestinationKeyId: NOTHING })],
      ['ReEncrypt', CiphertextBlob => ({ CiphertextBlob, DestinationKeyId: 'alias/none' })],
      [
        'ReEncrypt',
        CiphertextBlob => ({ CiphertextBlob, DestinationKeyId: attackerKey, SourceKeyId: attackerKey }),
      ],
    ];
    const withBlobs = blobs.map(
      ([operation, inputOf], index): Pair => ({
        what: `${operation} of a ciphertext (${index})`,
        foreign: sealed,
        absent: withKeyId(sealed, NOTHING),
        ask: blob => awsTold(operation, inputOf(blob)),
      }),
    );
    const deletion: Pair = {
      what: 'DeleteAlias',
      foreign: name,
      absent: absentAlias,
      ask: AliasName => awsTold('DeleteAlias', { AliasName }),
    };
    await requireAlike([...pairs, ...withBlobs, deletion]);
  });
}

test('a marker of another account opens nothing of it', async () => {
  for (const operation of ['ListKeys', 'ListAliases']) {
    const page = await awsDone(victim, operation, { Limit: 1 });
    assert.equal(page.Truncated, true);
    const { status, text } = await awsTold(operation, { Marker: page.NextMarker });
    assert.equal(status, 200, text);
    assert.ok(!text.includes(victim.accountId), text);
  }
});

/** Everything in a project that a request can name. */
interface Objects {
  readonly key: string;
  readonly keyName: string;
  readonly keyRing: string;
  readonly principal: string;
  readonly credential: string;
  readonly binding: string;
  readonly rule: string;
  readonly ciphertext: string;
  /** Of an audit entry. */
  readonly index: string;
}

const RULE = { effect: 'allow', permissions: ['key.list'] } as const;

async function makeObjects(base: string): Promise<Objects> {
  const make = (path: string, body: object) => done(admin('POST', `${base}${path}`, body));
  const { id: keyRing } = await make('/key-rings', { name: 'secret' });
  const { id: key } = await make('/keys', { keyRing: 'secret' });
  await make('/keys', {});
  const { text: keyName } = await make('/names', { text: 'payroll', key });
  const { id: principal } = await make('/principals', { name: 'alice' });
  const { credential } = await make('/principals/alice/credentials', {});
  const { id: binding } = await make('/bindings', { principal, role: 'viewer', key });
  const { id: rule } = await make('/rules', { ...RULE, principals: [principal] });
  const { ciphertext } = await make(`/keys/${key}/encrypt`, { plaintext: 'AAAA' });
  const page = await done(admin('GET', `${base}/audit/entries?limit=1`));
  return {
    key,
    keyName,
    keyRing,
    principal,
    credential: credential.id,
    binding,
    rule,
    ciphertext,
    index: String(page.items[0].index),
  };
}

const absentObjects = ({ ciphertext }: Objects): Objects => ({
  key: NOTHING,
  keyName: 'pay-all',
  keyRing: NOTHING,
  principal: NOTHING,
  credential: NOTHING,
  binding: NOTHING,
  rule: NOTHING,
  ciphertext: withKeyId(ciphertext, NOTHING),
  index: '999999999',
});

type Asking = readonly [method: string, path: string, body?: object | undefined];

/** Bodies that would be taken, for the routes that need one. */
const BODIES: Readonly<Record<string, (objects: Objects) => object>> = {
  'PATCH /keys/:key': () => ({ description: 'mine' }),
  'POST /keys/:key/tags': () => ({ set: { a: 'b' } }),
  'PUT /keys/:key/rotation': () => ({ periodMs: 86_400_000 }),
  'POST /keys/:key/schedule-destruction': () => ({ delayMs: 0 }),
  'POST /keys/:key/encrypt': () => ({ plaintext: 'AAAA' }),
  'POST /keys/:key/decrypt': ({ ciphertext }) => ({ ciphertext }),
  'PATCH /principals/:principal': () => ({ enabled: false }),
};

/** Whatever names an object in its path, and every way to name one elsewhere. */
function askingsAbout(objects: Objects, own: Objects): readonly Asking[] {
  const { key, keyName, keyRing, principal, ciphertext } = objects;
  const byPath = PLACED_ROUTES.filter(
    ({ inProject, route }) => inProject && route.path.includes(':'),
  ).flatMap(({ route }) => {
    const body = BODIES[`${route.method} ${route.path}`]?.(objects);
    const path = (keyReference: string) =>
      route.path.replace(/:(\w+)/g, (_, name: keyof Objects) =>
        name === 'key' ? keyReference : objects[name],
      );
    const references =
      route.path.includes(':key') && !route.path.includes(':keyRing') ? [key, keyName] : [''];
    return references.map((reference): Asking => [route.method, path(reference), body]);
  });
  return [
    ...byPath,
    ['POST', '/keys', { keyRing }],
    ['POST', '/decrypt', { ciphertext }],
    ['POST', `/keys/${own.key}/decrypt`, { ciphertext }],
    ['POST', '/reencrypt', { ciphertext, key: own.key }],
    ['POST', '/reencrypt', { ciphertext, key: NOTHING }],
    ['POST', '/reencrypt', { ciphertext: own.ciphertext, key }],
    ['POST', '/reencrypt', { ciphertext: own.ciphertext, key: keyName }],
    ['POST', '/names', { text: 'stolen', key }],
    ['POST', '/names', { text: 'stolen', key: keyName }],
    ['PUT', '/names', { text: own.keyName, key }],
    ['PUT', '/names', { text: keyName, key: own.key }],
    ['DELETE', `/names?text=${keyName}`],
    ['GET', `/names?key=${key}`],
    ['POST', '/bindings', { principal, role: 'viewer' }],
    ['POST', '/bindings', { principal: own.principal, role: 'viewer', key }],
    ['POST', '/bindings', { principal: own.principal, role: 'viewer', keyRing }],
    ['GET', `/bindings?key=${key}`],
    ['GET', `/bindings?keyRing=${keyRing}`],
    ['POST', '/rules', { ...RULE, principals: [principal] }],
    ['POST', '/rules', { ...RULE, principals: [own.principal], key }],
    ['POST', '/rules', { ...RULE, principals: [own.principal], keyRing }],
    ['GET', `/rules?key=${key}`],
    ['GET', `/rules?keyRing=${keyRing}`],
    ['POST', '/explain', { principal, permission: 'key.read' }],
    ['POST', '/explain', { principal: own.principal, permission: 'key.read', key }],
    ['POST', '/explain', { principal: own.principal, permission: 'key.read', keyRing }],
  ];
}

async function adminTold(method: string, path: string, body?: object): Promise<Told> {
  const { status, headers, body: answer } = await caller(subject.keyhold.url, apiKey)(method, path, body);
  const requestId = headers.get('x-request-id') ?? '';
  return { requestId, status, text: JSON.stringify(answer).replaceAll(requestId, '<request>') };
}

/** How the tests name the same thing in two projects. */
async function requireToldAlike(
  existing: readonly Asking[],
  missing: readonly Asking[],
  names: readonly string[],
) {
  const before = contents();
  const asked: Told[] = [];
  for (const [number, [method, path, body]] of existing.entries()) {
    const [, otherPath = '', otherBody] = missing[number] ?? [];
    const told = await adminTold(method, path, body);
    const other = await adminTold(method, otherPath, otherBody);
    const what = `${method} ${path} ${JSON.stringify(body)}`;
    assert.ok(told.status >= 400 && told.status < 500, `${what} ${told.text}`);
    assert.equal(anonymous(told, names), anonymous(other, names), what);
    asked.push(told, other);
  }
  assert.equal(contents(), before);
  const outcomes = await outcomesByRequest();
  for (const { requestId, text } of asked) {
    const outcome = outcomes.get(requestId);
    assert.ok(outcome !== undefined && outcome !== 'ok', `${requestId} ${outcome} ${text}`);
  }
}

test('the administration tells nothing about the objects of another project', async () => {
  const theirs = await makeObjects('/projects/victim');
  const own = await makeObjects('/projects/attacker');
  // One that has the same name there is no secret: the names of theirs are others.
  await done(admin('DELETE', '/projects/attacker/names?text=payroll'));
  await done(admin('POST', '/projects/attacker/names', { text: 'mine', key: own.key }));
  const mine = { ...own, keyName: 'mine' };
  const nothing = absentObjects(theirs);
  const names = [...Object.values(theirs), ...Object.values(nothing)];
  const at = (base: string, askings: readonly Asking[]) =>
    askings.map(([method, path, body]): Asking => [method, `/projects/${base}${path}`, body]);

  const foreign = askingsAbout(theirs, mine);
  await requireToldAlike(at('attacker', foreign), at('attacker', askingsAbout(nothing, mine)), names);
  // In the project of the victim itself, whether it is named or not there.
  const bare = foreign.concat(
    [['GET', '']],
    [['GET', '/keys']],
    [['POST', '/keys', {}]],
    [['GET', '/audit/entries']],
  );
  const projects = ['victim', 'phantom', victim.projectId, NOTHING];
  await requireToldAlike(at('victim', bare), at('phantom', bare), [...names, ...projects]);
  await requireToldAlike(at(victim.projectId, bare), at(NOTHING, bare), [...names, ...projects]);
});

test('a cursor of another project is none, and a forged one opens nothing there', async () => {
  const lists = ['/keys', '/principals', '/key-rings', '/names', '/audit/entries'];
  for (const list of lists) {
    const { next } = await done(admin('GET', `/projects/victim${list}?limit=1`));
    if (next === undefined) continue;
    const taken = await adminTold('GET', `/projects/attacker${list}?cursor=${next}`);
    assert.match(taken.text, /invalidCursor/, list);
    const [ofList, position] = JSON.parse(Buffer.from(next, 'base64url').toString()) as [string, string];
    const forgedList = ofList.replace(victim.projectId, attacker.projectId);
    const forged = Buffer.from(JSON.stringify([forgedList, position])).toString('base64url');
    const { status, text } = await adminTold('GET', `/projects/attacker${list}?cursor=${forged}`);
    assert.ok(status === 200 || status === 400, text);
    assert.ok(!text.includes(victim.projectId), text);
  }
});
