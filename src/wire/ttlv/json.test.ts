import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../../base/bytes.ts';
import {
  make,
  readJson,
  readTtlv,
  type TtlvField,
  TtlvRefusal,
  type TtlvRefusalKind,
  writeJson,
  writeTtlv,
} from './index.ts';

const jsonOf = (field: TtlvField): string => writeJson(readTtlv(writeTtlv(field)));
const plain = (json: unknown): unknown => JSON.parse(writeJson(readJson(utf8(JSON.stringify(json)))));

test('the published examples of the encoding are read', () => {
  const version = (minor: number | string) => ({
    tag: 'ProtocolVersion',
    value: [{ tag: 'ProtocolVersionMinor', type: 'Integer', value: minor }],
  });
  const examples: readonly (readonly [unknown, unknown])[] = [
    [
      { tag: '0x420001', type: 'DateTime', value: '2001-01-01T10:00:00+10:00' },
      { tag: 'ActivationDate', type: 'DateTime', value: '2001-01-01T00:00:00+00:00' },
    ],
    [
      { tag: 'ArchiveDate', type: 'DateTime', value: '0x000000003a505520' },
      { tag: 'ArchiveDate', type: 'DateTime', value: '2001-01-01T10:00:00+00:00' },
    ],
    [
      { tag: '0x54FFFF', name: 'SomeExtension', type: 'Integer', value: '0x00000001' },
      { tag: '0x54FFFF', type: 'Integer', value: 1 },
    ],
    [version(1), version(1)],
    [version('0xffffffff'), version(-1)],
    [
      { tag: 'Name', type: 'Structure', value: null },
      { tag: 'Name', value: [] },
    ],
    [{ tag: 'Name' }, { tag: 'Name', value: [] }],
    [
      { tag: 'CryptographicUsageMask', type: 'Integer', value: 'CertificateSign|0x00000004|0x0000008' },
      { tag: 'CryptographicUsageMask', type: 'Integer', value: 'Encrypt|Decrypt|CertificateSign' },
    ],
    [
      { tag: '0x540001', type: 'LongInteger', value: '0xfffffffffffffffe' },
      { tag: '0x540001', type: 'LongInteger', value: -2 },
    ],
    [
      { tag: 'UsageLimitsCount', type: 'LongInteger', value: '0x1000000000000000' },
      { tag: 'UsageLimitsCount', type: 'LongInteger', value: '0x1000000000000000' },
    ],
    [
      { tag: 'X', type: 'BigInteger', value: 0 },
      { tag: 'X', type: 'BigInteger', value: '0x0000000000000000' },
    ],
    [
      { tag: 'X', type: 'BigInteger', value: -1 },
      { tag: 'X', type: 'BigInteger', value: '0xffffffffffffffff' },
    ],
    [
      { tag: '0x420057', type: 'Enumeration', value: 2 },
      { tag: 'ObjectType', type: 'Enumeration', value: 'SymmetricKey' },
    ],
    [
      { tag: 'ObjectType', type: 'Enumeration', value: '0x00000002' },
      { tag: 'ObjectType', type: 'Enumeration', value: 'SymmetricKey' },
    ],
    [
      { tag: 'BatchOrderOption', type: 'Boolean', value: '0x0000000000000001' },
      { tag: 'BatchOrderOption', type: 'Boolean', value: true },
    ],
    [
      { tag: 'MACSignature', type: 'ByteString', value: 'C50F77' },
      { tag: 'MACSignature', type: 'ByteString', value: 'c50f77' },
    ],
    [
      { tag: 'Offset', type: 'Interval', value: '0x0000001b' },
      { tag: 'Offset', type: 'Interval', value: 27 },
    ],
  ];
  for (const [json, expected] of examples) assert.deepEqual(plain(json), expected);
});

test('from 2^52 on a Long Integer is written in hexadecimal', () => {
  const written = (value: bigint): unknown =>
    JSON.parse(jsonOf(make.longInteger('UsageLimitsCount', value))).value;
  assert.equal(written(2n ** 52n - 1n), 4_503_599_627_370_495);
  assert.equal(written(2n ** 52n), '0x0010000000000000');
  assert.equal(written(-(2n ** 63n)), '0x8000000000000000');
});

test('any text comes back', () => {
  for (const value of ['', '"\\\u0000\u001b\n', '\u{1f511} größe \u2028', '{"tag":1}'])
    assert.equal(readJson(utf8(jsonOf(make.textString('Comment', value)))).text, value);
});

test('what breaks a rule of the encoding is refused, values never quoted', () => {
  const item = (type: string, value: unknown, tag = 'Comment') => JSON.stringify({ tag, type, value });
  const cases: Readonly<Record<string, TtlvRefusalKind>> = {
    '': 'malformed',
    secret: 'malformed',
    null: 'malformed',
    '[]': 'malformed',
    '"secret"': 'malformed',
    '{"tag":"Name","value":[1]}': 'malformed',
    '{"tag":"Name","value":{}}': 'malformed',
    '{"tag":"Name","value":"secret"}': 'malformed',
    '{"tag":"Name","secret":1}': 'malformed',
    '{"tag":"Name","tag":"Name"}': 'malformed',
    '{"tag":"Name","__proto__":1}': 'malformed',
    '{"value":[]}': 'unknownValue',
    '{"tag":1}': 'unknownValue',
    '{"tag":"secret"}': 'unknownValue',
    '{"tag":"toString"}': 'unknownValue',
    '{"tag":"0x430000"}': 'unknownValue',
    '{"tag":"0x42002"}': 'unknownValue',
    '{"tag":"Name","type":1}': 'malformed',
    '{"tag":"Name","type":"secret"}': 'malformed',
    '{"tag":"Name","type":"valueOf"}': 'malformed',
    [item('TextString', 1)]: 'malformed',
    [item('TextString', null)]: 'malformed',
    '{"tag":"Comment","type":"TextString"}': 'malformed',
    '{"tag":"Comment","type":"TextString","value":"\\ud800"}': 'malformed',
    [item('Integer', 1.5)]: 'malformed',
    [item('Integer', 2 ** 31)]: 'malformed',
    [item('Integer', '5')]: 'malformed',
    [item('Integer', true)]: 'malformed',
    '{"tag":"Comment","type":"Integer","value":1e400}': 'outOfRange',
    [item('Interval', -1)]: 'malformed',
    [item('Enumeration', -1)]: 'unknownValue',
    [item('Enumeration', 'secret', 'State')]: 'unknownValue',
    [item('BigInteger', '0000000000000000')]: 'malformed',
    [item('BigInteger', '0x00')]: 'malformed',
    [item('BigInteger', 0.5)]: 'malformed',
    '{"tag":"Comment","type":"LongInteger","value":9007199254740993}': 'outOfRange',
    [item('Boolean', 'true')]: 'malformed',
    [item('Boolean', 1)]: 'malformed',
    [item('ByteString', '0x00')]: 'malformed',
    [item('DateTime', 1)]: 'malformed',
    [item('DateTime', 'secret')]: 'malformed',
  };
  for (const [text, kind] of Object.entries(cases)) {
    assert.throws(
      () => readJson(utf8(text)),
      (thrown: unknown) => {
        assert.ok(thrown instanceof TtlvRefusal, `${text}: ${String(thrown)}`);
        assert.equal(thrown.kind, kind, `${text}: ${thrown.message}`);
        assert.doesNotMatch(thrown.message, /secret/);
        return true;
      },
      text,
    );
  }
  assert.throws(
    () =>
      readJson(
        utf8(
          '{"tag":"RequestMessage","value":[{"tag":"BatchItem"},{"tag":"BatchItem","value":[{"tag":"Operation","type":"Enumeration","value":true}]}]}',
        ),
      ),
    {
      path: 'RequestMessage/BatchItem[1]/Operation',
    },
  );
});

test('each limit holds exactly', () => {
  const limits = { bytesMax: 400, depthMax: 4, itemsMax: 10 };
  const nested = (depth: number): string =>
    depth === 1 ? '{"tag":"Name","value":[]}' : `{"tag":"Name","value":[${nested(depth - 1)}]}`;
  const many = (count: number) => `{"tag":"Name","value":[${Array(count - 1).fill('{"tag":"Name"}')}]}`;
  const long = (bytes: number) => '{"tag":"Name"}'.padEnd(bytes, ' ');
  for (const text of [nested(4), many(10), long(400)]) readJson(utf8(text), limits);
  const beyond: Readonly<Record<string, TtlvRefusalKind>> = {
    [nested(5)]: 'tooDeep',
    [nested(9)]: 'tooDeep',
    [many(11)]: 'tooManyItems',
    [long(401)]: 'tooLarge',
  };
  for (const [text, kind] of Object.entries(beyond))
    assert.throws(() => readJson(utf8(text), limits), { name: 'TtlvRefusal', kind });
});
