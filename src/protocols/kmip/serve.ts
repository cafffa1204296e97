// One message: who sends it, what its items ask for, and what is answered. A failing item is answered and never closes the connection;
// every refusal after the caller is known is in the audit log before it leaves.

import type { RequestContext } from '../../core/context.ts';
import { execute } from '../../core/execute.ts';
import { type ExecuteInBatch, executeBatch } from '../../core/execute-batch.ts';
import type { Kms } from '../../core/kms.ts';
import { refuseRequest } from '../../core/operations/refuse-request.ts';
import { toKmsError } from '../../domain/errors.ts';
import { StructureReader, TAGS, type TtlvField, type TtlvItem, type Version } from '../../wire/ttlv/index.ts';
import { authenticate, type Caller, type Peer } from './authenticate.ts';
import { type DeferredBatch, deferBatch, mayBeDeferred } from './defer.ts';
import { dialectOf } from './dialects.ts';
import { errorOf, refusalOf } from './errors.ts';
import { KmipRefusal, refusal } from './faults.ts';
import { doorFor } from './held/rights.ts';
import { isIdentifier } from './identifier-form.ts';
import { type BatchItem, readBatch, requireKnownTags } from './message/batch.ts';
import { type RequestHeader, readHeader, statedVersion } from './message/header.ts';
import type { Outcome } from './message/outcome.ts';
import { writeResponse } from './message/response.ts';
import { nearestVersion, PROTOCOL_NAME, servedVersion } from './names.ts';
import { OPERATIONS } from './operations.ts';
import type { BatchMemory, KmipRequest } from './request.ts';
import { requireRootKey } from './root-key.ts';

export interface ServeParts {
  readonly kms: Kms;
  readonly location: string;
  /** Whether marks of tests are taken, which no server in production does. */
  readonly takesInterop: boolean;
  /** Told of faults of ours, whose causes the caller never hears. */
  onFault(requestId: string, error: Error): void;
}

/** What is sent, made into bytes while the secrets in it are still there. */
export type Write<Written> = (response: TtlvField, version: Version) => Written;

/** Never throws for what a client sends. The message's bytes stay the caller's, who wipes them. */
export async function serveMessage<Written>(
  parts: ServeParts,
  message: TtlvItem,
  peer: Peer,
  write: Write<Written>,
): Promise<Written> {
  using secrets = new DisposableStack();
  const stated = statedVersion(message);
  const version = nearestVersion(stated ?? { major: 1, minor: 0 });
  let header: RequestHeader | undefined;
  let outcomes: readonly Outcome[];
  try {
    const opened = readMessage(message, version);
    header = opened.header;
    const isServed = stated !== undefined && servedVersion(stated) !== undefined;
    outcomes = await serveOpened(parts, { ...opened, isServed }, peer, secrets);
  } catch (thrown) {
    outcomes = [{ failure: told(parts, peer.requestId, thrown) }];
  }
  const response = writeResponse({
    version,
    at: parts.kms.clock.now(),
    clientCorrelation: header?.clientCorrelation,
    bytesMax: header?.responseBytesMax,
    outcomes,
  });
  return write(response, version);
}

/** What is answered to bytes that are no message: there is nobody who has asked. */
export function refuseUnreadable<Written>(kms: Kms, thrown: unknown, write: Write<Written>): Written {
  const version = '1.0';
  const outcomes = [{ failure: refusalOf(thrown) }];
  return write(writeResponse({ version, at: kms.clock.now(), outcomes }), version);
}

interface Opened {
  readonly header: RequestHeader;
  readonly fields: StructureReader;
}

/** Throws for what has no header that can be read. */
function readMessage(message: TtlvItem, version: Version): Opened {
  if (message.name !== 'RequestMessage' || message.type !== 'Structure') throw refusal('invalidMessage');
  const fields = new StructureReader(message);
  const header = fields.one('RequestHeader', {
    types: ['Structure'],
    take: item => readHeader(new StructureReader(item), version),
  });
  return { header, fields };
}

async function serveOpened(
  parts: ServeParts,
  { header, fields, isServed }: Opened & { readonly isServed: boolean },
  peer: Peer,
  secrets: DisposableStack,
): Promise<readonly Outcome[]> {
  const { kms } = parts;
  let caller: Caller;
  try {
    caller = await authenticate(kms, peer, header.credentials);
  } catch (thrown) {
    // What a ticket is not good for, is told of the item that it was shown for.
    const [first] = isOfTicket(thrown) ? readBatch(fields, header) : [];
    if (first === undefined) throw thrown;
    return [{ operation: first.code, id: first.id, failure: told(parts, peer.requestId, thrown) }];
  }
  const { actor, ticket, proveAgain } = caller;
  const { requestId, sourceAddress } = peer;
  const { projectId } = actor.principal;
  const context: RequestContext = { requestId, protocol: PROTOCOL_NAME, actor, projectId, sourceAddress };
  let batch: readonly BatchItem[];
  try {
    await requireRootKey(kms, actor.principal);
    batch = readBatch(fields, header);
    // Whoever speaks another version may still ask which ones there are.
    if (!isServed && !batch.every(({ operation }) => operation === 'DiscoverVersions'))
      throw refusal('unsupportedVersion');
  } catch (thrown) {
    throw await recordRefusal(throughTheDoor(kms), context, 'Request Message', thrown);
  }
  const { version } = header;
  const { location, takesInterop } = parts;
  const facts = { kms, context, version, location, takesInterop, secrets, ticket, proveAgain };
  if (header.isDeferred && batch.every(item => mayBeDeferred(item, version))) {
    const doors = { execute: throughTheDoor(kms), together: togetherIn(kms), mayWait: true };
    const { onError } = header;
    try {
      const deferred = deferBatch({ ...facts, ...doors }, { items: batch, onError, ...laterServer(parts) });
      if (deferred !== undefined) return deferred;
    } catch (thrown) {
      throw await recordRefusal(doors.execute, context, 'Request Message', thrown);
    }
  }
  return header.onError === 'Undo' && batch.length > 1
    ? serveUndoable(parts, facts, batch)
    : serveBatch(
        parts,
        { ...facts, execute: throughTheDoor(kms), together: togetherIn(kms), mayWait: true },
        batch,
        header.onError === 'Continue',
      );
}

function isOfTicket(thrown: unknown): boolean {
  return (
    thrown instanceof KmipRefusal && (thrown.fault === 'invalidTicket' || thrown.fault === 'ticketUsedUp')
  );
}

type BatchFacts = Omit<KmipRequest, 'memory' | 'recorded' | 'once'>;

/** Operations of one item, in a batch whose items do not stand together. */
function togetherIn(kms: Kms): KmipRequest['together'] {
  return work => executeBatch(kms, work);
}

function throughTheDoor(kms: Kms): ExecuteInBatch {
  return (operation, context, input) => execute(kms, operation, context, input);
}

/** Serves items of one batch, each by itself: they leave identifiers for each other, and no data. */
function laterServer(parts: ServeParts): Pick<DeferredBatch, 'serve' | 'isOver'> {
  const memory: BatchMemory = { answered: [], data: [] };
  return {
    async serve(facts, item) {
      const outcomes = await serveBatch(parts, facts, [item], false, new Map(), memory);
      memory.data.length = 0;
      return outcomes;
    },
    isOver: () => memory.isOver === true,
  };
}

async function serveBatch(
  parts: ServeParts,
  facts: BatchFacts,
  batch: readonly BatchItem[],
  goesOn: boolean,
  done: Done = new Map(),
  memory: BatchMemory = { answered: [], data: [] },
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const item of batch) {
    const once: KmipRequest['once'] = work => doneOnce(done, item, work);
    const outcome = await serveItem(parts, { ...facts, memory, recorded: new WeakSet(), once }, item);
    memory.instead = undefined;
    outcomes.push(outcome);
    if (outcome.failure !== undefined && (!goesOn || memory.isOver)) break;
  }
  return outcomes;
}

/** By item, what it has done once for all. */
type Done = Map<BatchItem, Promise<unknown>>;

function doneOnce<T>(done: Done, item: BatchItem, work: () => T | Promise<T>): Promise<T> {
  const known = done.get(item) ?? (async () => work())();
  done.set(item, known);
  return known as Promise<T>;
}

/** Ends a batch of which something has failed. */
class BatchFailed extends Error {}

/** All of the batch, or nothing of it: then what had worked is answered as undone. It runs several times until it is settled. */
async function serveUndoable(
  parts: ServeParts,
  facts: Omit<BatchFacts, 'execute' | 'together' | 'mayWait'>,
  batch: readonly BatchItem[],
): Promise<readonly Outcome[]> {
  let outcomes: readonly Outcome[] = [];
  let faults: (readonly [requestId: string, error: Error])[] = [];
  const done: Done = new Map();
  try {
    await executeBatch(parts.kms, async inBatch => {
      faults = [];
      const quiet = { ...parts, onFault: (...fault: readonly [string, Error]) => void faults.push(fault) };
      outcomes = await serveBatch(
        quiet,
        { ...facts, execute: inBatch, together: work => work(inBatch), mayWait: false },
        batch,
        false,
        done,
      );
      if (outcomes.some(({ failure }) => failure !== undefined)) throw new BatchFailed();
    });
    return outcomes;
  } catch (thrown) {
    if (!(thrown instanceof BatchFailed)) throw thrown;
    for (const fault of faults) parts.onFault(...fault);
    return outcomes.map(outcome => ({ ...outcome, isUndone: outcome.failure === undefined }));
  }
}

async function serveItem(parts: ServeParts, request: KmipRequest, item: BatchItem): Promise<Outcome> {
  const { operation, code, id, payload: asked, unreadable } = item;
  try {
    if (unreadable !== undefined) throw unreadable;
    if (item.hasUnknownExtension) throw refusal('criticalExtension');
    if (dialectOf(request.version).refusesUnknownTags) requireKnownTags(asked, request.version);
    const served = operation && OPERATIONS[operation];
    if (operation === undefined || typeof served !== 'object' || request.version < served.since)
      throw refusal('operationNotSupported');
    const { ticket, memory } = request;
    const door = (execute: ExecuteInBatch) =>
      ticket === undefined ? execute : doorFor(execute, ticket, operation);
    const doors: Pick<KmipRequest, 'execute' | 'together'> = {
      execute: door(request.execute),
      together: work => request.together(execute => work(door(execute))),
    };
    const payload = await served.serve({ ...request, ...doors }, asked);
    if (memory.instead !== undefined) return { ...memory.instead, id };
    return { operation, id, payload: payload.filter(field => isKept(field, item.ephemeral)) };
  } catch (thrown) {
    const isRecorded = thrown instanceof Error && request.recorded.has(thrown);
    const error = isRecorded
      ? thrown
      : await recordRefusal(
          request.execute,
          request.context,
          operation ?? `Operation ${code ?? 'unknown'}`,
          thrown,
        );
    return { operation: code, id, failure: told(parts, request.context.requestId, error) };
  }
}

/** An ephemeral item keeps its data, all of its answer, or what is not an identifier, for those behind it. */
function isKept(field: TtlvField | undefined, ephemeral: BatchItem['ephemeral']): boolean {
  if (ephemeral === undefined) return true;
  if (ephemeral === 'Empty' || field === undefined) return false;
  return ephemeral === 'Data' ? !DATA.has(field.tag) : isIdentifier(field);
}

/** What operations put out: not the IV nor the tag that belong to it, by which it is of use where it goes on. */
const DATA: ReadonlySet<number> = new Set([TAGS.Data[0], TAGS.MACData[0], TAGS.SignatureData[0]]);

/** The refusal of what no operation could take, as it is told once it is recorded. */
function recordRefusal(
  throughDoor: ExecuteInBatch,
  context: RequestContext,
  asked: string,
  thrown: unknown,
): Promise<Error> {
  return throughDoor(refuseRequest, context, { asked, error: errorOf(thrown) }).catch(toKmsError);
}

function told(parts: ServeParts, requestId: string, thrown: unknown): KmipRefusal {
  const error = errorOf(thrown);
  if (error.code === 'internal') parts.onFault(requestId, error);
  return refusalOf(thrown);
}
