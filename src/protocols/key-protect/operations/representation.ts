// A key as every answer that describes one shows it.

import type { FacetDocument } from '../../../domain/facet.ts';
import type { Key, KeyVersion, KeyWithVersion } from '../../../domain/key.ts';
import { DEFAULT_KEY_RING_NAME } from '../../../domain/project.ts';
import { COLLECTIONS, collection, dateText } from '../collections.ts';
import { kindOf, stateOf } from '../kinds.ts';
import { keyCrn, NAMESPACE, versionId } from '../names.ts';
import { keyFacet, rotationBody, rotationPolicy } from '../policies/key-policies.ts';
import { IamIds, type KeyProtectRequest } from '../request.ts';
import type { Answer, AnswerSecret } from '../route.ts';
import { TIMES } from '../times.ts';

/** What is known of a key besides its row. */
export interface KeyAround {
  readonly keyRing: string;
  readonly aliases: readonly string[];
  readonly facet: FacetDocument | undefined;
  /** Of the primary version; undefined where it is not at hand and the algorithm does not say. */
  readonly materialBytes?: number | undefined;
  readonly justMade?: boolean | undefined;
}

const BITS_OF: Readonly<Record<string, number>> = { 'aes-128': 128, 'aes-192': 192, 'aes-256': 256 };

export async function keyBody(
  { instance, kms }: KeyProtectRequest,
  key: Key,
  around: KeyAround,
  iam: IamIds,
): Promise<Readonly<Record<string, unknown>>> {
  const now = kms.clock.now();
  const kind = kindOf(key);
  const bits = around.materialBytes === undefined ? BITS_OF[key.algorithm] : around.materialBytes * 8;
  const facet = keyFacet(around.facet);
  const rotation = rotationPolicy(key, facet);
  return {
    type: COLLECTIONS.key,
    id: key.id,
    name: key.label === '' ? (around.aliases[0] ?? key.id) : key.label,
    aliases: around.aliases.length === 0 ? undefined : around.aliases,
    description: key.description === '' ? undefined : key.description,
    tags: tagTexts(key),
    state: stateOf(key, now),
    expirationDate: dateText(key.deactivateAt),
    extractable: kind === 'standard',
    crn: keyCrn(instance, key.id),
    imported: key.origin === 'imported',
    keyRingID: around.keyRing,
    creationDate: dateText(key.createdAt),
    createdBy: await iam.of(key.createdBy),
    algorithmType: 'Deprecated',
    algorithmMetadata: { bitLength: bits === undefined ? undefined : String(bits), mode: 'Deprecated' },
    algorithmBitSize: bits,
    algorithmMode: 'Deprecated',
    // What has just been made was never touched.
    lastUpdateDate: around.justMade ? undefined : dateText(key.updatedAt),
    lastRotateDate: dateText(key.rotatedAt),
    keyVersion: kind === 'root' ? versionBody(primaryVersion(key)) : undefined,
    dualAuthDelete: dualAuthBody(key, now),
    rotation: rotation === undefined ? undefined : rotationBody(rotation),
    ...(await deletionBody(key, now, iam)),
  };
}

function primaryVersion(key: Key): Pick<KeyVersion, 'keyId' | 'number' | 'createdAt'> {
  return { keyId: key.id, number: key.primaryVersion, createdAt: key.rotatedAt ?? key.createdAt };
}

export function versionBody(version: Pick<KeyVersion, 'keyId' | 'number' | 'createdAt'>) {
  return { id: versionId(version), creationDate: dateText(version.createdAt) };
}

function dualAuthBody({ dualControl }: Key, now: number) {
  if (dualControl === undefined) return { enabled: false };
  const { approval } = dualControl;
  const set = approval !== undefined && approval.expiresAt > now;
  return {
    enabled: true,
    keySetForDeletion: set,
    authExpiration: set ? dateText(approval.expiresAt) : undefined,
  };
}

async function deletionBody({ destruction }: Key, now: number, iam: IamIds) {
  if (destruction === undefined) return { deleted: false };
  const { requestedAt, requestedBy, at } = destruction;
  const purgeFrom = requestedAt + TIMES.purgeAfterMs;
  const restoreUntil = Math.min(requestedAt + TIMES.restoreWithinMs, at);
  return {
    deleted: true,
    deletionDate: dateText(requestedAt),
    deletedBy: await iam.of(requestedBy),
    restoreExpirationDate: dateText(restoreUntil),
    restoreAllowed: now >= requestedAt + TIMES.restoreAfterMs && now < restoreUntil,
    purgeAllowed: now >= purgeFrom,
    purgeAllowedFrom: dateText(purgeFrom),
    purgeScheduledOn: dateText(at),
  };
}

/** Tags have a name and a value here, and are one text there: of a tag made there the value is empty. */
export function tagsOf(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map(text => [text, '']));
}

function tagTexts({ tags }: Key): readonly string[] | undefined {
  const texts = Object.entries(tags).map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  return texts.length === 0 ? undefined : texts;
}

/** The aliases of the key, in their order. Read once the key was reached: who may see it may see these. */
async function aliasesOf({ kms }: KeyProtectRequest, key: Key): Promise<readonly string[]> {
  const filter = { projectId: key.projectId, namespace: NAMESPACE, keyId: key.id };
  const names = await kms.store.names.list(filter, { limit: ALIASES_SHOWN_MAX });
  return names.items.map(({ text }) => text);
}

const ALIASES_SHOWN_MAX = 100;

export async function keyRingName({ kms }: KeyProtectRequest, keyRingId: string): Promise<string> {
  return (await kms.store.keyRings.find(keyRingId))?.name ?? DEFAULT_KEY_RING_NAME;
}

/** The answer that shows one key. */
export async function keyAnswer(
  request: KeyProtectRequest,
  status: 200 | 201,
  { key, version, facet }: KeyWithVersion & { readonly facet?: FacetDocument | undefined },
  secret?: AnswerSecret,
  justMade = false,
): Promise<Answer> {
  const around: KeyAround = {
    keyRing: await keyRingName(request, key.keyRingId),
    aliases: await aliasesOf(request, key),
    facet,
    materialBytes: version.materialBytes,
    justMade,
  };
  const body = await keyBody(request, key, around, new IamIds(request.kms));
  return { status, body: collection('key', [body]), secret };
}
