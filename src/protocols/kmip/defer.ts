// Answers that come later (KMIP 1.4 section 6.7, 2.1 section 8.7): each item of a batch is put aside with a copy of what it asks for, and served when its time
// comes, behind those before it, as if it were asked then. Identifiers go from one to another; data does not, which ends with the answer that holds it.

import { must } from '../../base/assert.ts';
import { type Bytes, wipe } from '../../base/bytes.ts';
import { readTtlv, type ValueName, type Version } from '../../wire/ttlv/index.ts';
import { dialectOf } from './dialects.ts';
import { refusalOf } from './errors.ts';
import { refusal } from './faults.ts';
import { ownerOf } from './held/deferred.ts';
import { heldFor } from './held/index.ts';
import type { BatchItem } from './message/batch.ts';
import type { Outcome } from './message/outcome.ts';
import type { KmipRequest } from './request.ts';
import { requireRootKey } from './root-key.ts';

type Facts = Omit<KmipRequest, 'memory' | 'recorded' | 'once'>;

type Operations = ReadonlySet<ValueName<'Operation'>>;

/** What is about the connection, about its credentials, or about what was put aside: answered at once however it is asked. */
const AT_ONCE: Operations = new Set<ValueName<'Operation'>>([
  'Poll',
  'Cancel',
  'Process',
  'QueryAsynchronousRequests',
  'Login',
  'DelegatedLogin',
  'Logout',
  'Interop',
]);

/** Besides, what is told in no time, to a client that would wait and does not insist on it. */
const IN_NO_TIME: Operations = new Set<ValueName<'Operation'>>(['Query', 'DiscoverVersions', 'Log', 'Ping']);

/** Many may wait, and what they hold must not be much. */
const PAYLOAD_BYTES_MAX = 131_072;

export function mayBeDeferred({ operation, payload }: BatchItem, version: Version): boolean {
  if (operation === undefined || AT_ONCE.has(operation)) return false;
  const insists = dialectOf(version).asynchronous === 'Enumeration';
  return (insists || !IN_NO_TIME.has(operation)) && payload.encoding.length <= PAYLOAD_BYTES_MAX;
}

export interface DeferredBatch {
  readonly items: readonly BatchItem[];
  readonly onError: ValueName<'BatchErrorContinuationOption'>;
  /** Serves one of the items, as if it were asked now. */
  serve(facts: Facts, item: BatchItem): Promise<readonly Outcome[]>;
  /** Whether an item has ended the batch, whatever its option says. */
  isOver(): boolean;
}

/**
 * What is answered to each item. Undefined where all are answered at once: 1.x leaves that to the server. Throws `featureNotSupported` for what would have to be
 * undone, and `serverLimitExceeded`; then nothing waits.
 */
export function deferBatch(facts: Facts, batch: DeferredBatch): readonly Outcome[] | undefined {
  const { items, onError } = batch;
  if (facts.context.actor.type !== 'principal') return undefined;
  if (items.length > 1 && dialectOf(facts.version).asynchronous === 'Boolean') return undefined;
  if (items.length > 1 && onError === 'Undo')
    throw refusal('featureNotSupported', 'What is answered later is not undone.');
  const { deferred } = heldFor(facts.kms);
  const submitted: Bytes[] = [];
  let hasFailed = false;
  try {
    return items.map(item => {
      const { operation, id } = item;
      const before = [...submitted];
      const pending = submit(facts, item, batch, async serveItem => {
        await deferred.done(before);
        if (batch.isOver() || (hasFailed && onError === 'Stop'))
          return { operation, failure: refusal('itemBeforeFailed') };
        const outcome = await serveItem();
        hasFailed ||= outcome.failure !== undefined;
        return outcome;
      });
      submitted.push(pending);
      return { operation, id, pending };
    });
  } catch (thrown) {
    // None of them has begun in the meantime: nobody else has had a turn.
    for (const correlation of submitted) deferred.withdraw(correlation);
    throw thrown;
  }
}

/** Puts one item aside with a copy of what it asks for. `work` is handed what serves it, which never rejects. */
function submit(
  facts: Facts,
  item: BatchItem,
  { serve }: Pick<DeferredBatch, 'serve'>,
  work: (serveItem: () => Promise<Outcome>) => Promise<Outcome>,
): Bytes {
  const operation = must(item.operation, 'what is put aside is known');
  using unsent = new DisposableStack();
  const secrets = unsent.use(new DisposableStack());
  const bytes = Uint8Array.from(item.payload.encoding);
  secrets.defer(() => wipe(bytes));
  const serveItem = async (): Promise<Outcome> => {
    try {
      const context = await provenAgain(facts);
      const [outcome] = await serve({ ...facts, context, secrets }, { ...item, payload: readTtlv(bytes) });
      return outcome ?? { operation };
    } catch (thrown) {
      return { operation, failure: refusalOf(thrown) };
    }
  };
  const owner = ownerOf(facts);
  const pending = heldFor(facts.kms).deferred.submit({
    owner,
    operation,
    secrets,
    work: () => work(serveItem),
  });
  // From here on they live as long as what was put aside: a limit that is reached wipes them here.
  unsent.move();
  return pending;
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
