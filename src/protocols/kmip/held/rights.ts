// What a ticket with rights lets an operation do: the core is asked through a door that refuses whatever the rights do not name, whichever way
// an object was found. It only ever takes away: what the principal may not do stays refused.

import type { ExecuteInBatch } from '../../../core/execute-batch.ts';
import type { Demand, Operation } from '../../../core/operation.ts';
import type { ValueName } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
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
    const isFree = ticket.rights === undefined || rights.some(({ objects }) => objects === undefined);
    const ids = new Set(rights.flatMap(({ objects }) => [...(objects ?? [])]));
    known.set(operation, isFree ? undefined : { ids, confined: new WeakMap() });
  }
  return known.get(operation);
}

interface Objects {
  readonly ids: ReadonlySet<string>;
  /** One for each: a batch knows by the operation what it has made for it. */
  readonly confined: WeakMap<object, unknown>;
}

const found = new WeakMap<Ticket, Map<OperationName, Objects | undefined>>();

function confined<Input, Target, Output, Prepared>(
  operation: Operation<Input, Target, Output, Prepared>,
  { ids, confined: known }: Objects,
): Operation<Input, Target, Output, Prepared> {
  const guards: Pick<typeof operation, 'demands'> = {
    demands(target, input, context) {
      const demands = operation.demands(target, input, context);
      if (!demands.every(demand => isWithin(demand, ids))) throw refusal('notAuthorised');
      return demands;
    },
  };
  const made = known.get(operation) ?? { ...operation, ...guards };
  known.set(operation, made);
  return made as typeof operation;
}

/** Whatever is demanded of something that is no key is beyond what names keys. */
function isWithin({ place: { keyId } }: Demand, ids: ReadonlySet<string>): boolean {
  return keyId !== undefined && ids.has(keyId);
}
