// Reads the metadata of a key and of its primary version.

import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import { type KeyInput, onKey } from './on-key.ts';

export const describeKey: UseOperation<KeyInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.describe',
  kind: 'read',
  ...onKey<KeyInput>('key.read'),
  run: async (_kms, { target }) => target,
};
