// The birth of a key: what every operation that makes one asks, checks and writes, wherever the material comes from.

import type { KeyAlgorithm, KeyUsage } from '../../../domain/algorithms.ts';
import { KEY_ALGORITHMS, PUBLIC_KEY_USAGES, USAGES_TO_ASK_FOR } from '../../../domain/algorithms.ts';
import { type Cryptoperiod, requireInstants, requireOrdered } from '../../../domain/cryptoperiod.ts';
import { invalidInput, KmsError, limitExceeded } from '../../../domain/errors.ts';
import type { Facet } from '../../../domain/facet.ts';
import type {
  Key,
  KeyOrigin,
  KeyVersion,
  KeyWithVersion,
  PlannedReplacement,
  ProtectionLevel,
} from '../../../domain/key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { DEFAULT_KEY_RING_NAME, type KeyRing, type Project } from '../../../domain/project.ts';
import {
  requireDescription,
  requireLabelText,
  requireRotationPeriod,
  requireTags,
  requireText,
} from '../../checks.ts';
import { type Making, madeBy, type RequestContext } from '../../context.ts';
import { newFacet } from '../../facets.ts';
import { homeProject } from '../../find-project.ts';
import { unswept } from '../../hardware-sweep.ts';
import type { Kms } from '../../kms.ts';
import { newObjectId } from '../../object-id.ts';
import type { Demand } from '../../operation.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';
import type { StoreReads, StoreTransaction } from '../../ports/store.ts';
import { isId } from '../../references.ts';
import { requireUnreserved } from '../../reserved-names.ts';
import { requireRoomInNamespace } from '../names/quota.ts';
import { requireKeyRing } from '../rings/seek-key-ring.ts';
import { type FirstUsageLimit, requireUsageTotal, unused } from './usage-limit.ts';

/** What a caller says of a new key. */
export interface NewKeyInput extends Cryptoperiod {
  /** Undefined: every usage that the algorithm has. */
  readonly usages?: readonly KeyUsage[] | undefined;
  readonly location: string;
  /** The name of a key ring; undefined is the one of the principal, which is `default` unless another is its own. */
  readonly keyRing?: string | undefined;
  readonly exportable?: boolean | undefined;
  /** An exportable key leaves wrapped under another one, and not in the clear. */
  readonly wrappedOnly?: boolean | undefined;
  /** Have it destroyed by two principals only. */
  readonly dualControl?: boolean | undefined;
  readonly label?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** It waits to be activated, by hand where no instant is planned. Undefined: pre-active until `activateAt`, else active. */
  readonly state?: 'preActive' | undefined;
  /** One that begins in the past may have its end there too: it processes what it has protected elsewhere, or before. */
  readonly mayBeOver?: boolean | undefined;
  readonly usageLimit?: FirstUsageLimit | undefined;
  /** Another key takes its place so long after it was made. */
  readonly replacement?: NewReplacement | undefined;
  /** Given to the key in the same change. */
  readonly names?: readonly { readonly namespace: string; readonly text: string }[] | undefined;
  /** Refuse when a namespace of these would have more than this many names in the project. */
  readonly namesPerNamespaceMax?: number | undefined;
  readonly facet?: Facet | undefined;
}

/** As a key plans it; `by`: see `PlannedReplacement`. */
export interface NewReplacement {
  /** From the instant in which the key was made. */
  readonly afterMs: number;
  readonly by: string;
}

/** Of protocols whose clients bring an object under the identity that it had elsewhere. */
export interface ChosenId {
  /** A UUID in lower case, which no key has had. Undefined: one is made. */
  readonly id?: string | undefined;
}

/** Throws `invalidInput`. */
export function requireChosenId({ id }: ChosenId): void {
  if (id !== undefined && !isId(id)) throw invalidInput('id', 'must be a UUID in lower case');
}

export interface KeyHome {
  readonly project: Project;
  readonly ring: KeyRing;
}

export interface NewMaterial {
  readonly keyId: string;
  readonly algorithm: KeyAlgorithm;
  readonly material: WrappedMaterial;
}

/**
 * `mayBeIdle`: a public key that nothing here is done with still tells whose it is, and another key agrees with it. Throws `invalidInput`,
 * `limitExceeded` and `incompatibleUsage`.
 */
export function checkNewKey(
  input: Omit<NewKeyInput, 'location'>,
  algorithms: readonly KeyAlgorithm[],
  mayBeIdle = false,
): void {
  requireLabelText(input.label);
  requireDescription(input.description);
  requireTags(input.tags);
  requireInstants(input);
  requireOrdered(input);
  requireUsageTotal(input.usageLimit);
  if (input.replacement !== undefined)
    requireRotationPeriod('replacement.afterMs', input.replacement.afterMs);
  for (const { text } of input.names ?? []) requireText('name', text, 1, LIMITS.nameCharactersMax);
  if ((input.names?.length ?? 0) > LIMITS.namesPerKeyMax)
    throw limitExceeded('A key', LIMITS.namesPerKeyMax, 'names');
  if (input.usages?.length === 0 && !mayBeIdle) throw invalidInput('usages', 'must name at least one usage');
  for (const algorithm of algorithms) {
    const allowed: readonly KeyUsage[] = KEY_ALGORITHMS[algorithm].usages;
    const stray = input.usages?.find(usage => !allowed.includes(usage));
    if (stray === undefined) continue;
    throw new KmsError('incompatibleUsage', `A key of algorithm ${algorithm} cannot ${stray}.`, {
      algorithm,
      usage: stray,
    });
  }
}

/** The cryptoperiod is held against the clock: throws `invalidInput` for one that is over already, and for a beginning that is waited for in vain. */
export function requireCryptoperiod(
  { state, activateAt, deactivateAt, mayBeOver }: Omit<NewKeyInput, 'location'>,
  at: number,
): void {
  const hasBegun = activateAt !== undefined && activateAt <= at;
  if (deactivateAt !== undefined && deactivateAt <= at && !(mayBeOver && hasBegun))
    throw invalidInput('deactivateAt', 'must be in the future');
  if (state === 'preActive' && activateAt !== undefined && activateAt <= at) {
    throw invalidInput('activateAt', 'of a pre-active key must be in the future');
  }
}

/** Throws `notFound` for an absent key ring and `reservedName` for names of services. */
export async function findKeyHome(
  reads: StoreReads,
  context: RequestContext,
  input: NewKeyInput,
  kms: Kms,
): Promise<KeyHome> {
  for (const name of input.names ?? []) requireUnreserved(kms.reservedNames, name);
  const project = await homeProject(reads, context);
  const own = input.keyRing === undefined ? await ownRing(reads, context, project) : undefined;
  if (own !== undefined) return { project, ring: own };
  const name = input.keyRing ?? DEFAULT_KEY_RING_NAME;
  return { project, ring: requireKeyRing(await reads.keyRings.findByName(project.id, name), name) };
}

/** Undefined for a principal without one, and in a project that is not its own. */
async function ownRing(
  reads: StoreReads,
  { actor }: RequestContext,
  project: Project,
): Promise<KeyRing | undefined> {
  const id = actor.type === 'principal' ? actor.principal.keyRingId : undefined;
  const ring = id === undefined ? undefined : await reads.keyRings.find(id);
  return ring?.projectId === project.id ? ring : undefined;
}

/**
 * The demands of making a key in that place, with the names that it gets. Rules can tell new keys apart from those that are there
 * (`key.new`), keys that may leave from those that may not, and how material comes in (`key.material`).
 */
export function newKeyDemands(
  permission: Demand['permission'],
  { project, ring }: KeyHome,
  input: NewKeyInput,
  further: Readonly<Record<string, string>> = {},
): readonly Demand[] {
  const place = { projectId: project.id, keyRingId: ring.id };
  const attributes = { 'key.new': 'true', 'key.exportable': String(input.exportable ?? false), ...further };
  const named = (input.names?.length ?? 0) > 0;
  return [
    { permission, place, attributes },
    ...(named ? [{ permission: 'name.create', place } as const] : []),
  ];
}

/** What a key of the algorithm, or its public half alone, is for when nobody says. */
export function usagesOf(algorithm: KeyAlgorithm, publicOnly = false): readonly KeyUsage[] {
  return KEY_ALGORITHMS[algorithm].usages.filter(usage =>
    publicOnly ? PUBLIC_KEY_USAGES.includes(usage) : !USAGES_TO_ASK_FOR.includes(usage),
  );
}

export interface GeneratedFacts extends Pick<NewKeyInput, 'exportable'> {
  readonly algorithm: KeyAlgorithm;
  readonly protection?: ProtectionLevel | undefined;
  readonly lengthBytes?: number | undefined;
}

/** Makes the material of a key that does not exist yet; nothing is stored. */
export async function makeMaterial(
  kms: Kms,
  { project }: KeyHome,
  { algorithm, protection = 'software', exportable = false, lengthBytes }: GeneratedFacts,
): Promise<NewMaterial> {
  const keyId = newObjectId(kms);
  const binding = { projectId: project.id, keyId, version: 1, algorithm, exportable };
  return { keyId, algorithm, material: await kms.custody.generate(binding, protection, lengthBytes) };
}

export interface NewKeyFacts extends NewKeyInput {
  readonly origin: KeyOrigin;
  readonly publicOnly?: boolean | undefined;
  readonly protection: ProtectionLevel;
  readonly serviceOwner?: string | undefined;
  readonly rotationPeriodMs?: number | undefined;
}

export function plannedReplacement(
  createdAt: number,
  replacement: NewReplacement | undefined,
): PlannedReplacement | undefined {
  return replacement && { at: createdAt + replacement.afterMs, by: replacement.by };
}

/** What a key is by what is said of it when its material comes: at its birth, or when it is brought in again. */
export function saidOfKey(
  said: Omit<NewKeyInput, 'location' | 'keyRing'>,
  { algorithm, publicOnly }: { readonly algorithm: KeyAlgorithm; readonly publicOnly: boolean },
  { at, createdAt }: { readonly at: number; readonly createdAt: number },
) {
  const { exportable = false, activateAt } = said;
  return {
    algorithm,
    usages: said.usages ?? usagesOf(algorithm, publicOnly),
    exportable,
    wrappedOnly: (exportable && said.wrappedOnly) || undefined,
    label: said.label ?? '',
    description: said.description ?? '',
    tags: said.tags ?? {},
    state: said.state ?? (activateAt !== undefined && activateAt > at ? 'preActive' : 'active'),
    activateAt,
    processStartAt: said.processStartAt,
    protectStopAt: said.protectStopAt,
    deactivateAt: said.deactivateAt,
    usageLimit: unused(said.usageLimit),
    dualControl: said.dualControl ? {} : undefined,
    replacement: plannedReplacement(createdAt, said.replacement),
  } satisfies Partial<Key>;
}

/** Gives a key the names that were asked for with it. Throws as `requireRoomInNamespace` does. */
export async function insertNames(
  tx: StoreTransaction,
  { id: keyId, projectId }: Key,
  { names = [], namesPerNamespaceMax }: Pick<NewKeyInput, 'names' | 'namesPerNamespaceMax'>,
  at: number,
): Promise<void> {
  for (const { namespace, text } of names) {
    await requireRoomInNamespace(tx, projectId, namespace, namesPerNamespaceMax);
    await tx.names.insert({ namespace, text, projectId, keyId, createdAt: at, updatedAt: at });
  }
}

/** Stores an active key, or a pre-active one, with one version, its names and its facet. */
export async function insertKey(
  tx: StoreTransaction,
  { project, ring }: KeyHome,
  { keyId, algorithm, material }: NewMaterial,
  facts: NewKeyFacts,
  making: Making,
): Promise<KeyWithVersion> {
  const { at } = making;
  const { rotationPeriodMs: periodMs, publicOnly = false } = facts;
  const key: Key = {
    ...saidOfKey(facts, { algorithm, publicOnly }, { at, createdAt: at }),
    id: keyId,
    projectId: project.id,
    keyRingId: ring.id,
    location: facts.location,
    protection: facts.protection,
    origin: facts.origin,
    publicOnly,
    serviceOwner: facts.serviceOwner,
    primaryVersion: 1,
    latestVersion: 1,
    rotation: periodMs === undefined ? undefined : { periodMs, nextAt: at + periodMs },
    ...madeBy(making),
    updatedAt: at,
    revision: 1,
  };
  const version: KeyVersion = {
    keyId,
    number: 1,
    state: 'active',
    cause: 'created',
    ...(await unswept(tx, material)),
    createdAt: at,
  };
  const facet = facts.facet && newFacet(facts.facet);
  await tx.keys.insert(key, version, facet?.kind);
  await insertNames(tx, key, facts, at);
  await facet?.store(tx, keyId);
  return { key, version, project };
}
