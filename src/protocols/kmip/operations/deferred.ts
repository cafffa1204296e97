// Poll, Cancel, Process and Query Asynchronous Requests: what becomes of requests that are answered later (KMIP 1.4 section 4.27 and 4.28, 2.1 section
// 6.1.5, 6.1.36, 6.1.38 and 6.1.41).

import { type Bytes, equalBytes } from '../../../base/bytes.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import { make, read, type StructureReader } from '../../../wire/ttlv/index.ts';
import { type Owner, ownerOf } from '../held/deferred.ts';
import { heldFor } from '../held/index.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, type OperationName, perform } from '../request.ts';

/** In a millisecond. */
const MICROSECONDS = 1_000n;

function readCorrelation(payload: StructureReader): Bytes {
  return payload.one('AsynchronousCorrelationValue', read.byteString);
}

async function recordedOwner(request: KmipRequest, asked: OperationName): Promise<Owner> {
  await perform(request, answerRequest, { asked });
  return ownerOf(request);
}

/** The answer is the one of what was asked, under its name. */
export const POLL = operation({
  decode: readCorrelation,
  async run(request, correlation) {
    const owner = await recordedOwner(request, 'Poll');
    const { deferred } = heldFor(request.kms);
    const { outcome, secrets } = await request.once(() => deferred.poll(correlation, owner, request.mayWait));
    if (secrets !== undefined) request.secrets.use(secrets);
    request.memory.instead = outcome;
    return [];
  },
});

export const CANCEL = operation({
  decode: readCorrelation,
  async run(request, correlation) {
    const owner = await recordedOwner(request, 'Cancel');
    const result = await request.once(() => heldFor(request.kms).deferred.cancel(correlation, owner));
    return [
      make.byteString('AsynchronousCorrelationValue', correlation),
      make.enumeration('CancellationResult', result),
    ];
  },
});

export const PROCESS = operation({
  since: '2.1',
  decode: readCorrelation,
  async run(request, correlation) {
    const owner = await recordedOwner(request, 'Process');
    const { deferred } = heldFor(request.kms);
    await request.once(() => deferred.process(correlation, owner, request.mayWait));
    return [];
  },
});

export const QUERY_ASYNCHRONOUS_REQUESTS = operation({
  since: '2.1',
  decode: payload => ({
    correlations: payload.optional(
      'AsynchronousCorrelationValues',
      read.structure(fields => {
        const all = fields.many('AsynchronousCorrelationValue', read.byteString);
        fields.refuseOthers();
        return all;
      }),
    ),
    operations: payload.optional(
      'Operations',
      read.structure(fields => {
        const all = fields.many('Operation', read.enumeration('Operation'));
        fields.refuseOthers();
        return all;
      }),
    ),
  }),
  async run(request, { correlations, operations }) {
    const owner = await recordedOwner(request, 'QueryAsynchronousRequests');
    return heldFor(request.kms)
      .deferred.list(owner)
      .filter(
        each =>
          (operations === undefined || operations.includes(each.operation)) &&
          (correlations === undefined || correlations.some(one => equalBytes(one, each.correlation))),
      )
      .map(each =>
        make.structure('AsynchronousRequest', [
          make.byteString('AsynchronousCorrelationValue', each.correlation),
          make.enumeration('Operation', each.operation),
          make.dateTimeExtended('SubmissionDate', BigInt(each.submittedAt) * MICROSECONDS),
          make.enumeration('ProcessingStage', each.stage),
        ]),
      );
  },
});
