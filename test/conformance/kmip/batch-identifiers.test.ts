// Every word that 2.x has for the identifier of what an earlier item of the batch has made or found (KMIP 2.1 section 11.60), and its number among all that were answered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { make, type TtlvField, type TtlvItem, type ValueName } from '../../../src/wire/ttlv/index.ts';
import { type Answer, answerOf, kmipSuite } from './asking.ts';
import { attributes, uid, usages } from './payloads.ts';
import { type AskedItem, request } from './support.ts';

const kmip = kmipSuite();

type Word = ValueName<'UniqueIdentifier'>;

const of = (word: Word): TtlvField => make.enumeration('UniqueIdentifier', word);
const AES = [
  make.enumeration('CryptographicAlgorithm', 'AES'),
  make.integer('CryptographicLength', 128),
  usages('Encrypt', 'Decrypt', 'DeriveKey'),
];
const create = (...further: readonly TtlvField[]): AskedItem => ({
  operation: 'Create',
  payload: [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...AES, ...further)],
});
const described = (identifier: TtlvField): AskedItem => ({
  operation: 'GetAttributes',
  payload: [identifier, make.enumeration('AttributeReference', 0x420057)],
});

async function answers(items: readonly AskedItem[]): Promise<readonly Answer[]> {
  const named = items.map((item, at) => ({ ...item, id: Uint8Array.of(at + 1) }));
  const answer: TtlvItem = await kmip.connection.ask(request('2.1', named));
  return answer.children.slice(1).map(item => answerOf(item));
}

/** The identifier under which the last item was answered, where the one before it has made what that asks of. */
async function meant(
  made: readonly AskedItem[],
  asked: TtlvField,
): Promise<readonly [made: Answer, id: string]> {
  const all = await answers([...made, described(asked)]);
  const [before, last] = all.slice(-2);
  assert.equal(last?.reason, undefined);
  return [must(before, 'an answer'), must(last, 'an answer').one('UniqueIdentifier').text];
}

const PAIR: AskedItem = {
  operation: 'CreateKeyPair',
  payload: [
    make.structure('CommonAttributes', [
      make.enumeration('CryptographicAlgorithm', 'Ed25519'),
      make.dateTime('ActivationDate', 1),
    ]),
    make.structure('PrivateKeyAttributes', [usages('Sign')]),
    make.structure('PublicKeyAttributes', [usages('Verify')]),
  ],
};
const AGAIN: AskedItem = {
  operation: 'ReKeyKeyPair',
  payload: [make.enumeration('PrivateKeyUniqueIdentifier', 'IDPlaceholder')],
};

test('both keys of a pair are named, whether it was made or made again', async () => {
  for (const [made, words] of [
    [[PAIR], ['CreateKeyPair', 'CreateKeyPairPrivateKey', 'CreateKeyPairPublicKey']],
    [
      [PAIR, AGAIN],
      ['ReKeyKeyPair', 'ReKeyKeyPairPrivateKey', 'ReKeyKeyPairPublicKey'],
    ],
  ] as const)
    for (const word of words) {
      const [pair, id] = await meant(made, of(word));
      const half = word.endsWith('PublicKey') ? 'PublicKeyUniqueIdentifier' : 'PrivateKeyUniqueIdentifier';
      assert.equal(id, pair.one(half).text, word);
    }
});

test('what was created, replaced, split, joined, or found is named by its operation', async () => {
  const split: AskedItem = {
    operation: 'CreateSplitKey',
    payload: [
      make.enumeration('ObjectType', 'SplitKey'),
      of('Create'),
      make.integer('SplitKeyParts', 2),
      make.integer('SplitKeyThreshold', 2),
      make.enumeration('SplitKeyMethod', 'XOR'),
      attributes(),
    ],
  };
  const join: AskedItem = {
    operation: 'JoinSplitKey',
    payload: [
      make.enumeration('ObjectType', 'SymmetricKey'),
      make.integer('UniqueIdentifier', 1),
      make.integer('UniqueIdentifier', 2),
      attributes(...AES),
    ],
  };
  const named = make.textString('Comment', 'named by its operation');
  for (const [made, word] of [
    [[create()], 'Create'],
    [[create(), { operation: 'ReKey', payload: [of('Create')] }], 'ReKey'],
    [[create(), split], 'CreateSplitKey'],
    [[create(), split, join], 'JoinSplitKey'],
    [
      [create(named), { operation: 'Locate', payload: [make.integer('MaximumItems', 1), attributes(named)] }],
      'Locate',
    ],
  ] as const) {
    const [answer, id] = await meant(made, of(word));
    assert.equal(id, answer.all('UniqueIdentifier')[0]?.text, word);
  }
});

test('a link is found by what stands for its identifier', async () => {
  const link = (to: TtlvField) => make.structure('Link', [make.enumeration('LinkType', 'ParentLink'), to]);
  const parent = make.enumeration('LinkedObjectIdentifier', 'Create');
  const [, child, found] = await answers([
    create(),
    create(link(parent)),
    { operation: 'Locate', payload: [attributes(link(make.integer('LinkedObjectIdentifier', 0)))] },
  ]);
  assert.equal(found?.all('UniqueIdentifier')[0]?.text, child?.one('UniqueIdentifier').text);
});

test('a word of an operation that the batch has not seen names nothing', async () => {
  for (const word of ['Register', 'CreateKeyPairPublicKey', 'Locate'] as const) {
    const [, answer] = await answers([create(), described(of(word))]);
    assert.equal(answer?.reason, 'ItemNotFound', word);
  }
  assert.equal((await kmip.ask('GetAttributes', [uid('Create')])).reason, 'ObjectNotFound');
});
