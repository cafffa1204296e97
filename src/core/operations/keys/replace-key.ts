// Makes a key that takes the place of another one, with material of its own: what protocols do in which a key has one material for life,
// where others would make a new version.

import { must } from '../../../base/assert.ts';
import { type KeyAlgorithm, replaceableBy } from '../../../domain/algorithms.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { findKey } from '../../find-key.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { StoreReads } from '../../ports/store.ts';
import { requireOfOwnProject } from '../crypto/mechanism.ts';
import { requireMaterialLength } from './create-key.ts';
import {
  checkNewKey,
  insertKey,
  type KeyHome,
  makeMaterial,
  type NewKeyInput,
  type NewMaterial,
  newKeyDemands,
  requireCryptoperiod,
} from './new-key.ts';
import { keyRecord, namedKey } from './on-key.ts';
import { requireReplaceable, type SuccessionInput, successionDemands, takePlace } from './succession.ts';

/** Where it stands and how it is described is as of the old key. */
export interface ReplaceKeyInput
  extends SuccessionInput,
    Omit<NewKeyInput, 'location' | 'keyRing' | 'label' | 'description' | 'tags' | 'dualControl'> {
  /** One that `replaceableBy` names; undefined: that of the old key. */
  readonly algorithm?: KeyAlgorithm | undefined;
  /** Where the algorithm leaves it free; undefined: as of the old key. */
  readonly lengthBytes?: number | undefined;
}

interface Replaced extends KeyWithVersion {
  readonly home: KeyHome;
}

export interface Replacement {
  readonly of: KeyWithVersion;
  readonly by: KeyWithVersion;
}

export const replaceKey: ChangeOperation<ReplaceKeyInput, Replaced, Replacement, NewMaterial> = {
  name: 'key.replace',
  kind: 'change',
  disclosure: 'denied',

  check(input) {
    requireOfOwnProject(input.key);
    const { algorithm, lengthBytes } = input;
    checkNewKey(input, algorithm === undefined ? [] : [algorithm]);
    if (algorithm !== undefined) requireMaterialLength(algorithm, lengthBytes);
  },
  async find(reads, context, input) {
    const target = await findKey(reads, context, input.key);
    return { ...target, home: await homeOf(reads, target) };
  },
  demands: (target, input) => [
    ...successionDemands(target, input),
    ...newKeyDemands('key.create', target.home, successorFacts(target, input), {
      'key.algorithm': input.algorithm ?? target.key.algorithm,
    }),
  ],
  allow({ key, version }, input, at) {
    requireReplaceable(key, input);
    requireSuccessor(key, input);
    requireCryptoperiod(input, at);
    const { algorithm = key.algorithm, lengthBytes } = input;
    if (version.materialBytes !== undefined) requireMaterialLength(algorithm, lengthBytes);
  },

  prepare: (kms, { input, target }) => makeMaterial(kms, target.home, successorFacts(target, input)),

  async run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const facts = { ...successorFacts(target, input), origin: 'generated' } as const;
    const by = await insertKey(tx, target.home, prepared, facts, args);
    const { home: _, ...of } = target;
    await takePlace(tx, { from: of, to: by }, input, args);
    return { of, by };
  },

  record: (input, target, output) => ({
    projectId: target?.project.id,
    targets: [...keyRecord(output?.by).targets, ...keyRecord(target).targets],
    details: {
      ...(target === undefined ? namedKey(input.key) : undefined),
      algorithm: input.algorithm ?? target?.key.algorithm,
      usages: input.usages,
    },
  }),
};

/** The ring of the old key: whoever replaces it does not move it. */
export async function homeOf(reads: StoreReads, { key, project }: KeyWithVersion): Promise<KeyHome> {
  const ring = await reads.keyRings.find(key.keyRingId);
  return { project, ring: must(ring, 'a key is in a ring') };
}

/** Throws `incompatibleAlgorithm`. */
function requireSuccessor(key: Key, { algorithm = key.algorithm }: ReplaceKeyInput): void {
  const { id: keyId } = key;
  if (key.publicOnly) {
    const message = `Key ${keyId} is a public key alone: another one belongs to another pair.`;
    throw new KmsError('incompatibleAlgorithm', message, { keyId });
  }
  if (!replaceableBy(key.algorithm).includes(algorithm)) {
    const message = `A key of ${algorithm} does not take the place of one of ${key.algorithm}.`;
    throw new KmsError('incompatibleAlgorithm', message, { keyId, algorithm });
  }
}

type SuccessorFacts = NewKeyInput & {
  readonly algorithm: KeyAlgorithm;
  readonly protection: Key['protection'];
  readonly lengthBytes: number | undefined;
};

/** How it is described, and what it may do unless the caller says otherwise, is as of the old key. */
export function successorFacts({ key, version }: KeyWithVersion, input: ReplaceKeyInput): SuccessorFacts {
  const { algorithm = key.algorithm } = input;
  const { label, description, tags, location, protection } = key;
  return {
    ...input,
    label,
    description,
    tags,
    location,
    protection,
    algorithm,
    lengthBytes: input.lengthBytes ?? (algorithm === key.algorithm ? version.materialBytes : undefined),
    usages: input.usages ?? key.usages,
    exportable: input.exportable ?? key.exportable,
    wrappedOnly: input.wrappedOnly ?? key.wrappedOnly,
    dualControl: key.dualControl !== undefined,
  };
}
