// The Result Reasons that the specification has for each operation (KMIP 1.4 section 11, 2.1 section 6.1), where the published cases do not show them, and
// what is no error by it.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  make,
  TAGS,
  type TagName,
  type TtlvField,
  type ValueName,
  type Version,
} from '../../../src/wire/ttlv/index.ts';
import { CLIENT_AUTHENTICATION, selfSigned } from '../../support/certificates.ts';
import { answerOf, kmipSuite } from './asking.ts';
import { attributes, named, uid, usages } from './payloads.ts';
import { attribute, newAes256, request } from './support.ts';

const kmip = kmipSuite();
const { ask } = kmip;

type Payload = readonly (TtlvField | undefined)[];

/** The reasons of one request in a version of each row. */
async function reasons(
  operation: ValueName<'Operation'>,
  payload: Payload | ((version: Version) => Payload),
  expected: Partial<Record<Version, string | undefined>>,
): Promise<void> {
  for (const [version, reason] of Object.entries(expected) as [Version, string | undefined][]) {
    const asked = typeof payload === 'function' ? payload(version) : payload;
    assert.equal((await ask(operation, asked, version)).reason, reason, `${operation} in ${version}`);
  }
}

const aes = (...given: readonly TtlvField[]): Payload => [
  make.enumeration('ObjectType', 'SymmetricKey'),
  attributes(
    make.enumeration('CryptographicAlgorithm', 'AES'),
    make.integer('CryptographicLength', 256),
    usages('Encrypt', 'Decrypt'),
    make.dateTime('ActivationDate', 1),
    ...given,
  ),
];
const newKey = async (...given: readonly TtlvField[]): Promise<TtlvField> =>
  uid((await ask('Create', aes(...given))).one('UniqueIdentifier').text);
const newSecret = async (): Promise<TtlvField> => {
  const given = attributes(make.integer('CryptographicLength', 128), usages('DeriveKey'));
  const made = await ask('Create', [make.enumeration('ObjectType', 'SecretData'), given]);
  return uid(made.one('UniqueIdentifier').text);
};
const refer = (name: TagName): TtlvField => make.enumeration('AttributeReference', TAGS[name][0]);

test('what cannot be replaced or certified is refused by its type', async () => {
  const secret = await newSecret();
  const unfit = { '1.2': 'PermissionDenied', '2.1': 'InvalidObjectType' };
  for (const operation of ['ReKey', 'Certify', 'ReCertify'] as const)
    await reasons(operation, [secret], unfit);
  const key = make.textString(
    'PrivateKeyUniqueIdentifier',
    (await ask('Create', aes())).one('UniqueIdentifier').text,
  );
  await reasons('ReKeyKeyPair', [key], unfit);
});

test('an Offset is from an Activation Date', async () => {
  const made = await ask('Create', newAes256(), '1.2');
  assert.equal(made.reason, undefined);
  const key = await ask('Create', [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(make.enumeration('CryptographicAlgorithm', 'AES'), usages('Encrypt')),
  ]);
  const payload = [uid(key.one('UniqueIdentifier').text), make.interval('Offset', 5)];
  await reasons('ReKey', payload, { '1.2': 'IllegalOperation', '2.1': 'InvalidField' });
});

test('a key that may not be derived from, and one without limits, are told apart from others', async () => {
  const key = await newKey();
  const parameters = make.structure('DerivationParameters', [
    make.structure('CryptographicParameters', [make.enumeration('HashingAlgorithm', 'SHA_256')]),
    make.byteString('DerivationData', Uint8Array.of(1)),
  ]);
  const derived = (version: Version): Payload => [
    make.enumeration('ObjectType', 'SymmetricKey'),
    key,
    make.enumeration('DerivationMethod', 'HMAC'),
    parameters,
    version < '2.0'
      ? newAes256()[1]
      : attributes(
          make.enumeration('CryptographicAlgorithm', 'AES'),
          make.integer('CryptographicLength', 256),
        ),
  ];
  const unfit = {
    '1.2': 'InvalidField',
    '2.0': 'PermissionDenied',
    '2.1': 'IncompatibleCryptographicUsageMask',
  };
  await reasons('DeriveKey', derived, unfit);
  const some = make.longInteger('UsageLimitsCount', 1n);
  await reasons('GetUsageAllocation', [key, some], { '1.2': 'IllegalOperation', '2.1': 'AttributeNotFound' });
  await reasons('GetUsageAllocation', [key], { '1.2': 'InvalidMessage', '2.1': 'InvalidMessage' });
});

test('a template is used by its name, and has no life', async () => {
  const made = await ask(
    'Register',
    [
      make.enumeration('ObjectType', 'Template'),
      make.structure('TemplateAttribute', [attribute('Name', named('reasons', 'AttributeValue'))]),
      make.structure('Template', [attribute('Cryptographic Length', make.integer('AttributeValue', 256))]),
    ],
    '1.2',
  );
  const id = uid(made.one('UniqueIdentifier').text);
  const compromised = make.structure('RevocationReason', [
    make.enumeration('RevocationReasonCode', 'KeyCompromise'),
  ]);
  await reasons('Activate', [id], { '1.2': 'IllegalOperation' });
  await reasons('Revoke', [id, compromised], { '1.2': 'IllegalOperation' });
  await reasons('Check', [id], { '1.2': 'IllegalOperation' });
  await reasons('ReKey', [id], { '1.2': 'PermissionDenied' });
  const by = (name: string): Payload => [
    make.enumeration('ObjectType', 'SymmetricKey'),
    make.structure('TemplateAttribute', [
      named(name),
      attribute('Cryptographic Algorithm', make.enumeration('AttributeValue', 3)),
    ]),
  ];
  await reasons('Create', by('reasons'), { '1.2': undefined });
  await reasons('Archive', [id], { '1.2': undefined });
  await reasons('Create', by('reasons'), { '1.2': 'ObjectArchived' });
  await reasons('Create', by('nowhere'), { '1.2': 'ItemNotFound' });
});

test('a certificate request that is none, and storage that nobody has here, have reasons of their own', async () => {
  const csr = (version: Version): Payload => [
    make.enumeration('CertificateRequestType', 'PKCS_10'),
    make.byteString(version < '2.0' ? 'CertificateRequest' : 'CertificateRequestValue', new Uint8Array(9)),
  ];
  await reasons('Certify', csr, { '1.2': 'InvalidField', '2.1': 'InvalidCSR' });
  const inHardware = (tag: TagName) =>
    make.structure(tag as 'ProtectionStorageMasks', [make.integer('ProtectionStorageMask', 2)]);
  await reasons('Create', [...aes(), inHardware('ProtectionStorageMasks')], {
    '2.1': 'ProtectionStorageUnavailable',
  });
  for (const [tag, reason] of [
    ['CommonProtectionStorageMasks', 'ProtectionStorageUnavailable'],
    ['PrivateProtectionStorageMasks', 'PrivateProtectionStorageUnavailable'],
    ['PublicProtectionStorageMasks', 'PublicProtectionStorageUnavailable'],
  ] as const)
    await reasons('CreateKeyPair', [inHardware(tag)], { '2.1': reason });
});

test('what a client says of a certificate is taken where the certificate says the same', async () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = selfSigned({ subject: 'reasons', purposes: [CLIENT_AUTHENTICATION], keys });
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const certificate = make.structure('Certificate', [
    make.enumeration('CertificateType', 'X_509'),
    make.byteString('CertificateValue', der),
  ]);
  const register = (version: Version, ...said: readonly TtlvField[]): Payload => [
    make.enumeration('ObjectType', 'Certificate'),
    version < '2.0'
      ? make.structure('TemplateAttribute', [
          attribute('Certificate Length', make.integer('AttributeValue', der.length)),
        ])
      : attributes(...said),
    certificate,
  ];
  const length = (bytes: number) => make.integer('CertificateLength', bytes);
  const signed = (by: 'ECDSAWithSHA256' | 'ECDSAWithSHA384') =>
    make.enumeration('DigitalSignatureAlgorithm', by);
  await reasons('Register', register('1.2'), { '1.2': undefined });
  await reasons('Register', register('2.1', length(der.length), signed('ECDSAWithSHA256')), {
    '2.1': undefined,
  });
  await reasons('Register', register('2.1', length(der.length + 1)), { '2.1': 'InvalidAttributeValue' });
  await reasons('Register', register('2.1', signed('ECDSAWithSHA384')), { '2.1': 'InvalidAttributeValue' });
});

test('an application’s data is made by nobody here, so that it is never left out', async () => {
  const half = (tag: 'ApplicationSpecificInformation' | 'AttributeValue') =>
    make.structure(tag, [make.textString('ApplicationNamespace', 'LIBRARY-LTO')]);
  const reason = 'ApplicationNamespaceNotSupported';
  await reasons('Create', aes(half('ApplicationSpecificInformation')), { '2.1': reason });
  await reasons('Create', newAes256(attribute('Application Specific Information', half('AttributeValue'))), {
    '1.2': reason,
  });
});

test('a structure is located by what is said of it, and an undefined date by the largest one', async () => {
  const whole = make.structure('ApplicationSpecificInformation', [
    make.textString('ApplicationNamespace', 'reasons'),
    make.textString('ApplicationData', 'drive 1'),
  ]);
  const ends = make.dateTime('DeactivationDate', 4_000_000_000);
  const link = (...fields: readonly TtlvField[]) => make.structure('Link', fields);
  const parent = make.textString('LinkedObjectIdentifier', 'somewhere');
  const id = await newKey(
    whole,
    named('by parts'),
    ends,
    link(make.enumeration('LinkType', 'ParentLink'), parent),
  );
  const other = await newKey(make.textString('ObjectGroup', 'endless'));
  const found = async (...filters: readonly TtlvField[]) =>
    (await ask('Locate', [attributes(...filters)])).all('UniqueIdentifier').map(({ text }) => text);
  const texts = [id, other].map(field => (field.type === 'TextString' ? field.value : ''));
  const part = (tag: 'ApplicationNamespace' | 'ApplicationData', value: string) =>
    make.structure('ApplicationSpecificInformation', [make.textString(tag, value)]);
  assert.deepEqual(await found(part('ApplicationNamespace', 'reasons')), [texts[0]]);
  assert.deepEqual(await found(part('ApplicationData', 'drive 1')), [texts[0]]);
  assert.deepEqual(await found(part('ApplicationData', 'drive 2')), []);
  assert.deepEqual(await found(make.structure('Name', [make.textString('NameValue', 'by parts')])), [
    texts[0],
  ]);
  assert.deepEqual(await found(make.structure('Name', [make.textString('NameValue', 'by part')])), []);
  assert.deepEqual(await found(link(parent)), [texts[0]]);
  const at = (value: bigint): TtlvField => ({ type: 'DateTime', tag: TAGS.DeactivationDate[0], value });
  const never = at((1n << 63n) - 1n);
  const ofGroup = make.textString('ObjectGroup', 'endless');
  assert.deepEqual(await found(ofGroup, never), [texts[1]]);
  assert.deepEqual(await found(never, whole), []);
  assert.deepEqual(await found(at(0n), never, whole), [texts[0]]);
  assert.deepEqual(await found(at(0n), never, ofGroup), [texts[1]]);
  assert.deepEqual(await found(at(0n), at(4_100_000_000n), ofGroup), []);
});

test('dates and texts of one vendor’s attribute are sought side by side', async () => {
  const own = (value: TtlvField) =>
    make.structure('Attribute', [
      make.textString('VendorIdentification', 'reasons'),
      make.textString('AttributeName', 'mixed'),
      value,
    ]);
  await newKey(own(make.textString('AttributeValue', 'a text')));
  const dated = await newKey(own(make.dateTime('AttributeValue', 1_000)));
  const at = (seconds: number) => own(make.dateTime('AttributeValue', seconds));
  const found = async (...filters: readonly TtlvField[]) =>
    (await ask('Locate', [attributes(...filters)])).all('UniqueIdentifier').map(({ text }) => text);
  const text = dated.type === 'TextString' ? dated.value : '';
  assert.deepEqual(await found(at(1_000)), [text]);
  assert.deepEqual(await found(at(500), at(1_500)), [text]);
  assert.deepEqual(await found(at(1_500), at(2_500)), []);
});

test('an attribute without a value is adjusted from zero or from false, where it is one of a kind that has such', async () => {
  const id = await newKey();
  const adjust = (name: TagName, type: 'Increment' | 'Negate', by?: TtlvField) =>
    ask('AdjustAttribute', [id, refer(name), make.enumeration('AdjustmentType', type), by]);
  const text = id.type === 'TextString' ? id.value : '';
  const steps = make.interval('AdjustmentValue', 60);
  assert.equal((await adjust('ProtectionPeriod', 'Increment', steps)).reason, undefined);
  assert.equal((await kmip.valuesOf(text, 'ProtectionPeriod'))[0]?.uint32, 60);
  assert.equal((await adjust('QuantumSafe', 'Negate')).reason, undefined);
  assert.equal((await kmip.valuesOf(text, 'QuantumSafe'))[0]?.int64, 1n);
  assert.equal((await adjust('Comment', 'Increment')).reason, 'AttributeNotFound');
  assert.equal((await adjust('DeactivationDate', 'Increment')).reason, 'AttributeNotFound');
});

test('a Link leads to what the batch has made, by whatever stands for its identifier', async () => {
  const link = (to: TtlvField, type: 'ParentLink' | 'NextLink' = 'ParentLink') =>
    make.structure('Link', [make.enumeration('LinkType', type), to]);
  const byPlaceholder = make.enumeration('LinkedObjectIdentifier', 'IDPlaceholder');
  const item = (operation: ValueName<'Operation'>, at: number, payload: Payload) => ({
    operation,
    payload,
    id: Uint8Array.of(at),
  });
  const answer = await kmip.connection.ask(
    request('2.1', [
      item('Create', 1, aes()),
      item('Create', 2, aes(link(byPlaceholder))),
      item('AddAttribute', 3, [
        make.structure('NewAttribute', [link(make.integer('LinkedObjectIdentifier', 0), 'NextLink')]),
      ]),
    ]),
  );
  const [first, second, third] = answer.children.slice(1).map(each => answerOf(each));
  assert.equal(third?.reason, undefined);
  const [parent, child] = [first, second].map(made => made?.one('UniqueIdentifier').text ?? '');
  assert.deepEqual(await kmip.linksOf(child ?? ''), [`ParentLink ${parent}`, `NextLink ${parent}`]);
  const empty = [await newKey(), make.structure('NewAttribute', [link(byPlaceholder)])];
  await reasons('AddAttribute', empty, { '2.1': 'ItemNotFound' });
});

test('an operation that nobody knows fails its item, and those beside it are answered', async () => {
  const unknown = { type: 'Enumeration', tag: TAGS.Operation[0], value: 0x8000_0001 } as const;
  const version = make.structure('ProtocolVersion', [
    make.integer('ProtocolVersionMajor', 1),
    make.integer('ProtocolVersionMinor', 2),
  ]);
  const goesOn = make.enumeration('BatchErrorContinuationOption', 'Continue');
  const item = (operation: TtlvField, at: number) =>
    make.structure('BatchItem', [
      operation,
      make.byteString('UniqueBatchItemID', Uint8Array.of(at)),
      make.structure('RequestPayload', []),
    ]);
  const answer = await kmip.connection.ask(
    make.structure('RequestMessage', [
      make.structure('RequestHeader', [version, goesOn, make.integer('BatchCount', 2)]),
      item(unknown, 1),
      item(make.enumeration('Operation', 'DiscoverVersions'), 2),
    ]),
  );
  const [, first, second] = answer.children;
  assert.equal(first?.children[0]?.uint32, 0x8000_0001);
  assert.deepEqual(
    [first, second].map(each => each && answerOf(each).reason),
    ['OperationNotSupported', undefined],
  );
});

test('what is no key computes nothing', async () => {
  const registered = await ask('Register', [
    make.enumeration('ObjectType', 'OpaqueObject'),
    attributes(),
    make.structure('OpaqueObject', [
      make.enumeration('OpaqueDataType', 0x8000_0000),
      make.byteString('OpaqueDataValue', new Uint8Array(32)),
    ]),
  ]);
  const id = uid(registered.one('UniqueIdentifier').text);
  for (const operation of ['Encrypt', 'Decrypt', 'Sign', 'MAC'] as const) {
    const payload = [id, make.byteString('Data', new Uint8Array(16))];
    await reasons(operation, payload, { '1.2': 'InvalidField', '2.1': 'InvalidObjectType' });
  }
});

test('what a request must have is asked for, and nothing is named twice', async () => {
  const id = await newKey();
  const missing = { '1.2': 'InvalidMessage', '2.1': 'InvalidMessage' };
  const hashed = make.structure('CryptographicParameters', [make.enumeration('HashingAlgorithm', 'SHA_256')]);
  const inBlocks = make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'ECB')]);
  await reasons('Query', [], missing);
  await reasons('Hash', [hashed], missing);
  await reasons('Encrypt', [id, inBlocks], missing);
  await reasons('Decrypt', [id, inBlocks], missing);
  await reasons('Hash', [hashed, make.byteString('Data', new Uint8Array())], {
    '1.2': undefined,
    '2.1': undefined,
  });
  await reasons('GetAttributes', [id, refer('State'), refer('State')], { '2.1': 'InvalidMessage' });
});
