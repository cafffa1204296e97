// Deletes a secret: its payload is destroyed at once, its containers lose it, its consumers and its access list go with it.

import type { KeyWithVersion } from '../../../domain/key.ts';
import type { Secret } from '../../../domain/secret.ts';
import type { ChangeOperation } from '../../operation.ts';
import { eraseKey } from '../keys/destroy-key.ts';
import { requireUserManaged } from '../keys/on-key.ts';
import { changeDemands, findSecret, objectRecord, type Reached } from './reach.ts';

export interface DeleteSecretInput {
  readonly id: string;
}

interface Deletable extends Reached<Secret> {
  /** Undefined where there is no payload, or none any more. */
  readonly of: KeyWithVersion | undefined;
}

/** Throws `approvalRequired` and `inUse` as the destruction of the key does. */
export const deleteSecret: ChangeOperation<DeleteSecretInput, Deletable, Secret> = {
  name: 'secret.delete',
  kind: 'change',
  disclosure: 'denied',
  async find(reads, context, { id }, kms) {
    const reached = await findSecret(reads, context, id, kms.clock.now());
    const found = await reads.keys.findWithVersion(reached.object.id);
    return { ...reached, of: found?.key.state === 'destroyed' ? undefined : found };
  },
  demands: (target, _input, context) => changeDemands('secret.delete', target, context, target.of?.key),
  allow({ of }) {
    if (of !== undefined) requireUserManaged(of.key);
  },
  async run(_kms, tx, { input, target: { object, of }, context, at }) {
    if (of !== undefined) {
      await eraseKey(tx, { input: { key: { by: 'id', id: input.id } }, target: of, context, at });
    }
    await tx.secrets.delete(object.id);
    return object;
  },
  finish: (kms, { id }) => kms.custody.forget(id),
  record: ({ id }, target) => {
    const record = objectRecord({ noun: 'secret', id }, target);
    if (target?.of === undefined) return record;
    return { ...record, targets: [...record.targets, { type: 'key', id: target.object.id }] };
  },
};
