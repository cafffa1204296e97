// The birth of a key: its row and that of its first version, as every operation that makes one writes them.

import type { KeyAlgorithm, KeyUsage } from '../../../domain/algorithms.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import type { Key, KeyVersion, ProtectionLevel } from '../../../domain/key.ts';
import type { KeyRing, Project } from '../../../domain/project.ts';
import type { Kms } from '../../kms.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';

export interface KeyHome {
  readonly project: Project;
  readonly ring: KeyRing;
}

export interface NewMaterial {
  readonly keyId: string;
  readonly material: WrappedMaterial;
}

/** Makes the material of a key that does not exist yet; nothing is stored. */
export async function makeMaterial(
  kms: Kms,
  { project }: KeyHome,
  algorithm: KeyAlgorithm,
  protection: ProtectionLevel,
): Promise<NewMaterial> {
  const keyId = kms.random.uuid();
  const binding = { projectId: project.id, keyId, version: 1, algorithm };
  return { keyId, material: await kms.custody.generate(binding, protection) };
}

export interface NewKeyFacts {
  readonly algorithm: KeyAlgorithm;
  /** Undefined: every usage that the algorithm has. */
  readonly usages?: readonly KeyUsage[] | undefined;
  readonly location: string;
  readonly protection: ProtectionLevel;
  readonly exportable?: boolean | undefined;
  readonly serviceOwner?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly rotationPeriodMs?: number | undefined;
}

/** An active key with one active version. */
export function newKey(
  { project, ring }: KeyHome,
  { keyId, material }: NewMaterial,
  facts: NewKeyFacts,
  at: number,
): { readonly key: Key; readonly version: KeyVersion } {
  const { rotationPeriodMs: periodMs, algorithm } = facts;
  const key: Key = {
    id: keyId,
    projectId: project.id,
    keyRingId: ring.id,
    location: facts.location,
    algorithm,
    usages: facts.usages ?? KEY_ALGORITHMS[algorithm].usages,
    protection: facts.protection,
    origin: 'generated',
    exportable: facts.exportable ?? false,
    serviceOwner: facts.serviceOwner,
    description: facts.description ?? '',
    tags: facts.tags ?? {},
    state: 'active',
    primaryVersion: 1,
    latestVersion: 1,
    rotation: periodMs === undefined ? undefined : { periodMs, nextAt: at + periodMs },
    createdAt: at,
    updatedAt: at,
    revision: 1,
  };
  const version: KeyVersion = {
    keyId,
    number: 1,
    state: 'active',
    cause: 'created',
    ...material,
    createdAt: at,
  };
  return { key, version };
}
