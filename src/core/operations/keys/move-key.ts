// Moves a key to another key ring of its project. From then on the roles and rules of that ring reach it, and those of the old one no
// more: whoever may do this must be trusted on both.

import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable } from '../../../domain/key-state.ts';
import type { KeyRing } from '../../../domain/project.ts';
import { findKey, keyDemand } from '../../find-key.ts';
import type { ChangeOperation } from '../../operation.ts';
import { requireKeyRing, seekKeyRing } from '../rings/seek-key-ring.ts';
import {
  type KeyChangeInput,
  keyRecord,
  namedKey,
  onKey,
  requireUserManaged,
  storeKeyChange,
} from './on-key.ts';

export interface MoveKeyInput extends KeyChangeInput {
  /** Id or name of the ring that the key goes to. */
  readonly keyRing: string;
}

interface Move extends KeyWithVersion {
  readonly ring: KeyRing;
}

export const moveKey: ChangeOperation<MoveKeyInput, Move, KeyWithVersion> = {
  name: 'key.move',
  kind: 'change',
  ...onKey<MoveKeyInput>('key.update'),
  async find(reads, context, input) {
    const found = await findKey(reads, context, input.key);
    const ring = await seekKeyRing(reads, found.project.id, input.keyRing);
    return { ...found, ring: requireKeyRing(ring, input.keyRing) };
  },
  demands: ({ key, ring }) => [
    keyDemand('key.update', key),
    { permission: 'key.update', place: { projectId: ring.projectId, keyRingId: ring.id } },
  ],
  allow({ key, ring }) {
    // Its service has set roles on it for those who make keys there.
    if (ring.owner !== undefined && ring.id !== key.keyRingId) {
      throw new KmsError('reservedName', `The key ring ${ring.name} is one of ${ring.owner}.`);
    }
    requireUserManaged(key);
    requireChangeable(key);
  },
  run: (_kms, tx, args) => storeKeyChange(tx, args, { keyRingId: args.target.ring.id }),
  record: (input, target) => ({
    ...keyRecord(target),
    details: target === undefined ? namedKey(input.key) : { from: target.key.keyRingId, to: target.ring.id },
  }),
};
