// One authenticated request of this protocol, as its routes see it, and the ways in which they reach the core.

import type { RequestContext } from '../../core/context.ts';
import { execute } from '../../core/execute.ts';
import type { Kms } from '../../core/kms.ts';
import type { Operation } from '../../core/operation.ts';
import { type ErrorCode, type KmsError, toKmsError } from '../../domain/errors.ts';
import type { KeyWithVersion } from '../../domain/key.ts';
import { type FaultCode, KeyProtectRefusal, refusal } from './fault.ts';
import { type Expected, requireExpected } from './kinds.ts';
import type { InstanceName } from './names.ts';
import { iamId } from './token-claims.ts';

export interface KeyProtectRequest {
  readonly kms: Kms;
  readonly context: RequestContext;
  readonly instance: InstanceName;
  /** Of `X-Kms-Key-Ring`: where a key is looked for, or put. */
  readonly keyRing: string | undefined;
  /** The URL of this server, for those who ask where to come. */
  readonly url: string;
  /** Refusals whose entries are in the audit log already. */
  readonly recorded: WeakSet<object>;
}

/** What a code of ours means at one place, where it is another thing than in general. */
export type Told = Partial<
  Record<ErrorCode, FaultCode | ((error: KmsError) => FaultCode | KeyProtectRefusal)>
>;

/** Throws KmsError, recorded. */
export async function perform<Input, Target, Output, Prepared>(
  request: KeyProtectRequest,
  operation: Operation<Input, Target, Output, Prepared>,
  input: Input,
  told: Told = {},
): Promise<Output> {
  try {
    return await execute(request.kms, operation, request.context, input);
  } catch (thrown) {
    const error = toKmsError(thrown);
    const row = error instanceof KeyProtectRefusal ? undefined : told[error.code];
    const better = typeof row === 'function' ? row(error) : row;
    const answered = typeof better === 'string' ? refusal(better) : (better ?? error);
    request.recorded.add(answered);
    throw answered;
  }
}

/**
 * The same on one key, which must be in the key ring that the request names and as it is expected to be: judged where the operation
 * judges the state, behind authorization, and inside its transaction where it is a change.
 */
export function performOn<Input, Target extends KeyWithVersion, Output, Prepared>(
  request: KeyProtectRequest,
  operation: Operation<Input, Target, Output, Prepared>,
  input: Input,
  expected: Expected,
  told?: Told,
): Promise<Output> {
  const operationGuarded = guarded(request, operation, target => target, expected);
  return perform(request, operationGuarded, input, told);
}

/** An operation that asks more of its key, in IBM's words: everything else of it stays as it is. */
export function guarded<Input, Target, Output, Prepared>(
  { keyRing }: KeyProtectRequest,
  operation: Operation<Input, Target, Output, Prepared>,
  keyOf: (target: Target) => KeyWithVersion,
  expected: Expected,
  further?: (target: Target, at: number) => void,
): Operation<Input, Target, Output, Prepared> {
  const guards: Pick<typeof operation, 'find' | 'allow'> = {
    async find(reads, context, input, from) {
      const target = await operation.find(reads, context, input, from);
      const { key } = keyOf(target);
      if (keyRing !== undefined && (await reads.keyRings.find(key.keyRingId))?.name !== keyRing) {
        throw refusal('KEY_NOT_FOUND_ERR');
      }
      return target;
    },
    allow(target, input, at) {
      requireExpected(keyOf(target).key, expected, at);
      further?.(target, at);
      operation.allow?.(target, input, at);
    },
  };
  return { ...operation, ...guards } as Operation<Input, Target, Output, Prepared>;
}

/** The id by which IBM knows who acts: of a principal, or of a part of the server. */
export class IamIds {
  readonly #kms: Kms;
  readonly #known = new Map<string, Promise<string>>();

  constructor(kms: Kms) {
    this.#kms = kms;
  }

  of(actor: string): Promise<string> {
    const known = this.#known.get(actor) ?? this.#find(actor);
    this.#known.set(actor, known);
    return known;
  }

  async #find(actor: string): Promise<string> {
    const principal = await this.#kms.store.principals.find(actor);
    return iamId(principal ?? { id: actor, kind: 'serviceAccount' });
  }
}
