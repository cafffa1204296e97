// One HTTP exchange: which operation, who asks, what is answered. Every refusal after the caller is known is in the audit log before it
// leaves; the bytes of the request are wiped whatever happens.

import { wipe } from '../../base/bytes.ts';
import { isKeyOf } from '../../base/table.ts';
import { execute } from '../../core/execute.ts';
import type { Kms } from '../../core/kms.ts';
import { refuseRequest } from '../../core/operations/refuse-request.ts';
import { KmsError, toKmsError } from '../../domain/errors.ts';
import type { SignedRequest } from '../../wire/aws-signature/canonical-request.ts';
import { singleHeader } from '../../wire/aws-signature/claim.ts';
import { isMediaType } from '../../wire/http.ts';
import { authenticate, type Caller, type Origin } from './authenticate.ts';
import { refusalOf } from './errors.ts';
import { AWS_ERRORS, AwsRefusal, unsupportedRefusal } from './fault.ts';
import type { AwsOperation } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import type { AwsRequest } from './request.ts';
import { encodeFault, encodeOutput } from './response.ts';

export const MEDIA_TYPE = 'application/x-amz-json-1.1';
const TARGET_PREFIX = 'TrentService.';

export interface Answer {
  readonly status: number;
  /** Bytes hold a plaintext: whoever sends them wipes them then. */
  readonly body: Buffer | string;
  /** For our own log: a fault of the house, never one of the caller. */
  readonly failure?: KmsError | undefined;
}

/** Never throws. */
export async function serve(kms: Kms, signed: SignedRequest, origin: Origin): Promise<Answer> {
  try {
    return { status: 200, body: await answer(kms, signed, origin) };
  } catch (thrown) {
    const refusal =
      thrown instanceof AwsRefusal ? thrown : await refusalOf(thrown, nobodysRequest(kms, origin));
    const status = AWS_ERRORS[refusal.fault.type];
    return {
      status,
      body: encodeFault(refusal.fault),
      failure: status === 400 ? undefined : refusal.refused,
    };
  } finally {
    wipe(signed.body);
  }
}

async function answer(kms: Kms, signed: SignedRequest, origin: Origin): Promise<Buffer | string> {
  const name = requireTarget(signed);
  const caller = await authenticate(kms, signed, origin);
  const request = requestOf(kms, origin, caller, name);
  try {
    return encodeOutput(await requireOperation(name).serve(request, signed.body));
  } catch (thrown) {
    if (thrown instanceof AwsRefusal && thrown.refused !== undefined) throw thrown;
    throw await recorded(thrown, request);
  }
}

/** A request without this target is of no operation at all: whose it is does not matter. */
function requireTarget({ headers }: SignedRequest): string {
  const target = headerOf(headers, 'x-amz-target');
  if (!target?.startsWith(TARGET_PREFIX)) {
    throw unknownOperation('The header X-Amz-Target names no operation of TrentService.');
  }
  if (!isMediaType(headerOf(headers, 'content-type'), MEDIA_TYPE)) {
    throw unknownOperation(`The Content-Type of this protocol is ${MEDIA_TYPE}.`);
  }
  return target.slice(TARGET_PREFIX.length);
}

function headerOf(headers: SignedRequest['headers'], name: string): string | undefined {
  try {
    return singleHeader(headers, name);
  } catch {
    throw unknownOperation(`The header ${name} is given twice.`);
  }
}

function requireOperation(name: string): AwsOperation {
  if (!isKeyOf(OPERATIONS, name)) throw unknownOperation('There is no operation of this name.');
  const found: AwsOperation | 'later' = OPERATIONS[name];
  if (found === 'later') throw unsupportedRefusal(`${name} is not supported here.`);
  return found;
}

function unknownOperation(message: string): AwsRefusal {
  return new AwsRefusal('unsupported', { type: 'UnknownOperationException', message });
}

/** The refusal once its entry is durable; where that cannot be, the refusal that says so. */
async function recorded(thrown: unknown, request: AwsRequest): Promise<AwsRefusal> {
  const error =
    thrown instanceof AwsRefusal ? new KmsError(thrown.code, 'The request was refused.') : toKmsError(thrown);
  try {
    return await execute(request.kms, refuseRequest, request.context, { asked: request.operation, error });
  } catch (answered) {
    return answered === error && thrown instanceof AwsRefusal ? thrown : refusalOf(answered, request);
  }
}

function requestOf(
  kms: Kms,
  { requestId, sourceAddress }: Origin,
  { principal, credentialId, region }: Caller,
  operation: string,
): AwsRequest {
  return {
    kms,
    region,
    operation,
    context: {
      requestId,
      protocol: 'aws-kms',
      actor: { type: 'principal', principal, credentialId },
      projectId: principal.projectId,
      sourceAddress,
    },
  };
}

/** For the words of a refusal before anybody is known. */
function nobodysRequest(kms: Kms, { requestId }: Origin): AwsRequest {
  const actor = { type: 'system', name: 'nobody' } as const;
  return { kms, region: '', operation: '', context: { requestId, protocol: 'aws-kms', actor } };
}
