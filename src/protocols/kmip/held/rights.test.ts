import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64 } from '../../../base/bytes.ts';
import type { RequestContext } from '../../../core/context.ts';
import type { ExecuteInBatch } from '../../../core/execute-batch.ts';
import type { Kms } from '../../../core/kms.ts';
import type { Demand, UseOperation } from '../../../core/operation.ts';
import type { StoreReads } from '../../../core/ports/store.ts';
import { make, writeTtlv } from '../../../wire/ttlv/index.ts';
import { doorFor } from './rights.ts';
import type { Right, Ticket } from './tickets.ts';

const context: RequestContext = { requestId: 'r', protocol: 'test', actor: { type: 'system', name: 'test' } };
const member = { ObjectGroup: [{ i: 0, v: base64(writeTtlv(make.textString('ObjectGroup', 'the group'))) }] };
const reads = {
  facets: { get: async (keyId: string) => (keyId === 'in the group' ? member : undefined) },
} as unknown as StoreReads;

/** As the core does up to the demands. */
const execute: ExecuteInBatch = async (operation, given, input) => {
  const target = await operation.find(reads, given, input, {} as Kms);
  operation.demands(target, input, given);
  return undefined as never;
};

interface Asked {
  readonly keyId?: string;
  readonly demandsOn: readonly (string | undefined)[];
}

const operation: UseOperation<Asked, { readonly key?: { readonly id: string } }, undefined> = {
  name: 'key.describe',
  kind: 'read',
  disclosure: 'denied',
  find: async (_reads, _context, { keyId }) => (keyId === undefined ? {} : { key: { id: keyId } }),
  demands: (_target, { demandsOn }) =>
    demandsOn.map((keyId): Demand => ({ permission: 'key.read', place: { projectId: 'p', keyId } })),
  run: async () => undefined,
  record: () => ({ targets: [] }),
};

async function outcomes(rights: readonly Right[], asked: readonly Asked[]): Promise<readonly string[]> {
  const ticket: Ticket = { principalId: 'me', projectId: 'p', proveAgain: async () => undefined, rights };
  const attempts = asked.map(each => doorFor(execute, ticket, 'Get')(operation, context, each));
  return (await Promise.allSettled(attempts)).map(({ status }) => status);
}

const about = (keyId: string, ...others: readonly (string | undefined)[]): Asked => ({
  keyId,
  demandsOn: [keyId, ...others],
});

test('a right on members of a group is one on what was found in it, and on nothing that is demanded besides', async () => {
  const right = { operations: undefined, objects: undefined, groups: new Set(['the group']) };
  const asked = [
    about('in the group'),
    about('in the group', 'another'),
    about('in the group', undefined),
    about('another'),
    { demandsOn: ['in the group'] },
  ];
  const [allowed, ...refused] = await outcomes([right], asked);
  assert.equal(allowed, 'fulfilled');
  assert.deepEqual(new Set(refused), new Set(['rejected']));
});

test('rights on objects and on groups count together, each for its own operations', async () => {
  const rights = [
    { operations: new Set(['Get'] as const), objects: new Set(['named']), groups: undefined },
    { operations: undefined, objects: undefined, groups: new Set(['the group']) },
    { operations: new Set(['Destroy'] as const), objects: new Set(['another']), groups: undefined },
  ];
  const asked = [about('named'), about('in the group', 'named'), about('another')];
  assert.deepEqual(await outcomes(rights, asked), ['fulfilled', 'fulfilled', 'rejected']);
});
