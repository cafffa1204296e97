// The SHA-256 digest of a key's material, for protocols that show one. Of a password it can be guessed from: who may take the material out
// may see it, and nobody else.

import { createHash } from 'node:crypto';
import type { Bytes } from '../../../base/bytes.ts';
import { revealSecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import type { UseOperation } from '../../operation.ts';
import { requireExportable } from './export-key.ts';
import { type KeyInput, onKey } from './on-key.ts';

export const digestKey: UseOperation<KeyInput, KeyWithVersion, Bytes> = {
  name: 'key.digest',
  kind: 'use',
  ...onKey<KeyInput>('key.export'),
  allow({ key, version }, _input, at) {
    requireExportable(key);
    requireUsable(key, version, 'release', at);
  },
  async run(kms, { target }) {
    using material = await kms.custody.exportMaterial(target.key, target.version);
    return createHash('sha256').update(revealSecretBytes(material)).digest();
  },
};
