// What a trial of an operation is, and the keys that most of them begin with.

import type { RequestContext } from '../../src/core/context.ts';
import { execute } from '../../src/core/execute.ts';
import type { KeySelector } from '../../src/core/find-key.ts';
import type { Kms } from '../../src/core/kms.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { Bench } from './bench.ts';

/** One operation on ground that was made for it. */
export interface Ground {
  /** Where the request takes place. */
  readonly where: 'project' | 'system';
  attempt(kms: Kms, context: RequestContext): Promise<unknown>;
}

export interface Trial {
  readonly operation: { readonly name: string; readonly kind: string };
  prepare(bench: Bench): Promise<Ground>;
  /** What a second attempt on the same ground may be told once the first has had its effect; undefined: it succeeds again. */
  readonly repeated?: ErrorCode | undefined;
}

interface TrialOptions {
  readonly where?: Ground['where'];
  readonly repeated?: ErrorCode;
}

export function trial<Input, Target, Output, Prepared>(
  operation: Operation<Input, Target, Output, Prepared>,
  input: (bench: Bench) => Promise<Input>,
  { where = 'project', repeated }: TrialOptions = {},
): Trial {
  return {
    operation,
    repeated,
    async prepare(bench) {
      const made = await input(bench);
      return { where, attempt: (kms, context) => execute(kms, operation, context, made) };
    },
  };
}

export const PAGE = { limit: 10 };

export const byId = (id: string): KeySelector => ({ by: 'id', id });

export async function aKey(bench: Bench): Promise<{ readonly key: KeySelector }> {
  return { key: byId((await bench.key()).id) };
}
