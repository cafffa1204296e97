// Keeps a secret, with its payload or before it has come. The payload becomes the material of an exportable key of the same id: one that
// computes where the client has said what it is and it is that, otherwise bytes that custody guards.

import type { SecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyAlgorithm } from '../../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import type { MaterialLevel } from '../../../domain/key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Secret } from '../../../domain/secret.ts';
import { requireFuture, requireText, requireWithin } from '../../checks.ts';
import { type Making, madeBy, type RequestContext } from '../../context.ts';
import type { Kms } from '../../kms.ts';
import { newObjectId } from '../../object-id.ts';
import type { ChangeOperation, Demand } from '../../operation.ts';
import type { StoreReads, StoreTransaction } from '../../ports/store.ts';
import { type MaterialPlace, takeMaterial } from '../keys/incoming-material.ts';
import { findKeyHome, insertKey, type KeyHome, type NewMaterial } from '../keys/new-key.ts';
import { requireWrappingFor } from '../services/hardware-wrapping-key.ts';
import { requireRoom } from './quotas.ts';
import { changeDemands, findSecret, objectRecord, type Reached } from './reach.ts';
import { storeOfNew } from './secret-stores.ts';

/** What the client says of the payload. */
export type SecretDescription = Pick<
  Secret,
  'type' | 'name' | 'algorithm' | 'bitLength' | 'mode' | 'expiresAt'
>;

export interface Payload {
  /** Stays the caller's, who wipes it. */
  readonly material: SecretBytes;
  readonly contentType: string;
  /** What it is, where it is of use as that: material that is no such key is kept all the same. */
  readonly algorithm?: KeyAlgorithm | undefined;
}

export interface KeepSecretInput extends SecretDescription {
  readonly payload?: Payload | undefined;
  /** Of the key. */
  readonly location: string;
}

export interface KeptMaterial {
  readonly id: string;
  readonly payload?: PayloadMaterial | undefined;
}

/** As it was prepared: the preference of the project may have changed since. */
interface PayloadMaterial extends NewMaterial {
  readonly store: MaterialLevel;
}

/** Where a payload goes. */
export interface PayloadHome extends KeyHome {
  readonly location: string;
  readonly store: MaterialLevel;
}

export async function findPayloadHome(
  reads: StoreReads,
  context: RequestContext,
  { location }: { readonly location: string },
  kms: Kms,
): Promise<PayloadHome> {
  const home = await findKeyHome(reads, context, { location }, kms);
  return { ...home, location, store: await storeOfNew(reads, home.project.id) };
}

/** What a preparation in the place begins with, where it makes material. Throws `sealed` for a store that there is no more. */
export function requireStore(
  kms: Kms,
  context: RequestContext,
  { project, store }: PayloadHome,
): Promise<void> {
  if (!kms.custody.protectionLevels.includes(store)) throw new KmsError('sealed', NO_TOKEN);
  return requireWrappingFor(kms, context, project.id, store);
}

const NO_TOKEN =
  'The project prefers the secret store that a token protects, and no token is configured any more.';

export const keepSecret: ChangeOperation<KeepSecretInput, PayloadHome, Secret, KeptMaterial> = {
  name: 'secret.create',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    checkDescription(input);
    if (input.payload !== undefined) checkPayload(input.payload);
  },
  find: findPayloadHome,
  demands: home => newSecretDemands(home),
  allow: (_home, input, at) => requireFuture(input.expiresAt, at),
  async prepare(kms, { input: { payload }, target, context }) {
    const id = newObjectId(kms);
    return { id, payload: payload && (await takePayload(kms, context, target, id, payload)) };
  },
  async run(_kms, tx, { input, target, prepared, ...making }) {
    await requireRoom(tx, target.project.id, 'secrets');
    const { id, payload } = prepared;
    const secret = newSecret(id, target, { ...input, contentType: input.payload?.contentType }, making);
    await tx.secrets.insert(secret);
    if (payload !== undefined) await insertPayloadKey(tx, target, payload, secret, making);
    return secret;
  },
  record: (input, home, secret) => ({
    projectId: home?.project.id,
    targets: secret === undefined ? [] : secretTargets(secret),
    details: {
      type: input.type,
      contentType: input.payload?.contentType,
      algorithm: input.payload?.algorithm,
    },
  }),
};

export interface StorePayloadInput {
  readonly id: string;
  readonly payload: Payload;
  readonly location: string;
}

type AwaitingPayload = PayloadHome & Reached<Secret>;

/** The second of two steps. Throws `conflict` for a secret that has its payload: it is written once. */
export const storePayload: ChangeOperation<StorePayloadInput, AwaitingPayload, Secret, PayloadMaterial> = {
  name: 'secret.storePayload',
  kind: 'change',
  disclosure: 'denied',
  check: input => checkPayload(input.payload),
  async find(reads, context, input, kms) {
    const reached = await findSecret(reads, context, input.id, kms.clock.now());
    return { ...reached, ...(await findPayloadHome(reads, context, input, kms)) };
  },
  demands: (target, _input, context) => changeDemands('secret.create', target, context),
  allow({ object }) {
    if (object.contentType === undefined) return;
    throw new KmsError('conflict', 'The secret has its payload already.', { reason: 'payload' });
  },
  prepare: (kms, { input, target, context }) =>
    takePayload(kms, context, target, target.object.id, input.payload),
  async run(_kms, tx, { input, target, prepared, ...making }) {
    const { revision } = target.object;
    const secret: Secret = {
      ...target.object,
      contentType: input.payload.contentType,
      updatedAt: making.at,
    };
    await tx.secrets.update(secret);
    await insertPayloadKey(tx, target, prepared, secret, making);
    return { ...secret, revision: revision + 1 };
  },
  record: (input, target, secret) => ({
    ...objectRecord({ noun: 'secret', id: input.id }, target),
    ...(secret === undefined ? {} : { targets: secretTargets(secret) }),
    details: { contentType: input.payload.contentType, algorithm: input.payload.algorithm },
  }),
};

export function newSecretDemands(
  { project, ring }: KeyHome,
  permission: Demand['permission'] = 'secret.create',
) {
  const attributes = { 'key.new': 'true', 'key.exportable': 'true' };
  return [{ permission, place: { projectId: project.id, keyRingId: ring.id }, attributes }];
}

export function checkDescription(input: SecretDescription): void {
  for (const field of ['name', 'algorithm', 'mode'] as const) {
    const text = input[field];
    if (text !== undefined) requireText(field, text, 0, LIMITS.secretTextCharactersMax);
  }
  if (input.bitLength !== undefined) requireWithin('bitLength', input.bitLength, 1, 32_767);
  if (input.expiresAt !== undefined) requireWithin('expiresAt', input.expiresAt, 0, LIMITS.instantMsMax);
}

function checkPayload({ material, contentType }: Payload): void {
  requireText('contentType', contentType, 1, LIMITS.contentTypeCharactersMax);
  if (material.length === 0) throw invalidInput('payload', 'must not be empty');
  if (material.length > LIMITS.opaqueBytesMax) {
    throw new KmsError('tooLarge', `A payload has at most ${LIMITS.opaqueBytesMax} bytes.`, {
      field: 'payload',
      limit: LIMITS.opaqueBytesMax,
    });
  }
}

interface NewSecret extends SecretDescription, Pick<Secret, 'contentType'> {
  /** Undefined: `bytes`. */
  readonly form?: Secret['form'] | undefined;
}

export function newSecret(id: string, { project }: KeyHome, said: NewSecret, making: Making): Secret {
  const { type, name, algorithm, bitLength, mode, expiresAt, contentType, form = 'bytes' } = said;
  const described = { type, name, algorithm, bitLength, mode, expiresAt, contentType, form };
  const made = { ...madeBy(making), updatedAt: making.at, revision: 1 };
  return { id, projectId: project.id, ...described, metadata: {}, ...made };
}

/** The key that holds the payload of the secret. It ends with the secret. */
async function insertPayloadKey(
  tx: StoreTransaction,
  home: PayloadHome,
  { store, ...material }: PayloadMaterial,
  { name, expiresAt }: Secret,
  making: Making,
): Promise<void> {
  const facts = { location: home.location, exportable: true, label: name ?? '', deactivateAt: expiresAt };
  await insertKey(tx, home, material, { ...facts, origin: 'imported', protection: store }, making);
}

async function takePayload(
  kms: Kms,
  context: RequestContext,
  home: PayloadHome,
  keyId: string,
  { material, algorithm }: Payload,
): Promise<PayloadMaterial> {
  await requireStore(kms, context, home);
  const { project, store } = home;
  const place = { projectId: project.id, keyId, version: 1, exportable: true, protection: store };
  const take = async (algorithms: MaterialPlace['algorithms']): Promise<PayloadMaterial> => ({
    keyId,
    store,
    ...(await takeMaterial(kms, { ...place, algorithms }, { by: 'plain', material })),
  });
  if (algorithm === undefined) return take(['opaque']);
  try {
    return await take([algorithm]);
  } catch (thrown) {
    if (thrown instanceof KmsError && thrown.code === 'invalidKeyMaterial') return take(['opaque']);
    throw thrown;
  }
}

function secretTargets({ id, contentType }: Secret) {
  const secret = { type: 'secret', id } as const;
  return contentType === undefined ? [secret] : [secret, { type: 'key', id, version: 1 } as const];
}
