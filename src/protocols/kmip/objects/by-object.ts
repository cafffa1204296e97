// A use of a key whose input follows from what this protocol knows of the object: found, authorized and recorded once, where a look at the object first
// would be an operation of its own, which waits for the log by itself.

import { readFacet, type WithFacet } from '../../../core/facets.ts';
import { type KeySelector, keyDemand } from '../../../core/find-key.ts';
import type { UseOperation } from '../../../core/operation.ts';
import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { refusal } from '../faults.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { type ManagedObject, managedObject } from './object.ts';

/** What was asked for, and the key that it is asked of. */
interface Asked {
  readonly key: KeySelector;
}

type Completed<Input> =
  | { readonly ok: true; readonly input: Input }
  | { readonly ok: false; readonly error: unknown };

type Target<Input> = KeyWithVersion & WithFacet & { readonly completed: Completed<Input> };

/** What came of the use, and the input that it followed from. */
export interface ByObject<Input, Output> {
  readonly input: Input;
  readonly output: Output;
}

/**
 * `inputOf`: pure, of the object and of what was asked. What it throws is told to whoever may read the object, and to nobody else. To be made once
 * for each operation: a batch knows by it what it has made.
 */
export function byObject<Given extends Asked, Input extends Asked, Output>(
  operation: UseOperation<Input, KeyWithVersion, Output>,
  inputOf: (object: ManagedObject, given: Given) => Input,
): UseOperation<Given, Target<Input>, ByObject<Input, Output>> {
  const inputIn = ({ completed }: Target<Input>): Input => {
    if (completed.ok) return completed.input;
    throw completed.error;
  };
  const { protects, discard } = operation;
  return {
    name: operation.name,
    kind: operation.kind,
    disclosure: operation.disclosure,
    async find(reads, context, given, kms) {
      // Which key it is, is all that is asked of the input so far.
      const target = await operation.find(reads, context, given as Asked as Input, kms);
      const facet = await readFacet(reads, target.key.id, PROTOCOL_NAME);
      const object = managedObject(target.key, facet, []);
      if (object === undefined) throw refusal('objectNotFound');
      return { ...target, facet, completed: completed(() => inputOf(object, given)) };
    },
    demands: (target, _given, context) =>
      target.completed.ok
        ? operation.demands(target, target.completed.input, context)
        : [keyDemand('key.read', target.key)],
    allow(target, _given, at) {
      const input = inputIn(target);
      operation.check?.(input);
      operation.allow?.(target, input, at);
    },
    async run(kms, { context, target }) {
      const input = inputIn(target);
      return { input, output: await operation.run(kms, { context, target, input }) };
    },
    ...(discard && { discard: ({ output }) => discard(output) }),
    ...(protects && { protects: target => protects(target, inputIn(target)) }),
    record: (given, target, made) =>
      target?.completed.ok
        ? operation.record(target.completed.input, target, made?.output)
        : // Nobody knows by which mechanism it would have been.
          describeKey.record(given, target, undefined),
  };
}

function completed<Input>(inputOf: () => Input): Completed<Input> {
  try {
    return { ok: true, input: inputOf() };
  } catch (error) {
    return { ok: false, error };
  }
}
