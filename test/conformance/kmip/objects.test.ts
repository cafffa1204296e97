// Objects beside keys over the wire: certificates, requests, PGP keys, parts of keys; pairs that are replaced; and pairs that another
// protocol has made.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { type Bytes, hex, utf8 } from '../../../src/base/bytes.ts';
import { execute } from '../../../src/core/execute.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import {
  make,
  TAGS,
  type TagName,
  type TtlvField,
  type ValueName,
  type Version,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { CLIENT_AUTHENTICATION } from '../../support/certificates.ts';
import { systemContext } from '../../support/system.ts';
import { kmipSuite } from './asking.ts';
import { named, uid, usages } from './payloads.ts';
import { certified, request } from './support.ts';

const kmip = kmipSuite();
const { ask } = kmip;

const seconds = (offset: number): number => Math.floor(kmip.subject.keyhold.clock.now() / 1000) + offset;

async function register(
  type: ValueName<'ObjectType'>,
  object: TtlvField,
  attributes: readonly TtlvField[] = [],
  version: Version = '2.1',
): Promise<string> {
  const answer = await ask(
    'Register',
    [
      make.enumeration('ObjectType', type),
      version < '2.0' ? undefined : make.structure('Attributes', attributes),
      object,
    ],
    version,
  );
  return answer.one('UniqueIdentifier').text;
}

/** The values of attributes, by name: structures as the values of their fields. */
async function attributesOf(id: string, ...names: readonly TagName[]) {
  const references = names.map(name => make.enumeration('AttributeReference', TAGS[name][0]));
  const answer = await ask('GetAttributes', [uid(id), ...references]);
  return answer.one('Attributes').children.map(item => {
    const values = item.type === 'Structure' ? item.children : [item];
    const told = values.map(value => {
      if (value.type === 'TextString') return value.text;
      return value.type === 'ByteString'
        ? hex(value.content)
        : Number(value.type === 'DateTime' ? value.int64 : value.uint32);
    });
    return [item.name, ...told];
  });
}

test('a certificate is kept, found, given back, and tells what it says', async () => {
  const { certificate } = certified('array of certificates', CLIENT_AUTHENTICATION);
  const { raw, serialNumber } = new X509Certificate(certificate);
  const object = make.structure('Certificate', [
    make.enumeration('CertificateType', 'X_509'),
    make.byteString('CertificateValue', raw),
  ]);
  const id = await register('Certificate', object, [make.enumeration('CertificateType', 'X_509')]);
  const given = await ask('Get', [uid(id)]);
  assert.equal(hex(must(given.one('Certificate').children[1], 'a value').content), hex(raw));
  const told = await attributesOf(
    id,
    'CertificateType',
    'CertificateLength',
    'CryptographicAlgorithm',
    'CryptographicLength',
    'CertificateSubjectCN',
    'DigitalSignatureAlgorithm',
    'X_509CertificateIdentifier',
  );
  const [identifier] = told.filter(([name]) => name === 'X_509CertificateIdentifier');
  assert.deepEqual(
    told.filter(([name]) => name !== 'X_509CertificateIdentifier'),
    [
      ['CertificateType', 1],
      ['CertificateLength', raw.length],
      ['CryptographicAlgorithm', 0x1a],
      ['CryptographicLength', 256],
      ['CertificateSubjectCN', 'array of certificates'],
      ['DigitalSignatureAlgorithm', 0x0e],
    ],
  );
  assert.ok(String(identifier?.[2]).toUpperCase().endsWith(serialNumber));
  const sought = make.structure('Attributes', [
    make.textString('CertificateSubjectCN', 'array of certificates'),
    make.enumeration('ObjectType', 'Certificate'),
  ]);
  assert.deepEqual(
    (await ask('Locate', [sought])).all('UniqueIdentifier').map(({ text }) => text),
    [id],
  );
  const asked = make.enumeration('KeyFormatType', 'X_509');
  assert.equal((await ask('Get', [uid(id), asked])).reason, 'KeyFormatTypeNotSupported');
});

test('a certificate that cannot be read is kept all the same, and one of another type than it says is not', async () => {
  const object = make.structure('Certificate', [
    make.enumeration('CertificateType', 'X_509'),
    make.byteString('CertificateValue', utf8('no certificate')),
  ]);
  const id = await register('Certificate', object);
  assert.deepEqual(await attributesOf(id, 'CertificateLength', 'CertificateType'), [['CertificateType', 1]]);
  const answer = await ask('Register', [
    make.enumeration('ObjectType', 'Certificate'),
    make.structure('Attributes', [make.enumeration('CertificateType', 'PGP')]),
    object,
  ]);
  assert.equal(answer.reason, 'InvalidField');
});

test('requests, PGP keys and parts of keys come back as they came', async () => {
  const block = (material: Bytes): TtlvField =>
    make.structure('KeyBlock', [
      make.enumeration('KeyFormatType', 'Raw'),
      make.structure('KeyValue', [make.byteString('KeyMaterial', material)]),
    ]);
  const bytes = randomBytes(40);
  const objects = {
    CertificateRequest: make.structure('CertificateRequest', [
      make.enumeration('CertificateRequestType', 'PKCS_10'),
      make.byteString('CertificateRequestValue', bytes),
    ]),
    PGPKey: make.structure('PGPKey', [make.integer('PGPKeyVersion', 4), block(bytes)]),
    SplitKey: make.structure('SplitKey', [
      make.integer('SplitKeyParts', 4),
      make.integer('KeyPartIdentifier', 2),
      make.integer('SplitKeyThreshold', 3),
      make.enumeration('SplitKeyMethod', 'PolynomialSharingPrimeField'),
      make.bigInteger('PrimeFieldSize', 65_537n),
      block(bytes),
    ]),
  } as const;
  for (const type of ['CertificateRequest', 'PGPKey', 'SplitKey'] as const) {
    const id = await register(type, objects[type]);
    const given = await ask('Get', [uid(id)]);
    assert.equal(valueName('ObjectType', given.one('ObjectType').uint32), type);
    const { encoding } = given.one(type);
    assert.equal(hex(encoding), hex(must((await ask('Get', [uid(id)])).one(type).encoding, 'the same')));
    assert.ok(hex(encoding).includes(hex(bytes)), type);
    if (type === 'SplitKey') assert.ok(hex(encoding).includes('0000000000010001'));
  }
  assert.equal(
    (await ask('Register', [make.enumeration('ObjectType', 'PGPKey'), objects.SplitKey])).reason,
    'InvalidObjectType',
  );
});

test('a pair is replaced with its names and links, and its dates move by the offset', async () => {
  const created = await ask('CreateKeyPair', [
    make.structure('CommonAttributes', [
      make.enumeration('CryptographicAlgorithm', 'Ed25519'),
      make.dateTime('ActivationDate', seconds(-100)),
      make.dateTime('DeactivationDate', seconds(900)),
    ]),
    make.structure('PrivateKeyAttributes', [usages('Sign'), named('signing')]),
    make.structure('PublicKeyAttributes', [usages('Verify'), named('verifying')]),
  ]);
  const [oldPrivate, oldPublic] = [
    created.one('PrivateKeyUniqueIdentifier').text,
    created.one('PublicKeyUniqueIdentifier').text,
  ];
  const privateId = make.textString('PrivateKeyUniqueIdentifier', oldPrivate);
  const replaced = await ask('ReKeyKeyPair', [privateId, make.interval('Offset', 50)]);
  const [newPrivate, newPublic] = [
    replaced.one('PrivateKeyUniqueIdentifier').text,
    replaced.one('PublicKeyUniqueIdentifier').text,
  ];
  const [publicLink, privateLink, replacement, old] = [0x102, 0x103, 0x106, 0x107];
  const names = ['Name', 'CryptographicUsageMask', 'Link'] as const;
  assert.deepEqual(await attributesOf(newPrivate, ...names), [
    ['Name', 'signing', 1],
    ['CryptographicUsageMask', 1],
    ['Link', publicLink, newPublic],
    ['Link', old, oldPrivate],
  ]);
  assert.deepEqual(await attributesOf(newPublic, ...names), [
    ['Name', 'verifying', 1],
    ['CryptographicUsageMask', 2],
    ['Link', privateLink, newPrivate],
    ['Link', old, oldPublic],
  ]);
  assert.deepEqual(await attributesOf(oldPublic, 'Name', 'Link'), [
    ['Link', privateLink, oldPrivate],
    ['Link', replacement, newPublic],
  ]);
  const [[, activation] = [], [, deactivation] = []] = await attributesOf(
    newPrivate,
    'ActivationDate',
    'DeactivationDate',
  );
  assert.equal(Number(deactivation) - Number(activation), 1000);
  assert.ok(Number(activation) > seconds(0));

  const publicId = make.textString('PrivateKeyUniqueIdentifier', oldPublic);
  assert.equal((await ask('ReKeyKeyPair', [publicId])).reason, 'InvalidObjectType');
  const other = make.structure('CommonAttributes', [make.enumeration('CryptographicAlgorithm', 'RSA')]);
  assert.equal((await ask('ReKeyKeyPair', [privateId, other])).reason, 'InvalidField');
});

test('a pair that another protocol has made is a private key, with its public half inside', async () => {
  const { kms } = kmip.subject.keyhold;
  const { key } = await execute(kms, createKey, systemContext(kmip.client.projectId), {
    algorithm: 'ec-p256',
    location: 'here',
    usages: ['sign', 'verify'],
    exportable: true,
  });
  assert.deepEqual(
    await attributesOf(key.id, 'ObjectType', 'CryptographicAlgorithm', 'CryptographicUsageMask'),
    [
      ['ObjectType', 4],
      ['CryptographicAlgorithm', 0x1a],
      ['CryptographicUsageMask', 3],
    ],
  );
  const asked = make.enumeration('KeyFormatType', 'PKCS_8');
  const given = await ask('Get', [uid(key.id), asked]);
  assert.ok(hex(given.one('PrivateKey').encoding).includes('06082a8648ce3d030107'));
  const message = make.byteString('Data', randomBytes(20));
  const signed = await ask('Sign', [uid(key.id), message]);
  const signature = make.byteString('SignatureData', signed.one('SignatureData').content);
  const verified = await ask('SignatureVerify', [uid(key.id), message, signature]);
  assert.equal(valueName('ValidityIndicator', verified.one('ValidityIndicator').uint32), 'Valid');
});

test('Query tells the types of objects that the version knows', async () => {
  const types = async (version: Version): Promise<readonly string[]> => {
    const asked = make.enumeration('QueryFunction', 'QueryObjects');
    const { all } = await ask('Query', [asked], version);
    return all('ObjectType').map(({ uint32 }) => valueName('ObjectType', uint32) ?? '');
  };
  assert.ok((await types('1.0')).includes('PrivateKey'));
  assert.ok(!(await types('1.0')).includes('PGPKey'));
  assert.ok((await types('1.4')).includes('PGPKey'));
  assert.ok((await types('2.1')).includes('CertificateRequest'));
});

test('Query tells that first clients are made by the server, and others by themselves', async () => {
  const asked = make.enumeration('QueryFunction', 'QueryClientRegistrationMethods');
  const methods = async (version: Version): Promise<readonly (string | undefined)[]> => {
    const { all } = await ask('Query', [asked], version);
    return all('ClientRegistrationMethod').map(({ uint32 }) => valueName('ClientRegistrationMethod', uint32));
  };
  const told = ['ServerPreGenerated', 'ClientGenerated', 'ClientRegistered'];
  assert.deepEqual([await methods('1.3'), await methods('2.1')], [told, told]);
});

test('a pair that is made, registered and used in a batch that is undone leaves nothing', async () => {
  const undo = make.enumeration('BatchErrorContinuationOption', 'Undo');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const block = make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', 'PKCS_1'),
    make.structure('KeyValue', [
      make.byteString('KeyMaterial', privateKey.export({ format: 'der', type: 'pkcs1' })),
    ]),
  ]);
  const batch = (text: string, last: string) =>
    [
      {
        operation: 'Register',
        id: Uint8Array.of(1),
        payload: [
          make.enumeration('ObjectType', 'PrivateKey'),
          make.structure('Attributes', [make.enumeration('CryptographicAlgorithm', 'RSA'), usages('Sign')]),
          make.structure('PrivateKey', [block]),
        ],
      },
      {
        operation: 'CreateKeyPair',
        id: Uint8Array.of(2),
        payload: [
          make.structure('CommonAttributes', [
            make.enumeration('CryptographicAlgorithm', 'Ed25519'),
            make.dateTime('ActivationDate', 1),
          ]),
          make.structure('PrivateKeyAttributes', [usages('Sign'), named(text)]),
        ],
      },
      { operation: 'Sign', id: Uint8Array.of(3), payload: [make.byteString('Data', utf8('signed'))] },
      { operation: 'Get', id: Uint8Array.of(4), payload: [make.textString('UniqueIdentifier', last)] },
    ] as const;
  const statuses = async (text: string, last: string) => {
    const answer = await kmip.connection.ask(request('2.1', batch(text, last), [undo]));
    return answer.children.slice(1).map(({ children }) => {
      const status = children.find(child => child.name === 'ResultStatus');
      return valueName('ResultStatus', status?.uint32 ?? 0);
    });
  };
  const found = async (text: string) =>
    (await ask('Locate', [make.structure('Attributes', [named(text)])])).all('UniqueIdentifier').length;
  const undone = 'OperationUndone';
  assert.deepEqual(await statuses('undone', 'absent'), [undone, undone, undone, 'OperationFailed']);
  assert.equal(await found('undone'), 0);
  const certificate = make.structure('Certificate', [
    make.enumeration('CertificateType', 'X_509'),
    make.byteString('CertificateValue', utf8('anything')),
  ]);
  const id = await register('Certificate', certificate);
  const success = 'Success';
  assert.deepEqual(await statuses('kept', id), [success, success, success, success]);
  assert.equal(await found('kept'), 1);
});
