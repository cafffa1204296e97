import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AwsRefusal } from './fault.ts';
import { arnOfName, parseArn, partitionOf, printArn, selectKey, selectKeyById } from './names.ts';

const REGION = 'eu-west-1';
const ID = '0f3c6a1e-1111-4222-8333-944445555666';
const ARN = `arn:aws:kms:${REGION}:111122223333:key/${ID}`;

const HERE = { location: REGION, hideDestroyed: true, hideOpaque: true, hidePublicOnly: true } as const;

test('the four ways of naming a key select the same kinds of thing', () => {
  assert.deepEqual(selectKey(ID, REGION), { by: 'id', id: ID, accountId: undefined, ...HERE });
  assert.deepEqual(selectKey(ARN, REGION), { by: 'id', id: ID, accountId: '111122223333', ...HERE });
  const alias = { by: 'name', namespace: 'aws/eu-west-1', text: 'alias/a:b', ...HERE };
  assert.deepEqual(selectKey('alias/a:b', REGION), { ...alias, accountId: undefined });
  assert.deepEqual(selectKey(`arn:aws:kms:${REGION}:111122223333:alias/a:b`, REGION), {
    ...alias,
    accountId: '111122223333',
  });
});

test('ids are UUIDs in lower case, or mrk- and 32 digits', () => {
  assert.equal(selectKey(`mrk-${'0a'.repeat(16)}`, REGION).by, 'id');
  for (const text of [
    '',
    'x',
    ID.toUpperCase(),
    ID.replaceAll('-', ''),
    `mrk-${ID}`,
    `${ID} `,
    `key/../${ID}`,
  ]) {
    assert.throws(() => selectKey(text, REGION), {
      message: `Invalid keyId '${text.replace(/^key\//, '')}'`,
    });
  }
});

test('an ARN is of this region and its partition, or names nothing here', () => {
  const refusal = (text: string) => {
    try {
      selectKey(text, REGION);
      return undefined;
    } catch (thrown) {
      assert.ok(thrown instanceof AwsRefusal);
      return [thrown.fault.type, thrown.fault.message];
    }
  };
  assert.deepEqual(refusal(ARN.replace(REGION, 'us-east-1')), ['NotFoundException', 'Invalid arn us-east-1']);
  assert.deepEqual(refusal(ARN.replace('arn:aws:', 'arn:aws-cn:')), [
    'NotFoundException',
    'Invalid arn aws-cn',
  ]);
  for (const wrong of [
    'arn:',
    ARN.replace(':kms:', ':s3:'),
    ARN.replace('111122223333', '1'),
    ARN.replace('key/', 'grant/'),
    ARN.replace(REGION, 'EU-WEST'),
  ]) {
    assert.equal(refusal(wrong)?.[0], 'InvalidArnException');
  }
});

test('operations that take no alias say so', () => {
  for (const text of ['alias/a', `arn:aws:kms:${REGION}:111122223333:alias/a`]) {
    assert.throws(() => selectKeyById(text, REGION), {
      message: 'Key Aliases are not supported for this operation.',
    });
  }
});

test('the partition follows from the region', () => {
  assert.equal(partitionOf('us-east-1'), 'aws');
  assert.equal(partitionOf('cn-northwest-1'), 'aws-cn');
  assert.equal(partitionOf('us-gov-west-1'), 'aws-us-gov');
});

test('every ARN that is printed is parsed back', () => {
  const resource = fc.oneof(
    fc.uuid().map(id => ({ kind: 'key', id }) as const),
    fc
      .stringMatching(/^[a-zA-Z0-9:/_-]{1,40}$/)
      .map(name => ({ kind: 'alias', name: `alias/${name}` }) as const),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('us-east-1', 'cn-north-1', 'us-gov-east-1'),
      fc.stringMatching(/^\d{12}$/),
      resource,
      (region, accountId, named) => {
        const arn = { partition: partitionOf(region), region, accountId, resource: named };
        assert.deepEqual(parseArn(printArn(arn)), arn);
        assert.equal(arnOfName(region, accountId, printArn(arn)), printArn(arn));
      },
    ),
  );
});
