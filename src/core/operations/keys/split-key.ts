// Takes a key apart into parts, and makes one of parts. Each part is an opaque key of its own, with a life of its own; how many there are
// and which of them is which is for the protocol to keep. Whoever has enough parts has the key: it must be one that may leave, and so the
// parts may.

import { must } from '../../../base/assert.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../../domain/algorithms.ts';
import { invalidInput } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { requireSharing, type Sharing } from '../../../domain/secret-sharing.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import { newObjectId } from '../../object-id.ts';
import type { AuditRecord, ChangeOperation, Demand } from '../../operation.ts';
import type { SplitSource } from '../../ports/custody.ts';
import { requireOfOwnProject } from '../crypto/mechanism.ts';
import { storeLinks } from '../links/key-links.ts';
import { requireMaterialLength } from './create-key.ts';
import { requireExportable } from './export-key.ts';
import {
  checkNewKey,
  findKeyHome,
  insertKey,
  type KeyHome,
  type NewKeyInput,
  type NewMaterial,
  newKeyDemands,
  requireCryptoperiod,
} from './new-key.ts';
import { keyRecord } from './on-key.ts';

type Made = Omit<NewKeyInput, 'usages' | 'exportable'>;

export interface SplitKeyInput {
  /** A key that is there, or one that is made for it and is nowhere as a whole. */
  readonly source:
    | { readonly by: 'key'; readonly key: KeySelector }
    | {
        readonly by: 'generated';
        readonly algorithm: KeyAlgorithm;
        readonly lengthBytes?: number | undefined;
      };
  readonly sharing: Sharing;
  /** What is said of each part, in their order. */
  readonly parts: readonly Made[];
}

interface SplitTarget {
  readonly whole?: KeyWithVersion | undefined;
  readonly homes: readonly KeyHome[];
}

export const splitKey: ChangeOperation<
  SplitKeyInput,
  SplitTarget,
  readonly KeyWithVersion[],
  readonly NewMaterial[]
> = {
  name: 'key.split',
  kind: 'change',
  disclosure: 'denied',

  check({ source, sharing, parts }) {
    requireSharing(sharing);
    if (parts.length !== sharing.parts) throw invalidInput('parts', 'must be as many as the sharing has');
    for (const part of parts) checkNewKey(part, ['opaque']);
    if (source.by === 'key') requireOfOwnProject(source.key);
    else requireMaterialLength(source.algorithm, source.lengthBytes);
  },
  async find(reads, context, { source, parts }, kms) {
    const homes: KeyHome[] = [];
    for (const part of parts) homes.push(await findKeyHome(reads, context, part, kms));
    return { homes, whole: source.by === 'key' ? await findKey(reads, context, source.key) : undefined };
  },
  demands: ({ whole, homes }, { parts }) => [
    ...(whole === undefined ? [] : [keyDemand('key.export', whole.key)]),
    ...homes.flatMap((home, at) =>
      newKeyDemands('key.create', home, exportable(must(parts[at], 'a home is of a part')), OPAQUE),
    ),
  ],
  allow({ whole }, { parts }, at) {
    for (const part of parts) requireCryptoperiod(part, at);
    if (whole === undefined) return;
    requireExportable(whole.key);
    requireUsable(whole.key, whole.version, 'release', at);
  },

  async prepare(kms, { input, target }) {
    const { source, sharing } = input;
    const bindings = target.homes.map(({ project }) => ({
      projectId: project.id,
      keyId: newObjectId(kms),
      version: 1,
      algorithm: 'opaque' as const,
      exportable: true,
    }));
    const from: SplitSource =
      source.by === 'generated'
        ? source
        : { by: 'key', key: must(target.whole, 'the key that is split was looked for') };
    const made = await kms.custody.splitMaterial(from, sharing, bindings);
    return bindings.map(({ keyId }, at) => ({
      keyId,
      algorithm: 'opaque',
      material: must(made[at], 'every part has material'),
    }));
  },

  async run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const parts: KeyWithVersion[] = [];
    for (const [index, material] of prepared.entries()) {
      const said = must(input.parts[index], 'material is of a part');
      const home = must(target.homes[index], 'a part has a home');
      const facts = { ...exportable(said), origin: 'generated', protection: 'software' } as const;
      const part = await insertKey(tx, home, material, facts, args);
      if (target.whole !== undefined)
        await storeLinks(tx, { from: part, to: target.whole }, { type: 'parent' }, args);
      parts.push(part);
    }
    return parts;
  },

  record: ({ source, sharing }, target, output) => ({
    projectId: target?.homes[0]?.project.id,
    targets: [
      ...keyRecord(target?.whole).targets,
      ...(output ?? []).flatMap(part => keyRecord(part).targets),
    ],
    details: {
      ...sharingDetails(sharing),
      algorithm: source.by === 'generated' ? source.algorithm : undefined,
    },
  }),
};

export interface JoinKeyInput extends NewKeyInput {
  readonly algorithm: KeyAlgorithm;
  /** Where the algorithm leaves it free; undefined is its usual length. */
  readonly lengthBytes?: number | undefined;
  readonly sharing: Sharing;
  readonly parts: readonly { readonly number: number; readonly key: KeySelector }[];
}

interface JoinTarget {
  readonly home: KeyHome;
  readonly parts: readonly KeyWithVersion[];
}

export const joinKey: ChangeOperation<JoinKeyInput, JoinTarget, KeyWithVersion, NewMaterial> = {
  name: 'key.join',
  kind: 'change',
  disclosure: 'denied',

  check(input) {
    requireSharing(input.sharing);
    checkNewKey(input, [input.algorithm]);
    joinedBytes(input);
    if (input.parts.length > input.sharing.parts)
      throw invalidInput('parts', 'must be no more than the sharing has');
    for (const { key } of input.parts) requireOfOwnProject(key);
  },
  async find(reads, context, input, kms) {
    const parts: KeyWithVersion[] = [];
    for (const { key } of input.parts) parts.push(await findKey(reads, context, key));
    return { home: await findKeyHome(reads, context, input, kms), parts };
  },
  demands: ({ home, parts }, input): readonly Demand[] => [
    ...parts.map(({ key }) => keyDemand('key.export', key)),
    ...newKeyDemands('key.create', home, input, {
      'key.algorithm': input.algorithm,
      'key.material': 'joined',
    }),
  ],
  allow({ parts }, input, at) {
    requireCryptoperiod(input, at);
    for (const { key, version } of parts) {
      requireExportable(key);
      requireUsable(key, version, 'release', at);
    }
  },

  async prepare(kms, { input, target }) {
    const { algorithm, exportable: leaves = false, sharing } = input;
    const keyId = newObjectId(kms);
    const binding = { projectId: target.home.project.id, keyId, version: 1, algorithm, exportable: leaves };
    const parts = input.parts.map(({ number }, at) => ({
      number,
      of: must(target.parts[at], 'every part was looked for'),
    }));
    const material = await kms.custody.joinMaterial(parts, sharing, joinedBytes(input), binding);
    return { keyId, algorithm, material };
  },

  run(_kms, tx, args) {
    const { input, target, prepared } = args;
    const facts = { ...input, origin: 'imported', protection: 'software' } as const;
    return insertKey(tx, target.home, prepared, facts, args);
  },

  record: ({ algorithm, sharing, usages }, target, output) => ({
    projectId: target?.home.project.id,
    targets: [
      ...keyRecord(output).targets,
      ...(target?.parts ?? []).flatMap(part => keyRecord(part).targets),
    ],
    details: { ...sharingDetails(sharing), algorithm, usages },
  }),
};

const OPAQUE = { 'key.algorithm': 'opaque', 'key.material': 'split' } as const;

function exportable(said: Made): NewKeyInput {
  return { ...said, exportable: true };
}

function sharingDetails({ method, parts, threshold }: Sharing): AuditRecord['details'] {
  return { method, parts, threshold };
}

/** Throws `invalidInput` for a length that the algorithm does not have, and for pairs. */
function joinedBytes({ algorithm, lengthBytes }: JoinKeyInput): number {
  const facts = KEY_ALGORITHMS[algorithm];
  if (facts.kind === 'asymmetric') throw invalidInput('algorithm', 'must be one of secret keys');
  requireMaterialLength(algorithm, lengthBytes);
  return lengthBytes ?? facts.materialBytes.default;
}
