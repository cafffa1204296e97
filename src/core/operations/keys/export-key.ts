// Takes the material of a key out: of one that was made exportable, by one who may. The only operation whose answer is key material.

import type { SecretBytes } from '../../../base/secret-bytes.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { findKey } from '../../find-key.ts';
import type { UseOperation } from '../../operation.ts';
import { type KeyInput, onKey } from './on-key.ts';

export interface ExportKeyInput extends KeyInput {
  /** Undefined: the primary one. */
  readonly version?: number | undefined;
}

export interface ExportedKey {
  readonly of: KeyWithVersion;
  /** Raw bytes, or PKCS#8 in DER (RFC 5958) of a pair. The receiver disposes of them. */
  readonly material: SecretBytes;
}

/** Whether its material may be had in the clear. Throws `notExportable`. */
export function requireExportable(key: Key): void {
  requireWrappable(key);
  if (!key.wrappedOnly) return;
  const { id } = key;
  throw new KmsError('notExportable', `The material of key ${id} leaves wrapped under another key only.`, {
    keyId: id,
  });
}

/** Whether its material may leave wrapped under another key. Throws `notExportable`. */
export function requireWrappable({ id, exportable }: Key): void {
  if (exportable) return;
  throw new KmsError('notExportable', `Key ${id} was not made exportable.`, { keyId: id });
}

export const exportKey: UseOperation<ExportKeyInput, KeyWithVersion, ExportedKey> = {
  name: 'key.export',
  kind: 'use',
  ...onKey<ExportKeyInput>('key.export'),
  find: (reads, context, input) => findKey(reads, context, input.key, input.version),
  allow({ key, version }, _input, at) {
    requireExportable(key);
    requireUsable(key, version, 'release', at);
  },
  async run(kms, { target }) {
    return { of: target, material: await kms.custody.exportMaterial(target.key, target.version) };
  },
  discard: ({ material }) => material[Symbol.dispose](),
};
