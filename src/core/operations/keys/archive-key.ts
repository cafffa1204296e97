// Puts a key away and takes it out again. An archived key is used for nothing, its material not taken out either; what describes it stays
// readable, its life goes on, and it may be destroyed.

import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable } from '../../../domain/key-state.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

/** Stops every use, and so demands what disabling demands. */
export const archiveKey: ChangeOperation<KeyChangeInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.archive',
  kind: 'change',
  ...onKey<KeyChangeInput>('key.disable'),
  allow({ key }) {
    requireUserManaged(key);
    requireChangeable(key);
    if (key.archivedAt !== undefined) {
      throw new KmsError('keyArchived', `Key ${key.id} is archived already.`, { keyId: key.id });
    }
  },
  run: (_kms, tx, args) => storeKeyChange(tx, args, { archivedAt: args.at }),
  finish: (kms, output) => kms.custody.forget(output.key.id),
};

export const recoverKey: ChangeOperation<KeyChangeInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.recover',
  kind: 'change',
  ...onKey<KeyChangeInput>('key.enable'),
  allow({ key }) {
    requireUserManaged(key);
    requireChangeable(key);
    if (key.archivedAt === undefined) {
      throw new KmsError('conflict', `Key ${key.id} is not archived.`, { keyId: key.id });
    }
  },
  run: (_kms, tx, args) => storeKeyChange(tx, args, { archivedAt: undefined }),
};
