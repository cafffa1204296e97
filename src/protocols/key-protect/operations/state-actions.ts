// The actions that change what a key is, or what may become of it, and answer nothing.

import { readFacet } from '../../../core/facets.ts';
import { disableKey, enableKey } from '../../../core/operations/keys/change-state.ts';
import { approveDestruction, withdrawApproval } from '../../../core/operations/keys/dual-control.ts';
import { notifyDependants } from '../../../core/operations/keys/notify-dependants.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { refusal } from '../fault.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { keyFacet } from '../policies/key-policies.ts';
import { guarded, perform, performOn } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, requireNoBody } from '../route.ts';
import { TIMES } from '../times.ts';
import { namedKey } from './keys.ts';

export async function serveDisable(call: Call): Promise<Answer> {
  requireNoBody(call);
  await performOn(call.request, disableKey, namedKey(call), { kind: 'root', states: [1] });
  return NO_CONTENT;
}

export async function serveEnable(call: Call): Promise<Answer> {
  requireNoBody(call);
  const input = { ...namedKey(call), minimumIntervalMs: TIMES.enableAfterMs };
  await performOn(call.request, enableKey, input, { kind: 'root', states: [2] });
  return NO_CONTENT;
}

const DELETABLE = { states: [0, 1, 2, 3] } as const;

function requireDualAuthorization({ key }: KeyWithVersion): void {
  if (key.dualControl === undefined) throw refusal('NOT_DUAL_AUTH_ERR');
}

export async function serveSetForDeletion(call: Call): Promise<Answer> {
  requireNoBody(call);
  const { request } = call;
  const operation = guarded(
    request,
    approveDestruction,
    target => target,
    DELETABLE,
    requireDualAuthorization,
  );
  await perform(request, operation, { ...namedKey(call), validMs: TIMES.deletionAuthorizationMs });
  return NO_CONTENT;
}

export async function serveUnsetForDeletion(call: Call): Promise<Answer> {
  requireNoBody(call);
  const { request } = call;
  const operation = guarded(request, withdrawApproval, target => target, DELETABLE, requireDualAuthorization);
  await perform(request, operation, namedKey(call));
  return NO_CONTENT;
}

/** When the registered services were last told something of the key; long ago for a key that has only been made. */
function lastNotice({ rotatedAt, suspendedAt, destruction }: Key, syncedAt: number | undefined): number {
  const notices = [syncedAt, rotatedAt, suspendedAt, destruction?.requestedAt];
  return Math.max(...notices.map(at => at ?? Number.NEGATIVE_INFINITY));
}

/** Asks the services that have registered resources to look at the key again. */
export async function serveSync(call: Call): Promise<Answer> {
  requireNoBody(call);
  const { request } = call;
  let syncedAt: number | undefined;
  const operation = guarded(request, notifyDependants, target => target, {
    kind: 'root',
    states: [0, 1, 2, 3],
  });
  const guards: Pick<typeof operation, 'find' | 'allow'> = {
    async find(reads, context, input, kms) {
      const target = await operation.find(reads, context, input, kms);
      syncedAt = keyFacet(await readFacet(reads, target.key.id, PROTOCOL_NAME)).syncedAt;
      return target;
    },
    // Before the state: IBM's service says of a key just deleted that it is too early, and not that it is gone.
    allow(target, input, at) {
      if (at - lastNotice(target.key, syncedAt) < TIMES.syncAgainAfterMs) throw refusal('REQ_TOO_EARLY_ERR');
      operation.allow?.(target, input, at);
    },
  };
  const facet = { protocol: PROTOCOL_NAME, document: { syncedAt: request.kms.clock.now() } };
  await perform(request, { ...operation, ...guards }, { ...namedKey(call), facet });
  return NO_CONTENT;
}
