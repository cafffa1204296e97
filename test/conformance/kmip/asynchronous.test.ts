// Batches of several items that are answered later (KMIP 2.1 section 8.7: with Mandatory every item of the request has an Asynchronous Correlation Value of its
// own): they are done in their order, whichever is polled for first.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { execute } from '../../../src/core/execute.ts';
import { searchAudit } from '../../../src/core/operations/audit/audit.ts';
import {
  make,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { systemContext } from '../../support/system.ts';
import { type Answer, answerOf, fieldOf, kmipSuite } from './asking.ts';
import { attributes, usages } from './payloads.ts';
import { type AskedItem, request } from './support.ts';

const kmip = kmipSuite();

const MANDATORY = make.enumeration('AsynchronousIndicator', 'Mandatory');
const PLACEHOLDER = make.enumeration('UniqueIdentifier', 'IDPlaceholder');
const onError = (option: ValueName<'BatchErrorContinuationOption'>) =>
  make.enumeration('BatchErrorContinuationOption', option);

const CREATE: AskedItem = {
  operation: 'Create',
  payload: [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(
      make.enumeration('CryptographicAlgorithm', 'AES'),
      make.integer('CryptographicLength', 256),
      usages('Encrypt', 'Decrypt'),
    ),
  ],
};
const ACTIVATE: AskedItem = { operation: 'Activate', payload: [PLACEHOLDER] };
const GET: AskedItem = { operation: 'Get', payload: [PLACEHOLDER] };

/** The items of the answer to a message that insists on being answered later. */
async function submitted(
  items: readonly AskedItem[],
  further: readonly TtlvField[] = [],
  by = kmip.connection,
): Promise<readonly TtlvItem[]> {
  const named = items.map((item, at) => ({ ...item, id: Uint8Array.of(at + 1) }));
  const answer = await by.ask(request('2.1', named, [MANDATORY, ...further]));
  return answer.children.slice(1);
}

const statusOf = (item: TtlvItem | undefined): string =>
  valueName('ResultStatus', must(fieldOf(item, 'ResultStatus'), 'a status').uint32) ?? '';
const correlationOf = (item: TtlvItem | undefined): Uint8Array =>
  Uint8Array.from(must(fieldOf(item, 'AsynchronousCorrelationValue'), 'a value').content);
async function lastLogged(projectId: string): Promise<readonly string[]> {
  const { kms } = kmip.subject.keyhold;
  const newest = { filter: {}, newestFirst: true, limit: 1 };
  const { items } = await execute(kms, searchAudit, systemContext(projectId), newest);
  return items.flatMap(({ entry }) => [entry.operation, entry.outcome]);
}

const about = (operation: 'Poll' | 'Cancel', correlation: Uint8Array): Promise<Answer> =>
  kmip.ask(operation, [make.byteString('AsynchronousCorrelationValue', correlation)]);

test('every item is answered later under a value of its own, and done behind those before it', async () => {
  const items = await submitted([CREATE, ACTIVATE, GET]);
  assert.deepEqual(items.map(statusOf), Array(3).fill('OperationPending'));
  assert.deepEqual(
    items.map(item => [fieldOf(item, 'UniqueBatchItemID')?.content[0], fieldOf(item, 'Operation')?.uint32]),
    [
      [1, 1],
      [2, 0x12],
      [3, 0x0a],
    ],
  );
  // The last one first: what it asks for is made before.
  const got = await about('Poll', correlationOf(items[2]));
  assert.equal(got.reason, undefined);
  const id = got.one('UniqueIdentifier').text;
  const made = await about('Poll', correlationOf(items[0]));
  assert.equal(made.one('UniqueIdentifier').text, id);
  assert.equal((await about('Poll', correlationOf(items[1]))).reason, undefined);
  const [state] = await kmip.valuesOf(id, 'State');
  assert.equal(valueName('State', state?.uint32 ?? 0), 'Active');
});

test('behind one that fails nothing is done, unless the batch goes on', async () => {
  const failing: AskedItem = { operation: 'Get', payload: [make.textString('UniqueIdentifier', 'nothing')] };
  for (const [option, expected] of [
    ['Stop', 'GeneralFailure'],
    ['Continue', undefined],
  ] as const) {
    const [first, second] = await submitted([failing, CREATE], [onError(option)]);
    assert.equal((await about('Poll', correlationOf(second))).reason, expected, option);
    assert.equal((await about('Poll', correlationOf(first))).reason, 'ObjectNotFound');
  }
  const refused = await submitted([CREATE, ACTIVATE], [onError('Undo')]);
  assert.equal(answerOf(must(refused[0], 'an item')).reason, 'FeatureNotSupported');
  assert.deepEqual(await lastLogged(kmip.client.projectId), ['request.refuse', 'unsupported']);
});

test('behind a Check that is denied nothing is done, even where the batch goes on', async () => {
  const mayNot: AskedItem = { operation: 'Check', payload: [PLACEHOLDER, usages('Sign')] };
  const [created, checked, second] = await submitted([CREATE, mayNot, CREATE], [onError('Continue')]);
  assert.equal((await about('Poll', correlationOf(second))).reason, 'GeneralFailure');
  assert.equal((await about('Poll', correlationOf(checked))).reason, 'IncompatibleCryptographicUsageMask');
  assert.equal((await about('Poll', correlationOf(created))).reason, undefined);
});

test('an item that is taken back is not done, and those behind it have nothing of it', async () => {
  const [created, activated] = await submitted([CREATE, ACTIVATE], [onError('Continue')]);
  const cancelled = await about('Cancel', correlationOf(created));
  assert.equal(valueName('CancellationResult', cancelled.one('CancellationResult').uint32), 'Canceled');
  const cancelledAgain = await about('Cancel', correlationOf(created));
  assert.equal(cancelledAgain.one('CancellationResult').uint32, cancelled.one('CancellationResult').uint32);
  // Whoever polls is told so, once (KMIP 1.4 section 6.10).
  for (const reason of ['OperationCanceledByRequester', 'InvalidAsynchronousCorrelationValue'])
    assert.equal((await about('Poll', correlationOf(created))).reason, reason);
  assert.equal((await about('Poll', correlationOf(activated))).reason, 'ItemNotFound');
});

test('a Cancel that comes too late is told how it has ended', async () => {
  const resultOf = async (item: AskedItem) => {
    const [waiting] = await submitted([item]);
    const correlation = correlationOf(waiting);
    await kmip.ask('Process', [make.byteString('AsynchronousCorrelationValue', correlation)]);
    const answer = await about('Cancel', correlation);
    await about('Poll', correlation);
    const later = await about('Cancel', correlation);
    return [answer, later].map(each =>
      valueName('CancellationResult', each.one('CancellationResult').uint32),
    );
  };
  assert.deepEqual(await resultOf(CREATE), ['Completed', 'Unavailable']);
  assert.deepEqual(await resultOf(ACTIVATE), ['Failed', 'Unavailable']);
});

test('what was taken back holds no place that another wants', async () => {
  const other = await kmip.subject.connect(await kmip.subject.addClient());
  for (let at = 0; at < 40; at += 1) {
    const [waiting] = await submitted([CREATE], [], other);
    assert.equal(statusOf(waiting), 'OperationPending');
    const value = make.byteString('AsynchronousCorrelationValue', correlationOf(waiting));
    assert.equal((await kmip.ask('Cancel', [value], '2.1', other)).one('CancellationResult').uint32, 1);
  }
  other.close();
});

test('data of an earlier item ends with its answer', async () => {
  const random: AskedItem = { operation: 'RNGRetrieve', payload: [make.integer('DataLength', 16)] };
  const hash: AskedItem = {
    operation: 'Hash',
    payload: [
      make.structure('CryptographicParameters', [make.enumeration('HashingAlgorithm', 'SHA_256')]),
      make.enumeration('Data', 'RNGRetrieve'),
    ],
  };
  const [, second] = await submitted([random, hash]);
  assert.equal((await about('Poll', correlationOf(second))).reason, 'InvalidField');
});

test('a batch for which there is no room waits not even in part', async () => {
  const client = await kmip.subject.addClient();
  const other = await kmip.subject.connect(client);
  const many = await submitted(Array(33).fill(CREATE), [], other);
  assert.equal(answerOf(must(many[0], 'an item')).reason, 'ServerLimitExceeded');
  assert.equal(many.length, 1);
  assert.deepEqual(await lastLogged(client.projectId), ['request.refuse', 'limitExceeded']);
  const fitting = await submitted(Array(32).fill(CREATE), [], other);
  assert.deepEqual(fitting.map(statusOf), Array(32).fill('OperationPending'));
  other.close();
});

test('what tells of the server can be told later as well', async () => {
  const query: AskedItem = {
    operation: 'Query',
    payload: [make.enumeration('QueryFunction', 'QueryOperations')],
  };
  const [asked] = await submitted([query]);
  assert.equal(statusOf(asked), 'OperationPending');
  assert.ok((await about('Poll', correlationOf(asked))).all('Operation').length > 30);
});
