import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mapTable, tableKeys } from '../../base/table.ts';
import {
  ENUMERATIONS,
  type EnumerationName,
  enumerationOf,
  enumerationValue,
  isValueIn,
  isValueOf,
  valueName,
  valueOfSpelling,
} from './enumerations.ts';
import { ITEM_TYPES, itemTypeOf } from './item-types.ts';
import { bitOfSpelling, bitsOf, isBitIn, maskOf } from './masks.ts';
import { normalizeName } from './names.ts';
import { MASKS } from './tables/masks.ts';
import type { ValueRow } from './tables/rows.ts';
import { attributeTag, attributeText, isTagIn, TAGS, tagCode, tagLabel, tagName } from './tags.ts';
import { VERSIONS } from './versions.ts';

const reference = (name: string): URL => new URL(`../../../../shared/reference/${name}`, import.meta.url);
const withoutReference = existsSync(reference('kmip-tags.json'))
  ? false
  : 'the shared reference is not on this machine';

const names = tableKeys(TAGS);

test('each version has as many tags as its specification lists', () => {
  const counts = VERSIONS.map(version => names.filter(name => isTagIn(version, name)).length);
  assert.deepEqual(counts, [161, 183, 211, 247, 292, 337, 354, 393]);
});

test('the tags are those of the reference, name by name', { skip: withoutReference }, () => {
  const expected: Record<string, string> = JSON.parse(readFileSync(reference('kmip-tags.json'), 'utf8'));
  const ours = Object.fromEntries(names.map(name => [tagCode(name).toString(16).toUpperCase(), name]));
  assert.deepEqual(ours, expected);
});

test('the enumerations and masks are those of the reference, value by value', {
  skip: withoutReference,
}, () => {
  const expected: Record<string, Record<string, string>> = JSON.parse(
    readFileSync(reference('kmip-enums.json'), 'utf8'),
  );
  const tables: Readonly<Record<string, Readonly<Record<string, ValueRow>>>> = { ...ENUMERATIONS, ...MASKS };
  const ours = mapTable(tables, rows =>
    Object.fromEntries(
      tableKeys(rows).map(name => [(rows[name]?.[0] ?? 0).toString(16).toUpperCase().padStart(8, '0'), name]),
    ),
  );
  assert.deepEqual({ ...ours }, expected);
});

test('the name of every tag is the normal form of its text, and leads back to it', () => {
  for (const name of names) {
    assert.equal(normalizeName(attributeText(name)), name);
    assert.equal(attributeTag(attributeText(name)), name);
    assert.equal(tagName(tagCode(name)), name);
  }
  assert.equal(attributeTag('x-Cryptographic Length'), undefined);
  assert.equal(attributeTag(`${'A'.repeat(64)}B`), undefined);
  assert.equal(attributeTag('__proto__'), undefined);
  assert.equal(attributeTag(''), undefined);
});

test('names are normalised as the encodings say', () => {
  const examples = {
    '3DES': 'DES3',
    'Re-key': 'ReKey',
    'PKCS#1': 'PKCS_1',
    'X.509 Certificate Identifier': 'X_509CertificateIdentifier',
    'IV/Counter/Nonce': 'IVCounterNonce',
    'HMAC-SHA256': 'HMAC_SHA256',
    'PKCS1 v1.5': 'PKCS1V1_5',
    'MAC/Signature': 'MACSignature',
    'Polynomial Sharing GF (2^16)': 'PolynomialSharingGF2_16',
    '   ': '',
  };
  for (const [text, name] of Object.entries(examples)) assert.equal(normalizeName(text), name);
});

test('values of enumerations lead to their names and back, in every spelling', () => {
  const tables: Readonly<Record<EnumerationName, Readonly<Record<string, ValueRow>>>> = ENUMERATIONS;
  for (const enumeration of tableKeys(tables)) {
    const seen = new Set<number>();
    for (const [name, [value]] of Object.entries(tables[enumeration])) {
      assert.ok(isValueOf(enumeration, name));
      assert.equal(enumerationValue(enumeration, name), value);
      assert.equal(valueName(enumeration, value), name);
      assert.equal(valueOfSpelling(enumeration, name), value);
      assert.ok(!seen.has(value), `${enumeration} ${name}`);
      seen.add(value);
    }
    assert.equal(valueName(enumeration, 0x8000_0000), undefined);
    assert.equal(valueOfSpelling(enumeration, 'constructor'), undefined);
  }
  assert.equal(
    valueOfSpelling('HashingAlgorithm', 'SHA_3_256'),
    valueOfSpelling('HashingAlgorithm', 'SHA3_256'),
  );
  assert.equal(valueOfSpelling('ResultReason', 'NotAuthorized'), 0x39);
});

test('tags know the enumeration of their values', () => {
  assert.equal(enumerationOf('Operation'), 'Operation');
  assert.equal(enumerationOf('MaskGeneratorHashingAlgorithm'), 'HashingAlgorithm');
  assert.equal(enumerationOf('OpaqueDataType'), undefined);
});

test('a value is of the versions that its table gives', () => {
  assert.ok(!isValueIn('1.1', 'Operation', 'Encrypt'));
  assert.ok(isValueIn('1.2', 'Operation', 'Encrypt'));
  assert.ok(isValueIn('1.4', 'ResultReason', 'IllegalOperation'));
  assert.ok(!isValueIn('2.0', 'ResultReason', 'IllegalOperation'));
  // Deprecated in 1.3, and gone with 2.0.
  assert.ok(isValueIn('1.4', 'KeyFormatType', 'TransparentECDSAPrivateKey'));
  assert.ok(!isValueIn('2.0', 'KeyFormatType', 'TransparentECDSAPrivateKey'));
  assert.ok(!isValueIn('2.1', 'CryptographicAlgorithm', 'ML_KEM_768'));
  assert.ok(
    isBitIn('1.0', 'CryptographicUsageMask', 'Export') && !isBitIn('2.0', 'CryptographicUsageMask', 'Export'),
  );
});

test('masks are put together and taken apart by name, and unnamed bits are kept', () => {
  assert.equal(maskOf('CryptographicUsageMask', ['Encrypt', 'Decrypt']), 0x0c);
  assert.deepEqual(bitsOf('CryptographicUsageMask', 0x0c), { names: ['Encrypt', 'Decrypt'], unnamed: 0 });
  assert.deepEqual(bitsOf('StorageStatusMask', -0x8000_0000 | 1), {
    names: ['OnLineStorage'],
    unnamed: -0x8000_0000,
  });
  assert.equal(bitOfSpelling('CryptographicUsageMask', 'ContentCommitment'), 0x400);
  assert.equal(bitOfSpelling('CryptographicUsageMask', 'toString'), undefined);
});

test('types have codes from 1 to 14, and unknown codes none', () => {
  assert.deepEqual(
    Array.from({ length: 14 }, (_, at) => itemTypeOf(at + 1)),
    tableKeys(ITEM_TYPES),
  );
  for (const code of [0, 15, 0x80, 0xff]) assert.equal(itemTypeOf(code), undefined);
});

test('a tag without a name is labelled by its number', () => {
  assert.equal(tagLabel(0x54002a), '0x54002A');
  assert.equal(tagLabel(0x420001), 'ActivationDate');
});
