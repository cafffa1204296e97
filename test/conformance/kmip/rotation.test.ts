// Rotate Automatic over the wire: symmetric keys and pairs whose places others take when their Rotate Interval is over, without a client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import {
  make,
  read,
  readItem,
  type TtlvField,
  type TtlvItem,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { type Answer, kmipSuite } from './asking.ts';
import { named, uid } from './payloads.ts';

const DAY_SECONDS = 86_400;
const DAY_MS = 1_000 * DAY_SECONDS;

const kmip = kmipSuite();
const { ask } = kmip;

const automatic = (is: boolean): TtlvField => make.boolean('RotateAutomatic', is);
const every = (days: number): TtlvField => make.interval('RotateInterval', days * DAY_SECONDS);
const active = (): TtlvField => {
  const now = Math.floor(kmip.subject.keyhold.clock.now() / 1_000);
  return make.dateTime('ActivationDate', now - 1);
};

function create(...fields: readonly TtlvField[]): Promise<Answer> {
  const attributes = make.structure('Attributes', [
    make.enumeration('CryptographicAlgorithm', 'AES'),
    make.integer('CryptographicLength', 128),
    make.integer('CryptographicUsageMask', 12),
    active(),
    ...fields,
  ]);
  return ask('Create', [make.enumeration('ObjectType', 'SymmetricKey'), attributes]);
}

async function made(answer: Promise<Answer>, field = 'UniqueIdentifier'): Promise<string> {
  const settled = await answer;
  assert.equal(settled.reason, undefined);
  return settled.one(field).text;
}

async function attributesOf(object: string): Promise<readonly TtlvItem[]> {
  const answer = await ask('GetAttributes', [uid(object)]);
  assert.equal(answer.reason, undefined);
  return answer.one('Attributes').children;
}

function flag(attributes: readonly TtlvItem[], name: string): boolean | undefined {
  const found = attributes.find(item => item.name === name);
  return found && readItem(found, read.boolean);
}

/** The object that a link of that type leads to. */
function linked(attributes: readonly TtlvItem[], type: string): string | undefined {
  for (const { children } of attributes.filter(({ name }) => name === 'Link')) {
    const [linkType, to] = children;
    if (linkType !== undefined && valueName('LinkType', linkType.uint32) === type) return to?.text;
  }
  return undefined;
}

async function passes(days: number): Promise<number> {
  kmip.subject.keyhold.clock.advance(days * DAY_MS);
  const { replaced, failures } = await kmip.subject.keyhold.runDueWork();
  assert.deepEqual(failures, []);
  return replaced;
}

test('a key is replaced once its interval is over, and so is the one that took its place', async () => {
  const first = await made(create(named('array'), automatic(true), every(30)));
  assert.equal(await passes(29), 0);
  assert.equal(await passes(2), 1);
  const old = await attributesOf(first);
  assert.deepEqual([flag(old, 'RotateLatest'), flag(old, 'RotateAutomatic')], [false, false]);
  const second = must(linked(old, 'ReplacementObjectLink'), 'a replacement');
  const current = await attributesOf(second);
  assert.equal(linked(current, 'ReplacedObjectLink'), first);
  assert.deepEqual([flag(current, 'RotateLatest'), flag(current, 'RotateAutomatic')], [true, true]);
  assert.equal(current.find(({ name }) => name === 'RotateGeneration')?.int32, 1);
  assert.ok(current.some(({ name }) => name === 'RotateDate'));
  const byName = await ask('Locate', [make.structure('Attributes', [named('array')])]);
  assert.deepEqual(
    byName.all('UniqueIdentifier').map(({ text }) => text),
    [second],
  );
  const materials = await Promise.all(
    [first, second].map(async each => (await ask('Get', [uid(each)])).one('SymmetricKey')),
  );
  assert.notDeepEqual(materials[0]?.content, materials[1]?.content);
  assert.equal(await passes(31), 1);
  const third = must(linked(await attributesOf(second), 'ReplacementObjectLink'), 'a replacement');
  assert.equal((await attributesOf(third)).find(({ name }) => name === 'RotateGeneration')?.int32, 2);
  const off = make.structure('NewAttribute', [automatic(false)]);
  assert.equal((await ask('SetAttribute', [uid(third), off])).reason, undefined);
  assert.equal(await passes(31), 0);
});

test('an offset says when the replacement becomes active', async () => {
  const offset = make.interval('RotateOffset', 5 * DAY_SECONDS);
  const first = await made(create(automatic(true), every(10), offset));
  assert.equal(await passes(11), 1);
  const second = must(linked(await attributesOf(first), 'ReplacementObjectLink'), 'a replacement');
  const current = await attributesOf(second);
  const instant = (name: string): bigint => must(current.find(item => item.name === name)?.int64, name);
  assert.equal(instant('ActivationDate') - instant('RotateDate'), BigInt(5 * DAY_SECONDS));
  const off = make.structure('NewAttribute', [automatic(false)]);
  await ask('SetAttribute', [uid(second), off]);
});

test('the interval counts from the Initial Date when it is set later', async () => {
  const first = await made(create());
  assert.equal(await passes(20), 0);
  for (const attribute of [every(21), automatic(true)]) {
    const set = [uid(first), make.structure('NewAttribute', [attribute])];
    assert.equal((await ask('SetAttribute', set)).reason, undefined);
  }
  assert.equal(await passes(0), 0);
  assert.equal(await passes(2), 1);
  const second = must(linked(await attributesOf(first), 'ReplacementObjectLink'), 'a replacement');
  // A key that is rotated by a client starts anew.
  assert.equal(await passes(20), 0);
  const third = await made(ask('ReKey', [uid(second)]));
  assert.equal(await passes(2), 0);
  assert.equal(await passes(20), 1);
  const fourth = must(linked(await attributesOf(third), 'ReplacementObjectLink'), 'a replacement');
  await made(ask('Revoke', [uid(fourth), reason('CessationOfOperation')]));
  assert.equal(await passes(22), 0);
});

function reason(code: 'CessationOfOperation'): TtlvField {
  return make.structure('RevocationReason', [make.enumeration('RevocationReasonCode', code)]);
}

test('a pair is replaced as a whole', async () => {
  const answer = await ask('CreateKeyPair', [
    make.structure('CommonAttributes', [
      make.enumeration('CryptographicAlgorithm', 'ECDSA'),
      make.integer('CryptographicLength', 256),
      active(),
      automatic(true),
      every(7),
    ]),
  ]);
  assert.equal(answer.reason, undefined);
  assert.equal(await passes(8), 1);
  const [ofPrivate, ofPublic] = await Promise.all(
    ['PrivateKeyUniqueIdentifier', 'PublicKeyUniqueIdentifier'].map(async field =>
      must(linked(await attributesOf(answer.one(field).text), 'ReplacementObjectLink'), field),
    ),
  );
  assert.equal(linked(await attributesOf(must(ofPrivate, 'a key')), 'PublicKeyLink'), ofPublic);
  assert.equal(await passes(8), 1);
});

test('what no Re-key replaces is not rotated, nor anything within a day', async () => {
  const secret = [
    make.enumeration('ObjectType', 'SecretData'),
    make.structure('Attributes', [automatic(true), every(30)]),
  ];
  assert.equal((await ask('Create', secret)).reason, 'FeatureNotSupported');
  const hour = make.interval('RotateInterval', 3_600);
  assert.equal((await create(automatic(true), hour)).reason, 'InvalidField');
  assert.equal((await create(hour)).reason, undefined);
});
