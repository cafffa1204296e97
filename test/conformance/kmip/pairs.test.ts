// Pairs of keys over the wire: made, registered and given in every form, used, replaced; and the objects that are kept beside them.

import assert from 'node:assert/strict';
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  verify as verifyWith,
} from 'node:crypto';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { type Bytes, hex } from '../../../src/base/bytes.ts';
import {
  make,
  maskOf,
  type TtlvField,
  type ValueName,
  type Version,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { fieldOf, kmipSuite } from './asking.ts';
import { uid, usages } from './payloads.ts';

const kmip = kmipSuite();
const { ask, linksOf, valuesOf } = kmip;

const algorithm = (name: ValueName<'CryptographicAlgorithm'>): TtlvField =>
  make.enumeration('CryptographicAlgorithm', name);
const ACTIVE = make.dateTime('ActivationDate', 1);

async function createPair(
  common: readonly TtlvField[],
  ofPrivate: readonly TtlvField[] = [],
  ofPublic: readonly TtlvField[] = [],
) {
  const answer = await ask('CreateKeyPair', [
    make.structure('CommonAttributes', common),
    make.structure('PrivateKeyAttributes', ofPrivate),
    make.structure('PublicKeyAttributes', ofPublic),
  ]);
  assert.equal(answer.reason, undefined);
  return {
    privateId: answer.one('PrivateKeyUniqueIdentifier').text,
    publicId: answer.one('PublicKeyUniqueIdentifier').text,
  };
}

type Half = 'PrivateKey' | 'PublicKey';
type Format = ValueName<'KeyFormatType'>;

async function register(
  half: Half,
  format: Format,
  material: TtlvField | Bytes,
  attributes: readonly TtlvField[],
) {
  const keyMaterial = material instanceof Uint8Array ? make.byteString('KeyMaterial', material) : material;
  const block = make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', format),
    make.structure('KeyValue', [keyMaterial]),
  ]);
  return ask('Register', [
    make.enumeration('ObjectType', half),
    make.structure('Attributes', attributes),
    make.structure(half, [block]),
  ]);
}

/** The Key Material in a format, and the Key Format Type that is told with it. */
async function materialOf(id: string, half: Half, format?: Format, version: Version = '2.1') {
  const asked = make.ifPresent(format, name => make.enumeration('KeyFormatType', name));
  const answer = await ask('Get', [uid(id), asked], version);
  const [block] = answer.all(half)[0]?.children ?? [];
  const told = fieldOf(block, 'KeyFormatType');
  return {
    reason: answer.reason,
    format: told && valueName('KeyFormatType', told.uint32),
    material: fieldOf(fieldOf(block, 'KeyValue'), 'KeyMaterial'),
  };
}

async function spkiOf(id: string): Promise<KeyObject> {
  const { material } = await materialOf(id, 'PublicKey', 'X_509');
  const key = Buffer.from(must(material, 'a public key').content);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

const PARAMETERS = (...fields: readonly TtlvField[]): TtlvField =>
  make.structure('CryptographicParameters', fields);
const MESSAGE = randomBytes(100);

test('a pair that is made is two objects that are linked, and signs what its public half verifies', async () => {
  const cases = [
    { common: [algorithm('RSA'), make.integer('CryptographicLength', 2048)], digest: 'sha256' },
    {
      common: [
        algorithm('ECDSA'),
        make.structure('CryptographicDomainParameters', [make.enumeration('RecommendedCurve', 'P_384')]),
      ],
      digest: 'sha256',
    },
    { common: [algorithm('Ed25519')], digest: undefined },
    { common: [algorithm('ML_DSA_65')], digest: undefined },
  ] as const;
  for (const { common, digest } of cases) {
    const { privateId, publicId } = await createPair(
      [...common, ACTIVE],
      [usages('Sign')],
      [usages('Verify')],
    );
    assert.deepEqual(await linksOf(privateId), [`PublicKeyLink ${publicId}`]);
    assert.deepEqual(await linksOf(publicId), [`PrivateKeyLink ${privateId}`]);
    const signed = await ask('Sign', [uid(privateId), make.byteString('Data', MESSAGE)]);
    const signature = signed.one('SignatureData').content;
    assert.ok(verifyWith(digest, MESSAGE, await spkiOf(publicId), signature));
    const verdict = async (data: Bytes, id: string) => {
      const payload = [uid(id), make.byteString('Data', data), make.byteString('SignatureData', signature)];
      const answer = await ask('SignatureVerify', payload);
      return answer.reason ?? valueName('ValidityIndicator', answer.one('ValidityIndicator').uint32);
    };
    assert.equal(await verdict(MESSAGE, publicId), 'Valid');
    assert.equal(await verdict(MESSAGE.subarray(1), publicId), 'Invalid');
    assert.equal(await verdict(MESSAGE, privateId), 'IncompatibleCryptographicUsageMask');
  }
});

test('a pair without a mask signs, or agrees where it cannot sign', async () => {
  const rsa = await createPair([algorithm('RSA'), ACTIVE]);
  assert.equal((await ask('Sign', [uid(rsa.privateId), make.byteString('Data', MESSAGE)])).reason, undefined);
  const curve = make.structure('CryptographicDomainParameters', [
    make.enumeration('RecommendedCurve', 'CURVE25519'),
  ]);
  const { privateId, publicId } = await createPair([algorithm('ECDH'), curve, ACTIVE]);
  const [told] = await valuesOf(privateId, 'CryptographicUsageMask');
  assert.equal(told?.int32, maskOf('CryptographicUsageMask', ['KeyAgreement']));
  assert.equal((await spkiOf(publicId)).asymmetricKeyType, 'x25519');
});

test('a pair that nobody makes, or that its halves are said to differ in, is refused', async () => {
  const refused = async (common: readonly TtlvField[], ofPublic: readonly TtlvField[] = []) =>
    (
      await ask('CreateKeyPair', [
        make.structure('CommonAttributes', common),
        make.structure('PublicKeyAttributes', ofPublic),
      ])
    ).reason;
  const length = (bits: number) => make.integer('CryptographicLength', bits);
  assert.equal(await refused([length(2048)]), 'InvalidField');
  assert.equal(await refused([algorithm('RSA'), length(1536)]), 'InvalidField');
  assert.equal(await refused([algorithm('AES'), length(256)]), 'InvalidField');
  assert.equal(await refused([algorithm('EC'), length(255)]), 'InvalidField');
  const p192 = make.structure('CryptographicDomainParameters', [
    make.enumeration('RecommendedCurve', 'P_192'),
  ]);
  assert.equal(await refused([algorithm('EC'), p192]), 'InvalidField');
  const common = make.structure('CommonAttributes', [algorithm('RSA')]);
  const halves = [
    make.structure('PrivateKeyAttributes', [length(2048)]),
    make.structure('PublicKeyAttributes', [length(3072)]),
  ];
  assert.equal((await ask('CreateKeyPair', [common, ...halves])).reason, 'InvalidField');
});

test('a registered key is given as it came, and in every other form that it has', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const attributes = [algorithm('RSA'), usages('Sign', 'Decrypt')];
  const pkcs1 = rsa.privateKey.export({ format: 'der', type: 'pkcs1' });
  const registered = await register('PrivateKey', 'PKCS_1', pkcs1, attributes);
  const id = registered.one('UniqueIdentifier').text;
  const usual = await materialOf(id, 'PrivateKey');
  assert.deepEqual([usual.format, hex(must(usual.material, 'a key').content)], ['PKCS_1', hex(pkcs1)]);
  const pkcs8 = await materialOf(id, 'PrivateKey', 'PKCS_8');
  assert.equal(
    hex(must(pkcs8.material, 'a key').content),
    hex(rsa.privateKey.export({ format: 'der', type: 'pkcs8' })),
  );
  const transparent = await materialOf(id, 'PrivateKey', 'TransparentRSAPrivateKey');
  assert.equal(transparent.material?.children.length, 8);
  assert.equal((await materialOf(id, 'PrivateKey', 'ECPrivateKey')).reason, 'KeyFormatTypeNotSupported');

  const ec = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const sec1 = ec.privateKey.export({ format: 'der', type: 'sec1' });
  const ecId = (await register('PrivateKey', 'ECPrivateKey', sec1, [algorithm('EC'), usages('Sign')])).one(
    'UniqueIdentifier',
  ).text;
  for (const version of ['1.2', '2.1'] as const) {
    const given = await materialOf(ecId, 'PrivateKey', undefined, version);
    assert.deepEqual([given.format, hex(must(given.material, 'a key').content)], ['ECPrivateKey', hex(sec1)]);
  }
  const reference = make.enumeration('AttributeReference', 0x420029);
  const domain = await ask('GetAttributes', [uid(ecId), reference]);
  const [curve] = domain.one('Attributes').children[0]?.children ?? [];
  assert.equal(valueName('RecommendedCurve', curve?.uint32 ?? 0), 'SECP256K1');
});

test('a made key on a curve is transparent, under the name that the version has for it', async () => {
  const length = make.integer('CryptographicLength', 256);
  const { privateId, publicId } = await createPair(
    [algorithm('EC'), length],
    [usages('Sign')],
    [usages('Verify')],
  );
  for (const [version, ending] of [
    ['1.2', 'ECDSAPublicKey'],
    ['1.4', 'ECPublicKey'],
    ['2.1', 'ECPublicKey'],
  ] as const) {
    const { format, material } = await materialOf(publicId, 'PublicKey', undefined, version);
    assert.equal(format, `Transparent${ending}`);
    assert.equal(material?.children[1]?.content.length, 65);
  }
  assert.equal((await materialOf(privateId, 'PrivateKey')).format, 'TransparentECPrivateKey');
});

test('keys that the core does not compute with are guarded, and given back', async () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1536 });
  const der = short.privateKey.export({ format: 'der', type: 'pkcs8' });
  const attributes = [algorithm('RSA'), usages('Sign'), ACTIVE];
  const id = (await register('PrivateKey', 'PKCS_8', der, attributes)).one('UniqueIdentifier').text;
  const pkcs1 = await materialOf(id, 'PrivateKey', 'PKCS_1');
  assert.equal(
    hex(must(pkcs1.material, 'a key').content),
    hex(short.privateKey.export({ format: 'der', type: 'pkcs1' })),
  );
  assert.equal(
    (await ask('Sign', [uid(id), make.byteString('Data', MESSAGE)])).reason,
    'IncompatibleCryptographicUsageMask',
  );
  const dsa = make.structure('KeyMaterial', [
    make.bigInteger('P', 23n),
    make.bigInteger('Q', 11n),
    make.bigInteger('G', 4n),
    make.bigInteger('Y', 8n),
  ]);
  const made = await register('PublicKey', 'TransparentDSAPublicKey', dsa, [
    algorithm('DSA'),
    usages('Verify'),
  ]);
  const dsaId = made.one('UniqueIdentifier').text;
  const { format, material } = await materialOf(dsaId, 'PublicKey');
  assert.equal(format, 'TransparentDSAPublicKey');
  assert.deepEqual(
    material?.children.map(({ name, content }) => `${name} ${Number(`0x${hex(content)}`)}`),
    ['P 23', 'Q 11', 'G 4', 'Y 8'],
  );
  assert.equal((await materialOf(dsaId, 'PublicKey', 'X_509')).reason, 'KeyFormatTypeNotSupported');
});

test('what is malformed is refused, and so is a key of another object type', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const attributes = [algorithm('Ed25519'), usages('Sign')];
  for (const [half, format, bytes] of [
    ['PrivateKey', 'PKCS_8', pkcs8.subarray(1)],
    ['PrivateKey', 'PKCS_8', spki],
    ['PrivateKey', 'PKCS_1', pkcs8],
    ['PublicKey', 'X_509', pkcs8],
  ] as const)
    assert.equal((await register(half, format, bytes, attributes)).reason, 'InvalidField', format);
  const wrongFormat = await register('PublicKey', 'PKCS_8', pkcs8, attributes);
  assert.equal(wrongFormat.reason, 'KeyFormatTypeNotSupported');
});

test('who may not take secrets out still reads a public key', async () => {
  const { privateId, publicId } = await createPair(
    [algorithm('Ed25519')],
    [usages('Sign')],
    [usages('Verify')],
  );
  const reader = await kmip.subject.addClient({ projectId: kmip.client.projectId, roles: ['user'] });
  const other = await kmip.subject.connect(reader);
  try {
    const reasons = [];
    for (const id of [publicId, privateId]) reasons.push((await ask('Get', [uid(id)], '2.1', other)).reason);
    assert.deepEqual(reasons, [undefined, 'PermissionDenied']);
  } finally {
    other.close();
  }
});

test('signatures are made and verified as the parameters say, of data and of digests', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pkcs8 = rsa.privateKey.export({ format: 'der', type: 'pkcs8' });
  const attributes = [algorithm('RSA'), usages('Sign', 'Verify'), ACTIVE];
  const id = (await register('PrivateKey', 'PKCS_8', pkcs8, attributes)).one('UniqueIdentifier').text;
  const hash = (name: ValueName<'HashingAlgorithm'>) => make.enumeration('HashingAlgorithm', name);
  const padding = (name: ValueName<'PaddingMethod'>) => make.enumeration('PaddingMethod', name);
  const byName = make.enumeration('DigitalSignatureAlgorithm', 'SHA_384WithRSAEncryption');
  const pss = { key: rsa.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING };
  const cases = [
    [[padding('PKCS1V1_5'), hash('SHA_512')], 'sha512', rsa.publicKey],
    [[padding('PSS'), hash('SHA_256')], 'sha256', { ...pss, saltLength: 32 }],
    [[padding('PSS'), hash('SHA_256'), make.integer('SaltLength', 20)], 'sha256', { ...pss, saltLength: 20 }],
    [[byName], 'sha384', rsa.publicKey],
  ] as const;
  const digest = (name: string): Bytes => createHash(name).update(MESSAGE).digest();
  for (const [parameters, name, key] of cases) {
    const given = PARAMETERS(...parameters);
    for (const field of [make.byteString('Data', MESSAGE), make.byteString('DigestedData', digest(name))]) {
      const answer = await ask('Sign', [uid(id), given, field]);
      assert.equal(answer.reason, undefined);
      const signature = answer.one('SignatureData').content;
      assert.ok(verifyWith(name, MESSAGE, key, signature), name);
      const verified = await ask('SignatureVerify', [
        uid(id),
        given,
        field,
        make.byteString('SignatureData', signature),
      ]);
      assert.equal(valueName('ValidityIndicator', verified.one('ValidityIndicator').uint32), 'Valid');
    }
  }
  const both = [make.byteString('Data', MESSAGE), make.byteString('DigestedData', digest('sha256'))];
  assert.equal((await ask('Sign', [uid(id), ...both])).reason, 'InvalidField');
  const wrongLength = make.byteString('DigestedData', MESSAGE.subarray(0, 31));
  const asked = [uid(id), PARAMETERS(hash('SHA_256')), wrongLength];
  assert.equal((await ask('Sign', asked)).reason, 'InvalidField');
  const md5 = make.enumeration('DigitalSignatureAlgorithm', 'MD5WithRSAEncryption');
  const refused = await ask('Sign', [uid(id), PARAMETERS(md5), make.byteString('Data', MESSAGE)]);
  assert.equal(refused.reason, 'UnsupportedCryptographicParameters');
});
