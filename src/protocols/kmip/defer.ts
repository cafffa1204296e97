// Answers that come later: an item is put aside with a copy of what it asks for, and served when its time comes, as if it were asked then. Only
// a message with one item is put aside: what several leave for each other is gone with their message.

import { wipe } from '../../base/bytes.ts';
import { readTtlv, type ValueName } from '../../wire/ttlv/index.ts';
import { refusalOf } from './errors.ts';
import { refusal } from './faults.ts';
import { ownerOf } from './held/deferred.ts';
import { heldFor } from './held/index.ts';
import type { BatchItem } from './message/batch.ts';
import type { Outcome } from './message/outcome.ts';
import type { KmipRequest } from './request.ts';
import { requireRootKey } from './root-key.ts';

type Facts = Omit<KmipRequest, 'memory' | 'recorded' | 'once'>;

/** What is about the connection, about messages, or about what was put aside: answered at once however it is asked. */
const AT_ONCE: ReadonlySet<ValueName<'Operation'>> = new Set<ValueName<'Operation'>>([
  'Poll',
  'Cancel',
  'Process',
  'QueryAsynchronousRequests',
  'Query',
  'DiscoverVersions',
  'Login',
  'DelegatedLogin',
  'Logout',
  'Log',
  'Ping',
  'Interop',
]);

/** Many may wait, and what they hold must not be much. */
const PAYLOAD_BYTES_MAX = 131_072;

export function mayBeDeferred({ operation, payload }: BatchItem): boolean {
  return operation !== undefined && !AT_ONCE.has(operation) && payload.encoding.length <= PAYLOAD_BYTES_MAX;
}

/**
 * Undefined where it is answered at once after all: 1.x leaves that to the server. Throws `featureNotSupported` where the client insists, and
 * `serverLimitExceeded`.
 */
export function deferItem(
  facts: Facts,
  batch: readonly BatchItem[],
  serve: (facts: Facts, item: BatchItem) => Promise<readonly Outcome[]>,
): Outcome | undefined {
  const [item, another] = batch;
  const { actor } = facts.context;
  if (item?.operation === undefined || actor.type !== 'principal') return undefined;
  if (another !== undefined) {
    if (facts.version < '2.0') return undefined;
    throw refusal('featureNotSupported', 'A message that is answered later has one item.');
  }
  const { operation, id } = item;
  using unsent = new DisposableStack();
  const secrets = unsent.use(new DisposableStack());
  const bytes = Uint8Array.from(item.payload.encoding);
  secrets.defer(() => wipe(bytes));
  const pending = heldFor(facts.kms).deferred.submit({
    owner: ownerOf(facts),
    operation,
    secrets,
    async work() {
      try {
        const context = await provenAgain(facts);
        const [outcome] = await serve({ ...facts, context, secrets }, { ...item, payload: readTtlv(bytes) });
        return outcome ?? { operation };
      } catch (thrown) {
        return { operation, failure: refusalOf(thrown) };
      }
    },
  });
  // From here on they live as long as what was put aside: a limit that is reached wipes them here.
  unsent.move();
  return { operation, id, pending };
}

/** Between asking and doing a credential may have been revoked. */
async function provenAgain({ kms, context, proveAgain }: Facts): Promise<Facts['context']> {
  const { actor } = context;
  if (actor.type !== 'principal') return context;
  const proof = await proveAgain(kms.clock.now());
  if (proof === undefined) throw refusal('authenticationNotSuccessful');
  await requireRootKey(kms, proof.principal);
  return { ...context, actor: { type: 'principal', ...proof } };
}
