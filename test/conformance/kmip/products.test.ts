// What products ask of a server, one message after the other, as their traces and sources show it: versions, batches, fields of the header, and the
// attributes that they count on. No code of theirs runs here.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  make,
  maskOf,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  type Version,
} from '../../../src/wire/ttlv/index.ts';
import { type Answer, answerOf, fieldOf, kmipSuite, within } from './asking.ts';
import { named, uid } from './payloads.ts';
import { attribute, request } from './support.ts';

const kmip = kmipSuite();

type Fields = readonly (TtlvField | undefined)[];
type Item = readonly [ValueName<'Operation'>, (Fields | undefined)?];

const ITEM_ID_BYTES = 8;

/** All items of one message that is answered whole. */
async function batch(
  version: Version,
  items: readonly Item[],
  header: Fields = [],
): Promise<readonly Answer[]> {
  const asked = items.map(([operation, payload = []]) => ({
    operation,
    payload,
    ...(items.length > 1 && { id: randomBytes(ITEM_ID_BYTES) }),
  }));
  const answer = await kmip.connection.ask(request(version, asked, header));
  return answer.children.slice(1).map(item => answerOf(item));
}

async function one(version: Version, ...[operation, payload]: Item): Promise<Answer> {
  const [answer] = await batch(version, [[operation, payload]]);
  assert.ok(answer);
  assert.equal(answer.reason, undefined, operation);
  return answer;
}

const text = (name: string, value: string) => attribute(name, make.textString('AttributeValue', value));
const number = (name: string, value: number) => attribute(name, make.integer('AttributeValue', value));
const value = (name: string, of: number) => attribute(name, make.enumeration('AttributeValue', of));
const name = (of: string) => attribute('Name', named(of, 'AttributeValue'));
const wanted = (of: string) => make.textString('AttributeName', of);
const template = (...fields: readonly TtlvField[]) => make.structure('TemplateAttribute', fields);
const ENCRYPTS = maskOf('CryptographicUsageMask', ['Encrypt', 'Decrypt']);
const AES_256 = [value('Cryptographic Algorithm', 3), number('Cryptographic Length', 256)];
const SYMMETRIC = make.enumeration('ObjectType', 'SymmetricKey');
const idOf = (answer: Answer): TtlvField => uid(answer.one('UniqueIdentifier').text);
const retired = make.structure('RevocationReason', [
  make.enumeration('RevocationReasonCode', 'CessationOfOperation'),
]);
const materialOf = (answer: Answer, object: string): Uint8Array =>
  within(answer.one(object), 'KeyBlock', 'KeyValue', 'KeyMaterial').content;

test('a hypervisor asks for versions, makes a key, and marks it with its own attributes in one batch', async () => {
  const versions = (await one('1.1', 'DiscoverVersions')).all('ProtocolVersion');
  assert.ok(versions.some(({ children: [major, minor] }) => major?.int32 === 1 && minor?.int32 === 1));
  await one('1.1', 'Query', [make.enumeration('QueryFunction', 'QueryServerInformation')]);
  const given = template(...AES_256, number('Cryptographic Usage Mask', ENCRYPTS));
  const id = idOf(await one('1.1', 'Create', [SYMMETRIC, given]));
  const marks = ['x-Product_Version', 'x-Vendor', 'x-Product'];
  for (const mark of marks) {
    const before = await one('1.1', 'GetAttributes', [id, wanted(mark)]);
    assert.equal(before.payload?.children.length, 1);
  }
  const added = await batch(
    '1.1',
    marks.map(mark => ['AddAttribute', [id, text(mark, `${mark} 7.0.3`)]] as const),
  );
  assert.deepEqual(
    added.map(({ reason }) => reason),
    [undefined, undefined, undefined],
  );
  assert.equal(materialOf(await one('1.1', 'Get', [id]), 'SymmetricKey').length, 32);
  const state = await one('1.1', 'GetAttributes', [id, wanted('State')]);
  assert.equal(within(state.one('Attribute'), 'AttributeValue').uint32, 1);
  await one('1.1', 'Activate', [id]);
  const found = await one('1.1', 'Locate', [text('x-Product', 'x-Product 7.0.3')]);
  assert.deepEqual(
    found.all('UniqueIdentifier').map(each => each.text),
    [id.type === 'TextString' ? id.value : ''],
  );
});

test('a file server keeps a password in the format Opaque, renames it, and ends it', async () => {
  const functions = [
    'QueryOperations',
    'QueryObjects',
    'QueryServerInformation',
    'QueryApplicationNamespaces',
  ] as const;
  await one(
    '1.2',
    'Query',
    functions.map(each => make.enumeration('QueryFunction', each)),
  );
  assert.equal((await one('1.2', 'Locate', [name('share-key')])).payload?.children.length, 0);
  const secret = randomBytes(64);
  const registered = await one('1.2', 'Register', [
    make.enumeration('ObjectType', 'SecretData'),
    template(
      name('share-key'),
      text('Operation Policy Name', 'default'),
      number('Cryptographic Usage Mask', 0),
    ),
    make.structure('SecretData', [
      make.enumeration('SecretDataType', 'Password'),
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'Opaque'),
        make.structure('KeyValue', [make.byteString('KeyMaterial', secret)]),
      ]),
    ]),
  ]);
  // Some clients refuse an Object Type here.
  assert.deepEqual(
    registered.payload?.children.map(child => child.name),
    ['UniqueIdentifier'],
  );
  const id = idOf(registered);
  await one('1.2', 'ModifyAttribute', [id, name('share-key-2')]);
  await one('1.2', 'Activate', [id]);
  const listed = (await one('1.2', 'GetAttributeList', [id])).all('AttributeName').map(each => each.text);
  for (const each of ['Name', 'State', 'Operation Policy Name', 'Activation Date'])
    assert.ok(listed.includes(each), each);
  const block = within((await one('1.2', 'Get', [id])).one('SecretData'), 'KeyBlock');
  assert.deepEqual(
    block.children.map(child => child.name),
    ['KeyFormatType', 'KeyValue'],
  );
  assert.deepEqual(
    Uint8Array.from(within(block, 'KeyValue', 'KeyMaterial').content),
    Uint8Array.from(secret),
  );
  await one('1.2', 'Revoke', [id, retired]);
  await one('1.2', 'Destroy', [id]);
});

test('a firewall sends four searches at once, each with a filter as if it made an object', async () => {
  const credential = make.structure('Authentication', [
    make.structure('Credential', [
      make.enumeration('CredentialType', 'UsernameAndPassword'),
      make.structure('CredentialValue', [make.textString('Username', ''), make.textString('Password', '')]),
    ]),
  ]);
  await one('1.0', 'Create', [
    SYMMETRIC,
    template(...AES_256, number('Cryptographic Usage Mask', ENCRYPTS), name('tunnel-2')),
  ]);
  const searches = [1, 2, 3, 4].map(
    at => ['Locate', [make.integer('MaximumItems', 1), template(name(`tunnel-${at}`))]] as const,
  );
  const answers = await batch('1.0', searches, [
    make.integer('MaximumResponseSize', 65_536),
    credential,
    make.enumeration('BatchErrorContinuationOption', 'Continue'),
    make.boolean('BatchOrderOption', true),
  ]);
  assert.deepEqual(
    answers.map(answer => [answer.reason, answer.all('UniqueIdentifier').length]),
    [
      [undefined, 0],
      [undefined, 1],
      [undefined, 0],
      [undefined, 0],
    ],
  );
});

test('databases make or bring a key, activate it, read it, watch its state, and destroy it', async () => {
  // Encrypt, Decrypt, Wrap, Unwrap and Key Agreement.
  const made = await one('1.1', 'Create', [
    SYMMETRIC,
    template(...AES_256, number('Cryptographic Usage Mask', 0x83c)),
  ]);
  const id = idOf(made);
  await one('1.1', 'Activate', [id]);
  assert.equal(materialOf(await one('1.1', 'Get', [id]), 'SymmetricKey').length, 32);
  await one('1.1', 'Revoke', [id, retired]);
  await one('1.1', 'Destroy', [id]);

  const master = randomBytes(96);
  const seed = idOf(
    await one('1.0', 'Register', [
      make.enumeration('ObjectType', 'SecretData'),
      template(number('Cryptographic Usage Mask', 0)),
      make.structure('SecretData', [
        make.enumeration('SecretDataType', 'Seed'),
        make.structure('KeyBlock', [
          make.enumeration('KeyFormatType', 'Opaque'),
          make.structure('KeyValue', [make.byteString('KeyMaterial', master)]),
        ]),
      ]),
    ]),
  );
  await one('1.0', 'Activate', [seed]);
  assert.deepEqual(
    Uint8Array.from(materialOf(await one('1.0', 'Get', [seed]), 'SecretData')),
    Uint8Array.from(master),
  );

  const byName = [name('pg-principal'), ...AES_256, number('Cryptographic Usage Mask', ENCRYPTS)];
  const brought = await one('1.0', 'Register', [
    SYMMETRIC,
    template(...byName),
    make.structure('SymmetricKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'Raw'),
        make.structure('KeyValue', [make.byteString('KeyMaterial', randomBytes(32))]),
        make.enumeration('CryptographicAlgorithm', 'AES'),
        make.integer('CryptographicLength', 256),
      ]),
    ]),
  ]);
  const filters = [
    make.integer('MaximumItems', 16),
    make.integer('StorageStatusMask', 1),
    value('Object Type', 2),
    name('pg-principal'),
  ];
  const found = await one('1.0', 'Locate', filters);
  assert.equal(found.one('UniqueIdentifier').text, brought.one('UniqueIdentifier').text);
  const state = await one('1.0', 'GetAttributes', [idOf(found), wanted('State')]);
  assert.equal(within(state.one('Attribute'), 'AttributeValue').uint32, 1);
});

test('a database has its data keys encrypted by a key that never leaves, with an IV that the server makes', async () => {
  const id = idOf(
    await one('1.2', 'Create', [
      SYMMETRIC,
      template(...AES_256, number('Cryptographic Usage Mask', ENCRYPTS)),
    ]),
  );
  await one('1.2', 'Activate', [id]);
  const how = make.structure('CryptographicParameters', [
    make.enumeration('BlockCipherMode', 'CBC'),
    make.enumeration('PaddingMethod', 'PKCS5'),
    make.enumeration('CryptographicAlgorithm', 'AES'),
    make.boolean('RandomIV', true),
  ]);
  const dataKey = randomBytes(96);
  const sealed = await one('1.2', 'Encrypt', [id, how, make.byteString('Data', dataKey)]);
  const iv = sealed.one('IVCounterNonce').content;
  assert.equal(iv.length, 16);
  const opened = await one('1.2', 'Decrypt', [
    id,
    how,
    make.byteString('Data', sealed.one('Data').content),
    make.byteString('IVCounterNonce', iv),
  ]);
  assert.deepEqual(Uint8Array.from(opened.one('Data').content), Uint8Array.from(dataKey));
});

test('an object store sends the time and how long an answer may be, and a key is made by its name', async () => {
  const now = Math.floor(kmip.subject.keyhold.kms.clock.now() / 1_000);
  const header = [make.integer('MaximumResponseSize', 8_192), make.dateTime('TimeStamp', now)];
  const ask = async (...item: Item) => {
    const [answer] = await batch('1.0', [item], header);
    assert.equal(answer?.reason, undefined);
    return answer as Answer;
  };
  const given = template(...AES_256, number('Cryptographic Usage Mask', ENCRYPTS), name('bucket-1'));
  const made = await ask('Create', [SYMMETRIC, given]);
  const found = await ask('Locate', [name('bucket-1')]);
  assert.equal(found.one('UniqueIdentifier').text, made.one('UniqueIdentifier').text);
  assert.equal(materialOf(await ask('Get', [idOf(made)]), 'SymmetricKey').length, 32);
});

test('a database that writes names of attributes without their spaces finds the key that it has made', async () => {
  const algorithm = value('Cryptographic Algorithm', 3);
  const bits = 192;
  const given = [
    algorithm,
    number('Cryptographic Length', bits),
    number('Cryptographic Usage Mask', ENCRYPTS),
  ];
  const made = await one('1.2', 'Create', [SYMMETRIC, template(...given)]);
  const filters = [
    algorithm,
    number('CryptographicLength', bits),
    number('CryptographicUsageMask', ENCRYPTS),
  ];
  const found = await one('1.2', 'Locate', filters);
  assert.equal(found.one('UniqueIdentifier').text, made.one('UniqueIdentifier').text);
});

test('an array looks for its key by its own attribute and has it, all in one batch by the ID Placeholder', async () => {
  const serial = text('x-array-serial', 'SN-0001');
  await one('1.0', 'Create', [
    SYMMETRIC,
    template(...AES_256, number('Cryptographic Usage Mask', ENCRYPTS), serial),
  ]);
  const answers = await batch(
    '1.0',
    [
      ['Query', [make.enumeration('QueryFunction', 'QueryOperations')]],
      ['Locate', [serial]],
      ['Get', [make.enumeration('KeyFormatType', 'Opaque')]],
      ['GetAttributes', [wanted('x-array-serial'), wanted('State')]],
    ],
    [make.boolean('BatchOrderOption', true)],
  );
  assert.deepEqual(
    answers.map(({ reason }) => reason),
    [undefined, undefined, undefined, undefined],
  );
  const [, , got, described] = answers;
  assert.ok(got && described);
  assert.equal(materialOf(got, 'SymmetricKey').length, 32);
  const shown = described.all('Attribute').map((each: TtlvItem) => fieldOf(each, 'AttributeName')?.text);
  assert.deepEqual(shown, ['x-array-serial', 'State']);
});

test('a tape library names a cartridge’s key by its barcode, and keeps what the drive needs beside it', async () => {
  const info = attribute(
    'Application Specific Information',
    make.structure('AttributeValue', [
      make.textString('ApplicationNamespace', 'LIBRARY-LTO'),
      make.textString('ApplicationData', '4841434B455250494F4E'),
    ]),
  );
  const barcode = attribute(
    'Alternative Name',
    make.structure('AttributeValue', [
      make.textString('AlternativeNameValue', 'TAPE01L8'),
      make.enumeration('AlternativeNameType', 'UninterpretedTextString'),
    ]),
  );
  const own = Array.from({ length: 30 }, (_none, at) =>
    text(`x-${'tape'.repeat(15)}-${at}`, 'v'.repeat(255)),
  );
  const given = template(...AES_256, number('Cryptographic Usage Mask', ENCRYPTS), info, barcode, ...own);
  const made = await one('1.2', 'Create', [SYMMETRIC, given]);
  for (const filter of [info, barcode]) {
    const [found, got] = await batch(
      '1.2',
      [['Locate', [filter]], ['Get']],
      [make.boolean('BatchOrderOption', true)],
    );
    assert.equal(found?.one('UniqueIdentifier').text, made.one('UniqueIdentifier').text);
    assert.equal(got?.reason, undefined);
  }
  const all = await one('1.2', 'GetAttributes', [idOf(made)]);
  assert.equal(
    all.all('Attribute').filter(each => fieldOf(each, 'AttributeName')?.text.startsWith('x-')).length,
    30,
  );
});
