// Makes a key with its first version.

import type { KeyAlgorithm, KeyUsage } from '../../../domain/algorithms.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion, ProtectionLevel } from '../../../domain/key.ts';
import { DEFAULT_KEY_RING_NAME } from '../../../domain/project.ts';
import { requireDescription, requireRotationPeriod, requireTags } from '../../checks.ts';
import { homeProject } from '../../find-project.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type KeyHome, makeMaterial, type NewMaterial, newKey } from './new-key.ts';
import { requireRotatable } from './rotatable.ts';

export interface CreateKeyInput {
  readonly algorithm: KeyAlgorithm;
  /** Undefined: every usage that the algorithm has. */
  readonly usages?: readonly KeyUsage[] | undefined;
  readonly location: string;
  /** The name of a key ring; undefined is `default`. */
  readonly keyRing?: string | undefined;
  readonly protection?: ProtectionLevel | undefined;
  readonly exportable?: boolean | undefined;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly rotationPeriodMs?: number | undefined;
}

export const createKey: ChangeOperation<CreateKeyInput, KeyHome, KeyWithVersion, NewMaterial> = {
  name: 'key.create',
  kind: 'change',
  disclosure: 'denied',

  check(input) {
    requireDescription(input.description);
    requireTags(input.tags);
    const allowed: readonly KeyUsage[] = KEY_ALGORITHMS[input.algorithm].usages;
    const stray = input.usages?.find(usage => !allowed.includes(usage));
    if (stray !== undefined) {
      throw new KmsError('incompatibleUsage', `A key of algorithm ${input.algorithm} cannot ${stray}.`, {
        algorithm: input.algorithm,
        usage: stray,
      });
    }
    if (input.usages?.length === 0) throw invalidInput('usages', 'must name at least one usage');
    if (input.rotationPeriodMs !== undefined) {
      requireRotationPeriod('rotationPeriodMs', input.rotationPeriodMs);
      requireRotatable({
        id: '(new)',
        origin: 'generated',
        algorithm: input.algorithm,
        usages: input.usages ?? allowed,
      });
    }
  },

  async find(reads, context, input) {
    const project = await homeProject(reads, context);
    const name = input.keyRing ?? DEFAULT_KEY_RING_NAME;
    const ring = await reads.keyRings.findByName(project.id, name);
    if (ring === undefined)
      throw new KmsError('notFound', `There is no key ring ${name}.`, { keyRing: name });
    return { project, ring };
  },

  demands: ({ project, ring }) => [
    { permission: 'key.create', place: { projectId: project.id, keyRingId: ring.id } },
  ],

  prepare: (kms, { input, target }) =>
    makeMaterial(kms, target, input.algorithm, input.protection ?? 'software'),

  async run(_kms, tx, { input, target, prepared, at }) {
    const facts = { ...input, protection: input.protection ?? 'software' };
    const { key, version } = newKey(target, prepared, facts, at);
    await tx.keys.insert(key, version);
    return { key, version, project: target.project };
  },

  record: (input, target, output) => ({
    projectId: target?.project.id,
    targets: output === undefined ? [] : [{ type: 'key', id: output.key.id, version: 1 }],
    details: { algorithm: input.algorithm, usages: input.usages, location: input.location },
  }),
};
