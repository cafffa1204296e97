// From what a caller names to the secret or container that it means, and what it must be allowed: roles and rules as everywhere, and the
// access list of the object. An object of another project that does not list the caller is as absent as one that never was.

import type { AccessList } from '../../../domain/access-list.ts';
import { excerpt } from '../../../domain/audit-entry.ts';
import type { Container } from '../../../domain/container.ts';
import { type ErrorDetails, KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { Permission } from '../../../domain/permission.ts';
import type { Secret } from '../../../domain/secret.ts';
import { deniedError } from '../../authorize.ts';
import { actorId, type RequestContext } from '../../context.ts';
import type { AuditRecord, Demand } from '../../operation.ts';
import type { StoreReads } from '../../ports/store.ts';
import { isId } from '../../references.ts';

/** What an access list is about and a consumer uses. */
export type KeptObject =
  | { readonly noun: 'secret'; readonly secret: Secret }
  | { readonly noun: 'container'; readonly container: Container };

export interface ObjectReference {
  readonly noun: KeptObject['noun'];
  readonly id: string;
}

export interface Reached<T> {
  readonly object: T;
  readonly access: AccessList | undefined;
}

/** Throws `notFound`, for an expired secret as well. */
export async function findSecret(
  reads: StoreReads,
  context: RequestContext,
  id: string,
  at: number,
): Promise<Reached<Secret>> {
  const secret = isId(id) ? await reads.secrets.find(id) : undefined;
  if (secret === undefined || isExpired(secret, at)) throw absent('secret');
  return reach(reads, context, 'secret', secret);
}

export async function findContainer(
  reads: StoreReads,
  context: RequestContext,
  id: string,
): Promise<Reached<Container>> {
  const container = isId(id) ? await reads.containers.find(id) : undefined;
  if (container === undefined) throw absent('container');
  return reach(reads, context, 'container', container);
}

export async function findObject(
  reads: StoreReads,
  context: RequestContext,
  { noun, id }: ObjectReference,
  at: number,
): Promise<Reached<KeptObject>> {
  if (noun === 'secret') {
    const { object: secret, access } = await findSecret(reads, context, id, at);
    return { object: { noun, secret }, access };
  }
  const { object: container, access } = await findContainer(reads, context, id);
  return { object: { noun, container }, access };
}

export function factsOf(object: KeptObject): Secret | Container {
  return object.noun === 'secret' ? object.secret : object.container;
}

export function isExpired({ expiresAt }: Secret, at: number): boolean {
  return expiresAt !== undefined && expiresAt <= at;
}

async function reach<T extends Secret | Container>(
  reads: StoreReads,
  context: RequestContext,
  noun: KeptObject['noun'],
  object: T,
): Promise<Reached<T>> {
  const access = await reads.accessLists.find(object.id);
  if (object.projectId !== context.projectId && !isListed(access, context)) throw absent(noun, FOREIGN);
  const project = await reads.projects.find(object.projectId);
  if (project?.enabled !== true) throw deniedError('the project is disabled');
  return { object, access };
}

/** For the audit log, and for a protocol that is configured to tell; the message is the same. */
const FOREIGN = { foreign: 1, reason: 'an object of another project' };

function absent(noun: KeptObject['noun'], further: ErrorDetails = {}): KmsError {
  return new KmsError('notFound', `There is no such ${noun}.`, { noun, ...further });
}

function isListed(access: AccessList | undefined, context: RequestContext): boolean {
  const id = actorId(context.actor);
  return access?.principals.some(listed => listed.id === id) === true;
}

export function isOwn(object: Secret | Container, context: RequestContext): boolean {
  return object.createdBy === actorId(context.actor);
}

/** Reading: by a role or by the access list. */
export function readDemands(
  permission: Permission,
  { object, access }: Reached<Secret | Container>,
  context: RequestContext,
  key?: KeyWithVersion['key'],
): readonly Demand[] {
  if (!isListed(access, context)) return changeDemands(permission, { object, access }, context, key);
  return [{ ...demandOn(permission, object, key), granted: `access list of ${object.id}` }];
}

/** Changing: by a role, and for what is closed to the project by the one who made it or may reach it. */
export function changeDemands(
  permission: Permission,
  { object, access }: Reached<Secret | Container>,
  context: RequestContext,
  key?: KeyWithVersion['key'],
): readonly Demand[] {
  const demand = demandOn(permission, object, key);
  const closed = access?.openToProject === false && !isOwn(object, context);
  return closed ? [demand, demandOn('secret.reachClosed', object, key)] : [demand];
}

/** The id of a secret is that of its key: what is bound or ruled on the key holds for it. */
export function demandOn(
  permission: Permission,
  { id, projectId }: Secret | Container,
  key?: KeyWithVersion['key'],
): Demand {
  return { permission, place: { projectId, keyRingId: key?.keyRingId, keyId: id } };
}

export function objectRecord(
  { noun, id }: ObjectReference,
  target: Reached<Secret | Container> | undefined,
): AuditRecord {
  if (target === undefined) return { targets: [], details: { named: excerpt(id, 64) } };
  return { projectId: target.object.projectId, targets: [{ type: noun, id: target.object.id }] };
}
