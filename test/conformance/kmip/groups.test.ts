// Objects that are more or less than a key, over the wire: members of groups, templates, objects whose value is elsewhere; and what is
// told of all of them: digests, links, promises, profiles.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { type Bytes, hex } from '../../../src/base/bytes.ts';
import {
  make,
  maskOf,
  TAGS,
  type TtlvField,
  type ValueName,
  type Version,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { type Answer, kmipSuite } from './asking.ts';
import { attributes, named, uid, usages } from './payloads.ts';
import { attribute, type KmipConnection } from './support.ts';

const kmip = kmipSuite();
const { ask, valuesOf } = kmip;

const aes = (bits: number): readonly TtlvField[] => [
  make.enumeration('CryptographicAlgorithm', 'AES'),
  make.integer('CryptographicLength', bits),
  usages('Encrypt'),
];
const type = (name: ValueName<'ObjectType'>): TtlvField => make.enumeration('ObjectType', name);
const idOf = (answer: Answer): string => {
  assert.equal(answer.reason, undefined);
  return answer.one('UniqueIdentifier').text;
};

const create = async (...fields: readonly TtlvField[]) =>
  idOf(await ask('Create', [type('SymmetricKey'), attributes(...fields)]));

const located = async (payload: readonly TtlvField[], version: Version = '2.1') =>
  (await ask('Locate', payload, version)).all('UniqueIdentifier').map(({ text }) => text);

test('a group gives out its fresh members in their order, each until it is got', async () => {
  const group = make.textString('ObjectGroup', 'a pool of keys');
  const ids = [await create(...aes(128), group), await create(...aes(128), group)];
  const used = await create(...aes(128), group, make.boolean('Fresh', false));
  const fresh = () =>
    located([
      make.integer('MaximumItems', 1),
      make.enumeration('ObjectGroupMember', 'GroupMemberFresh'),
      attributes(group),
    ]);
  for (const id of ids) {
    assert.deepEqual(await fresh(), [id]);
    assert.equal((await valuesOf(id, 'Fresh'))[0]?.int64, 1n);
    // To be seen is not to be got.
    assert.deepEqual(await fresh(), [id]);
    await ask('Get', [uid(id)]);
    assert.equal((await valuesOf(id, 'Fresh'))[0]?.int64, 0n);
  }
  assert.deepEqual(await fresh(), []);
  const usual = make.enumeration('ObjectGroupMember', 'GroupMemberDefault');
  assert.deepEqual(await located([usual, attributes(group)]), [used]);
  const nowhere = await ask('Locate', [usual, attributes(type('SymmetricKey'))]);
  assert.equal(nowhere.reason, 'InvalidField');
  const again = make.structure('NewAttribute', [make.boolean('Fresh', true)]);
  assert.equal((await ask('SetAttribute', [uid(used), again])).reason, 'ReadOnlyAttribute');
});

test('the default group has a fresh member for whoever looks for one and may make keys', async () => {
  const maker = await kmip.subject.addClient();
  const made = await kmip.subject.connect(maker);
  const group = make.textString('ObjectGroup', 'default');
  const find = async (from: KmipConnection, ...fields: readonly TtlvField[]) => {
    const member = make.enumeration('ObjectGroupMember', 'GroupMemberFresh');
    const answer = await ask('Locate', [member, attributes(group, ...fields)], '2.1', from);
    return answer.all('UniqueIdentifier').map(({ text }) => text);
  };
  const viewer = await kmip.subject.connect(
    await kmip.subject.addClient({ projectId: maker.projectId, roles: ['viewer'] }),
  );
  assert.deepEqual(await find(viewer), []);
  assert.deepEqual(await find(made, make.integer('CryptographicLength', 128)), []);
  assert.deepEqual(await find(made, type('SecretData')), []);
  const [first = ''] = await find(made, type('SymmetricKey'));
  // It is the same one until somebody has got it.
  assert.deepEqual([await find(made), await find(viewer)], [[first], [first]]);
  const got = await ask('Get', [uid(first)], '2.1', made);
  const block = got.one('SymmetricKey').children[0];
  assert.equal(block?.children[1]?.children[0]?.content.length, 32);
  const [second] = await find(made);
  assert.ok(second !== undefined && second !== first);
  const elsewhere = make.textString('ObjectGroup', 'another group');
  const member = make.enumeration('ObjectGroupMember', 'GroupMemberFresh');
  const other = await ask('Locate', [member, attributes(elsewhere)], '2.1', made);
  assert.deepEqual(other.all('UniqueIdentifier'), []);
  made.close();
  viewer.close();
});

test('who may see an object but not have it does not make it stale', async () => {
  const [one, reader] = [await kmip.subject.addClient(), await kmip.subject.addClient({ roles: ['user'] })];
  assert.notEqual(one.projectId, reader.projectId);
  const viewer = await kmip.subject.addClient({ projectId: one.projectId, roles: ['user'] });
  const [making, seeing] = [await kmip.subject.connect(one), await kmip.subject.connect(viewer)];
  const made = await ask('Create', [type('SymmetricKey'), attributes(...aes(128))], '2.1', making);
  const refused = await ask('Get', [uid(idOf(made))], '2.1', seeing);
  assert.equal(refused.reason, 'PermissionDenied');
  const reference = make.enumeration('AttributeReference', TAGS.Fresh[0]);
  const told = await ask('GetAttributes', [uid(idOf(made)), reference], '2.1', making);
  assert.equal(told.one('Attributes').children[0]?.int64, 1n);
  making.close();
  seeing.close();
});

const nameOf = (text: string): TtlvField => attribute('Name', named(text, 'AttributeValue'));
const text = (value: string): TtlvField => make.textString('AttributeValue', value);

test('the attributes of a template stand in the place of its name, until 2.0', async () => {
  const content = [
    nameOf('usual keys'),
    attribute('Cryptographic Algorithm', make.enumeration('AttributeValue', 3)),
    attribute('Cryptographic Length', make.integer('AttributeValue', 192)),
    attribute(
      'Cryptographic Usage Mask',
      make.integer('AttributeValue', maskOf('CryptographicUsageMask', ['Encrypt', 'Decrypt'])),
    ),
    attribute('Contact Information', text('the day shift')),
    attribute('x-Kind', text('usual')),
  ];
  const register = (version: Version) =>
    ask('Register', [type('Template'), make.structure('Template', content)], version);
  const id = idOf(await register('1.2'));
  assert.equal((await register('1.2')).reason, 'InvalidField');
  const create = (...fields: readonly TtlvField[]) =>
    ask('Create', [type('SymmetricKey'), make.structure('TemplateAttribute', fields)], '1.2');
  const key = idOf(
    await create(named('usual keys'), attribute('Contact Information', text('somebody else'))),
  );
  const told = async (name: string) => {
    const { all } = await ask('GetAttributes', [uid(key), make.textString('AttributeName', name)], '1.2');
    return all('Attribute').map(({ children }) => children.at(-1));
  };
  assert.equal((await told('Cryptographic Length'))[0]?.int32, 192);
  assert.equal((await told('x-Kind'))[0]?.text, 'usual');
  assert.deepEqual(
    (await told('Contact Information')).map(item => item?.text),
    ['somebody else'],
  );
  assert.deepEqual(await told('Name'), []);
  assert.equal((await create(named('no such keys'))).reason, 'ItemNotFound');
  assert.deepEqual(await located([attribute('Object Type', make.enumeration('AttributeValue', 6))], '1.2'), [
    id,
  ]);
  const got = await ask('Get', [uid(id)], '1.2');
  assert.equal(got.one('Template').children.length, content.length);
  const list = await ask('GetAttributeList', [uid(id)], '1.2');
  const names = list.all('AttributeName').map(item => item.text);
  assert.ok(names.includes('x-Kind') && !names.includes('State') && !names.includes('Digest'), names.join());
  assert.equal((await register('2.1').catch(() => undefined))?.reason, 'InvalidObjectType');
  assert.equal((await ask('Destroy', [uid(id)], '1.2')).reason, undefined);
  assert.equal((await create(named('usual keys'))).reason, 'ItemNotFound');
});

test('of an object whose value is elsewhere all but the value is had', async () => {
  const block = make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', 'Raw'),
    make.enumeration('CryptographicAlgorithm', 'AES'),
    make.integer('CryptographicLength', 128),
  ]);
  const place = make.structure('KeyValueLocation', [
    make.textString('KeyValueLocationValue', 'the safe in the cellar'),
    make.enumeration('KeyValueLocationType', 'UninterpretedTextString'),
  ]);
  const active = make.dateTime('ActivationDate', 1_000);
  const payload = (...fields: readonly TtlvField[]) => [
    type('SymmetricKey'),
    attributes(...fields),
    make.structure('SymmetricKey', [block]),
  ];
  const id = idOf(await ask('Register', payload(...aes(128), place, active)));
  assert.equal((await valuesOf(id, 'KeyValuePresent'))[0]?.int64, 0n);
  assert.deepEqual(await valuesOf(id, 'Digest'), []);
  assert.deepEqual(await located([attributes(make.boolean('KeyValuePresent', false))]), [id]);
  const [got] = (await ask('Get', [uid(id)])).one('SymmetricKey').children;
  assert.deepEqual(
    got?.children.map(({ name }) => name),
    ['KeyFormatType', 'CryptographicAlgorithm', 'CryptographicLength'],
  );
  const data = make.byteString('Data', new Uint8Array(16));
  assert.equal((await ask('Encrypt', [uid(id), data])).reason, 'KeyValueNotPresent');
  assert.equal((await ask('ReKey', [uid(id)])).reason, 'KeyValueNotPresent');
  const elsewhere = make.structure('PublicKey', [
    make.structure('KeyBlock', [
      make.enumeration('KeyFormatType', 'X_509'),
      make.enumeration('CryptographicAlgorithm', 'RSA'),
      make.integer('CryptographicLength', 2048),
    ]),
  ]);
  const half = idOf(await ask('Register', [type('PublicKey'), attributes(place), elsewhere]));
  assert.equal((await ask('Certify', [uid(half)])).reason, 'KeyValueNotPresent');
  const old = await ask(
    'Register',
    [type('SymmetricKey'), make.structure('TemplateAttribute', []), make.structure('SymmetricKey', [block])],
    '1.1',
  );
  assert.equal(old.reason, 'InvalidMessage');
});

const digestOf = async (id: string): Promise<Bytes | undefined> => {
  const [digest] = await valuesOf(id, 'Digest');
  return digest?.children.find(({ name }) => name === 'DigestValue')?.content;
};

test('the digest of what was made here outlives it, and that of what was brought does not', async () => {
  const id = await create(...aes(256));
  const object = (await ask('Get', [uid(id)])).one('SymmetricKey');
  const material = must(object.children[0]?.children[1]?.children[0], 'key material').content;
  const expected = createHash('sha256').update(material).digest('hex');
  assert.equal(hex(must(await digestOf(id), 'a digest')), expected);
  await ask('Destroy', [uid(id)]);
  assert.equal(hex(must(await digestOf(id), 'a digest')), expected);
  const block = make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', 'Opaque'),
    make.structure('KeyValue', [make.byteString('KeyMaterial', Uint8Array.of(1, 2, 3, 4))]),
  ]);
  const secret = [make.enumeration('SecretDataType', 'Password'), block];
  const brought = idOf(
    await ask('Register', [type('SecretData'), attributes(), make.structure('SecretData', secret)]),
  );
  assert.ok((await digestOf(brought)) !== undefined);
  await ask('Destroy', [uid(brought)]);
  assert.equal(await digestOf(brought), undefined);
});

test('a digest in the usual format stands beside that of the format of a key', async () => {
  const made = await ask('CreateKeyPair', [
    make.structure('CommonAttributes', [
      make.enumeration('CryptographicAlgorithm', 'RSA'),
      make.integer('CryptographicLength', 2048),
      usages('Sign', 'Verify'),
    ]),
  ]);
  const publicId = made.one('PublicKeyUniqueIdentifier').text;
  const material = async (id: string, format: ValueName<'KeyFormatType'>): Promise<Bytes> => {
    const got = await ask('Get', [uid(id), make.enumeration('KeyFormatType', format)]);
    const block = must(got.one('PublicKey').children[0], 'a key block');
    return must(block.children[1]?.children[0], 'key material').content;
  };
  const told = async (id: string) =>
    (await valuesOf(id, 'Digest')).map(({ children: [, value, format] }) => [
      valueName('KeyFormatType', format?.uint32 ?? 0),
      hex(must(value, 'a digest value').content),
    ]);
  const sha256 = (bytes: Bytes) => createHash('sha256').update(bytes).digest('hex');
  const pkcs1 = ['PKCS_1', sha256(await material(publicId, 'PKCS_1'))];
  assert.deepEqual(await told(publicId), [pkcs1]);
  const x509 = await material(publicId, 'X_509');
  const block = make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', 'X_509'),
    make.structure('KeyValue', [make.byteString('KeyMaterial', x509)]),
    make.enumeration('CryptographicAlgorithm', 'RSA'),
    make.integer('CryptographicLength', 2048),
  ]);
  const brought = idOf(
    await ask('Register', [
      type('PublicKey'),
      attributes(usages('Verify')),
      make.structure('PublicKey', [block]),
    ]),
  );
  const both = [['X_509', sha256(x509)], pkcs1];
  assert.deepEqual(await told(brought), both);
  await ask('Destroy', [uid(brought)]);
  assert.deepEqual(await told(brought), both);
});

test('a format that has lost its name is told by the one that it has now', async () => {
  const material = make.structure('KeyMaterial', [
    make.enumeration('RecommendedCurve', 'P_256'),
    make.bigInteger('D', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 7)),
  ]);
  const block = make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', 'TransparentECDSAPrivateKey'),
    make.structure('KeyValue', [material]),
    make.enumeration('CryptographicAlgorithm', 'ECDSA'),
    make.integer('CryptographicLength', 256),
  ]);
  const usage = attribute(
    'Cryptographic Usage Mask',
    make.integer('AttributeValue', maskOf('CryptographicUsageMask', ['Sign'])),
  );
  const registered = await ask(
    'Register',
    [type('PrivateKey'), make.structure('TemplateAttribute', [usage]), make.structure('PrivateKey', [block])],
    '1.2',
  );
  const id = idOf(registered);
  const [format] = await valuesOf(id, 'KeyFormatType');
  assert.equal(valueName('KeyFormatType', format?.uint32 ?? 0), 'TransparentECPrivateKey');
  const digests = await valuesOf(id, 'Digest');
  assert.deepEqual(
    digests.map(({ children }) => valueName('KeyFormatType', children[2]?.uint32 ?? 0)),
    ['TransparentECPrivateKey'],
  );
});

test('what an object is not is not promised of it', async () => {
  const safe = make.boolean('QuantumSafe', true);
  const refused = await ask('Create', [type('SymmetricKey'), attributes(...aes(128), safe)]);
  assert.equal(refused.reason, 'GeneralFailure');
  const id = await create(...aes(256), safe, make.interval('RotateInterval', 86_400));
  assert.equal((await valuesOf(id, 'QuantumSafe'))[0]?.int64, 1n);
  assert.equal((await valuesOf(id, 'RotateInterval'))[0]?.uint32, 86_400);
  const weak = await create(...aes(128));
  const promise = make.structure('NewAttribute', [safe]);
  assert.equal((await ask('SetAttribute', [uid(weak), promise])).reason, 'GeneralFailure');
});

test('links are those of clients and those of the server, and either may be taken away', async () => {
  const old = await create(...aes(128));
  const young = idOf(await ask('ReKey', [uid(old)]));
  const link = (kind: ValueName<'LinkType'>, to: string): TtlvField =>
    make.structure('Link', [
      make.enumeration('LinkType', kind),
      make.textString('LinkedObjectIdentifier', to),
    ]);
  const parent = link('ParentLink', 'something elsewhere');
  await ask('AddAttribute', [uid(young), make.structure('NewAttribute', [parent])]);
  const linksOf = async () =>
    (await valuesOf(young, 'Link')).map(({ children: [kind] }) => valueName('LinkType', kind?.uint32 ?? 0));
  assert.deepEqual(await linksOf(), ['ParentLink', 'ReplacedObjectLink']);
  const current = make.structure('CurrentAttribute', [link('ReplacedObjectLink', old)]);
  assert.equal((await ask('DeleteAttribute', [uid(young), current])).reason, undefined);
  assert.deepEqual(await linksOf(), ['ParentLink']);
  assert.equal((await valuesOf(old, 'Link')).length, 1);
});

test('profiles are told in the words of the version, and only where all that they ask for is served', async () => {
  const asked = [make.enumeration('QueryFunction', 'QueryProfiles')];
  const namesIn = async (version: Version) => {
    const { all } = await ask('Query', asked, version);
    return all('ProfileInformation').map(
      ({ children: [name] }) => valueName('ProfileName', name?.uint32 ?? 0) ?? '',
    );
  };
  const [older, newer] = [await namesIn('1.3'), await namesIn('2.1')];
  assert.ok(older.includes('TapeLibraryServerKMIPV1_0') && older.includes('TapeLibraryServerKMIPV1_3'));
  assert.ok(!older.some(name => name.endsWith('V1_4')));
  assert.ok(!older.some(name => name.startsWith('Complete') || name.startsWith('SuiteB')));
  // Every profile of 2.x asks for operations that go from the server to its clients.
  assert.deepEqual(newer, []);
});

test('of several clients that add to one attribute at once nobody takes away what another has added', async () => {
  const id = await create(...aes(128));
  const client = await kmip.subject.addClient({ projectId: kmip.client.projectId });
  const others = await Promise.all(Array.from({ length: 4 }, () => kmip.subject.connect(client)));
  await Promise.all(
    others.map((other, at) => {
      const added = make.structure('NewAttribute', [make.textString('ObjectGroup', `pool ${at}`)]);
      return ask('AddAttribute', [uid(id), added], '2.1', other);
    }),
  );
  for (const other of others) other.close();
  const groups = (await valuesOf(id, 'ObjectGroup')).map(({ text }) => text);
  assert.deepEqual(groups.toSorted(), ['pool 0', 'pool 1', 'pool 2', 'pool 3']);
});
