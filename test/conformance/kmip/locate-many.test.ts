// Locate where there are more objects than one look takes in.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { make, type TtlvField } from '../../../src/wire/ttlv/index.ts';
import { askOne } from './asking.ts';
import {
  attribute,
  type KmipConnection,
  type KmipSubject,
  newAes256,
  request,
  startKmip,
} from './support.ts';

/** Several looks, of which many objects were made in the same millisecond. */
const OBJECTS = 700;
const BATCH = 100;

let subject: KmipSubject;
let connection: KmipConnection;
let newestFirst: readonly string[];
before(async () => {
  subject = await startKmip();
  connection = await subject.connect(await subject.addClient());
  const create = { operation: 'Create', payload: newAes256() } as const;
  const made: string[] = [];
  while (made.length < OBJECTS) {
    const answer = await connection.ask(
      request(
        '1.4',
        Array.from({ length: BATCH }, (_, at) => ({ ...create, id: Uint8Array.of(at) })),
      ),
    );
    const payloads = answer.children.flatMap(item =>
      item.children.filter(({ name }) => name === 'ResponsePayload'),
    );
    made.push(
      ...payloads.flatMap(({ children }) =>
        children.filter(({ name }) => name === 'UniqueIdentifier').map(({ text }) => text),
      ),
    );
  }
  newestFirst = made.toReversed();
});
after(async () => {
  connection.close();
  await subject.stop();
});

async function locate(...fields: readonly TtlvField[]) {
  const answer = await askOne(connection, 'Locate', fields, '1.4');
  return {
    total: answer.all('LocatedItems')[0]?.int32,
    ids: answer.all('UniqueIdentifier').map(({ text }) => text),
  };
}

const most = (count: number): TtlvField => make.integer('MaximumItems', count);
const length = (bits: number): TtlvField =>
  attribute('Cryptographic Length', make.integer('AttributeValue', bits));

test('every object is found once', async () => {
  const { total, ids } = await locate();
  assert.deepEqual(ids.toSorted(), newestFirst.toSorted());
  assert.equal(total, OBJECTS);
  assert.deepEqual(await locate(length(128)), { total: undefined, ids: [] });
});

test('parts of the list follow one another, and the newest come first', async () => {
  const { ids } = await locate();
  const parts: string[] = [];
  for (let offset = 0; offset < OBJECTS; offset += 175)
    parts.push(...(await locate(most(175), make.integer('OffsetItems', offset), length(256))).ids);
  assert.deepEqual(parts, ids);
  const newestBatch = new Set(newestFirst.slice(0, BATCH));
  assert.ok(ids.slice(0, 10).every(id => newestBatch.has(id)));
});

test('the total is told where all have been looked at, and not where enough were found before', async () => {
  assert.equal((await locate(most(1))).total, undefined);
  assert.equal((await locate(most(OBJECTS))).total, OBJECTS);
});

test('objects are found by the time of their making, whichever page they are on', async () => {
  const { ids } = await locate();
  const oldest = ids.at(-1) ?? '';
  const attributes = await askOne(
    connection,
    'GetAttributes',
    [make.textString('UniqueIdentifier', oldest), make.textString('AttributeName', 'Initial Date')],
    '1.4',
  );
  const value = attributes.one('Attribute').children.find(({ name }) => name === 'AttributeValue');
  const made = value?.int64 ?? 0n;
  const at = (instant: bigint): TtlvField =>
    attribute('Initial Date', make.dateTime('AttributeValue', Number(instant)));
  assert.ok((await locate(at(made))).ids.includes(oldest));
  assert.ok((await locate(at(made - 5n), at(made + 5n))).ids.includes(oldest));
  assert.deepEqual((await locate(at(made - 60n), at(made - 50n))).ids, []);
});
