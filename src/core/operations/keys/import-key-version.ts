// Gives an imported key new material, which becomes its primary version: the rotation of keys whose material is not made here.

import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { keyDemand } from '../../find-key.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type IncomingMaterial, takeMaterial } from './incoming-material.ts';
import { insertVersion, type NewVersion, type NewVersionInput, requireNewVersion } from './new-version.ts';
import { onKey, requireUserManaged } from './on-key.ts';
import { requireReplaceable } from './rotatable.ts';

export interface ImportKeyVersionInput extends NewVersionInput {
  readonly material: IncomingMaterial;
}

export const importKeyVersion: ChangeOperation<
  ImportKeyVersionInput,
  KeyWithVersion,
  KeyWithVersion,
  NewVersion
> = {
  name: 'key.importVersion',
  kind: 'change',
  ...onKey<ImportKeyVersionInput>('key.rotate', input => ({ by: input.material.by })),
  demands({ key }, { material }) {
    const demand = keyDemand('key.import', key);
    const attributes = { ...demand.attributes, 'key.material': material.by };
    return [keyDemand('key.rotate', key), { ...demand, attributes }];
  },

  allow({ key, version }, input, at) {
    requireUserManaged(key);
    requireUsable(key, version, 'protect', at);
    requireReplaceable(key);
    requireNewVersion(key, input, at);
  },

  async prepare(kms, { input, target: { key } }) {
    const number = key.latestVersion + 1;
    const place = {
      projectId: key.projectId,
      keyId: key.id,
      version: number,
      exportable: key.exportable,
      algorithms: [key.algorithm],
    };
    return { number, material: (await takeMaterial(kms, place, input.material)).material };
  },

  run: (_kms, tx, args) => insertVersion(tx, args, args.prepared, 'imported'),
};
