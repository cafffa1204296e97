// From an identifier to the object, and what an operation may ask of its state: judged where the core judges the state, behind
// authorization, and inside its transaction where it is a change.

import { readFacet, writeFacet } from '../../../core/facets.ts';
import { type KeySelector, keyDemand } from '../../../core/find-key.ts';
import type { ChangeOperation, Operation, UseOperation } from '../../../core/operation.ts';
import { recoverKey } from '../../../core/operations/keys/archive-key.ts';
import { type DescribeKeyInput, describeKey } from '../../../core/operations/keys/describe-key.ts';
import { destroyKey } from '../../../core/operations/keys/destroy-key.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import type { Key, KeyName, KeyWithVersion } from '../../../domain/key.ts';
import type { KeyLink } from '../../../domain/key-link.ts';
import { stateAt } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { refusal } from '../faults.ts';
import { isOurs, namespaceOf, PROTOCOL_NAME } from '../names.ts';
import { type KmipRequest, perform, type Told } from '../request.ts';
import { type State, stateOfKey } from '../words.ts';
import { facetOf, proven } from './facet.ts';
import { isObliterated, type ManagedObject, managedObject } from './object.ts';

interface Described {
  readonly of: KeyWithVersion;
  readonly facet: FacetDocument | undefined;
  readonly names: readonly KeyName[];
  readonly links: readonly KeyLink[];
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
    // The server itself replaces the objects of whichever client.
    const namespace = args.context.actor.type === 'principal' ? namespaceOf(args.context) : undefined;
    const filter = { projectId: of.project.id, namespace, keyId: of.key.id };
    const isNamed = of.key.state !== 'destroyed';
    const { items } = isNamed
      ? await kms.store.names.list(filter, { limit: LIMITS.namesPerKeyMax })
      : { items: [] };
    return {
      of,
      facet,
      names: items.filter(name => isOurs(name.namespace)),
      links: await kms.store.keyLinks.ofKey(of.key.id),
    };
  },
};

/** The object with its names. Throws `objectNotFound`, `objectArchived`, and what the core throws. */
export async function findObject(request: KmipRequest, id: string): Promise<ManagedObject> {
  const object = await findStored(request, id);
  requireOnLine(object.key);
  return object;
}

/** The same, also where it is archived. */
export function findStored(request: KmipRequest, id: string): Promise<ManagedObject> {
  return findBy(request, selectorOf(id));
}

/** Of an archived object nothing is done, and nothing told, before it is recovered (KMIP 1.4 section 4.21, 2.1 section 6.1). */
export function requireOnLine({ archivedAt, state }: Key): void {
  if (archivedAt !== undefined && state !== 'destroyed') throw refusal('objectArchived');
}

async function findBy(request: KmipRequest, key: KeySelector): Promise<ManagedObject> {
  const { of, facet, names, links } = await perform(request, visible(describeObject), {
    key,
    withFacet: PROTOCOL_NAME,
  });
  const object = managedObject(of.key, facet, names, of.version, links);
  if (object === undefined) throw refusal('objectNotFound');
  return object;
}

/** The object of that Name; undefined where there is none that the caller may know of. */
export async function findNamed(request: KmipRequest, text: string): Promise<ManagedObject | undefined> {
  const namespace = namespaceOf(request.context);
  try {
    return await findBy(request, { by: 'name', namespace, text });
  } catch (thrown) {
    if (thrown instanceof KmsError && (thrown.code === 'notFound' || thrown.code === 'denied'))
      return undefined;
    throw thrown;
  }
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
      if (
        target.key.state === 'destroyed' &&
        isObliterated(await readFacet(reads, target.key.id, PROTOCOL_NAME))
      )
        throw refusal('objectObliterated');
      return target;
    },
  };
  return { ...operation, ...guards } as typeof operation;
}

function isHidden({ serviceOwner }: Key): boolean {
  return serviceOwner !== undefined;
}

/** A change of a visible key, allowed in some states alone. */
export function performIn<Input, Target extends KeyWithVersion, Output, Prepared>(
  request: KmipRequest,
  operation: ChangeOperation<Input, Target, Output, Prepared>,
  states: readonly State[],
  input: Input,
  told?: Told,
): Promise<Output> {
  const seen = visible(operation);
  const deed = operation.name === destroyKey.name ? 'destroyedByCredential' : 'changedByCredential';
  const guarded: typeof operation = {
    ...operation,
    find: (reads, context, asked, kms) => seen.find(reads, context, asked, kms),
    allow(target, asked, at) {
      if (operation.name !== recoverKey.name) requireOnLine(target.key);
      requireState(target.key, states, at);
      operation.allow?.(target, asked, at);
    },
    async run(kms, tx, args) {
      const output = await operation.run(kms, tx, args);
      await writeFacet(tx, args.target.key.id, facetOf(proven(deed, args.context)));
      return output;
    },
  };
  return perform(request, guarded, input, told);
}

/** Throws `wrongState`, or that the object is destroyed. */
export function requireState(key: Key, states: readonly State[], at: number): void {
  const state = stateOfKey({ ...key, state: stateAt(key, at) });
  if (states.includes(state)) return;
  throw refusal(key.state === 'destroyed' ? 'alreadyDestroyed' : 'wrongState');
}
