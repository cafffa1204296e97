// Items of a batch that cannot be read (KMIP 1.4 section 11.1, "error parsing batch item or payload within batch item"; 2.1 section 9): they fail by
// themselves, and the Batch Error Continuation Option says what becomes of the others. What breaks a header breaks its message.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  make,
  TAGS,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  type Version,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { fieldOf, kmipSuite } from './asking.ts';

const kmip = kmipSuite();

type OnError = ValueName<'BatchErrorContinuationOption'>;

const id = (at: number) => make.byteString('UniqueBatchItemID', Uint8Array.of(at));
const DISCOVER = make.enumeration('Operation', 'DiscoverVersions');
const CREATE = make.enumeration('Operation', 'Create');
const nothing = make.structure('RequestPayload', []);
const aText = (tag: number): TtlvField => ({ type: 'TextString', tag, value: 'not a number' });

const goodItem = (at: number) => make.structure('BatchItem', [DISCOVER, id(at), nothing]);

/** By what is wrong with them. */
const BAD: Readonly<Record<string, { readonly item: TtlvField; readonly reason: string }>> = {
  'no operation': { item: make.structure('BatchItem', [id(2), nothing]), reason: 'InvalidMessage' },
  'an operation of another type': {
    item: make.structure('BatchItem', [aText(TAGS.Operation[0]), id(2), nothing]),
    reason: 'InvalidMessage',
  },
  'an operation that nobody knows': {
    item: make.structure('BatchItem', [
      { type: 'Enumeration', tag: TAGS.Operation[0], value: 0x99 },
      id(2),
      nothing,
    ]),
    reason: 'OperationNotSupported',
  },
  'no payload': { item: make.structure('BatchItem', [CREATE, id(2)]), reason: 'InvalidMessage' },
  'a payload of another type': {
    item: make.structure('BatchItem', [CREATE, id(2), aText(TAGS.RequestPayload[0])]),
    reason: 'InvalidMessage',
  },
  'an operation twice': {
    item: make.structure('BatchItem', [CREATE, CREATE, id(2), nothing]),
    reason: 'InvalidMessage',
  },
  'a field of a header': {
    item: make.structure('BatchItem', [CREATE, id(2), nothing, make.integer('BatchCount', 1)]),
    reason: 'InvalidField',
  },
  'an extension that is none': {
    item: make.structure('BatchItem', [CREATE, id(2), nothing, make.structure('MessageExtension', [])]),
    reason: 'InvalidMessage',
  },
  'a field of another type in the payload': {
    item: make.structure('BatchItem', [
      CREATE,
      id(2),
      make.structure('RequestPayload', [aText(TAGS.ObjectType[0])]),
    ]),
    reason: 'InvalidMessage',
  },
  'a value that nobody knows in the payload': {
    item: make.structure('BatchItem', [
      CREATE,
      id(2),
      make.structure('RequestPayload', [{ type: 'Enumeration', tag: TAGS.ObjectType[0], value: 0x99 }]),
    ]),
    reason: 'InvalidField',
  },
};

function message(version: Version, onError: OnError, items: readonly TtlvField[]): TtlvField {
  const numbers = make.structure('ProtocolVersion', [
    make.integer('ProtocolVersionMajor', Number(version[0])),
    make.integer('ProtocolVersionMinor', Number(version[2])),
  ]);
  const header = [
    numbers,
    make.enumeration('BatchErrorContinuationOption', onError),
    make.integer('BatchCount', items.length),
  ];
  return make.structure('RequestMessage', [make.structure('RequestHeader', header), ...items]);
}

/** What is said of each item: its id, and how it ended. */
function told(answer: TtlvItem): readonly string[] {
  return answer.children
    .filter(({ name }) => name === 'BatchItem')
    .map(item => {
      const [ended, because] = [fieldOf(item, 'ResultStatus'), fieldOf(item, 'ResultReason')];
      const status = valueName('ResultStatus', ended?.uint32 ?? 9);
      const reason = because === undefined ? '' : ` ${valueName('ResultReason', because.uint32)}`;
      return `${fieldOf(item, 'UniqueBatchItemID')?.content[0] ?? '-'} ${status}${reason}`;
    });
}

const ask = async (version: Version, onError: OnError, items: readonly TtlvField[]) =>
  told(await kmip.connection.ask(message(version, onError, items)));

for (const [what, { item, reason }] of Object.entries(BAD))
  test(`an item with ${what} fails by itself`, async () => {
    for (const version of ['1.2', '2.1'] as const) {
      const items = [goodItem(1), item, goodItem(3)];
      const failed = `2 OperationFailed ${reason}`;
      assert.deepEqual(await ask(version, 'Continue', items), ['1 Success', failed, '3 Success'], version);
      assert.deepEqual(await ask(version, 'Stop', items), ['1 Success', failed], version);
      assert.deepEqual(await ask(version, 'Undo', items), ['1 OperationUndone', failed], version);
    }
  });

test('an item that cannot be read is answered under the operation and the id that can be', async () => {
  const answer = await kmip.connection.ask(
    message('1.4', 'Stop', [make.structure('BatchItem', [CREATE, id(7)])]),
  );
  const item = answer.children[1];
  assert.deepEqual(
    item?.children.map(({ name }) => name),
    ['Operation', 'UniqueBatchItemID', 'ResultStatus', 'ResultReason', 'ResultMessage'],
  );
  assert.equal(fieldOf(item, 'Operation')?.uint32, 1);
  assert.deepEqual(
    told(await kmip.connection.ask(message('1.4', 'Stop', [make.structure('BatchItem', [])]))),
    ['- OperationFailed InvalidMessage'],
  );
});

test('items that nobody could tell apart, or count, are refused with their message', async () => {
  const unnamed = make.structure('BatchItem', [DISCOVER, nothing]);
  assert.deepEqual(await ask('1.4', 'Continue', [goodItem(1), unnamed]), [
    '- OperationFailed InvalidMessage',
  ]);
  const other = make.structure('BatchItem', [DISCOVER, aText(TAGS.UniqueBatchItemID[0]), nothing]);
  assert.deepEqual(await ask('1.4', 'Continue', [goodItem(1), other]), ['- OperationFailed InvalidMessage']);
});
