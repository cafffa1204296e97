// From an identifier to the object, and what an operation may ask of its state: judged where the core judges the state, behind
// authorization, and inside its transaction where it is a change.

import { type KeySelector, keyDemand } from '../../../core/find-key.ts';
import type { Operation, UseOperation } from '../../../core/operation.ts';
import { type DescribeKeyInput, describeKey } from '../../../core/operations/keys/describe-key.ts';
import { KEY_ALGORITHMS } from '../../../domain/algorithms.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import type { Key, KeyName, KeyWithVersion } from '../../../domain/key.ts';
import { stateAt } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { refusal } from '../faults.ts';
import { NAMESPACE, PROTOCOL_NAME } from '../names.ts';
import { type KmipRequest, perform, type Told } from '../request.ts';
import { type State, stateOfKey } from '../words.ts';
import { type ManagedObject, managedObject } from './object.ts';

interface Described {
  readonly of: KeyWithVersion;
  readonly facet: FacetDocument | undefined;
  readonly names: readonly KeyName[];
}

/** A key with all that makes an object of it: one operation of the core, and one entry of its log. */
const describeObject: UseOperation<DescribeKeyInput, KeyWithVersion, Described> = {
  name: describeKey.name,
  kind: 'read',
  disclosure: describeKey.disclosure,
  find: (reads, context, input, kms) => describeKey.find(reads, context, input, kms),
  record: (input, target) => describeKey.record(input, target, undefined),
  demands: (target, input, context) => [
    ...describeKey.demands(target, input, context),
    keyDemand('name.read', target.key),
  ],
  async run(kms, args) {
    const { facet, ...of } = await describeKey.run(kms, args);
    // Names of destroyed keys are free again.
    const filter = { projectId: of.project.id, namespace: NAMESPACE, keyId: of.key.id };
    const isNamed = of.key.state !== 'destroyed';
    const { items } = isNamed
      ? await kms.store.names.list(filter, { limit: LIMITS.namesPerKeyMax })
      : { items: [] };
    return { of, facet, names: items };
  },
};

/** The object with its names. Throws `objectNotFound` and what the core throws. */
export async function findObject(request: KmipRequest, id: string): Promise<ManagedObject> {
  const { of, facet, names } = await perform(request, visible(describeObject), {
    key: selectorOf(id),
    withFacet: PROTOCOL_NAME,
  });
  const object = managedObject(of.key, facet, names, of.version);
  if (object === undefined) throw refusal('objectNotFound');
  return object;
}

export function selectorOf(id: string): KeySelector {
  return { by: 'id', id };
}

/** An operation that finds nothing which KMIP has no form for. */
export function visible<Input, Target extends KeyWithVersion, Output, Prepared>(
  operation: Operation<Input, Target, Output, Prepared>,
): Operation<Input, Target, Output, Prepared> {
  // One for each: a batch knows by the operation what it has made for it.
  const known = guarded.get(operation) ?? hiding(operation);
  guarded.set(operation, known);
  return known as Operation<Input, Target, Output, Prepared>;
}

const guarded = new WeakMap<object, unknown>();

function hiding<Input, Target extends KeyWithVersion, Output, Prepared>(
  operation: Operation<Input, Target, Output, Prepared>,
): Operation<Input, Target, Output, Prepared> {
  const guards: Pick<typeof operation, 'find'> = {
    async find(reads, context, input, kms) {
      const target = await operation.find(reads, context, input, kms);
      if (isHidden(target.key)) throw refusal('objectNotFound');
      return target;
    },
  };
  return { ...operation, ...guards } as typeof operation;
}

function isHidden({ algorithm, serviceOwner }: Key): boolean {
  return KEY_ALGORITHMS[algorithm].kind === 'asymmetric' || serviceOwner !== undefined;
}

/** A change of a visible key, allowed in some states alone. */
export function performIn<Input, Target extends KeyWithVersion, Output, Prepared>(
  request: KmipRequest,
  operation: Operation<Input, Target, Output, Prepared>,
  states: readonly State[],
  input: Input,
  told?: Told,
): Promise<Output> {
  const seen = visible(operation);
  const guards: Pick<typeof operation, 'allow'> = {
    allow(target, asked, at) {
      requireState(target.key, states, at);
      operation.allow?.(target, asked, at);
    },
  };
  return perform(request, { ...seen, ...guards } as typeof operation, input, told);
}

/** Throws `wrongState`, or that the object is destroyed. */
export function requireState(key: Key, states: readonly State[], at: number): void {
  const state = stateOfKey({ ...key, state: stateAt(key, at) });
  if (states.includes(state)) return;
  throw refusal(key.state === 'destroyed' ? 'objectDestroyed' : 'wrongState');
}
