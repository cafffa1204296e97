import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../../base/bytes.ts';
import {
  make,
  read,
  readItem,
  readTtlv,
  type StructureReader,
  type TtlvField,
  TtlvRefusal,
  writeTtlv,
} from './index.ts';

const itemOf = (field: TtlvField) => readTtlv(writeTtlv(field));

const requestOf = (...items: readonly TtlvField[]): TtlvField =>
  make.structure('RequestMessage', [
    make.structure('RequestHeader', [
      make.structure('ProtocolVersion', [
        make.integer('ProtocolVersionMajor', 2),
        make.integer('ProtocolVersionMinor', 1),
      ]),
    ]),
    ...items,
  ]);

const batchItem = (fields: StructureReader) => ({
  operation: fields.one('Operation', read.enumeration('Operation')),
  id: fields.optional('UniqueBatchItemID', read.byteString),
  payload: fields.one('RequestPayload', read.item),
});

const request = read.structure(fields => ({
  version: fields.one(
    'RequestHeader',
    read.structure(header =>
      header.one(
        'ProtocolVersion',
        read.structure(version => [
          version.one('ProtocolVersionMajor', read.integer),
          version.one('ProtocolVersionMinor', read.integer),
        ]),
      ),
    ),
  ),
  items: fields.many('BatchItem', read.structure(batchItem)),
}));

const operation = make.enumeration('Operation', 'Create');
const payload = make.structure('RequestPayload', []);

test('a request is taken apart by tags, with the types that they have', () => {
  const { version, items } = readItem(
    itemOf(
      requestOf(
        make.structure('BatchItem', [operation, payload]),
        make.structure('BatchItem', [operation, payload]),
      ),
    ),
    request,
  );
  assert.deepEqual(version, [2, 1]);
  assert.deepEqual(
    items.map(item => [item.operation, item.id, item.payload.name]),
    [
      ['Create', undefined, 'RequestPayload'],
      ['Create', undefined, 'RequestPayload'],
    ],
  );
});

const refusalOf = (field: TtlvField): string => {
  try {
    readItem(itemOf(field), request);
  } catch (thrown) {
    assert.ok(thrown instanceof TtlvRefusal, String(thrown));
    return `${thrown.kind} ${thrown.message}`;
  }
  return 'read';
};

test('refusals name the path and the rule', () => {
  const good = make.structure('BatchItem', [operation, payload]);
  const bad = (...fields: readonly TtlvField[]) => requestOf(good, make.structure('BatchItem', fields));
  const cases: readonly (readonly [TtlvField, string])[] = [
    [bad(payload), 'missing RequestMessage/BatchItem[1]/Operation: is required'],
    [
      bad(make.integer(0x42005c, 1), payload),
      'wrongType RequestMessage/BatchItem[1]/Operation: must be an Enumeration',
    ],
    [
      bad(operation, operation, payload),
      'repeated RequestMessage/BatchItem[1]/Operation[1]: may occur only once',
    ],
    [
      bad(make.enumeration('Operation', 0x8000_0001), payload),
      'unknownValue RequestMessage/BatchItem[1]/Operation: must be a value of Operation',
    ],
    [
      requestOf(make.structure('BatchItem', [payload])),
      'missing RequestMessage/BatchItem/Operation: is required',
    ],
    [make.textString('NameValue', 'x'), 'wrongType NameValue: must be a Structure'],
  ];
  for (const [field, expected] of cases) assert.equal(refusalOf(field), expected);
});

test('a field that nothing asked for can be refused', () => {
  const fieldOf = (...fields: readonly TtlvField[]) =>
    readItem(
      itemOf(make.structure('RequestPayload', [make.integer('MaximumItems', 3), ...fields])),
      read.structure(inner => {
        const most = inner.optional('MaximumItems', read.integer);
        inner.refuseOthers();
        return most;
      }),
    );
  assert.equal(fieldOf(), 3);
  assert.throws(() => fieldOf(make.integer('OffsetItems', 1)), {
    kind: 'unknownField',
    message: 'RequestPayload/OffsetItems: is not a field of this structure',
  });
  assert.throws(() => fieldOf(make.textString(0x540001, 'password')), {
    message: 'RequestPayload/0x540001: is not a field of this structure',
  });
});

test('every type is read as it was made', () => {
  const made = itemOf(
    make.structure('Attributes', [
      make.integer('CryptographicLength', -5),
      make.longInteger('UsageLimitsCount', -(2n ** 63n)),
      make.bigInteger('Modulus', 2n ** 64n),
      make.bigInteger('X', -3n),
      make.enumeration('State', 'Active'),
      make.enumeration('AttributeReference', 0x42008d),
      make.boolean('Sensitive', true),
      make.textString('Comment', 'größe'),
      make.identifier('UniqueIdentifier', 'id'),
      make.reference('NextLink', 'next'),
      make.nameReference('GroupLink', 'group'),
      make.byteString('Data', Uint8Array.of(1, 2)),
      make.dateTime('ActivationDate', -1),
      make.dateTimeExtended('SubmissionDate', 2n ** 62n),
      make.interval('LeaseTime', 0xffff_ffff),
      make.structure('Name', []),
      make.ifPresent(undefined, () => make.integer('MaximumItems', 1)) ?? make.integer('MaximumItems', 2),
    ]),
  );
  const values = readItem(
    made,
    read.structure(fields => [
      fields.one('CryptographicLength', read.integer),
      fields.one('UsageLimitsCount', read.longInteger),
      fields.one('Modulus', read.bigInteger),
      hex(fields.one('Modulus', read.magnitude)),
      fields.one('X', read.bigInteger),
      fields.one('State', read.enumeration('State')),
      fields.one('State', read.enumerationNumber),
      fields.one('AttributeReference', read.tag),
      fields.one('Sensitive', read.boolean),
      fields.one('Comment', read.textString),
      hex(fields.one('Comment', read.textBytes)),
      fields.one('UniqueIdentifier', read.anyText),
      fields.one('NextLink', read.anyText),
      fields.one('GroupLink', read.anyText),
      hex(fields.one('Data', read.byteString)),
      fields.one('ActivationDate', read.dateTime),
      fields.one('SubmissionDate', read.dateTimeExtended),
      fields.one('LeaseTime', read.interval),
      fields.has('Name') && !fields.has('Link'),
      fields.one('MaximumItems', read.integer),
    ]),
  );
  assert.deepEqual(values, [
    -5,
    -(2n ** 63n),
    2n ** 64n,
    '010000000000000000',
    -3n,
    'Active',
    2,
    'State',
    true,
    'größe',
    '6772c3b6c39f65',
    'id',
    'next',
    'group',
    '0102',
    -1,
    2n ** 62n,
    0xffff_ffff,
    true,
    2,
  ]);
});

test('numbers that a caller could not hold are refused', () => {
  const far = itemOf({ type: 'DateTime', tag: 0x420001, value: 2n ** 62n });
  assert.throws(() => readItem(far, read.dateTime), { kind: 'outOfRange' });
  const negative = itemOf(make.bigInteger('Modulus', -1n));
  assert.throws(() => readItem(negative, read.magnitude), { kind: 'outOfRange', path: 'Modulus' });
});

test('values that do not fit their type are faults of ours', () => {
  const faults: readonly (() => TtlvField)[] = [
    () => make.integer('CryptographicLength', 2 ** 31),
    () => make.integer('CryptographicLength', 0.5),
    () => make.longInteger('UsageLimitsCount', 2n ** 63n),
    () => make.enumeration('OpaqueDataType', -1),
    () => make.interval('LeaseTime', -1),
    () => make.dateTime('ActivationDate', 0.5),
    () => make.textString('Comment', '\ud800'),
  ];
  for (const fault of faults) assert.throws(fault, { name: 'BrokenInvariant' });
});

test('the compiler holds tags to their types and names', () => {
  // Each of these lines would be a fault; that the compiler says so is what is tested.
  const faults: readonly ((fields: StructureReader) => unknown)[] = [
    // @ts-expect-error Operation is an Enumeration
    () => make.integer('Operation', 1),
    // @ts-expect-error there is no such operation
    () => make.enumeration('Operation', 'Creat'),
    // @ts-expect-error the specification names no opaque data types
    () => make.enumeration('OpaqueDataType', 'Unknown'),
    // @ts-expect-error Batch Count is an Integer
    fields => fields.one('BatchCount', read.textString),
  ];
  assert.equal(faults.length, 4);
});

test('paths of ten thousand items are made in one pass', () => {
  const message = itemOf(
    requestOf(...Array.from({ length: 10_000 - 6 }, () => make.structure('BatchItem', []))),
  );
  const paths = new Set(message.children.map(child => child.path));
  assert.equal(paths.size, message.children.length);
  assert.ok(paths.has('RequestMessage/BatchItem[9993]'));
});
