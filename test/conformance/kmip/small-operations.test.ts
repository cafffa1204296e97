// Adjust Attribute, Export, Log, Ping and RNG Seed, over the wire.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, hex } from '../../../src/base/bytes.ts';
import { make, type TtlvField, type TtlvItem, type ValueName } from '../../../src/wire/ttlv/index.ts';
import { fieldOf, kmipSuite, within } from './asking.ts';
import { attributes, uid } from './payloads.ts';

const kmip = kmipSuite();
const { ask } = kmip;

const own = (name: string, value?: TtlvField): TtlvField =>
  make.structure('Attribute', [
    make.textString('VendorIdentification', 'x'),
    make.textString('AttributeName', name),
    value,
  ]);

const OWN = [
  ['whole', make.integer('AttributeValue', 41)],
  ['long', make.longInteger('AttributeValue', 41n)],
  ['span', make.interval('AttributeValue', 41)],
  ['most', make.integer('AttributeValue', 0x7fff_ffff)],
  ['truth', make.boolean('AttributeValue', true)],
  ['word', make.textString('AttributeValue', 'one')],
] as const;

async function register(): Promise<string> {
  const answer = await ask('Register', [
    make.enumeration('ObjectType', 'SecretData'),
    attributes(...OWN.map(([name, value]) => own(name, value))),
    make.structure('SecretData', [
      make.enumeration('SecretDataType', 'Password'),
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'Opaque'),
        make.structure('KeyValue', [make.byteString('KeyMaterial', Buffer.from('password'))]),
      ]),
    ]),
  ]);
  return answer.one('UniqueIdentifier').text;
}

const reference = (name: string): TtlvField =>
  make.structure('AttributeReference', [
    make.textString('VendorIdentification', 'x'),
    make.textString('AttributeName', name),
  ]);

test('a number is counted up and down and turned over within its range, and a truth is turned over', async () => {
  const id = await register();
  const shownOf = async (name: string): Promise<TtlvItem | undefined> => {
    const answer = await ask('GetAttributes', [uid(id), reference(name)]);
    return fieldOf(answer.one('Attributes').children[0], 'AttributeValue');
  };
  const adjust = (name: string, type: ValueName<'AdjustmentType'>, by?: TtlvField) =>
    ask('AdjustAttribute', [uid(id), reference(name), make.enumeration('AdjustmentType', type), by]);
  const by = (value: number): TtlvField => make.integer('AdjustmentValue', value);
  for (const [name, type, value, expected] of [
    ['whole', 'Increment', undefined, 42],
    ['whole', 'Decrement', by(50), -8],
    ['whole', 'Negate', undefined, 8],
    ['long', 'Increment', by(9), 50],
    ['span', 'Decrement', undefined, 40],
    ['truth', 'Negate', undefined, 0],
  ] as const) {
    assert.equal((await adjust(name, type, value)).reason, undefined);
    const item = await shownOf(name);
    const isLong = item?.type === 'LongInteger' || item?.type === 'Boolean';
    assert.equal(isLong ? Number(item.int64) : item?.int32, expected, `${name} ${type}`);
  }
  for (const [name, type, value, reason] of [
    ['most', 'Increment', undefined, 'NumericRange'],
    ['span', 'Decrement', by(41), 'NumericRange'],
    ['word', 'Increment', undefined, 'InvalidDataType'],
    ['truth', 'Increment', undefined, 'InvalidDataType'],
    ['nothing', 'Increment', undefined, 'AttributeNotFound'],
  ] as const) {
    assert.equal((await adjust(name, type, value)).reason, reason);
  }
  const increment = make.enumeration('AdjustmentType', 'Increment');
  for (const [tag, reason] of [
    [0x42008d, 'ReadOnlyAttribute'],
    [0x420053, 'MultiValuedAttribute'],
  ] as const) {
    const named = make.enumeration('AttributeReference', tag);
    assert.equal((await ask('AdjustAttribute', [uid(id), named, increment])).reason, reason);
  }
});

test('an export has the object and its attributes, and of a destroyed object what is left', async () => {
  const id = await register();
  for (const version of ['1.4', '2.1'] as const) {
    const { payload } = await ask('Export', [uid(id)], version);
    const names = payload?.children.map(({ name }) => name) ?? [];
    assert.deepEqual(names.slice(0, 3), [
      'ObjectType',
      'UniqueIdentifier',
      version === '1.4' ? 'Attribute' : 'Attributes',
    ]);
    assert.equal(names.at(-1), 'SecretData');
    const value = within(payload?.children.at(-1), 'KeyBlock', 'KeyValue');
    assert.equal(
      hex(value.children[0]?.content ?? new Uint8Array()),
      Buffer.from('password').toString('hex'),
    );
  }
  assert.equal((await ask('Export', [uid(id)], '1.3')).reason, 'OperationNotSupported');
  await ask('Destroy', [uid(id)]);
  const { payload, reason } = await ask('Export', [uid(id)]);
  assert.equal(reason, undefined);
  assert.deepEqual(
    payload?.children.map(({ name }) => name),
    ['ObjectType', 'UniqueIdentifier', 'Attributes'],
  );
});

test('what a client logs stands in the audit log under its name, and a ping is answered', async () => {
  assert.equal((await ask('Log', [make.textString('LogMessage', 'tape 7 is full')])).reason, undefined);
  assert.equal((await ask('Log', [make.textString('LogMessage', 'x'.repeat(5_000))])).reason, 'InvalidField');
  const filter = { operation: 'audit.note', projectId: kmip.client.projectId };
  const rows = await kmip.subject.keyhold.kms.store.log.search(filter, { limit: 2, newestFirst: true });
  const [, entry] = rows.map(({ leaf }) => JSON.parse(decodeUtf8(leaf)));
  assert.deepEqual([entry.details.note, entry.principalId], ['tape 7 is full', kmip.client.principalId]);
  const ping = await ask('Ping', []);
  assert.deepEqual([ping.reason, ping.payload?.children.length], [undefined, 0]);
  assert.equal((await ask('Ping', [], '2.0')).reason, 'OperationNotSupported');
});

test('who may draw from the generator may add to it', async () => {
  const seed = make.byteString('Data', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const length = make.integer('DataLength', 32);
  const draw = async () =>
    hex((await ask('RNGRetrieve', [length])).payload?.children[0]?.content ?? new Uint8Array(0));
  const drawn = [await draw()];
  for (const version of ['1.2', '2.1'] as const) {
    const { reason, payload } = await ask('RNGSeed', [seed], version);
    assert.equal(reason, undefined);
    assert.deepEqual(
      payload?.children.map(({ name, int32 }) => [name, int32]),
      [['DataLength', 8]],
    );
    drawn.push(await draw(), await draw());
  }
  assert.equal(new Set(drawn).size, 5);
  assert.ok(drawn.every(text => text.length === 64));
  const viewer = await kmip.subject.connect(
    await kmip.subject.addClient({ projectId: kmip.client.projectId, roles: ['viewer'] }),
  );
  assert.equal((await ask('RNGSeed', [seed], '2.1', viewer)).reason, 'PermissionDenied');
  viewer.close();
});
