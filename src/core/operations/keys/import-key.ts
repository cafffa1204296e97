// Makes a key from material that was made elsewhere.

import type { KeyAlgorithm } from '../../../domain/algorithms.ts';
import type { KeyWithVersion, MaterialLevel } from '../../../domain/key.ts';
import { newObjectId } from '../../object-id.ts';
import type { ChangeOperation } from '../../operation.ts';
import { requireWrappingFor } from '../services/hardware-wrapping-key.ts';
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
  type ChosenId,
  checkNewKey,
  findKeyHome,
  insertKey,
  type KeyHome,
  type NewKeyInput,
  type NewMaterial,
  newKeyDemands,
  requireChosenId,
  requireCryptoperiod,
} from './new-key.ts';
import { keyRecord } from './on-key.ts';

export interface ImportKeyInput extends NewKeyInput, ChosenId {
  /** Several: the one whose length the material has, for protocols whose callers name a family and not a length. */
  readonly algorithm: KeyAlgorithm | readonly KeyAlgorithm[];
  readonly material: IncomingMaterial;
  readonly protection?: MaterialLevel | undefined;
}

type ImportPlace = KeyHome & Unwrapping;

export const importKey: ChangeOperation<ImportKeyInput, ImportPlace, KeyWithVersion, NewMaterial> = {
  name: 'key.import',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    checkNewKey(input, candidates(input));
    requireChosenId(input);
    checkIncoming(input.material);
  },
  async find(reads, context, input, kms) {
    const home = await findKeyHome(reads, context, input, kms);
    return { ...home, ...(await findUnwrapping(reads, context, input.material)) };
  },
  demands: (place, input) => [
    ...newKeyDemands('key.import', place, input, { 'key.material': input.material.by }),
    ...unwrappingDemands(place, input.material),
  ],
  allow(place, input, at) {
    requireCryptoperiod(input, at);
    allowUnwrapping(place, input.material, at);
  },

  async prepare(kms, { input, target, context }) {
    const { protection = 'software' } = input;
    await requireWrappingFor(kms, context, target.project.id, protection);
    const keyId = input.id ?? newObjectId(kms);
    const place = {
      projectId: target.project.id,
      keyId,
      version: 1,
      exportable: input.exportable ?? false,
      algorithms: candidates(input),
      protection,
    };
    return { keyId, ...(await takeMaterial(kms, place, input.material, target)) };
  },

  run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const { protection = 'software' } = input;
    return insertKey(tx, target, prepared, { ...input, origin: 'imported', protection }, args);
  },

  record: (input, target, output) => ({
    projectId: target?.project.id,
    targets: [...keyRecord(output).targets, ...unwrappingTargets(target)],
    details: {
      algorithm: output?.key.algorithm ?? candidates(input),
      ...incomingDetails(input.material),
      usages: input.usages,
      location: input.location,
    },
  }),
};

function candidates({ algorithm }: ImportKeyInput): readonly KeyAlgorithm[] {
  return typeof algorithm === 'string' ? [algorithm] : algorithm;
}
