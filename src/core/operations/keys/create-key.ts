// Makes a key with its first version.

import type { KeyAlgorithm } from '../../../domain/algorithms.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { invalidInput } from '../../../domain/errors.ts';
import type { KeyWithVersion, ProtectionLevel } from '../../../domain/key.ts';
import { requireRotationPeriod, requireWithin } from '../../checks.ts';
import type { ChangeOperation } from '../../operation.ts';
import { requireWrappingFor } from '../services/hardware-wrapping-key.ts';
import {
  checkNewKey,
  findKeyHome,
  insertKey,
  type KeyHome,
  makeMaterial,
  type NewKeyInput,
  type NewMaterial,
  newKeyDemands,
  requireCryptoperiod,
} from './new-key.ts';
import { keyRecord } from './on-key.ts';
import { requireRotatable } from './rotatable.ts';

export interface CreateKeyInput extends NewKeyInput {
  readonly algorithm: KeyAlgorithm;
  /** Of the material, where the algorithm leaves it free (opaque, HMAC, generic secrets); undefined is its usual length. */
  readonly lengthBytes?: number | undefined;
  readonly protection?: ProtectionLevel | undefined;
  readonly rotationPeriodMs?: number | undefined;
}

export const createKey: ChangeOperation<CreateKeyInput, KeyHome, KeyWithVersion, NewMaterial> = {
  name: 'key.create',
  kind: 'change',
  disclosure: 'denied',

  check(input) {
    const { algorithm, rotationPeriodMs } = input;
    checkNewKey(input, [algorithm]);
    requireMaterialLength(algorithm, input.lengthBytes);
    if (rotationPeriodMs !== undefined) {
      requireRotationPeriod('rotationPeriodMs', rotationPeriodMs);
      const usages = input.usages ?? KEY_ALGORITHMS[algorithm].usages;
      requireRotatable({ id: '(new)', origin: 'generated', algorithm, usages });
    }
  },

  find: findKeyHome,
  demands: (home, input) => newKeyDemands('key.create', home, input, { 'key.algorithm': input.algorithm }),
  allow: (_home, input, at) => requireCryptoperiod(input, at),

  async prepare(kms, { input, target, context }) {
    await requireWrappingFor(kms, context, target.project.id, input.protection);
    return makeMaterial(kms, target, input);
  },

  run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const facts = { ...input, origin: 'generated', protection: input.protection ?? 'software' } as const;
    return insertKey(tx, target, prepared, facts, args);
  },

  record: (input, target, output) => ({
    projectId: target?.project.id,
    targets: keyRecord(output).targets,
    details: { algorithm: input.algorithm, location: input.location, usages: input.usages },
  }),
};

/** Throws `invalidInput` for a length that the algorithm does not have. */
export function requireMaterialLength(algorithm: KeyAlgorithm, lengthBytes: number | undefined): void {
  if (lengthBytes === undefined) return;
  const facts = KEY_ALGORITHMS[algorithm];
  if (facts.kind === 'asymmetric') {
    throw invalidInput('lengthBytes', `is not for the algorithm ${algorithm}: it has a length of its own`);
  }
  requireWithin('lengthBytes', lengthBytes, facts.materialBytes.min, facts.materialBytes.max);
}
