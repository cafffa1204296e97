// What time brings about: activations, deactivations, rotations, replacements and destructions that are due. Each is one ordinary operation
// behind the one door, so that it is audited like any other, and running this on several nodes at once does no harm: the operations look again
// before they act.

import { must } from '../../base/assert.ts';
import { KmsError } from '../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../domain/key.ts';
import type { RequestContext } from '../context.ts';
import { execute } from '../execute.ts';
import type { Kms } from '../kms.ts';
import type { Operation } from '../operation.ts';
import { activateKey, deactivateKey } from '../operations/keys/change-state.ts';
import { destroyKey } from '../operations/keys/destroy-key.ts';
import type { KeyInput } from '../operations/keys/on-key.ts';
import { rotateKey } from '../operations/keys/rotate-key.ts';
import { eraseTransportKey } from '../operations/transport/transport-keys.ts';

/** Keys looked at in one run; what is left is due in the next one. */
const KEYS_PER_RUN_MAX = 1_000;

export interface DueWork {
  readonly activated: number;
  readonly deactivated: number;
  readonly rotated: number;
  /** Keys whose places others have taken. */
  readonly replaced: number;
  readonly destroyed: number;
  /** Transport keys whose time is over. */
  readonly erased: number;
  /** Keys, transport keys included, whose turn failed, with the reason: for the server's log. */
  readonly failures: readonly { readonly keyId: string; readonly error: unknown }[];
}

/** Does what is due now. One key's failure does not keep the others from their turn. */
export async function runDueWork(kms: Kms): Promise<DueWork> {
  const failures: { keyId: string; error: unknown }[] = [];

  async function each<Due extends Placed>(
    due: readonly Due[],
    work: (one: Due) => Promise<unknown>,
  ): Promise<number> {
    let done = 0;
    for (const one of due) {
      try {
        await work(one);
        done += 1;
      } catch (error) {
        if (!wasDoneElsewhere(error)) failures.push({ keyId: one.id, error });
      }
    }
    return done;
  }

  const { keys } = kms.store;
  type Due = (at: number, limit: number) => Promise<readonly Key[]>;
  type Step = Operation<KeyInput & { readonly onlyIfDue: boolean }, KeyWithVersion, KeyWithVersion>;
  const take = async (due: Due, step: Step): Promise<number> =>
    each(await due(kms.clock.now(), KEYS_PER_RUN_MAX), key =>
      execute(kms, step, scheduleContext(kms, key), { key: { by: 'id', id: key.id }, onlyIfDue: true }),
    );

  const destroyed = await take(keys.dueForDestruction, destroyKey);
  const activated = await take(keys.dueForActivation, activateKey);
  const deactivated = await take(keys.dueForDeactivation, deactivateKey);
  const rotated = await each(await kms.store.keys.dueForRotation(kms.clock.now(), KEYS_PER_RUN_MAX), key =>
    execute(kms, rotateKey, scheduleContext(kms, key), {
      key: { by: 'id', id: key.id },
      cause: 'scheduledRotation',
    }),
  );
  const replaced = await each(await keys.dueForReplacement(kms.clock.now(), KEYS_PER_RUN_MAX), key => {
    const replace = must(kms.replacers?.get(key.replacement?.by ?? ''), 'a protocol replaces what it plans');
    return replace(kms, scheduleContext(kms, key), key);
  });
  const erased = await each(
    await kms.store.transportKeys.dueForErasure(kms.clock.now(), KEYS_PER_RUN_MAX),
    due => execute(kms, eraseTransportKey, scheduleContext(kms, due), { owner: due.owner, onlyIfDue: true }),
  );
  return { activated, deactivated, rotated, replaced, destroyed, erased, failures };
}

/** What is due, where it stands. */
type Placed = Pick<Key, 'id' | 'projectId'>;

function scheduleContext(kms: Kms, { projectId }: Placed): RequestContext {
  return {
    requestId: kms.random.uuid(),
    protocol: 'schedule',
    actor: { type: 'system', name: 'schedule' },
    projectId,
  };
}

/** Another node was faster, or a user cancelled in between. */
function wasDoneElsewhere(error: unknown): boolean {
  return (
    error instanceof KmsError && ['conflict', 'keyNotPendingDestruction', 'keyDestroyed'].includes(error.code)
  );
}
