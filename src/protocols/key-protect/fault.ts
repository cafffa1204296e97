// What a refused request is told: one of IBM's codes, its HTTP status, and a message. Nothing secret may enter a message.

import { STATUS_CODES } from 'node:http';
import { type ErrorCode, KmsError } from '../../domain/errors.ts';
import { COLLECTIONS } from './collections.ts';

interface FaultRow {
  readonly status: number;
  /** What the audit log keeps. */
  readonly code: ErrorCode;
  readonly message: string;
}

/** IBM's codes, as far as this protocol has a use for them. */
export const FAULTS = {
  BAD_BODY_ERR: { status: 400, code: 'invalidInput', message: 'The body is not the JSON that is expected.' },
  NO_BODY_ERR: { status: 400, code: 'invalidInput', message: 'The request needs a body.' },
  INVALID_FIELD_ERR: { status: 400, code: 'invalidInput', message: 'A field breaks a rule.' },
  INVALID_QUERY_PARAM_ERR: { status: 400, code: 'invalidInput', message: 'A query parameter breaks a rule.' },
  BODY_QUERY_PARAM_MISMATCH_ERR: {
    status: 400,
    code: 'invalidInput',
    message: 'The query parameter `policy` and the body name different policies.',
  },
  COLLECTION_TOTAL_MISMATCH_ERR: {
    status: 400,
    code: 'invalidInput',
    message: 'The field `collectionTotal` is not the number of resources.',
  },
  NUM_COLLECTION_RESOURCE_ERR: {
    status: 400,
    code: 'invalidInput',
    message: 'The collection must hold exactly one resource.',
  },
  BEARER_SUB_EXTRACTION_ERR: {
    status: 400,
    code: 'unauthenticated',
    message: 'No subject can be read from the bearer token.',
  },
  KEY_ROOT_REQ_ERR: {
    status: 400,
    code: 'incompatibleUsage',
    message: 'The requested action can only be completed with a root key.',
  },
  KEY_PAYLOAD_REQ_ERR: {
    status: 400,
    code: 'invalidInput',
    message: 'The key was imported: a rotation needs new key material.',
  },
  KEY_EXPIRED_ERR: { status: 400, code: 'keyDeactivated', message: 'The key has expired.' },
  KEY_RESTORE_EXPIRED: {
    status: 400,
    code: 'conflict',
    message: 'The time in which the key could be restored is over.',
  },
  INCORRECT_NONCE_ERR: {
    status: 400,
    code: 'invalidKeyMaterial',
    message: 'The encrypted nonce does not fit the nonce of the import token.',
  },
  INCORRECT_NONCE_IV_ERR: {
    status: 400,
    code: 'invalidKeyMaterial',
    message: 'The initialization vector does not fit the encrypted nonce.',
  },
  KEY_SEARCH_TOO_BROAD: {
    status: 400,
    code: 'tooLarge',
    message: 'More than 5000 keys would have to be searched. Narrow the search by a filter.',
  },
  UNAUTHORIZED_ERR: {
    status: 401,
    code: 'denied',
    message: 'The user does not have access to the specified resource.',
  },
  SERVICE_ONLY_ERR: {
    status: 403,
    code: 'serviceKey',
    message: 'The key belongs to a service, which alone manages it.',
  },
  FEATURE_RESTRICTED_ERR: { status: 403, code: 'unsupported', message: 'This is not offered here.' },
  KEY_NOT_FOUND_ERR: {
    status: 404,
    code: 'notFound',
    message: 'Key does not exist.',
  },
  KEY_RING_NOT_FOUND_ERR: { status: 404, code: 'notFound', message: 'Key ring does not exist.' },
  KMIP_OBJECT_NOT_FOUND_ERR: { status: 404, code: 'notFound', message: 'The KMIP resource does not exist.' },
  NATIVE_CRK_ID_NOT_FOUND_ERR: {
    status: 404,
    code: 'notFound',
    message: 'The root key that `crk_id` names does not exist.',
  },
  KEY_ACTION_INVALID_STATE_ERR: {
    status: 409,
    code: 'conflict',
    message: 'The action is not allowed in the state that the key is in.',
  },
  REQ_TOO_EARLY_ERR: {
    status: 409,
    code: 'tooEarly',
    message: 'The action was requested too early. Try again later.',
  },
  KEY_ROTATION_NOT_PERMITTED: {
    status: 409,
    code: 'tooEarly',
    message: 'The key was rotated within the last hour.',
  },
  PROTECTED_RESOURCE_ERR: {
    status: 409,
    code: 'inUse',
    message: 'The key protects at least one registered resource. Use `force=true` to delete it all the same.',
  },
  PREV_KEY_DEL_ERR: {
    status: 409,
    code: 'inUse',
    message: 'The key protects a resource that prevents its deletion.',
  },
  AUTHORIZATIONS_NOT_MET: {
    status: 409,
    code: 'approvalRequired',
    message: 'The deletion of this key must first be authorized by another user.',
  },
  NOT_DUAL_AUTH_ERR: {
    status: 409,
    code: 'conflict',
    message: 'The key has no dual authorization policy.',
  },
  KEY_CREATE_IMPORT_ACCESS_ERR: {
    status: 409,
    code: 'denied',
    message: 'The key create import access policy of the instance does not allow this.',
  },
  IMPORT_TOKEN_EXPIRED_ERR: {
    status: 409,
    code: 'credentialExpired',
    message: 'The import token has expired.',
  },
  KEY_RING_NOT_EMPTY_ERR: { status: 409, code: 'conflict', message: 'The key ring still holds keys.' },
  KEY_RING_KEYS_NOT_DELETED_ERR: {
    status: 409,
    code: 'conflict',
    message: 'The key ring holds keys that are not deleted.',
  },
  KEY_ALIAS_NOT_UNIQUE_ERR: {
    status: 409,
    code: 'alreadyExists',
    message: 'The alias is taken in this instance.',
  },
  KEY_ALIAS_QUOTA_ERR: { status: 409, code: 'limitExceeded', message: 'There are too many aliases.' },
  KMIP_ADAPTER_DUPLICATE_NAME_ERR: {
    status: 409,
    code: 'alreadyExists',
    message: 'An adapter of this name exists.',
  },
  KMIP_CERT_DUPLICATE_ERR: {
    status: 409,
    code: 'alreadyExists',
    message: 'The certificate is in use already.',
  },
  KMIP_CERT_DUPLICATE_NAME_ERR: {
    status: 409,
    code: 'alreadyExists',
    message: 'A certificate of this name exists in the adapter.',
  },
  NATIVE_INVALID_CRK_ERR: {
    status: 409,
    code: 'conflict',
    message: 'The key that `crk_id` names is no active root key without an end.',
  },
  KEY_DELETED_ERR: { status: 410, code: 'keyDestroyed', message: 'The key is deleted.' },
  UNPROCESSABLE_CIPHERTEXT_ERR: {
    status: 422,
    code: 'invalidCiphertext',
    message:
      'The provided ciphertext is invalid or corrupted, was made by another key, or with other additional authentication data.',
  },
  KEY_INVALID_STATE_ERR: { status: 422, code: 'conflict', message: 'The key is not active.' },
  KEY_ROOT_REQ_REG_ERR: {
    status: 422,
    code: 'incompatibleUsage',
    message: 'Only root keys have registrations.',
  },
  KEY_VERSION_INVALID: { status: 422, code: 'invalidInput', message: 'The key has no such version.' },
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof FAULTS;

/** Which part of the request a refusal is about. */
export interface FaultTarget {
  readonly type: 'field' | 'query_param';
  readonly name: string;
}

export type Fault =
  | {
      readonly kind: 'reasoned';
      readonly code: FaultCode;
      readonly message?: string | undefined;
      readonly target?: FaultTarget | undefined;
    }
  /** IBM gives no reasons for what is wrong outside of the request proper: tokens, headers, limits of rate, its own faults. */
  | { readonly kind: 'bare'; readonly status: number; readonly message: string };

/** A refusal in IBM's words; its code says in ours what the audit log keeps of it. */
export class KeyProtectRefusal extends KmsError {
  readonly fault: Fault;

  constructor(fault: Fault, code?: ErrorCode) {
    const message = fault.message ?? (fault.kind === 'reasoned' ? FAULTS[fault.code].message : '');
    super(code ?? (fault.kind === 'reasoned' ? FAULTS[fault.code].code : 'invalidInput'), message);
    this.fault = fault;
  }
}

export function refusal(code: FaultCode, message?: string): KeyProtectRefusal {
  return new KeyProtectRefusal({ kind: 'reasoned', code, message });
}

export function fieldRefusal(name: string, rule: string): KeyProtectRefusal {
  const target = { type: 'field', name } as const;
  return new KeyProtectRefusal({
    kind: 'reasoned',
    code: 'INVALID_FIELD_ERR',
    message: `The field \`${name}\` ${rule}.`,
    target,
  });
}

export function queryRefusal(name: string, rule: string): KeyProtectRefusal {
  const target = { type: 'query_param', name } as const;
  return new KeyProtectRefusal({
    kind: 'reasoned',
    code: 'INVALID_QUERY_PARAM_ERR',
    message: `The query parameter \`${name}\` ${rule}.`,
    target,
  });
}

/** What is wrong with a header is told without reasons. */
export function headerRefusal(message: string): KeyProtectRefusal {
  return new KeyProtectRefusal({ kind: 'bare', status: 400, message });
}

export function statusOf(fault: Fault): number {
  return fault.kind === 'bare' ? fault.status : FAULTS[fault.code].status;
}

const MORE_INFO = 'https://cloud.ibm.com/apidocs/key-protect';

/** `failed` is what did not happen, such as "Key could not be created". */
export function faultBody(fault: Fault, failed: string): Readonly<Record<string, unknown>> {
  const status = statusOf(fault);
  const phrase = STATUS_CODES[status] ?? 'Error';
  const resource =
    fault.kind === 'bare'
      ? { errorMsg: `${phrase}: ${fault.message}` }
      : {
          errorMsg: `${phrase}: ${failed}: Please see \`reasons\` for more details (${fault.code})`,
          reasons: [
            {
              code: fault.code,
              message: fault.message ?? FAULTS[fault.code].message,
              status,
              moreInfo: MORE_INFO,
              target: fault.target,
            },
          ],
        };
  return { metadata: { collectionType: COLLECTIONS.error, collectionTotal: 1 }, resources: [resource] };
}
