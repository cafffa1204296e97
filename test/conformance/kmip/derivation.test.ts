// Keys that come from keys, over the wire: replaced, derived, taken apart and put together again.

import assert from 'node:assert/strict';
import {
  createCipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  pbkdf2Sync,
} from 'node:crypto';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { type Bytes, hex, utf8 } from '../../../src/base/bytes.ts';
import {
  make,
  type TagName,
  type TtlvField,
  type TtlvItem,
  type ValueName,
} from '../../../src/wire/ttlv/index.ts';
import { kmipSuite } from './asking.ts';
import { attributes, named, uid, usages } from './payloads.ts';

const kmip = kmipSuite();
const { ask, linksOf, valuesOf } = kmip;

const aes = (bits: number): readonly TtlvField[] => [
  make.enumeration('CryptographicAlgorithm', 'AES'),
  make.integer('CryptographicLength', bits),
];
const ACTIVE = make.dateTime('ActivationDate', 1_000);
const SYMMETRIC = make.enumeration('ObjectType', 'SymmetricKey');

async function made(operation: ValueName<'Operation'>, payload: readonly (TtlvField | undefined)[]) {
  const answer = await ask(operation, payload);
  assert.equal(answer.reason, undefined, operation);
  return answer.one('UniqueIdentifier').text;
}

const create = (...fields: readonly TtlvField[]) => made('Create', [SYMMETRIC, attributes(...fields)]);

async function register(
  type: 'SymmetricKey' | 'SecretData',
  material: Bytes,
  ...fields: readonly TtlvField[]
) {
  const block = make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', 'Raw'),
    make.structure('KeyValue', [make.byteString('KeyMaterial', material)]),
  ]);
  const kind = type === 'SecretData' ? [make.enumeration('SecretDataType', 'Seed')] : [];
  return made('Register', [
    make.enumeration('ObjectType', type),
    attributes(...fields),
    make.structure(type, [...kind, block]),
  ]);
}

async function materialOf(id: string, type: 'SymmetricKey' | 'SecretData' | 'SplitKey' = 'SymmetricKey') {
  const answer = await ask('Get', [uid(id)]);
  const object = answer.one(type);
  return hex(must(find(object, 'KeyMaterial'), 'key material').content);
}

function find(item: TtlvItem, name: string): TtlvItem | undefined {
  if (item.name === name) return item;
  for (const child of item.children) {
    const found = find(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const secondsOf = async (id: string, name: TagName) => Number((await valuesOf(id, name))[0]?.int64);

test('a replacement takes names and attributes over, and each key says what the other is to it', async () => {
  const contact = make.textString('ContactInformation', 'the night shift');
  const old = await create(...aes(128), usages('Encrypt'), ACTIVE, contact, named('replaced'));
  const young = await made('ReKey', [uid(old), attributes(named('replacing'))]);
  assert.notEqual(await materialOf(young), await materialOf(old));
  const namesOf = async (id: string) =>
    (await valuesOf(id, 'Name')).map(({ children: [text] }) => text?.text);
  assert.deepEqual(await namesOf(young), ['replaced', 'replacing']);
  assert.deepEqual(await namesOf(old), []);
  assert.deepEqual(await linksOf(young), [`ReplacedObjectLink ${old}`]);
  assert.deepEqual(await linksOf(old), [`ReplacementObjectLink ${young}`]);
  assert.equal((await valuesOf(young, 'ContactInformation'))[0]?.text, 'the night shift');
  // It has been given out just now.
  assert.equal((await valuesOf(young, 'Fresh'))[0]?.int64, 0n);
  const third = await made('ReKey', [uid(young)]);
  assert.equal((await valuesOf(third, 'RotateGeneration'))[0]?.int32, 2);
  const latest = async (id: string) => (await valuesOf(id, 'RotateLatest'))[0]?.int64;
  assert.deepEqual([await latest(old), await latest(young), await latest(third)], [0n, 0n, 1n]);
  const located = await ask('Locate', [
    attributes(
      make.structure('Link', [
        make.enumeration('LinkType', 'ReplacedObjectLink'),
        make.textString('LinkedObjectIdentifier', old),
      ]),
    ),
  ]);
  assert.deepEqual(
    located.all('UniqueIdentifier').map(({ text }) => text),
    [young],
  );
});

test('an offset shifts every date by as much as the activation, and stands beside no date', async () => {
  const now = Math.floor(kmip.subject.keyhold.clock.now() / 1000);
  const old = await create(
    ...aes(256),
    usages('Encrypt'),
    make.dateTime('ActivationDate', now - 100),
    make.dateTime('ProtectStopDate', now + 500),
    make.dateTime('DeactivationDate', now + 900),
  );
  const young = await made('ReKey', [uid(old), make.interval('Offset', 1_000)]);
  const activation = await secondsOf(young, 'ActivationDate');
  assert.ok(activation >= now + 1_000 && activation < now + 1_060, String(activation - now));
  assert.equal((await secondsOf(young, 'ProtectStopDate')) - activation, 600);
  assert.equal((await secondsOf(young, 'DeactivationDate')) - activation, 1_000);
  assert.equal((await valuesOf(young, 'State'))[0]?.uint32, 1);
  const both = await ask('ReKey', [uid(old), make.interval('Offset', 1), attributes(ACTIVE)]);
  assert.equal(both.reason, 'InvalidMessage');
  const waiting = await create(...aes(256), usages('Encrypt'));
  const without = await ask('ReKey', [uid(waiting), make.interval('Offset', 1)], '1.4');
  assert.equal(without.reason, 'IllegalOperation');
});

test('a replacement has the dates of the old key, also an end that has passed; a destroyed one is not replaced', async () => {
  const old = await create(...aes(256), usages('Encrypt'), ACTIVE);
  const reason = make.structure('RevocationReason', [
    make.enumeration('RevocationReasonCode', 'CessationOfOperation'),
  ]);
  await ask('Revoke', [uid(old), reason]);
  const young = await made('ReKey', [uid(old)]);
  assert.equal((await valuesOf(young, 'State'))[0]?.uint32, 3);
  const ends = make.dateTime('DeactivationDate', 4_000_000_000);
  const longer = await made('ReKey', [uid(young), attributes(ends)]);
  assert.equal((await valuesOf(longer, 'State'))[0]?.uint32, 2);
  await ask('Destroy', [uid(old)]);
  assert.equal((await ask('ReKey', [uid(old)])).reason, 'ObjectDestroyed');
  const other = await ask('ReKey', [
    uid(young),
    attributes(make.enumeration('CryptographicAlgorithm', 'DES3'), make.integer('CryptographicLength', 168)),
  ]);
  assert.equal(other.reason, 'InvalidField');
});

const SECRET = utf8('a secret of thirty-two bytes ...');
const BLOCK = new Uint8Array(32).fill(5);
const INFO = utf8('what it is for..');
const IV = new Uint8Array(16).fill(9);
const hash = (name: ValueName<'HashingAlgorithm'>): TtlvField =>
  make.structure('CryptographicParameters', [make.enumeration('HashingAlgorithm', name)]);
const data = (...parts: readonly Bytes[]): readonly TtlvField[] =>
  parts.map(part => make.byteString('DerivationData', part));

function derive(
  from: readonly string[],
  method: ValueName<'DerivationMethod'>,
  parameters: readonly TtlvField[],
  fields: readonly TtlvField[] = [...aes(256), usages('Encrypt', 'Decrypt')],
) {
  return [
    SYMMETRIC,
    ...from.map(uid),
    make.enumeration('DerivationMethod', method),
    make.structure('DerivationParameters', parameters),
    attributes(...fields),
  ];
}

test('every method derives what node:crypto does', async () => {
  const secret = await register('SecretData', SECRET, usages('DeriveKey'), ACTIVE);
  const key = await register('SymmetricKey', BLOCK, ...aes(256), usages('Encrypt', 'DeriveKey'), ACTIVE);
  const hmac = (input: Bytes, under: Bytes = SECRET) => createHmac('sha256', under).update(input).digest();
  const one = Uint8Array.of(0, 0, 0, 1);
  const scope = ['20150830', 'us-east-1', 'iam'].map(utf8);
  const cipher = createCipheriv('aes-256-cbc', BLOCK, IV).setAutoPadding(false);
  const salt = make.byteString('Salt', INFO);
  const mode = make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'CBC')]);
  const cases: readonly (readonly [string, ValueName<'DerivationMethod'>, readonly TtlvField[], Bytes])[] = [
    [
      secret,
      'PBKDF2',
      [hash('SHA_512'), salt, make.integer('IterationCount', 77)],
      pbkdf2Sync(SECRET, INFO, 77, 32, 'sha512'),
    ],
    [secret, 'HASH', [hash('SHA_256')], createHash('sha256').update(SECRET).digest()],
    [secret, 'HMAC', [hash('SHA_256'), ...data(INFO)], hmac(INFO)],
    [secret, 'HMAC', [hash('SHA_256'), ...data(INFO, INFO)], hmac(Buffer.concat([INFO, INFO]))],
    [secret, 'NIST800_108_C', [hash('SHA_256'), ...data(INFO)], hmac(Buffer.concat([one, INFO]))],
    [
      secret,
      'NIST800_108_F',
      [hash('SHA_256'), make.byteString('InitializationVector', IV), ...data(INFO)],
      hmac(Buffer.concat([IV, one, INFO])),
    ],
    [
      secret,
      'NIST800_108_DPI',
      [hash('SHA_256'), ...data(INFO)],
      hmac(Buffer.concat([hmac(INFO), one, INFO])),
    ],
    [secret, 'HKDF', [...data(INFO), salt], Buffer.from(hkdfSync('sha256', SECRET, INFO, INFO, 32))],
    [
      secret,
      'AWSSignatureVersion4',
      data(...scope),
      [...scope, utf8('aws4_request')].reduce<Bytes>(
        (under, part) => hmac(part, under),
        Buffer.concat([utf8('AWS4'), SECRET]),
      ),
    ],
    [
      key,
      'ENCRYPT',
      [mode, make.byteString('InitializationVector', IV), ...data(BLOCK)],
      cipher.update(BLOCK),
    ],
  ];
  for (const [base, method, parameters, expected] of cases) {
    const answer = await ask('DeriveKey', derive([base], method, parameters));
    assert.equal(answer.reason, undefined, method);
    const id = answer.one('UniqueIdentifier').text;
    assert.equal(await materialOf(id), hex(expected), method);
    assert.deepEqual(await linksOf(id), [`DerivationBaseObjectLink ${base}`]);
  }
  assert.equal((await linksOf(secret)).length, cases.length - 1);
});

test('a shared secret becomes a key, and a secret may be the data', async () => {
  const pair = await ask('CreateKeyPair', [
    make.structure('CommonAttributes', [
      make.enumeration('CryptographicAlgorithm', 'EC'),
      make.structure('CryptographicDomainParameters', [make.enumeration('RecommendedCurve', 'P_256')]),
      ACTIVE,
    ]),
    make.structure('PrivateKeyAttributes', [usages('DeriveKey')]),
    make.structure('PublicKeyAttributes', [usages('DeriveKey')]),
  ]);
  const privateId = pair.one('PrivateKeyUniqueIdentifier').text;
  const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const block = make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', 'X_509'),
    make.structure('KeyValue', [
      make.byteString('KeyMaterial', peer.publicKey.export({ format: 'der', type: 'spki' })),
    ]),
  ]);
  const peerId = await made('Register', [
    make.enumeration('ObjectType', 'PublicKey'),
    attributes(usages('DeriveKey'), ACTIVE),
    make.structure('PublicKey', [block]),
  ]);
  const agreed = await made('DeriveKey', derive([privateId, peerId], 'AsymmetricKey', []));
  const ours = await ask('Get', [
    uid(pair.one('PublicKeyUniqueIdentifier').text),
    make.enumeration('KeyFormatType', 'X_509'),
  ]);
  const spki = Buffer.from(must(find(ours.one('PublicKey'), 'KeyMaterial'), 'a key').content);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  assert.equal(await materialOf(agreed), hex(diffieHellman({ privateKey: peer.privateKey, publicKey })));
  const base = await register('SymmetricKey', BLOCK, ...aes(256), usages('DeriveKey'), ACTIVE);
  const message = await register('SecretData', SECRET, usages('DeriveKey'), ACTIVE);
  const id = await made('DeriveKey', derive([base, message], 'HMAC', [hash('SHA_256')]));
  assert.equal(await materialOf(id), createHmac('sha256', BLOCK).update(SECRET).digest('hex'));
  const twice = await ask('DeriveKey', derive([base, message], 'HMAC', [hash('SHA_256'), ...data(INFO)]));
  assert.equal(twice.reason, 'InvalidMessage');
  const alone = await ask('DeriveKey', derive([privateId], 'AsymmetricKey', []));
  assert.equal(alone.reason, 'InvalidObjectType');
});

test('a base says how far what is derived may leave, and whether anything may be', async () => {
  const kept = await register(
    'SecretData',
    SECRET,
    usages('DeriveKey'),
    ACTIVE,
    make.boolean('Extractable', false),
  );
  const parameters = [hash('SHA_256'), ...data(INFO)];
  const id = await made('DeriveKey', derive([kept], 'HMAC', parameters));
  assert.equal((await ask('Get', [uid(id)])).reason, 'NotExtractable');
  const fields = [...aes(256), usages('Encrypt'), make.boolean('Extractable', true)];
  assert.equal((await ask('DeriveKey', derive([kept], 'HMAC', parameters, fields))).reason, 'NotExtractable');
  const waiting = await register('SecretData', SECRET, usages('DeriveKey'));
  const early = await ask('DeriveKey', derive([waiting], 'HMAC', parameters));
  assert.equal(early.reason, 'WrongKeyLifecycleState');
  const other = await register('SymmetricKey', BLOCK, ...aes(256), usages('Encrypt'), ACTIVE);
  const unfit = await ask('DeriveKey', derive([other], 'HMAC', parameters));
  assert.equal(unfit.reason, 'IncompatibleCryptographicUsageMask');
  const secret = await register('SecretData', SECRET, usages('DeriveKey'), ACTIVE);
  const long = [
    make.enumeration('CryptographicAlgorithm', 'HMAC_SHA512'),
    make.integer('CryptographicLength', 512),
    usages('MACGenerate'),
  ];
  const beyond = await ask('DeriveKey', derive([secret], 'HMAC', parameters, long));
  assert.equal(beyond.reason, 'CryptographicFailure');
});

const SPLITS = [
  ['XOR', 3, 3],
  ['PolynomialSharingGF2_8', 5, 3],
  ['PolynomialSharingGF2_16', 4, 2],
  ['PolynomialSharingPrimeField', 3, 2],
] as const;

function split(
  [method, parts, threshold]: (typeof SPLITS)[number],
  whole: string | undefined,
  fields: readonly TtlvField[] = [],
) {
  // 2^521 - 1.
  const prime = Uint8Array.of(0x01, ...new Uint8Array(65).fill(0xff));
  return [
    make.enumeration('ObjectType', 'SplitKey'),
    whole === undefined ? undefined : uid(whole),
    make.integer('SplitKeyParts', parts),
    make.integer('SplitKeyThreshold', threshold),
    make.enumeration('SplitKeyMethod', method),
    method === 'PolynomialSharingPrimeField' ? make.bigInteger('PrimeFieldSize', prime) : undefined,
    attributes(...fields),
  ];
}

test('enough parts of a key make it again, by each method', async () => {
  const whole = await register('SymmetricKey', BLOCK, ...aes(256), usages('Encrypt'));
  for (const row of SPLITS) {
    const answer = await ask('CreateSplitKey', split(row, whole));
    assert.equal(answer.reason, undefined, row[0]);
    const ids = answer.all('UniqueIdentifier').map(({ text }) => text);
    assert.equal(ids.length, row[1]);
    const [first] = ids;
    assert.notEqual(await materialOf(must(first, 'a part'), 'SplitKey'), hex(BLOCK));
    assert.deepEqual(await linksOf(must(first, 'a part')), [`ParentLink ${whole}`]);
    const enough = ids.slice(-row[2]);
    const joined = await made('JoinSplitKey', [SYMMETRIC, ...enough.map(uid)]);
    assert.equal(await materialOf(joined), hex(BLOCK), row[0]);
    assert.equal((await valuesOf(joined, 'CryptographicUsageMask'))[0]?.int32, 4);
    const few = await ask('JoinSplitKey', [SYMMETRIC, ...enough.slice(1).map(uid)]);
    assert.equal(few.reason, 'CryptographicFailure');
  }
});

test('a key may be in parts alone; parts of two keys make none', async () => {
  const row = ['XOR', 2, 2] as unknown as (typeof SPLITS)[number];
  const parts = async () => {
    const answer = await ask('CreateSplitKey', split(row, undefined, [...aes(128), usages('Encrypt')]));
    return answer.all('UniqueIdentifier').map(({ text }) => text);
  };
  const [one = '', two = ''] = await parts();
  const joined = await made('JoinSplitKey', [SYMMETRIC, uid(one), uid(two), attributes(named('joined'))]);
  assert.equal((await materialOf(joined)).length, 32);
  const key = await create(...aes(128), usages('Encrypt'));
  const strange = await ask('JoinSplitKey', [SYMMETRIC, uid(one), uid(key)]);
  assert.equal(strange.reason, 'InvalidObjectType');
  const other = await ask('CreateSplitKey', split(SPLITS[1], undefined, [...aes(128), usages('Encrypt')]));
  const mixed = await ask('JoinSplitKey', [SYMMETRIC, uid(one), uid(other.one('UniqueIdentifier').text)]);
  assert.equal(mixed.reason, 'InvalidField');
  const kept = await create(...aes(128), usages('Encrypt'), make.boolean('Extractable', false));
  assert.equal((await ask('CreateSplitKey', split(row, kept))).reason, 'NotExtractable');
  const absurd = ['XOR', 3, 2] as unknown as (typeof SPLITS)[number];
  assert.equal((await ask('CreateSplitKey', split(absurd, key))).reason, 'InvalidField');
});

test('a number of parts that nobody counts to is refused before anything is made', async () => {
  const endless = ['XOR', 2_000_000_000, 2_000_000_000] as unknown as (typeof SPLITS)[number];
  const answer = await ask('CreateSplitKey', split(endless, undefined, [...aes(128), usages('Encrypt')]));
  assert.equal(answer.reason, 'InvalidField');
});

test('a request names no more objects than it can be about', async () => {
  const ids = Array.from({ length: 300 }, (_, at) => uid(`part-${at}`));
  assert.equal((await ask('JoinSplitKey', [SYMMETRIC, ...ids])).reason, 'InvalidField');
});
