// Refusals of the token endpoint, in the shape of IBM's identity service. Nothing that a client has sent is repeated in them.

import { STATUS_CODES } from 'node:http';
import { type ErrorCode, KmsError } from '../../domain/errors.ts';

interface TokenFaultRow {
  readonly status: number;
  /** What the audit log keeps. */
  readonly code: ErrorCode;
  readonly message: string;
}

const TOKEN_FAULTS = {
  /** Whatever is about HTTP rather than identity. */
  BXNIM0060E: { status: 405, code: 'unsupported', message: 'The request was not processed.' },
  BXNIM0106E: { status: 400, code: 'invalidInput', message: 'The value of a property is not valid.' },
  BXNIM0109E: { status: 400, code: 'invalidInput', message: 'Property missing or empty.' },
  BXNIM0407E: { status: 400, code: 'unauthenticated', message: 'Provided refresh token is not valid.' },
  BXNIM0415E: { status: 400, code: 'unauthenticated', message: 'Provided API key could not be found.' },
} as const satisfies Record<`BXNIM${number}E`, TokenFaultRow>;

export type TokenFaultCode = keyof typeof TOKEN_FAULTS;

export class TokenRefusal extends KmsError {
  readonly fault: TokenFaultCode;
  readonly status: number;
  readonly explanation: string | undefined;

  constructor(fault: TokenFaultCode, explanation?: string, status: number = TOKEN_FAULTS[fault].status) {
    super(TOKEN_FAULTS[fault].code, TOKEN_FAULTS[fault].message);
    this.fault = fault;
    this.status = status;
    this.explanation = explanation;
  }
}

export function missingProperty(name: string): TokenRefusal {
  return new TokenRefusal('BXNIM0109E', `Property '${name}' either missing or empty.`);
}

export function invalidProperty(name: string, rule: string): TokenRefusal {
  return new TokenRefusal('BXNIM0106E', `Validation failed: ${name} ${rule}.`);
}

/** What is wrong with the request as such, or with us: told by its HTTP status. */
export function httpRefusal(status: number): TokenRefusal {
  return new TokenRefusal('BXNIM0060E', `HTTP ${status} ${STATUS_CODES[status] ?? 'Error'}`, status);
}

/** Faults of ours and limits of rate; every other code is the caller's. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  throttled: 429,
  sealed: 503,
  auditUnavailable: 503,
  storeUnavailable: 503,
  identityUnavailable: 503,
  overloaded: 503,
  deadlineExceeded: 504,
  internal: 500,
};

/** The refusal of what the core has refused. */
export function tokenRefusalOf(error: KmsError): TokenRefusal {
  if (error instanceof TokenRefusal) return error;
  // Proven, and taken away before the token was signed.
  if (error.code === 'unauthenticated') return new TokenRefusal('BXNIM0415E');
  return httpRefusal(STATUSES[error.code] ?? 400);
}

export function tokenFaultBody(
  { fault, message, explanation }: TokenRefusal,
  context: { readonly requestId: string; readonly url: string },
): string {
  return JSON.stringify({
    errorCode: fault,
    errorMessage: message,
    errorDetails: explanation,
    context: { requestId: context.requestId, requestType: 'incoming.Identity_Token', url: context.url },
  });
}
