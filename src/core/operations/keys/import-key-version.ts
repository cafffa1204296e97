// Gives an imported key new material, which becomes its primary version: the rotation of keys whose material is not made here.

import { replaceableBy } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion, MaterialLevel } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { findKey, keyDemand } from '../../find-key.ts';
import type { ChangeOperation } from '../../operation.ts';
import {
  allowUnwrapping,
  checkIncoming,
  findUnwrapping,
  type IncomingMaterial,
  incomingDetails,
  takeMaterial,
  type Unwrapping,
  unwrappingDemands,
  unwrappingTargets,
} from './incoming-material.ts';
import {
  checkNewVersion,
  insertVersion,
  type NewVersion,
  type NewVersionInput,
  newVersionDetails,
  requireNewVersion,
} from './new-version.ts';
import { keyRecord, namedKey, requireUserManaged } from './on-key.ts';
import { requireReplaceable } from './rotatable.ts';

export interface ImportKeyVersionInput extends NewVersionInput {
  readonly material: IncomingMaterial;
  /** Material of another length will do, where the algorithm differs from this key's in that alone. */
  readonly anyLength?: boolean | undefined;
}

type Target = KeyWithVersion & Unwrapping;

export const importKeyVersion: ChangeOperation<ImportKeyVersionInput, Target, KeyWithVersion, NewVersion> = {
  name: 'key.importVersion',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    checkIncoming(input.material);
    checkNewVersion(input);
  },
  async find(reads, context, input) {
    const found = await findKey(reads, context, input.key);
    return { ...found, ...(await findUnwrapping(reads, context, input.material)) };
  },
  demands(target, { material }) {
    const { key } = target;
    const demand = keyDemand('key.import', key);
    const attributes = { ...demand.attributes, 'key.material': material.by };
    return [keyDemand('key.rotate', key), { ...demand, attributes }, ...unwrappingDemands(target, material)];
  },

  allow(target, input, at) {
    const { key, version } = target;
    requireUserManaged(key);
    levelOf(key);
    requireUsable(key, version, 'protect', at);
    requireReplaceable(key, input.verifiersLearn);
    requireNewVersion(key, input, at);
    allowUnwrapping(target, input.material, at);
  },

  async prepare(kms, { input, target }) {
    const { key } = target;
    const number = key.latestVersion + 1;
    const place = {
      projectId: key.projectId,
      keyId: key.id,
      version: number,
      exportable: key.exportable,
      algorithms: input.anyLength === true ? replaceableBy(key.algorithm) : [key.algorithm],
      protection: levelOf(key),
    };
    return { number, ...(await takeMaterial(kms, place, input.material, target)) };
  },

  run: (_kms, tx, args) => insertVersion(tx, args, args.prepared, 'imported'),

  record(input, target) {
    const { projectId, targets } = keyRecord(target);
    return {
      projectId,
      targets: [...targets, ...unwrappingTargets(target)],
      details: {
        ...(target === undefined ? namedKey(input.key) : undefined),
        ...incomingDetails(input.material),
        ...newVersionDetails(input),
      },
    };
  },
};

/** Throws `unsupported` for a key in a token. */
function levelOf({ id: keyId, protection }: Key): MaterialLevel {
  if (protection !== 'hsm') return protection;
  throw new KmsError('unsupported', `Key ${keyId} is in hardware, where no material is brought in.`, {
    keyId,
  });
}
