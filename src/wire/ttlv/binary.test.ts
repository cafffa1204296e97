import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeHex, hex } from '../../base/bytes.ts';
import {
  make,
  messageLength,
  readTtlv,
  type TtlvField,
  TtlvRefusal,
  type TtlvRefusalKind,
  ttlvLength,
  writeTtlv,
} from './index.ts';

const bytesOf = (text: string): Uint8Array => {
  const bytes = decodeHex(text.replaceAll(/\s/g, ''));
  assert.ok(bytes !== undefined, text);
  return bytes;
};

/** Items as the specification and two other codecs encode them. */
const ENCODINGS: readonly (readonly [TtlvField, string])[] = [
  [make.integer('CryptographicLength', 256), '42002a 02 00000004 00000100 00000000'],
  [make.integer('CryptographicLength', -1), '42002a 02 00000004 ffffffff 00000000'],
  [make.enumeration('CryptographicAlgorithm', 'AES'), '420028 05 00000004 00000003 00000000'],
  [make.enumeration('OpaqueDataType', 0x8000_0000), '420059 05 00000004 80000000 00000000'],
  [make.longInteger('UsageLimitsCount', 5_000_000_000n), '420096 03 00000008 000000012a05f200'],
  [make.bigInteger('PublicExponent', 65_537n), '42006c 04 00000008 0000000000010001'],
  [make.bigInteger('Modulus', 2n ** 63n), '420052 04 00000010 0000000000000000 8000000000000000'],
  [
    make.bigInteger('Modulus', bytesOf('80000000 00000000')),
    '420052 04 00000010 0000000000000000 8000000000000000',
  ],
  [make.bigInteger('Modulus', bytesOf('')), '420052 04 00000008 0000000000000000'],
  [make.bigInteger('X', -1n), '42009f 04 00000008 ffffffffffffffff'],
  [make.bigInteger('X', -(2n ** 63n)), '42009f 04 00000008 8000000000000000'],
  [make.bigInteger('X', -(2n ** 63n) - 1n), '42009f 04 00000010 ffffffffffffffff 7fffffffffffffff'],
  [make.boolean('BatchOrderOption', true), '420010 06 00000008 0000000000000001'],
  [make.textString('NameValue', 'k1é'), '420055 07 00000004 6b31c3a9 00000000'],
  [make.textString('NameValue', ''), '420055 07 00000000'],
  [make.byteString('Data', bytesOf('0102030405060708')), '4200c2 08 00000008 0102030405060708'],
  [make.dateTime('TimeStamp', 1_700_000_000), '420092 09 00000008 000000006553f100'],
  [make.dateTime('TimeStamp', -1), '420092 09 00000008 ffffffffffffffff'],
  [make.interval('LeaseTime', 3_600), '420049 0a 00000004 00000e10 00000000'],
  [make.dateTimeExtended('SubmissionDate', 1n), '420174 0b 00000008 0000000000000001'],
  [make.mask('CryptographicUsageMask', ['Encrypt', 'Decrypt']), '42002c 02 00000004 0000000c 00000000'],
  [make.textString(0x540001, 'na'), '540001 07 00000002 6e61000000000000'],
  [make.structure('RequestPayload', []), '420079 01 00000000'],
  [
    make.structure('RequestMessage', [
      make.structure('RequestHeader', [
        make.structure('ProtocolVersion', [
          make.integer('ProtocolVersionMajor', 1),
          make.integer('ProtocolVersionMinor', 2),
        ]),
        make.integer('BatchCount', 1),
      ]),
      make.structure('BatchItem', [
        make.enumeration('Operation', 'DiscoverVersions'),
        make.structure('RequestPayload', []),
      ]),
    ]),
    `42007801000000604200770100000038420069010000002042006a0200000004000000010000000042006b0200000004000000020000000042000d
     0200000004000000010000000042000f010000001842005c05000000040000001e000000004200790100000000`,
  ],
];

test('items are encoded as published, and read from that', () => {
  for (const [field, text] of ENCODINGS) {
    const bytes = bytesOf(text);
    assert.equal(hex(writeTtlv(field)), hex(bytes));
    assert.equal(ttlvLength(field), bytes.length);
    const item = readTtlv(bytes);
    assert.equal(item.tag, field.tag);
    assert.equal(hex(writeTtlv(make.copy(item))), hex(bytes));
  }
});

test('an item is copied under another tag', () => {
  const state = readTtlv(writeTtlv(make.enumeration('State', 'Active')));
  assert.equal(hex(writeTtlv(make.copy(state, 'AttributeValue'))), '42000b05000000040000000200000000');
});

const refused = (text: string, kind: TtlvRefusalKind, message: RegExp): void => {
  assert.throws(
    () => readTtlv(bytesOf(text)),
    thrown => {
      assert.ok(thrown instanceof TtlvRefusal, String(thrown));
      assert.equal(thrown.kind, kind, thrown.message);
      assert.match(thrown.message, message);
      return true;
    },
    text,
  );
};

test('padding may be anything, and is zero once it is read', () => {
  const bytes = Uint8Array.from(Buffer.from('42002a02000000040000010000c0ffee', 'hex'));
  const item = readTtlv(bytes);
  assert.equal(item.int32, 256);
  assert.equal(Buffer.from(item.encoding).toString('hex'), '42002a02000000040000010000000000');
});

test('whatever is not exactly an item is refused', () => {
  refused('', 'malformed', /within the head/);
  refused('42002a 02 000000', 'malformed', /within the head/);
  refused('42002a 02 00000004 00000100', 'malformed', /CryptographicLength: lacks its padding/);
  refused('42002a 02 00000004 0000', 'malformed', /CryptographicLength: has a length beyond/);
  refused('42002a 02 ffffffff 0000000000000000', 'malformed', /beyond its surroundings/);
  refused('42002a 02 00000008 00000100 00000000', 'malformed', /must have a length of 4 bytes/);
  refused('420096 03 00000004 00000001 00000000', 'malformed', /must have a length of 8 bytes/);
  refused('42002a 02 00000004 00000100 00000000 00', 'malformed', /nothing may follow/);
  refused('420028 05 00000003 00000000 00000000', 'malformed', /must have a length of 4 bytes/);
  refused('420010 06 00000008 0000000000000002', 'malformed', /BatchOrderOption: must be 0 or 1/);
  refused('420010 06 00000008 0100000000000001', 'malformed', /BatchOrderOption: must be 0 or 1/);
  refused('42006c 04 00000000', 'malformed', /positive multiple of eight/);
  refused('42006c 04 00000004 00000001 00000000', 'malformed', /positive multiple of eight/);
  refused('420055 07 00000002 c328 000000000000', 'malformed', /NameValue: must be well-formed UTF-8/);
  refused(
    '420079 01 00000004 00000000 00000000',
    'malformed',
    /RequestPayload: must have a length that is a multiple/,
  );
  refused(
    '420079 01 00000008 42002a02 00000004',
    'malformed',
    /RequestPayload\/CryptographicLength: has a length beyond/,
  );
});

test('unknown types and tags out of the ranges are refused; unknown tags within them are read', () => {
  for (const type of ['00', '0f', '10', '80', 'ff'])
    refused(`42002a ${type} 00000000`, 'malformed', /unknown type/);
  for (const tag of ['000000', '420000', '41ffff', '430000', '53ffff', '550000', 'ffffff'])
    refused(`${tag} 08 00000000`, 'malformed', /out of the defined ranges/);
  for (const tag of ['420001', '42ffff', '540000', '54ffff']) readTtlv(bytesOf(`${tag} 08 00000000`));
});

const nested = (depth: number): TtlvField => {
  let field = make.structure('Attributes', []);
  for (let at = 1; at < depth; at += 1) field = make.structure('Attributes', [field]);
  return field;
};
const many = (count: number): TtlvField =>
  make.structure(
    'RequestMessage',
    Array.from({ length: count - 1 }, () => make.structure('BatchItem', [])),
  );
const long = (bytes: number): TtlvField => make.byteString('Data', new Uint8Array(bytes - 8));

test('each limit holds exactly', () => {
  const limits = { bytesMax: 4_096, depthMax: 16, itemsMax: 100 };
  const within = [nested(16), many(100), long(4_096)];
  for (const field of within) readTtlv(writeTtlv(field), limits);
  const beyond: readonly (readonly [TtlvField, TtlvRefusalKind])[] = [
    [nested(17), 'tooDeep'],
    [many(101), 'tooManyItems'],
    [long(4_104), 'tooLarge'],
  ];
  for (const [field, kind] of beyond) {
    assert.throws(
      () => readTtlv(writeTtlv(field), limits),
      (thrown: unknown) => thrown instanceof TtlvRefusal && thrown.kind === kind,
    );
  }
});

test('the limits in force without others are those of the documents', () => {
  readTtlv(writeTtlv(nested(32)));
  readTtlv(writeTtlv(many(20_000)));
  readTtlv(writeTtlv(long(1_048_576)));
  for (const field of [nested(33), many(20_001), long(1_048_584)])
    assert.throws(() => readTtlv(writeTtlv(field)), TtlvRefusal);
});

test('the length of the next message on a stream is known from eight bytes', () => {
  const limits = { bytesMax: 104, depthMax: 8, itemsMax: 8 };
  const head = bytesOf('420078 01 00000060');
  assert.equal(messageLength(head.subarray(0, 7), limits), undefined);
  assert.equal(messageLength(head, limits), 104);
  assert.equal(messageLength(Buffer.concat([head, new Uint8Array(200)]), limits), 104);
  const refusals = {
    '420078 01 00000068': 'tooLarge',
    '420078 01 ffffffff': 'tooLarge',
    '420078 01 00000004': 'malformed',
    '420078 02 00000008': 'malformed',
    '540001 01 00000008': 'malformed',
    '504f5354202f6b6d': 'malformed',
  };
  for (const [text, kind] of Object.entries(refusals)) {
    assert.throws(
      () => messageLength(bytesOf(text), limits),
      (thrown: unknown) => thrown instanceof TtlvRefusal && thrown.kind === kind,
      text,
    );
  }
});

test('values are views on the bytes of the message', () => {
  const bytes = writeTtlv(make.structure('KeyValue', [make.byteString('KeyMaterial', bytesOf('01020304'))]));
  const material = readTtlv(bytes).children[0]?.content;
  assert.equal(hex(material ?? new Uint8Array()), '01020304');
  bytes.fill(0);
  assert.equal(hex(material ?? new Uint8Array()), '00000000');
});
