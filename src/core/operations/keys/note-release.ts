// Keeps what a protocol notes about a key because its material was given out, such as that it has been. Whoever may take it out may have
// that noted, and change nothing else.

import type { KeyWithVersion } from '../../../domain/key.ts';
import { keyDemand } from '../../find-key.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type KeyChangeInput, onKey, storeKeyChange } from './on-key.ts';

export const noteRelease: ChangeOperation<KeyChangeInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.noteRelease',
  kind: 'change',
  ...onKey<KeyChangeInput>('key.export'),
  demands: ({ key }) => [keyDemand(key.publicOnly ? 'key.readPublic' : 'key.export', key)],
  run: (_kms, tx, args) => storeKeyChange(tx, args, {}),
};
