// Keys that leave and come wrapped, over the wire.

import assert from 'node:assert/strict';
import {
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  randomBytes,
} from 'node:crypto';
import { test } from 'node:test';
import { hex } from '../../../src/base/bytes.ts';
import {
  type BitName,
  make,
  readTtlv,
  type TtlvField,
  type ValueName,
  type Version,
} from '../../../src/wire/ttlv/index.ts';
import { type Answer, kmipSuite, within } from './asking.ts';
import { named, uid } from './payloads.ts';

const { ask } = kmipSuite();

const idOf = (answer: Answer): string => answer.one('UniqueIdentifier').text;

type Usage = readonly BitName<'CryptographicUsageMask'>[];

interface Brought {
  readonly algorithm?: ValueName<'CryptographicAlgorithm'>;
  readonly usages?: Usage;
  readonly value: TtlvField;
  readonly wrapping?: TtlvField | undefined;
  readonly attributes?: readonly TtlvField[];
  readonly bits?: number;
}

const inClear = (material: Uint8Array): TtlvField =>
  make.structure('KeyValue', [make.byteString('KeyMaterial', material)]);

async function register({
  algorithm = 'AES',
  usages = ['Encrypt', 'Decrypt'],
  value,
  wrapping,
  attributes = [],
  bits = 256,
}: Brought): Promise<Answer> {
  return ask('Register', [
    make.enumeration('ObjectType', 'SymmetricKey'),
    make.structure('Attributes', [
      make.mask('CryptographicUsageMask', usages),
      make.dateTime('ActivationDate', 1_000_000),
      ...attributes,
    ]),
    make.structure('SymmetricKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'Raw'),
        value,
        make.enumeration('CryptographicAlgorithm', algorithm),
        make.integer('CryptographicLength', bits),
        wrapping,
      ]),
    ]),
  ]);
}

async function aKey(
  material: Uint8Array,
  usages: Usage,
  algorithm: ValueName<'CryptographicAlgorithm'> = 'AES',
) {
  return idOf(await register({ value: inClear(material), usages, algorithm, bits: 8 * material.length }));
}

const WRAPPER: Usage = ['WrapKey', 'UnwrapKey'];

interface Asked {
  readonly method?: ValueName<'WrappingMethod'>;
  readonly under?: string | undefined;
  readonly mode?: ValueName<'BlockCipherMode'> | undefined;
  readonly mac?: string | undefined;
  readonly encoding?: ValueName<'EncodingOption'> | undefined;
  readonly further?: readonly TtlvField[];
}

function wrapping(
  tag: 'KeyWrappingSpecification' | 'KeyWrappingData',
  { method = 'Encrypt', under, mode, mac, encoding = 'NoEncoding', further = [] }: Asked,
): TtlvField {
  const parameters =
    mode && make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', mode)]);
  return make.structure(tag, [
    make.enumeration('WrappingMethod', method),
    make.ifPresent(under, id => make.structure('EncryptionKeyInformation', [uid(id), parameters])),
    make.ifPresent(mac, id => make.structure('MACSignatureKeyInformation', [uid(id)])),
    ...further,
    make.enumeration('EncodingOption', encoding),
  ]);
}

const BLOCK = ['SymmetricKey', 'KeyBlock'] as const;
const getWrapped = (id: string, asked: Asked, version?: Version) =>
  ask('Get', [uid(id), wrapping('KeyWrappingSpecification', asked)], version);

test('material leaves wrapped and comes in again, by each cipher that wraps keys, with and without an encoding', async () => {
  const material = randomBytes(32);
  const id = await aKey(material, ['Encrypt', 'Decrypt']);
  const under = await aKey(randomBytes(32), WRAPPER);
  for (const mode of ['NISTKeyWrap', 'AESKeyWrapPadding', 'GCM'] as const) {
    for (const encoding of ['NoEncoding', 'TTLVEncoding'] as const) {
      const { payload } = await getWrapped(id, { under, mode, encoding });
      const block = within(payload, ...BLOCK);
      const data = within(block, 'KeyWrappingData');
      assert.equal(
        data.children.some(({ name }) => name === 'IVCounterNonce'),
        mode === 'GCM',
      );
      const brought = await register({
        value: make.copy(within(block, 'KeyValue')),
        wrapping: make.copy(data),
      });
      const again = await ask('Get', [uid(idOf(brought)), make.enumeration('KeyWrapType', 'NotWrapped')]);
      const shown = within(again.payload, ...BLOCK, 'KeyValue', 'KeyMaterial').content;
      assert.equal(hex(shown), hex(material), `${mode} ${encoding}`);
      // What is not asked for in another form is had as it came.
      const asCame = within((await ask('Get', [uid(idOf(brought))])).payload, ...BLOCK);
      assert.equal(hex(within(asCame, 'KeyValue').content), hex(within(block, 'KeyValue').content));
      assert.equal(hex(within(asCame, 'KeyWrappingData').encoding), hex(data.encoding));
      const sealed = await ask('Encrypt', [
        uid(idOf(brought)),
        make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'ECB')]),
        make.byteString('Data', new Uint8Array(16)),
      ]);
      assert.equal(sealed.reason, undefined);
    }
  }
});

test('attributes are wrapped with the material where they are asked for, and come out with it', async () => {
  const name = named('wrapped with its name');
  const contact = make.textString('ContactInformation', 'the vault');
  const id = idOf(await register({ value: inClear(randomBytes(32)), attributes: [name, contact] }));
  const kek = randomBytes(32);
  const under = await aKey(kek, WRAPPER);
  const further = [make.textString('AttributeName', 'Contact Information')];
  const asked = { under, mode: 'AESKeyWrapPadding', encoding: 'TTLVEncoding', further } as const;
  const block = within((await getWrapped(id, asked, '1.4')).payload, ...BLOCK);
  const decipher = createDecipheriv('id-aes256-wrap-pad', kek, Buffer.from('a65959a6', 'hex'));
  const opened = Buffer.concat([decipher.update(within(block, 'KeyValue').content), decipher.final()]);
  const value = readTtlv(Uint8Array.from(opened));
  assert.equal(within(value, 'Attribute', 'AttributeValue').text, 'the vault');
  const refused = await getWrapped(id, { ...asked, encoding: 'NoEncoding' }, '1.4');
  assert.equal(refused.reason, 'EncodingOptionError');
});

async function wrapsBy(key: KeyObject, ...attributes: readonly TtlvField[]): Promise<string> {
  const spki = key.export({ format: 'der', type: 'spki' });
  const registered = await ask('Register', [
    make.enumeration('ObjectType', 'PublicKey'),
    make.structure('Attributes', [
      make.mask('CryptographicUsageMask', ['WrapKey']),
      make.dateTime('ActivationDate', 1_000_000),
      ...attributes,
    ]),
    make.structure('PublicKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'X_509'),
        inClear(spki),
        make.enumeration('CryptographicAlgorithm', 'RSA'),
        make.integer('CryptographicLength', 2048),
      ]),
    ]),
  ]);
  return idOf(registered);
}

test('a key leaves wrapped under a public key, which opens with the private one', async () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const material = randomBytes(32);
  const id = await aKey(material, ['Encrypt']);
  const { payload, reason } = await getWrapped(id, { under: await wrapsBy(pair.publicKey) });
  assert.equal(reason, undefined);
  const wrapped = within(payload, ...BLOCK, 'KeyValue').content;
  const key = { key: pair.privateKey, oaepHash: 'sha1' };
  assert.equal(hex(privateDecrypt(key, wrapped)), hex(material));
});

test('parameters that the wrapping key lists may be named as they stand there, the label of OAEP included', async () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const oaep = (label: string): TtlvField =>
    make.structure('CryptographicParameters', [
      make.enumeration('PaddingMethod', 'OAEP'),
      make.enumeration('HashingAlgorithm', 'SHA_256'),
      make.enumeration('MaskGeneratorHashingAlgorithm', 'SHA_256'),
      make.byteString('PSource', Buffer.from(label)),
    ]);
  const under = await wrapsBy(pair.publicKey, oaep('backup'));
  const material = randomBytes(32);
  const id = await aKey(material, ['Encrypt']);
  const getUnder = (label: string) =>
    ask('Get', [
      uid(id),
      make.structure('KeyWrappingSpecification', [
        make.enumeration('WrappingMethod', 'Encrypt'),
        make.structure('EncryptionKeyInformation', [uid(under), oaep(label)]),
        make.enumeration('EncodingOption', 'NoEncoding'),
      ]),
    ]);
  const wrapped = within((await getUnder('backup')).payload, ...BLOCK, 'KeyValue').content;
  const key = { key: pair.privateKey, oaepHash: 'sha256', oaepLabel: Buffer.from('backup') };
  assert.equal(hex(privateDecrypt(key, wrapped)), hex(material));
  assert.equal((await getUnder('others')).reason, 'BadCryptographicParameters');
});

test('a MAC stands over what is wrapped, and a false one is refused', async () => {
  const macMaterial = randomBytes(32);
  const mac = await aKey(macMaterial, ['MACGenerate', 'MACVerify'], 'HMAC_SHA256');
  const under = await aKey(randomBytes(32), WRAPPER);
  const material = randomBytes(32);
  const id = await aKey(material, ['Encrypt']);
  const hmac = (bytes: Uint8Array): string => createHmac('sha256', macMaterial).update(bytes).digest('hex');
  const alone = within((await getWrapped(id, { method: 'MACSign', mac })).payload, ...BLOCK);
  assert.equal(hex(within(alone, 'KeyValue', 'KeyMaterial').content), hex(material));
  assert.equal(hex(within(alone, 'KeyWrappingData', 'MACSignature').content), hmac(material));
  const before = within(
    (await getWrapped(id, { method: 'MACSignThenEncrypt', mac, under })).payload,
    ...BLOCK,
  );
  assert.equal(hex(within(before, 'KeyWrappingData', 'MACSignature').content), hmac(material));
  const block = within(
    (await getWrapped(id, { method: 'EncryptThenMACSign', mac, under })).payload,
    ...BLOCK,
  );
  const value = within(block, 'KeyValue');
  const signature = within(block, 'KeyWrappingData', 'MACSignature').content;
  assert.equal(hex(signature), hmac(value.content));
  for (const [given, reason] of [
    [signature, undefined],
    [signature.map(byte => byte ^ 1), 'CryptographicFailure'],
  ] as const) {
    const further = [make.byteString('MACSignature', given)];
    const data = wrapping('KeyWrappingData', { method: 'EncryptThenMACSign', mac, under, further });
    assert.equal((await register({ value: make.copy(value), wrapping: data })).reason, reason);
  }
});

test('a private key signs what is wrapped, and its public key proves it', async () => {
  const made = await ask('CreateKeyPair', [
    make.structure('CommonAttributes', [
      make.enumeration('CryptographicAlgorithm', 'EC'),
      make.structure('CryptographicDomainParameters', [make.enumeration('RecommendedCurve', 'P_256')]),
      make.dateTime('ActivationDate', 1_000_000),
    ]),
    make.structure('PrivateKeyAttributes', [make.mask('CryptographicUsageMask', ['Sign'])]),
    make.structure('PublicKeyAttributes', [make.mask('CryptographicUsageMask', ['Verify'])]),
  ]);
  const signer = within(made.payload, 'PrivateKeyUniqueIdentifier').text;
  const verifier = within(made.payload, 'PublicKeyUniqueIdentifier').text;
  const under = await aKey(randomBytes(32), WRAPPER);
  const id = await aKey(randomBytes(32), ['Encrypt']);
  const method = 'EncryptThenMACSign';
  const block = within((await getWrapped(id, { method, mac: signer, under })).payload, ...BLOCK);
  const signature = within(block, 'KeyWrappingData', 'MACSignature').content;
  for (const [given, reason] of [
    [signature, undefined],
    [signature.map((byte, at) => (at === 20 ? byte ^ 1 : byte)), 'CryptographicFailure'],
  ] as const) {
    const further = [make.byteString('MACSignature', given)];
    const data = wrapping('KeyWrappingData', { method, mac: verifier, under, further });
    const value = make.copy(within(block, 'KeyValue'));
    assert.equal((await register({ value, wrapping: data })).reason, reason);
  }
  const unfit = await getWrapped(id, { method, mac: verifier, under });
  assert.equal(unfit.reason, 'UnsupportedCryptographicParameters');
});

test('an object under a key that only wraps stays closed: it is had as it came and used for nothing', async () => {
  const under = await aKey(randomBytes(32), ['WrapKey']);
  const id = await aKey(randomBytes(32), ['Encrypt']);
  const block = within((await getWrapped(id, { under })).payload, ...BLOCK);
  const value = within(block, 'KeyValue');
  const closed = idOf(
    await register({ value: make.copy(value), wrapping: make.copy(within(block, 'KeyWrappingData')) }),
  );
  const shown = within((await ask('Get', [uid(closed)])).payload, ...BLOCK);
  assert.equal(hex(shown.encoding), hex(block.encoding));
  const notWrapped = make.enumeration('KeyWrapType', 'NotWrapped');
  assert.equal((await ask('Get', [uid(closed), notWrapped])).reason, 'IncompatibleCryptographicUsageMask');
  assert.equal((await getWrapped(closed, { under })).reason, 'IncompatibleCryptographicUsageMask');
  const data = make.byteString('Data', new Uint8Array(16));
  assert.notEqual((await ask('Encrypt', [uid(closed), data])).reason, undefined);
});

test('wrapping is refused in words of its own: for the key, its parameters, the mask and the object', async () => {
  const id = await aKey(randomBytes(32), ['Encrypt']);
  const under = await aKey(randomBytes(32), WRAPPER);
  const plain = await aKey(randomBytes(32), ['Encrypt', 'Decrypt']);
  const parameters = make.structure('CryptographicParameters', [
    make.enumeration('BlockCipherMode', 'NISTKeyWrap'),
  ]);
  const listed = idOf(
    await register({ value: inClear(randomBytes(32)), usages: WRAPPER, attributes: [parameters] }),
  );
  const kept = idOf(
    await register({ value: inClear(randomBytes(32)), attributes: [make.boolean('Extractable', false)] }),
  );
  const gone = await aKey(randomBytes(32), WRAPPER);
  const reason = make.structure('RevocationReason', [
    make.enumeration('RevocationReasonCode', 'Unspecified'),
  ]);
  await ask('Revoke', [uid(gone), reason]);
  await ask('Destroy', [uid(gone)]);
  const stored = await aKey(randomBytes(32), WRAPPER);
  await ask('Archive', [uid(stored)]);
  for (const [target, asked, early, late] of [
    [id, { under: 'nothing' }, 'ItemNotFound', 'WrappingObjectNotFound'],
    [id, { under: gone }, 'ItemNotFound', 'WrappingObjectDestroyed'],
    [id, { under: stored }, 'ObjectArchived', 'WrappingObjectArchived'],
    [id, { under: listed, mode: 'GCM' }, 'ItemNotFound', 'BadCryptographicParameters'],
    [id, { under: plain }, 'PermissionDenied', 'IncompatibleCryptographicUsageMask'],
    [id, { under, mode: 'CBC' }, 'InvalidField', 'UnsupportedCryptographicParameters'],
    [kept, { under }, 'NotExtractable', 'NotExtractable'],
    [id, {}, 'InvalidMessage', 'InvalidMessage'],
  ] as const) {
    assert.equal((await getWrapped(target, asked, '1.4')).reason, early);
    assert.equal((await getWrapped(target, asked)).reason, late);
  }
  const block = within((await getWrapped(id, { under })).payload, ...BLOCK);
  const data = make.copy(within(block, 'KeyWrappingData'));
  const changed = within(block, 'KeyValue').content.map((byte, at) => (at === 3 ? byte ^ 1 : byte));
  const broken = await register({ value: make.byteString('KeyValue', changed), wrapping: data });
  assert.equal(broken.reason, 'CryptographicFailure');
  const encoded = wrapping('KeyWrappingData', { under, encoding: 'TTLVEncoding' });
  const misread = await register({ value: make.copy(within(block, 'KeyValue')), wrapping: encoded });
  assert.equal(misread.reason, 'EncodingOptionError');
});
