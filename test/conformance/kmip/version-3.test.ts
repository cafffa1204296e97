// What 3.0 writes and does in another way than the versions before it, and that the objects are the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { make, type TtlvField, type TtlvItem, valueName } from '../../../src/wire/ttlv/index.ts';
import { answerOf, kmipSuite } from './asking.ts';
import { attributes, uid, usages } from './payloads.ts';
import { openConnection, request } from './support.ts';

const kmip = kmipSuite({ roles: ['admin', 'exporter'], version: '3.0' });
const { ask } = kmip;

const id = (value: string) => make.identifier('UniqueIdentifier', value);
const AES = [
  make.enumeration('CryptographicAlgorithm', 'AES'),
  make.integer('CryptographicLength', 256),
  usages('Encrypt', 'Decrypt'),
];

async function newKey(...further: readonly TtlvField[]): Promise<string> {
  const payload = [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...AES, ...further)];
  return (await ask('Create', payload)).one('UniqueIdentifier').text;
}

function itemsOf(answer: TtlvItem): readonly TtlvItem[] {
  return answer.children.filter(({ name }) => name === 'BatchItem');
}

function reasonOf(item: TtlvItem | undefined): string | undefined {
  return answerOf(must(item, 'an item')).reason;
}

/** Attributes that are one text, with their types. */
function texts(items: readonly TtlvItem[]): readonly string[] {
  return items.filter(({ type }) => TEXTS.has(type)).map(({ name, type, text }) => `${name} ${type} ${text}`);
}

const TEXTS: ReadonlySet<string> = new Set(['TextString', 'Identifier', 'Reference', 'NameReference']);

test('items are answered in their order without ids and counts, and an identifier is never left out', async () => {
  const create = [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...AES)];
  const answer = await kmip.connection.ask(
    request('3.0', [
      { operation: 'Create', payload: create },
      { operation: 'Activate', payload: [make.enumeration('UniqueIdentifier', 'IDPlaceholder')] },
      { operation: 'Activate' },
    ]),
  );
  const [header] = answer.children;
  assert.deepEqual(
    must(header, 'a header').children.map(({ name }) => name),
    ['ProtocolVersion', 'TimeStamp'],
  );
  const items = itemsOf(answer);
  assert.deepEqual(items.map(reasonOf), [undefined, undefined, 'InvalidMessage']);
  assert.ok(items.every(({ children }) => children.every(({ name }) => name !== 'UniqueBatchItemID')));
});

test('what 3.0 has taken out is refused by name', async () => {
  const key = await newKey();
  const group = await ask('Locate', [attributes(make.textString('ObjectGroup', 'g'))]);
  assert.equal(group.reason, 'InvalidField');
  const link = make.structure('Link', [
    make.enumeration('LinkType', 'NextLink'),
    make.textString('LinkedObjectIdentifier', key),
  ]);
  const added = await ask('AddAttribute', [id(key), make.structure('NewAttribute', [link])]);
  assert.equal(added.reason, 'InvalidField');
  const counted = await kmip.connection.ask(
    request('3.0', [{ operation: 'Query' }], [make.integer('BatchCount', 1)]),
  );
  assert.equal(reasonOf(itemsOf(counted)[0]), 'InvalidField');
});

test('names, links and groups are plain in 3.0, and what they were in the versions before', async () => {
  const next = await newKey();
  const key = await newKey(
    make.textString('Name', 'plain'),
    make.nameReference('GroupLink', 'group'),
    make.reference('NextLink', next),
    make.reference('ParentLink', next),
  );
  const seen = async (version: '2.1' | '3.0') => {
    const named = version === '3.0' ? id(key) : uid(key);
    const answer = await ask('GetAttributes', [named], version);
    return answer.one('Attributes').children;
  };
  const plain = texts(await seen('3.0'));
  for (const wanted of [
    `UniqueIdentifier Identifier ${key}`,
    'Name TextString plain',
    'GroupLink NameReference group',
    `NextLink Reference ${next}`,
    `ParentLink Reference ${next}`,
  ])
    assert.ok(plain.includes(wanted), wanted);
  const structured = await seen('2.1');
  const names = structured.map(({ name }) => name);
  assert.equal(structured.find(({ name }) => name === 'Name')?.children[0]?.text, 'plain');
  assert.deepEqual(
    structured.filter(({ name }) => name === 'Link').map(({ children }) => children[1]?.text),
    [next, next],
  );
  assert.ok(texts(structured).includes('ObjectGroup TextString group'));
  for (const unknown of ['GroupLink', 'NextLink', 'ObjectClass'] as const)
    assert.ok(!names.includes(unknown), unknown);
});

test('a link is changed and taken away by its own name, and others stay', async () => {
  const [one, other] = [await newKey(), await newKey()];
  const key = await newKey(make.reference('NextLink', one), make.reference('ParentLink', one));
  const links = async () => {
    const wanted = (['NextLink', 'ParentLink'] as const).map(name =>
      make.enumeration('AttributeReference', name === 'NextLink' ? 0x420194 : 0x420195),
    );
    const answer = await ask('GetAttributes', [id(key), ...wanted]);
    return answer.one('Attributes').children.map(({ name, text }) => `${name} ${text}`);
  };
  const changed = [id(key), make.structure('NewAttribute', [make.reference('NextLink', other)])];
  assert.equal((await ask('ModifyAttribute', changed)).reason, undefined);
  assert.deepEqual(await links(), [`NextLink ${other}`, `ParentLink ${one}`]);
  const gone = [id(key), make.enumeration('AttributeReference', 0x420194)];
  assert.equal((await ask('DeleteAttribute', gone)).reason, undefined);
  assert.deepEqual(await links(), [`ParentLink ${one}`]);
  const found = await ask('Locate', [attributes(make.reference('ParentLink', one))]);
  assert.ok(found.all('UniqueIdentifier').some(({ text, type }) => text === key && type === 'Identifier'));
});

test('defaults and constraints of a group hold whichever version lays them down', async () => {
  const group = make.structure('ObjectGroups', [make.nameReference('GroupLink', 'bound')]);
  const constraint = make.structure('Constraint', [
    group,
    attributes(make.integer('CryptographicLength', 256)),
  ]);
  const constraints = [make.structure('Constraints', [constraint])];
  assert.equal((await ask('SetConstraints', constraints)).reason, undefined);
  const kept = (await ask('GetConstraints', [], '2.1')).one('Constraints');
  assert.equal(kept.children[0]?.children[0]?.children[0]?.name, 'ObjectGroup');
  const again = (await ask('GetConstraints', [])).one('Constraints');
  assert.equal(again.children[0]?.children[0]?.children[0]?.name, 'GroupLink');
  const payload = [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(
      make.enumeration('CryptographicAlgorithm', 'AES'),
      make.integer('CryptographicLength', 128),
      make.textString('ObjectGroup', 'bound'),
    ),
  ];
  assert.equal((await ask('Create', payload, '2.1')).reason, 'ConstraintViolation');
  assert.equal((await ask('SetConstraints', [make.structure('Constraints', [])])).reason, undefined);
});

test('Deactivate ends the use of a key for its own reason', async () => {
  const key = await newKey(make.dateTime('ActivationDate', 1));
  const reason = make.structure('DeactivationReason', [
    make.enumeration('DeactivationReasonCode', 'UsageLimit'),
    make.textString('DeactivationMessage', 'used up'),
  ]);
  assert.equal((await ask('Deactivate', [id(key), reason])).reason, undefined);
  const answer = await ask('GetAttributes', [id(key)]);
  const held = answer.one('Attributes').children;
  const code = held.find(({ name }) => name === 'DeactivationReason')?.children[0];
  assert.equal(code && valueName('DeactivationReasonCode', code.uint32), 'UsageLimit');
  const state = held.find(({ name }) => name === 'State');
  assert.equal(state && valueName('State', state.uint32), 'Deactivated');
  const again = await ask('Deactivate', [id(key)]);
  assert.equal(again.reason, 'WrongKeyLifecycleState');
});

test('Deactivate takes the date since when it is so, and none that is still to come', async () => {
  const key = await newKey(make.dateTime('ActivationDate', 1));
  const later = make.dateTime('DeactivationDate', 4_000_000_000);
  assert.equal((await ask('Deactivate', [id(key), later])).reason, 'InvalidField');
  const before = make.dateTime('DeactivationDate', 1_000);
  assert.equal((await ask('Deactivate', [id(key), before])).reason, undefined);
  const held = (await ask('GetAttributes', [id(key)])).one('Attributes').children;
  assert.equal(held.find(({ name }) => name === 'DeactivationDate')?.int64, 1_000n);
  assert.equal(valueName('State', held.find(({ name }) => name === 'State')?.uint32 ?? 0), 'Deactivated');
  assert.equal((await ask('Deactivate', [id(key), before])).reason, 'WrongKeyLifecycleState');
});

test('of what is obliterated nothing is shown or found, in any version', async () => {
  const name = make.textString('Name', 'obliterated');
  const key = await newKey(name);
  const answer = await ask('Obliterate', [id(key)]);
  assert.deepEqual([answer.reason, answer.all('UniqueIdentifier').length], [undefined, 0]);
  for (const operation of ['GetAttributes', 'Get', 'Destroy', 'Obliterate'] as const)
    assert.equal((await ask(operation, [id(key)])).reason, 'ItemNotFound', operation);
  const storage = make.integer('StorageStatusMask', 7);
  const found = await ask('Locate', [storage, attributes(name)]);
  assert.equal(found.all('UniqueIdentifier').length, 0);
  // A destroyed object can still be obliterated, and its name is free.
  const second = await newKey(name);
  await ask('Destroy', [id(second)]);
  assert.equal((await ask('Obliterate', [id(second)])).reason, undefined);
  assert.equal((await ask('GetAttributes', [id(second)])).reason, 'ItemNotFound');
  const active = await newKey(make.dateTime('ActivationDate', 1));
  assert.equal((await ask('Obliterate', [id(active)])).reason, 'WrongKeyLifecycleState');
});

async function newCredential(password: string): Promise<string> {
  const payload = [
    make.enumeration('CredentialType', 'Password'),
    attributes(),
    make.structure('PasswordCredential', [make.textString('Password', password)]),
  ];
  return (await ask('CreateCredential', payload)).one('UniqueIdentifier').text;
}

const newUser = (name: string, ...credentials: readonly string[]) =>
  ask('CreateUser', [
    attributes(
      ...credentials.map(link => make.reference('CredentialLink', link)),
      make.textString('Name', name),
    ),
  ]);

const asUser = (name: string, password: string) =>
  make.structure('Authentication', [
    make.structure('Credential', [
      make.enumeration('CredentialType', 'UsernameAndPassword'),
      make.structure('CredentialValue', [
        make.textString('Username', name),
        make.textString('Password', password),
      ]),
    ]),
  ]);

async function reasonAs(name: string, password: string, over = kmip.connection): Promise<string | undefined> {
  const payload = [make.enumeration('QueryFunction', 'QueryOperations')];
  const message = request('3.0', [{ operation: 'Query', payload }], [asUser(name, password)]);
  return reasonOf(itemsOf(await over.ask(message))[0]);
}

test('a user proves itself by the password of its credential, until one of both ends', async () => {
  const credential = await newCredential('correct horse');
  const user = (await newUser('rider', credential)).one('UniqueIdentifier').text;
  assert.equal(await reasonAs('rider', 'correct horse'), undefined);
  assert.equal(await reasonAs('rider', 'wrong horse'), 'AuthenticationNotSuccessful');
  assert.equal(await reasonAs('nobody', 'correct horse'), 'AuthenticationNotSuccessful');
  const taken = await newUser('another', credential);
  assert.equal(taken.reason, 'InvalidObjectType');
  for (const object of [credential, user]) {
    assert.equal((await ask('Get', [id(object)])).reason, 'InvalidObjectType');
    assert.equal((await ask('Export', [id(object)])).reason, 'InvalidObjectType');
  }
  // Names of users are of one project, and the connection says of which.
  const stranger = await kmip.subject.connect(await kmip.subject.addClient());
  assert.equal(await reasonAs('rider', 'correct horse', stranger), 'AuthenticationNotSuccessful');
  stranger.close();
  const unknown = await openConnection(kmip.subject.port);
  await assert.rejects(
    unknown.ask(request('3.0', [{ operation: 'Query' }], [asUser('rider', 'correct horse')])),
  );
  assert.equal((await ask('Destroy', [id(credential)])).reason, undefined);
  assert.equal(await reasonAs('rider', 'correct horse'), 'AuthenticationNotSuccessful');
});

test('users, groups and credentials are described like other objects, and found, and tell nothing of what they prove', async () => {
  const credential = await newCredential('told to nobody');
  const user = (await newUser('described', credential)).one('UniqueIdentifier').text;
  const name = make.textString('Name', 'a group of keys');
  const group = await ask('CreateGroup', [attributes(name)]);
  const objects = [
    [user, 'User'],
    [credential, 'PasswordCredential'],
    [group.one('UniqueIdentifier').text, 'Group'],
  ] as const;
  for (const [object, type] of objects) {
    const answer = await ask('GetAttributes', [id(object)]);
    assert.equal(answer.reason, undefined, type);
    const held = answer.one('Attributes').children;
    const told = held.find(({ name }) => name === 'ObjectType');
    assert.equal(told && valueName('ObjectType', told.uint32), type);
    assert.ok(held.every(({ name }) => name !== 'Digest'));
    const wanted = [attributes(make.enumeration('ObjectType', type))];
    const found = await ask('Locate', wanted);
    assert.ok(found.all('UniqueIdentifier').some(({ text }) => text === object));
  }
  const links = await ask('GetAttributes', [id(user)]);
  assert.ok(texts(links.one('Attributes').children).includes(`CredentialLink Reference ${credential}`));
});

test('a user that is destroyed proves nothing any more', async () => {
  const credential = await newCredential('battery');
  const user = (await newUser('staple', credential)).one('UniqueIdentifier').text;
  assert.equal(await reasonAs('staple', 'battery'), undefined);
  assert.equal((await ask('Destroy', [id(user)])).reason, undefined);
  assert.equal(await reasonAs('staple', 'battery'), 'AuthenticationNotSuccessful');
});

test('a user is made whole or not at all, and only by who may make principals', async () => {
  const credential = await newCredential('once');
  const key = await newKey();
  assert.equal((await newUser('half', credential, key)).reason, 'InvalidObjectType');
  assert.equal((await newUser('half', credential)).reason, undefined);
  const undone = await kmip.connection.ask(
    request(
      '3.0',
      [
        {
          operation: 'CreateUser',
          payload: [
            attributes(
              make.reference('CredentialLink', await newCredential('never')),
              make.textString('Name', 'undone'),
            ),
          ],
        },
        { operation: 'Get', payload: [id('absent')] },
      ],
      [make.enumeration('BatchErrorContinuationOption', 'Undo')],
    ),
  );
  assert.deepEqual(itemsOf(undone).map(reasonOf), [undefined, 'ObjectNotFound']);
  assert.equal(await reasonAs('undone', 'never'), 'AuthenticationNotSuccessful');
  const array = await kmip.subject.connect(
    await kmip.subject.addClient({ projectId: kmip.client.projectId }),
  );
  const refused = await ask('CreateUser', [attributes(make.textString('Name', 'usurper'))], '3.0', array);
  assert.equal(refused.reason, 'PermissionDenied');
  array.close();
});

test('what of an answer is left out is said by Ephemeral', async () => {
  const payload = [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...AES)];
  const fieldsWith = async (ephemeral: 'Data' | 'Empty' | 'UniqueIdentifier') => {
    const message = make.structure('RequestMessage', [
      make.structure('RequestHeader', [
        make.structure('ProtocolVersion', [
          make.integer('ProtocolVersionMajor', 3),
          make.integer('ProtocolVersionMinor', 0),
        ]),
      ]),
      make.structure('BatchItem', [
        make.enumeration('Operation', 'Create'),
        make.enumeration('Ephemeral', ephemeral),
        make.structure('RequestPayload', payload),
      ]),
    ]);
    const answer = itemsOf(await kmip.connection.ask(message))[0]?.children.at(-1);
    return answer?.children.map(({ name }) => name);
  };
  assert.deepEqual(await fieldsWith('Data'), ['ObjectType', 'UniqueIdentifier']);
  assert.deepEqual(await fieldsWith('UniqueIdentifier'), ['UniqueIdentifier']);
  assert.deepEqual(await fieldsWith('Empty'), []);
});

test('Interop is for servers that are set up for tests', async () => {
  const payload = [
    make.enumeration('InteropFunction', 'Begin'),
    make.textString('InteropIdentifier', 'BL-M-1'),
  ];
  assert.equal((await ask('Interop', payload)).reason, 'OperationNotSupported');
});
