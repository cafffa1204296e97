// What a client keeps beside a secret, as names and texts that it chooses.

import { invalidInput, KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Secret } from '../../../domain/secret.ts';
import { requireText } from '../../checks.ts';
import type { ChangeOperation } from '../../operation.ts';
import { changeDemands, findSecret, objectRecord, type Reached } from './reach.ts';

export type MetadataChange =
  | { readonly replace: Readonly<Record<string, string>> }
  /** `absent`: throws `alreadyExists` where the name has a text; `present`: `notFound` where it has none. */
  | { readonly set: string; readonly text: string; readonly expected: 'absent' | 'present' }
  /** Absent is fine. */
  | { readonly remove: string };

export interface ChangeMetadataInput {
  readonly id: string;
  readonly change: MetadataChange;
}

export const changeMetadata: ChangeOperation<ChangeMetadataInput, Reached<Secret>, Secret> = {
  name: 'secret.changeMetadata',
  kind: 'change',
  disclosure: 'denied',
  check({ change }) {
    if ('replace' in change)
      for (const name of Object.keys(change.replace)) requireMember(name, change.replace[name]);
    if ('set' in change) requireMember(change.set, change.text);
  },
  find: (reads, context, { id }, kms) => findSecret(reads, context, id, kms.clock.now()),
  demands: (target, _input, context) => changeDemands('secret.update', target, context),
  async run(_kms, tx, { input, target: { object }, at }) {
    const metadata = changed(object.metadata, input.change);
    if (Buffer.byteLength(JSON.stringify(metadata)) > LIMITS.facetBytesMax) {
      const limit = LIMITS.facetBytesMax;
      throw new KmsError('tooLarge', `The metadata of a secret has at most ${limit} bytes.`, { limit });
    }
    const secret = { ...object, metadata, updatedAt: at };
    await tx.secrets.update(secret);
    return { ...secret, revision: secret.revision + 1 };
  },
  record: ({ id }, target) => objectRecord({ noun: 'secret', id }, target),
};

function requireMember(name: string, text: string | undefined): void {
  requireText('metadata', name, 0, LIMITS.secretTextCharactersMax);
  if (typeof text !== 'string') throw invalidInput('metadata', 'must be texts');
  requireText('metadata', text, 0, LIMITS.facetBytesMax);
}

function changed(metadata: Secret['metadata'], change: MetadataChange): Secret['metadata'] {
  if ('replace' in change) return change.replace;
  const members = new Map(Object.entries(metadata));
  if ('remove' in change) {
    members.delete(change.remove);
    return Object.fromEntries(members);
  }
  const { set, text, expected } = change;
  if (members.has(set) && expected === 'absent') {
    throw new KmsError('alreadyExists', 'The secret has metadata of that name.', { reason: 'metadata' });
  }
  if (!members.has(set) && expected === 'present') {
    throw new KmsError('notFound', 'The secret has no metadata of that name.', { noun: 'metadata' });
  }
  return Object.fromEntries(members.set(set, text));
}
