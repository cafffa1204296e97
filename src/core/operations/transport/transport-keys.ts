// Transport keys: made for an owner, read by those who bring material, erased when their time is over. Material that came under one is
// opened in keys/incoming-material.ts.

import { EMPTY_BYTES } from '../../../base/bytes.ts';
import { excerpt, targetsOf } from '../../../domain/audit-entry.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Project } from '../../../domain/project.ts';
import {
  TRANSPORT_NONCE_BYTES,
  type TransportAlgorithm,
  type TransportKey,
} from '../../../domain/transport-key.ts';
import { requireLabel, requireWithin } from '../../checks.ts';
import { madeBy, type RequestContext } from '../../context.ts';
import { homeProject } from '../../find-project.ts';
import type { AuditRecord, ChangeOperation } from '../../operation.ts';
import type { WrappedMaterial } from '../../ports/custody.ts';
import type { StoreReads } from '../../ports/store.ts';

export interface TransportKeyInput {
  readonly owner: string;
}

export interface CreateTransportKeyInput extends TransportKeyInput {
  readonly algorithm: TransportAlgorithm;
  readonly lifetimeMs: number;
  readonly readsMax: number;
}

/** What is said of a transport key without reading it. */
export type TransportKeyFacts = Omit<TransportKey, 'wrapped' | 'publicKey' | 'nonce'>;

interface Prepared {
  readonly id: string;
  readonly material: WrappedMaterial;
}

/** The older one of the owner goes: what was wrapped under it is no longer taken. */
export const createTransportKey: ChangeOperation<
  CreateTransportKeyInput,
  Project,
  TransportKeyFacts,
  Prepared
> = {
  name: 'transportKey.create',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    requireOwner(input);
    requireWithin(
      'lifetimeMs',
      input.lifetimeMs,
      LIMITS.transportKeyLifetimeMsMin,
      LIMITS.transportKeyLifetimeMsMax,
    );
    requireWithin('readsMax', input.readsMax, 1, LIMITS.transportKeyReadsMax);
  },
  find: homeProject,
  demands: project => [importDemand(project)],
  async prepare(kms, { input: { algorithm }, target }) {
    const id = kms.random.uuid();
    const binding = { projectId: target.id, keyId: id, version: 1, algorithm, exportable: false };
    return { id, material: await kms.custody.generate(binding, 'software') };
  },
  async run(kms, tx, { input, target, context, prepared: { id, material }, at }) {
    const { owner, algorithm, readsMax } = input;
    const facts: TransportKeyFacts = {
      id,
      projectId: target.id,
      owner,
      algorithm,
      ...madeBy({ context, at }),
      expiresAt: at + input.lifetimeMs,
      readsMax,
      readsLeft: readsMax,
    };
    const { wrapped, publicKey } = material;
    if (publicKey === undefined) throw invalidInput('algorithm', 'must be one of pairs');
    const nonce = kms.random.bytes(TRANSPORT_NONCE_BYTES);
    await tx.transportKeys.replace({ ...facts, wrapped, publicKey, nonce });
    return facts;
  },
  record: (input, project, output) => ({
    ...transportRecord(input, project, output),
    details: { owner: excerpt(input.owner, 128), lifetimeMs: input.lifetimeMs, readsMax: input.readsMax },
  }),
};

interface Sought {
  readonly project: Project;
  readonly transportKey?: TransportKey | undefined;
}

/** Each reading counts. Throws `expired` when the time or the reads are over. */
export const readTransportKey: ChangeOperation<TransportKeyInput, Sought, Omit<TransportKey, 'wrapped'>> = {
  name: 'transportKey.read',
  kind: 'change',
  disclosure: 'denied',
  check: requireOwner,
  find: seekTransportKey,
  demands: ({ project }) => [importDemand(project)],
  async run(_kms, tx, { target, at }) {
    const transportKey = requireCurrent(target.transportKey, at);
    if (transportKey.readsLeft === 0) throw expired('has been read as often as it may be');
    const read = { ...transportKey, readsLeft: transportKey.readsLeft - 1 };
    await tx.transportKeys.update(read);
    const { wrapped: _wrapped, ...shown } = read;
    return shown;
  },
  record: (input, target) => transportRecord(input, target?.project, target?.transportKey),
};

export interface EraseTransportKeyInput extends TransportKeyInput {
  /** Refuse unless its time is over: the schedule sets it, so that a newer one is not erased. */
  readonly onlyIfDue?: boolean | undefined;
}

/** The private key goes; the row stays until the next one, and says that its time is over. */
export const eraseTransportKey: ChangeOperation<EraseTransportKeyInput, Sought, TransportKeyFacts> = {
  name: 'transportKey.erase',
  kind: 'change',
  disclosure: 'denied',
  check: requireOwner,
  find: seekTransportKey,
  demands: ({ project }) => [importDemand(project)],
  async run(_kms, tx, { input, target, at }) {
    const transportKey = requireFound(target.transportKey);
    if (input.onlyIfDue && transportKey.expiresAt > at) {
      throw new KmsError('conflict', 'The time of the transport key is not over.');
    }
    const erased = { ...transportKey, wrapped: EMPTY_BYTES, readsLeft: 0 };
    await tx.transportKeys.update(erased);
    const { wrapped: _wrapped, publicKey: _publicKey, nonce: _nonce, ...facts } = erased;
    return facts;
  },
  record: (input, target) => transportRecord(input, target?.project, target?.transportKey),
};

/** The owner's key while its time lasts. Throws `notFound` and `expired`. */
export function requireCurrent(transportKey: TransportKey | undefined, at: number): TransportKey {
  const found = requireFound(transportKey);
  if (found.expiresAt <= at || found.wrapped.length === 0) throw expired('is over');
  return found;
}

function requireFound(transportKey: TransportKey | undefined): TransportKey {
  if (transportKey !== undefined) return transportKey;
  throw new KmsError('notFound', 'There is no transport key of that owner.');
}

function expired(why: string): KmsError {
  return new KmsError('expired', `The transport key ${why}. Make a new one.`);
}

async function seekTransportKey(
  reads: StoreReads,
  context: RequestContext,
  { owner }: TransportKeyInput,
): Promise<Sought> {
  const project = await homeProject(reads, context);
  return { project, transportKey: await reads.transportKeys.find(project.id, owner) };
}

function requireOwner({ owner }: TransportKeyInput): void {
  requireLabel('owner', owner, LIMITS.transportKeyOwnerCharactersMax);
}

function importDemand(project: Project) {
  return { permission: 'key.import', place: { projectId: project.id } } as const;
}

function transportRecord(
  input: TransportKeyInput,
  project: Project | undefined,
  transportKey: { readonly id: string } | undefined,
): AuditRecord {
  return {
    projectId: project?.id,
    targets: targetsOf('transportKey', transportKey),
    details: { owner: excerpt(input.owner, 128) },
  };
}
