// Takes back that the material of a key may leave: altogether, or in the clear. There is no way back. What was taken out before is out.

import { must } from '../../../base/assert.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyVersion, KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable } from '../../../domain/key-state.ts';
import type { Kms } from '../../kms.ts';
import type { ChangeOperation } from '../../operation.ts';
import { pagesOf } from '../../pages.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

export interface RestrictExportInput extends KeyChangeInput {
  /** `wrapped`: under another key alone. `never`: bound to the material, so that no change of a row brings it back. */
  readonly leaves: 'wrapped' | 'never';
}

interface Restricted {
  /** Of the key from which the versions were read. */
  readonly revision: number;
  readonly versions: readonly KeyVersion[];
}

/** Repeatable: what is restricted already stays so. */
export const restrictExport: ChangeOperation<
  RestrictExportInput,
  KeyWithVersion,
  KeyWithVersion,
  Restricted
> = {
  name: 'key.restrictExport',
  kind: 'change',
  ...onKey<RestrictExportInput>('key.update', ({ leaves }) => ({ leaves })),
  allow({ key }) {
    requireUserManaged(key);
    requireChangeable(key);
  },
  async prepare(kms, { input, target: { key } }) {
    const isBound = input.leaves === 'never' && key.exportable;
    return { revision: key.revision, versions: isBound ? await restrictVersions(kms, key) : [] };
  },
  async run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const { key } = target;
    if (!key.exportable) return storeKeyChange(tx, args, {});
    if (input.leaves === 'wrapped') return storeKeyChange(tx, args, { wrappedOnly: true });
    if (key.revision !== prepared.revision)
      throw new KmsError('conflict', `Key ${key.id} was changed meanwhile.`, { keyId: key.id });
    for (const version of prepared.versions) await tx.keys.updateVersion(version);
    const changed = await storeKeyChange(tx, args, { exportable: false, wrappedOnly: undefined });
    const version = prepared.versions.find(({ number }) => number === target.version.number);
    return { ...changed, version: must(version, 'the version of a key is one of its versions') };
  },
  finish: (kms, output) => kms.custody.forget(output.key.id),
};

/** Destroyed versions have no material, and stay as they are. */
async function restrictVersions(kms: Kms, key: Key): Promise<readonly KeyVersion[]> {
  const restricted: KeyVersion[] = [];
  for await (const versions of pagesOf(page => kms.store.keys.versions(key.id, page))) {
    for (const version of versions) {
      const isGone = version.wrapped.length === 0;
      restricted.push(
        isGone ? version : { ...version, wrapped: await kms.custody.restrictMaterial(key, version) },
      );
    }
  }
  return restricted;
}
