// Set Defaults, Set Constraints and Get Constraints over the wire: what a project lays down for the objects that are made in it, for clients
// of every version.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Role } from '../../../src/domain/permission.ts';
import { make, maskOf, TAGS, type TtlvField, type Version, writeTtlv } from '../../../src/wire/ttlv/index.ts';
import { type Answer, askOne } from './asking.ts';
import { ARRAY_ROLES, attribute, type KmipConnection, type KmipSubject, startKmip } from './support.ts';

let subject: KmipSubject;

before(async () => {
  subject = await startKmip();
});
after(() => subject.stop());

const USES = make.integer('CryptographicUsageMask', maskOf('CryptographicUsageMask', ['Encrypt', 'Decrypt']));
const AES = make.enumeration('CryptographicAlgorithm', 'AES');
const bits = (length: number): TtlvField => make.integer('CryptographicLength', length);
const attributes = (...fields: readonly TtlvField[]): TtlvField => make.structure('Attributes', fields);
const types = (...names: readonly ('SymmetricKey' | 'PrivateKey' | 'SecretData')[]): TtlvField =>
  make.structure(
    'ObjectTypes',
    names.map(name => make.enumeration('ObjectType', name)),
  );
const groups = (...names: readonly string[]): TtlvField =>
  make.structure(
    'ObjectGroups',
    names.map(name => make.textString('ObjectGroup', name)),
  );
const constraints = (...each: readonly (readonly TtlvField[])[]): TtlvField =>
  make.structure(
    'Constraints',
    each.map(fields => make.structure('Constraint', fields)),
  );
const defaults = (...each: readonly (readonly TtlvField[])[]): TtlvField =>
  make.structure(
    'DefaultsInformation',
    each.map(fields => make.structure('ObjectDefaults', fields)),
  );

/** A client that configures its project, and the connection of a second one that makes keys in it. */
async function project(
  t: { after(work: () => void): void },
  roles: readonly Role[] = ARRAY_ROLES,
): Promise<{
  readonly administrator: KmipConnection;
  readonly array: KmipConnection;
}> {
  const client = await subject.addClient();
  const administrator = await subject.connect(client);
  const array = await subject.connect(await subject.addClient({ projectId: client.projectId, roles }));
  t.after(() => {
    administrator.close();
    array.close();
  });
  return { administrator, array };
}

async function done(answer: Promise<Answer>): Promise<Answer> {
  const settled = await answer;
  assert.equal(settled.reason, undefined);
  return settled;
}

function create(array: KmipConnection, ...fields: readonly TtlvField[]): Promise<Answer> {
  const payload = [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...fields)];
  return askOne(array, 'Create', payload, '2.1');
}

async function told(array: KmipConnection, made: Answer, version: Version = '2.1'): Promise<Answer> {
  const id = make.textString('UniqueIdentifier', made.one('UniqueIdentifier').text);
  return done(askOne(array, 'GetAttributes', [id], version));
}

function value(answer: Answer, name: string): number | undefined {
  return answer.one('Attributes').children.find(child => child.name === name)?.uint32;
}

test('what a client leaves out is as the defaults say, and what it says is as it says', async t => {
  const { administrator, array } = await project(t);
  const laidDown = defaults(
    [types('SymmetricKey'), attributes(bits(128)), groups('small')],
    [
      make.enumeration('ObjectType', 'SymmetricKey'),
      attributes(AES, bits(192), USES, make.textString('Comment', 'by default')),
    ],
  );
  await done(askOne(administrator, 'SetDefaults', [laidDown], '2.1'));
  const usual = await told(array, await done(create(array)));
  assert.deepEqual([value(usual, 'CryptographicAlgorithm'), value(usual, 'CryptographicLength')], [3, 192]);
  const small = await told(array, await done(create(array, make.textString('ObjectGroup', 'small'))));
  assert.equal(value(small, 'CryptographicLength'), 128);
  const own = await told(array, await done(create(array, bits(256), make.textString('Comment', 'own'))));
  assert.equal(value(own, 'CryptographicLength'), 256);
  const comment = own.one('Attributes').children.filter(child => child.name === 'Comment');
  assert.deepEqual(
    comment.map(({ text }) => text),
    ['own'],
  );
  const functions = [make.enumeration('QueryFunction', 'QueryDefaultsInformation')];
  const queried = (await done(askOne(array, 'Query', functions, '2.1'))).one('DefaultsInformation');
  assert.deepEqual(writeTtlv(make.copy(queried)), writeTtlv(laidDown));
  const countFor = async (group: string) => {
    const groups = make.structure('ObjectGroups', [make.textString('ObjectGroup', group)]);
    const answer = await done(askOne(array, 'Query', [...functions, groups], '2.1'));
    return answer.one('DefaultsInformation').children.length;
  };
  assert.deepEqual([await countFor('small'), await countFor('other')], [2, 1]);
});

test('a size by default is of the algorithm that it is for', async t => {
  const { administrator, array } = await project(t);
  const laidDown = defaults([types('SymmetricKey'), attributes(AES, bits(128))]);
  await done(askOne(administrator, 'SetDefaults', [laidDown], '2.1'));
  const other = make.enumeration('CryptographicAlgorithm', 'HMAC_SHA256');
  const made = await told(
    array,
    await done(create(array, other, make.integer('CryptographicUsageMask', 128))),
  );
  assert.equal(value(made, 'CryptographicLength'), 256);
});

test('a client of 1.x has the same defaults, and none once they are taken away', async t => {
  const { administrator, array } = await project(t);
  await done(
    askOne(administrator, 'SetDefaults', [defaults([types('SymmetricKey'), attributes(AES)])], '2.1'),
  );
  const asked = [
    make.enumeration('ObjectType', 'SymmetricKey'),
    make.structure('TemplateAttribute', [
      attribute('Cryptographic Usage Mask', make.integer('AttributeValue', 12)),
    ]),
  ];
  await done(askOne(array, 'Create', asked, '1.2'));
  await done(askOne(administrator, 'SetDefaults', [], '2.1'));
  assert.equal((await askOne(array, 'Create', asked, '1.2')).reason, 'InvalidField');
});

test('an object outside the constraints is not made, whichever operation asks for it', async t => {
  const { administrator, array } = await project(t);
  const laidDown = constraints(
    [types('SymmetricKey'), attributes(AES, bits(256), USES)],
    [types('SymmetricKey'), groups('vault'), attributes(make.boolean('Sensitive', true))],
  );
  await done(askOne(administrator, 'SetConstraints', [laidDown], '2.1'));
  const allowed = await done(create(array, AES, USES));
  assert.equal((await create(array, AES, bits(128), USES)).reason, 'ConstraintViolation');
  const more = make.integer(
    'CryptographicUsageMask',
    maskOf('CryptographicUsageMask', ['Encrypt', 'WrapKey']),
  );
  assert.equal((await create(array, AES, more)).reason, 'ConstraintViolation');
  await done(create(array, AES, make.integer('CryptographicUsageMask', 4)));
  const vault = make.textString('ObjectGroup', 'vault');
  assert.equal((await create(array, AES, USES, vault)).reason, 'ConstraintViolation');
  await done(create(array, AES, USES, vault, make.boolean('Sensitive', true)));

  const brought = [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(USES),
    make.structure('SymmetricKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'Raw'),
        make.structure('KeyValue', [make.byteString('KeyMaterial', new Uint8Array(16).fill(7))]),
        AES,
        bits(128),
      ]),
    ]),
  ];
  assert.equal((await askOne(array, 'Register', brought, '2.1')).reason, 'ConstraintViolation');
  const id = make.textString('UniqueIdentifier', allowed.one('UniqueIdentifier').text);
  const rekeyed = await askOne(array, 'ReKey', [id, attributes(bits(128))], '2.1');
  assert.equal(rekeyed.reason, 'ConstraintViolation');
  await done(askOne(array, 'ReKey', [id], '2.1'));
  const secret = [make.enumeration('ObjectType', 'SecretData'), attributes(bits(64))];
  await done(askOne(array, 'Create', secret, '2.1'));
});

test('of several values any one is allowed, and an attribute that is named must be there', async t => {
  const { administrator, array } = await project(t);
  const curve = (name: 'P_256' | 'P_384'): TtlvField =>
    make.structure('CryptographicDomainParameters', [make.enumeration('RecommendedCurve', name)]);
  const laidDown = constraints([types('PrivateKey'), attributes(curve('P_256'), curve('P_384'))]);
  await done(askOne(administrator, 'SetConstraints', [laidDown], '2.1'));
  const pair = (...fields: readonly TtlvField[]) =>
    askOne(array, 'CreateKeyPair', [make.structure('CommonAttributes', fields)], '2.1');
  const ec = make.enumeration('CryptographicAlgorithm', 'ECDSA');
  await done(pair(ec, curve('P_384')));
  await done(pair(ec, bits(256)));
  assert.equal((await pair(ec, bits(521))).reason, 'ConstraintViolation');
  const rsa = make.enumeration('CryptographicAlgorithm', 'RSA');
  assert.equal((await pair(rsa, bits(2048))).reason, 'ConstraintViolation');
});

test('an object within the constraints does not leave them by its attributes, and one that comes into a group meets what holds there', async t => {
  const { administrator, array } = await project(t);
  const contact = (text: string) => make.textString('ContactInformation', text);
  const sensitive = (value: boolean) => make.boolean('Sensitive', value);
  const vault = make.textString('ObjectGroup', 'vault');
  const before = (await done(create(array, AES, USES, contact('before')))).one('UniqueIdentifier').text;
  const laidDown = constraints(
    [types('SymmetricKey'), attributes(contact('ours'), contact('theirs'))],
    [types('SymmetricKey'), groups('vault'), attributes(sensitive(true))],
  );
  await done(askOne(administrator, 'SetConstraints', [laidDown], '2.1'));
  const made = (await done(create(array, AES, USES, contact('ours')))).one('UniqueIdentifier').text;
  const change = (
    operation: 'ModifyAttribute' | 'AddAttribute' | 'SetAttribute',
    id: string,
    value: TtlvField,
  ) =>
    askOne(
      array,
      operation,
      [make.textString('UniqueIdentifier', id), make.structure('NewAttribute', [value])],
      '2.1',
    );
  const reasons = async (...asked: readonly ReturnType<typeof change>[]) =>
    (await Promise.all(asked)).map(({ reason }) => reason);
  const refused = 'ConstraintViolation';
  assert.deepEqual(await reasons(change('ModifyAttribute', made, contact('mine'))), [refused]);
  assert.deepEqual(await reasons(change('SetAttribute', made, contact('mine'))), [refused]);
  assert.deepEqual(await reasons(change('ModifyAttribute', made, contact('theirs'))), [undefined]);
  const gone = [
    make.textString('UniqueIdentifier', made),
    make.enumeration('AttributeReference', TAGS.ContactInformation[0]),
  ];
  assert.equal((await askOne(array, 'DeleteAttribute', gone, '2.1')).reason, refused);
  assert.deepEqual(await reasons(change('AddAttribute', made, vault)), [refused]);
  assert.deepEqual(await reasons(change('SetAttribute', made, sensitive(true))), [undefined]);
  assert.deepEqual(await reasons(change('AddAttribute', made, vault)), [undefined]);
  // What is older than a constraint goes on, but for the attribute that it is about.
  const comment = make.textString('Comment', 'old');
  assert.deepEqual(await reasons(change('AddAttribute', before, comment)), [undefined]);
  assert.deepEqual(await reasons(change('ModifyAttribute', before, contact('still mine'))), [refused]);
});

test('constraints are told as they were set, and are set by those alone who configure the project', async t => {
  const { administrator, array } = await project(t, ['provisioner', 'user']);
  const empty = (await done(askOne(array, 'GetConstraints', [], '2.1'))).one('Constraints');
  assert.equal(empty.children.length, 0);
  const laidDown = constraints([types('SymmetricKey'), attributes(AES)]);
  for (const [operation, payload] of [
    ['SetConstraints', laidDown],
    ['SetDefaults', defaults()],
  ] as const) {
    assert.equal((await askOne(array, operation, [payload], '2.1')).reason, 'PermissionDenied');
  }
  await done(askOne(administrator, 'SetConstraints', [laidDown], '2.1'));
  const kept = (await done(askOne(array, 'GetConstraints', [], '2.1'))).one('Constraints');
  assert.deepEqual(writeTtlv(make.copy(kept)), writeTtlv(laidDown));
  await done(askOne(administrator, 'SetConstraints', [constraints()], '2.1'));
  await done(create(array, make.enumeration('CryptographicAlgorithm', 'ChaCha20'), USES));
  const before = await askOne(administrator, 'GetConstraints', [], '2.0');
  assert.equal(before.reason, 'OperationNotSupported');
});

test('what the server alone says, and what is of one object, is not laid down', async t => {
  const { administrator } = await project(t);
  const state = attributes(make.enumeration('State', 'Active'));
  const name = attributes(
    make.structure('Name', [
      make.textString('NameValue', 'one'),
      make.enumeration('NameType', 'UninterpretedTextString'),
    ]),
  );
  const asked = async (operation: 'SetDefaults' | 'SetConstraints', payload: TtlvField) =>
    (await askOne(administrator, operation, [payload], '2.1')).reason;
  assert.equal(await asked('SetConstraints', constraints([state])), 'AttributeReadOnly');
  assert.equal(await asked('SetDefaults', defaults([types('SymmetricKey'), state])), 'AttributeReadOnly');
  assert.equal(await asked('SetDefaults', defaults([types('SymmetricKey'), name])), 'InvalidField');
  assert.equal(await asked('SetDefaults', defaults([attributes(AES)])), 'InvalidField');
  const instant = attributes(make.dateTime('ActivationDate', 1));
  assert.equal(await asked('SetConstraints', constraints([instant])), 'InvalidField');
});
