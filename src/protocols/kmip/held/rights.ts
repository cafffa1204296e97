// What a ticket with rights lets an operation do: the core is asked through a door that refuses whatever the rights do not name, whichever way
// an object was found. It only ever takes away: what the principal may not do stays refused.

import type { ExecuteInBatch } from '../../../core/execute-batch.ts';
import { readFacet } from '../../../core/facets.ts';
import type { Demand, Operation } from '../../../core/operation.ts';
import type { StoreReads } from '../../../core/ports/store.ts';
import type { ValueName } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { instancesOf } from '../objects/object.ts';
import type { Right, Ticket } from './tickets.ts';

type OperationName = ValueName<'Operation'>;

/** The door for one operation of KMIP. Throws `notAuthorised` where no right names it. */
export function doorFor(execute: ExecuteInBatch, ticket: Ticket, operation: OperationName): ExecuteInBatch {
  const objects = objectsFor(ticket, operation);
  if (objects === undefined) return execute;
  return (asked, context, input) => execute(confined(asked, objects), context, input);
}

/** Whether a ticket names the operation at all. */
export function isNamed({ rights }: Ticket, operation: OperationName): boolean {
  return rights === undefined || rights.some(right => names(right, operation));
}

function names({ operations }: Right, operation: OperationName): boolean {
  return operations === undefined || operations.has(operation);
}

/** The objects that the rights for the operation name together; undefined where one of them names none. */
function objectsFor(ticket: Ticket, operation: OperationName): Objects | undefined {
  const known = found.get(ticket) ?? new Map<OperationName, Objects | undefined>();
  found.set(ticket, known);
  if (!known.has(operation)) {
    if (!isNamed(ticket, operation)) throw refusal('notAuthorised');
    const rights = (ticket.rights ?? []).filter(right => names(right, operation));
    const isFree = rights.length === 0 || rights.some(({ objects, groups }) => !objects && !groups);
    const ids = new Set(rights.flatMap(({ objects }) => [...(objects ?? [])]));
    const groups = new Set(rights.flatMap(right => [...(right.groups ?? [])]));
    known.set(operation, isFree ? undefined : { ids, groups, confined: new WeakMap() });
  }
  return known.get(operation);
}

interface Objects {
  readonly ids: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  /** One for each: a batch knows by the operation what it has made for it. */
  readonly confined: WeakMap<object, unknown>;
}

const found = new WeakMap<Ticket, Map<OperationName, Objects | undefined>>();

function confined<Input, Target, Output, Prepared>(
  operation: Operation<Input, Target, Output, Prepared>,
  objects: Objects,
): Operation<Input, Target, Output, Prepared> {
  const inGroup = new WeakMap<object, string>();
  const guards: Pick<typeof operation, 'find' | 'demands'> = {
    async find(reads, context, input, kms) {
      const target = await operation.find(reads, context, input, kms);
      const keyId = keyIdOf(target);
      if (keyId !== undefined && (await isInGroup(reads, keyId, objects)))
        inGroup.set(target as object, keyId);
      return target;
    },
    demands(target, input, context) {
      const demands = operation.demands(target, input, context);
      const member = typeof target === 'object' && target !== null ? inGroup.get(target) : undefined;
      if (!demands.every(demand => isWithin(demand, objects.ids, member))) throw refusal('notAuthorised');
      return demands;
    },
  };
  const made = objects.confined.get(operation) ?? { ...operation, ...guards };
  objects.confined.set(operation, made);
  return made as typeof operation;
}

function keyIdOf(target: unknown): string | undefined {
  if (typeof target !== 'object' || target === null || !('key' in target)) return undefined;
  const { key } = target;
  return typeof key === 'object' && key !== null && 'id' in key ? String(key.id) : undefined;
}

async function isInGroup(reads: StoreReads, keyId: string, { groups }: Objects): Promise<boolean> {
  if (groups.size === 0) return false;
  const facet = (await readFacet(reads, keyId, PROTOCOL_NAME)) ?? {};
  return instancesOf({ facet }, 'ObjectGroup').some(({ item }) => groups.has(item.text));
}

/** Whatever is demanded of something that is no key is beyond what names keys. */
function isWithin(
  { place: { keyId } }: Demand,
  ids: ReadonlySet<string>,
  member: string | undefined,
): boolean {
  return keyId !== undefined && (keyId === member || ids.has(keyId));
}
