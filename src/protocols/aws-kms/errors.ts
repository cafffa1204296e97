// From our error codes to AWS's errors: one table, total by type. AWS puts ARNs into its messages and our errors hold ids, so a row may
// look up what is missing; that happens after the refusal, and only about what the caller was allowed to reach or has named itself.

import { type ErrorCode, type KmsError, toKmsError } from '../../domain/errors.ts';
import type { KeyWithVersion } from '../../domain/key.ts';
import { type AwsErrorType, type AwsFault, AwsRefusal } from './fault.ts';
import { violated, violationRefusal } from './model/violations.ts';
import { aliasArn, arnOfKey, arnOfName, keyArn, partitionOf } from './names.ts';
import type { AwsRequest } from './request.ts';
import { kindOf } from './words.ts';

/** What a row knows. `input` is the validated one, in AWS's names; it is empty before there is one. */
interface Circumstances {
  readonly error: KmsError;
  readonly request: AwsRequest;
  readonly input: Readonly<Record<string, unknown>>;
}

type Row = (circumstances: Circumstances) => AwsFault | Promise<AwsFault>;

const plain =
  (type: AwsErrorType, message?: string): Row =>
  () => ({ type, message });

/** Shows our own message: texts of ours hold no secret. */
const explained =
  (type: AwsErrorType): Row =>
  ({ error }) => ({ type, message: error.message });

/** `<key ARN> <rest>` */
const ofKey =
  (type: AwsErrorType, rest: string): Row =>
  async circumstances => ({ type, message: `${await troubledArn(circumstances)} ${rest}` });

const unavailable = plain('DependencyTimeoutException', 'The request cannot be served now. Try again later.');
const disabled = ofKey('DisabledException', 'is disabled.');

const FOREIGN_CIPHERTEXT: AwsFault = {
  type: 'AccessDeniedException',
  message:
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
};

export const ERROR_ROWS: Readonly<Record<ErrorCode, Row>> = {
  unauthenticated: plain(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  ),
  credentialExpired: plain('ExpiredTokenException', 'The security token included in the request is expired'),
  clockSkew: explained('InvalidSignatureException'),
  signatureMismatch: explained('InvalidSignatureException'),
  throttled: plain(
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  ),
  denied: deniedFault,

  invalidInput: ({ error }) => brokenField(error),
  unsupported: explained('UnsupportedOperationException'),
  tooLarge: ({ error }) => brokenField(error),
  invalidCursor: explained('InvalidMarkerException'),
  limitExceeded: limitFault,

  notFound: notFoundFault,
  alreadyExists: async ({ error, request, input }) => ({
    type: 'AlreadyExistsException',
    message:
      input.AliasName === undefined
        ? error.message
        : `An alias with the name ${await aliasArnOf(request, String(input.AliasName))} already exists`,
  }),
  conflict: explained('KMSInvalidStateException'),
  reservedName: plain('NotAuthorizedException'),
  expired: explained('KMSInvalidStateException'),
  tooEarly: explained('KMSInvalidStateException'),

  keyPreActive: disabled,
  keySuspended: disabled,
  keyPendingDestruction: ofKey('KMSInvalidStateException', 'is pending deletion.'),
  keyNotPendingDestruction: ofKey('KMSInvalidStateException', 'is not pending deletion.'),
  // The nearest of AWS's states is Disabled: see words.ts.
  keyDeactivated: disabled,
  keyCompromised: disabled,
  keyDestroyed: circumstances =>
    nothingNamed(circumstances) ? FOREIGN_CIPHERTEXT : notFoundFault(circumstances),
  keyArchived: disabled,
  usageLimitExceeded: disabled,
  // The policy of an AWS managed key lets nobody manage it, and that is what callers are told.
  serviceKey: async circumstances => ({
    type: 'AccessDeniedException',
    message: await notAuthorized(circumstances, await troubledArn(circumstances), 'resource'),
  }),
  approvalRequired: explained('KMSInvalidStateException'),
  inUse: explained('KMSInvalidStateException'),

  incompatibleUsage: async circumstances => {
    const key = await troubledKey(circumstances);
    const usage = key === undefined ? undefined : kindOf(key.key)?.usage;
    return {
      type: 'InvalidKeyUsageException',
      message: `${await troubledArn(circumstances)} key usage is ${usage} which is not valid for ${circumstances.request.operation}.`,
    };
  },
  incompatibleAlgorithm: async circumstances => {
    if (circumstances.request.operation === 'UpdateAlias') {
      return { type: 'ValidationException', message: circumstances.error.message };
    }
    const key = await troubledKey(circumstances);
    const spec = (key === undefined ? undefined : kindOf(key.key)?.spec) ?? 'of this key';
    return {
      type: 'InvalidKeyUsageException',
      message: `Algorithm SYMMETRIC_DEFAULT is incompatible with key spec ${spec}.`,
    };
  },
  wrongKey: plain(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  ),
  notExportable: explained('UnsupportedOperationException'),

  invalidCiphertext: plain('InvalidCiphertextException'),
  invalidSignature: plain('KMSInvalidSignatureException'),
  invalidKeyMaterial: plain('IncorrectKeyMaterialException'),

  dryRun: plain(
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
  ),
  undone: explained('KMSInvalidStateException'),
  sealed: explained('DependencyTimeoutException'),
  auditUnavailable: unavailable,
  storeUnavailable: unavailable,
  identityUnavailable: unavailable,
  overloaded: plain('ThrottlingException', 'Rate exceeded'),
  deadlineExceeded: unavailable,
  internal: plain('KMSInternalException', 'An internal error occurred. The request can be retried.'),
};

/** The refusal for whatever an operation threw. Never throws: where even the message cannot be made, the fault is ours. */
export async function refusalOf(
  thrown: unknown,
  request: AwsRequest,
  input: Readonly<Record<string, unknown>> = {},
): Promise<AwsRefusal> {
  const error = toKmsError(thrown);
  try {
    return new AwsRefusal(error.code, await ERROR_ROWS[error.code]({ error, request, input }), error);
  } catch (failed) {
    const failure = toKmsError(failed);
    const row = failure.code === 'storeUnavailable' ? unavailable : ERROR_ROWS.internal;
    return new AwsRefusal(failure.code, await row({ error: failure, request, input }), failure);
  }
}

/** The members by which inputs name a key, in the order in which a request is asked about them. */
const NAMING_MEMBERS = ['KeyId', 'TargetKeyId', 'SourceKeyId', 'DestinationKeyId'] as const;

function namedText({ request, input, error }: Circumstances): string | undefined {
  if (request.operation === 'ReEncrypt') {
    const side = error.details.permission === 'key.reencryptTo' ? 'DestinationKeyId' : 'SourceKeyId';
    return input[side] as string | undefined;
  }
  const member = NAMING_MEMBERS.find(name => input[name] !== undefined);
  return member === undefined ? undefined : (input[member] as string);
}

function nothingNamed(circumstances: Circumstances): boolean {
  const { operation } = circumstances.request;
  return (operation === 'Decrypt' || operation === 'ReEncrypt') && namedText(circumstances) === undefined;
}

async function deniedFault(circumstances: Circumstances): Promise<AwsFault> {
  if (nothingNamed(circumstances)) return FOREIGN_CIPHERTEXT;
  const named = namedText(circumstances);
  const { request } = circumstances;
  const resource =
    named === undefined ? undefined : arnOfName(request.region, await ownAccount(request), named);
  return {
    type: 'AccessDeniedException',
    message: await notAuthorized(circumstances, resource, 'identity'),
  };
}

const ACTIONS: Readonly<Record<string, string>> = {
  'key.reencryptFrom': 'ReEncryptFrom',
  'key.reencryptTo': 'ReEncryptTo',
};

async function notAuthorized(
  { request, error }: Circumstances,
  resource: string | undefined,
  policy: 'identity' | 'resource',
): Promise<string> {
  const action = `kms:${ACTIONS[String(error.details.permission)] ?? request.operation}`;
  const where = resource === undefined ? '' : ` on resource: ${resource}`;
  const user = await callerArn(request);
  return `User: ${user} is not authorized to perform: ${action}${where} because no ${policy}-based policy allows the ${action} action`;
}

async function callerArn(request: AwsRequest): Promise<string> {
  const { actor } = request.context;
  const name = actor.type === 'principal' ? actor.principal.name : actor.name;
  return `arn:${partitionOf(request.region)}:iam::${await ownAccount(request)}:user/${name}`;
}

async function notFoundFault(circumstances: Circumstances): Promise<AwsFault> {
  const { request, input, error } = circumstances;
  const { keyId, name } = error.details;
  const type = 'NotFoundException';
  if (keyId !== undefined) {
    const arn = keyArn(request.region, await ownAccount(request), String(keyId));
    return { type, message: `Key '${arn}' does not exist` };
  }
  if (name === undefined) return { type, message: error.message };
  const named = input.AliasName === name ? undefined : namedText(circumstances);
  const arn = arnOfName(request.region, await ownAccount(request), named ?? String(name));
  return { type, message: `Alias ${arn} is not found.` };
}

async function limitFault(circumstances: Circumstances): Promise<AwsFault> {
  const { error, request } = circumstances;
  if (error.details.field === 'tags') return { type: 'TagException', message: 'Too many tags' };
  if (request.operation !== 'RotateKeyOnDemand') {
    return { type: 'LimitExceededException', message: error.message };
  }
  const arn = await troubledArn(circumstances);
  return {
    type: 'LimitExceededException',
    message: `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
  };
}

function brokenField(error: KmsError): AwsFault {
  const { field, rule } = error.details;
  if (field === undefined) return { type: 'ValidationException', message: error.message };
  // Core words are AWS's, but for the context.
  const path = field === 'context' ? 'encryptionContext' : String(field);
  const fallback = error.message.startsWith(`${field} `)
    ? error.message.slice(`${field} `.length)
    : error.message;
  return violationRefusal([violated(path, `Member ${rule ?? fallback}`)]).fault;
}

async function aliasArnOf(request: AwsRequest, name: string): Promise<string> {
  return aliasArn(request.region, await ownAccount(request), name);
}

/** The account of the caller. Only messages need it, so that no request pays for it but a refused one. */
async function ownAccount({ kms, context }: AwsRequest): Promise<string> {
  const project =
    context.projectId === undefined ? undefined : await kms.store.projects.find(context.projectId);
  return project?.accountId ?? '000000000000';
}

/** The key that the error is about: it was found and its use was authorized before it could be troubled. */
async function troubledKey({ error, request }: Circumstances): Promise<KeyWithVersion | undefined> {
  const { keyId } = error.details;
  return keyId === undefined ? undefined : request.kms.store.keys.findWithVersion(String(keyId));
}

async function troubledArn(circumstances: Circumstances): Promise<string> {
  const key = await troubledKey(circumstances);
  if (key !== undefined) return arnOfKey(key);
  const { request } = circumstances;
  return arnOfName(request.region, await ownAccount(request), namedText(circumstances) ?? '');
}
