// What a token has refused, by the name of its return value; and which refusals mean that the session, and not the request, is at fault.

import { tableKeys } from '../../base/table.ts';
import { RETURN, type ReturnName } from './names.ts';

/** Made of what crosses threads: the call and its return value. */
export class TokenFault extends Error {
  override readonly name = 'TokenFault';
  /** Such as `C_Sign`. */
  readonly call: string;
  readonly value: number;
  /** Undefined for a value that means nothing to us. */
  readonly reason: ReturnName | undefined;

  constructor(call: string, value: number) {
    const reason = NAMES.get(value);
    super(`${call}: ${reason ?? 'return value'} (0x${value.toString(16)})`);
    this.call = call;
    this.value = value;
    this.reason = reason;
  }
}

/** A call of the library has not come back in time. */
export class TokenSilent extends Error {
  override readonly name = 'TokenSilent';

  constructor(callMsMax: number) {
    super(`The token does not answer: a call has taken more than ${callMsMax} ms.`);
  }
}

const NAMES = new Map<number, ReturnName>(tableKeys(RETURN).map(name => [RETURN[name], name]));

/** The session or the whole library is of no use any more: another one may be. */
const LOST: ReadonlySet<ReturnName> = new Set<ReturnName>([
  'slotIdInvalid',
  'deviceError',
  'deviceRemoved',
  'sessionClosed',
  'sessionHandleInvalid',
  'tokenNotPresent',
  'tokenNotRecognized',
  'userNotLoggedIn',
  'cryptokiNotInitialized',
  // What a library has left unfinished would stand in the way of all that comes.
  'operationActive',
]);

export function isSessionLost(fault: unknown): fault is TokenFault {
  return fault instanceof TokenFault && fault.reason !== undefined && LOST.has(fault.reason);
}

export function isReason(fault: unknown, ...reasons: readonly ReturnName[]): fault is TokenFault {
  return fault instanceof TokenFault && fault.reason !== undefined && reasons.includes(fault.reason);
}

/** Trouble of the token, whatever it was given. */
const TROUBLE: ReadonlySet<ReturnName> = new Set<ReturnName>([
  'hostMemory',
  'deviceMemory',
  'functionCanceled',
  'functionNotSupported',
  'keyFunctionNotPermitted',
  'keyTypeInconsistent',
  'operationNotInitialized',
  'sessionCount',
]);

/**
 * Whether a token that was to open something says that it does not open: in many ways, `generalError` among them. Not by a value that means
 * nothing to us, lest somebody throw away what a token in trouble would open tomorrow.
 */
export function isNotOpening(fault: unknown): fault is TokenFault {
  if (!(fault instanceof TokenFault) || fault.reason === undefined) return false;
  return !LOST.has(fault.reason) && !TROUBLE.has(fault.reason);
}

/** The detail of a refusal that comes back each time, and locks the PIN when it is tried often enough. */
export const PIN_REFUSED = 'pinRefused';
