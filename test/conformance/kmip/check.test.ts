// Check (KMIP 1.4 section 4.10, 2.1 section 6.1.7): what may be done is answered with the identifier alone; what may not is a failure that empties the ID
// Placeholder, and after which nothing of the batch is done. In the published cases the answer to it has no payload.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, type TtlvField, type Version } from '../../../src/wire/ttlv/index.ts';
import { answerOf, kmipSuite } from './asking.ts';
import { attributes, uid, usages } from './payloads.ts';
import { request } from './support.ts';

const kmip = kmipSuite();
const { ask } = kmip;

async function newKey(): Promise<string> {
  const limit = make.structure('UsageLimits', [
    make.longInteger('UsageLimitsTotal', 10n),
    make.enumeration('UsageLimitsUnit', 'Object'),
  ]);
  const answer = await ask('Create', [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(
      make.enumeration('CryptographicAlgorithm', 'AES'),
      make.integer('CryptographicLength', 128),
      usages('Encrypt', 'Decrypt'),
      make.dateTime('ActivationDate', 1),
      limit,
    ),
  ]);
  return answer.one('UniqueIdentifier').text;
}

const count = (amount: bigint): TtlvField => make.longInteger('UsageLimitsCount', amount);
const lease = (seconds: number): TtlvField => make.interval('LeaseTime', seconds);

test('what may be done is answered with the identifier alone', async () => {
  const id = await newKey();
  for (const asked of [
    [],
    [count(10n)],
    [usages('Encrypt')],
    [usages('Encrypt', 'Decrypt')],
    [lease(3_600)],
    [count(1n), usages('Decrypt'), lease(0)],
  ])
    for (const version of ['1.0', '2.1'] as const) {
      const answer = await ask('Check', [uid(id), ...asked], version);
      assert.equal(answer.reason, undefined);
      assert.deepEqual(
        answer.payload?.children.map(({ name }) => name),
        ['UniqueIdentifier'],
      );
    }
});

const DENIED: readonly (readonly [TtlvField, reasons: Partial<Record<Version, string>>])[] = [
  [count(11n), { '1.0': 'PermissionDenied', '2.1': 'UsageLimitExceeded' }],
  [usages('Sign'), { '1.0': 'PermissionDenied', '2.1': 'IncompatibleCryptographicUsageMask' }],
  [usages('Encrypt', 'Sign'), { '1.0': 'PermissionDenied', '2.1': 'IncompatibleCryptographicUsageMask' }],
  [lease(3_601), { '1.0': 'PermissionDenied', '2.1': 'PermissionDenied' }],
];

test('what may not be done is a failure, after which nothing of the batch is done', async () => {
  for (const [asked, reasons] of DENIED)
    for (const [version, reason] of Object.entries(reasons) as [Version, string][]) {
      const id = await newKey();
      const item = (at: number, operation: 'Check' | 'Archive', payload: readonly TtlvField[]) => ({
        operation,
        payload,
        id: Uint8Array.of(at),
      });
      const answer = await kmip.connection.ask(
        request(
          version,
          [item(1, 'Check', [uid(id), asked]), item(2, 'Archive', [uid(id)])],
          [make.enumeration('BatchErrorContinuationOption', 'Continue')],
        ),
      );
      const [, first, ...others] = answer.children;
      assert.equal(first && answerOf(first).reason, reason, version);
      assert.equal(first && answerOf(first).payload, undefined);
      assert.deepEqual(others, []);
      // It was not put away.
      assert.equal((await ask('Get', [uid(id)])).reason, undefined);
    }
});
