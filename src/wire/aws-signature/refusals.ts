// Why a signed request is refused: one closed table. A protocol maps each reason to its vendor's error in a table of its own. Refusals
// are thrown, so that a caller cannot go on by overlooking a result; they hold public parts of the request only.

const SIGNATURE_REFUSALS = {
  missingAuthentication: 'neither an Authorization header nor a presigned query',
  ambiguousAuthentication: 'an Authorization header and a presigned query at once, or two tokens',
  wrongAlgorithm: 'another authentication scheme than the one spoken here',
  incomplete: 'a part is absent, malformed, repeated or beyond its limit',
  wrongTerminator: 'the last part of the credential scope is not the terminator',
  wrongService: 'the credential is scoped to another service',
  wrongRegion: 'the credential is scoped to a region that is not served',
  dateMismatch: 'the day of the credential scope is not the day of the request',
  expired: 'signed too long ago',
  notYetValid: 'signed too far in the future',
  unsignedHeader: 'a header that must be signed is not among the signed headers',
  absentHeader: 'a signed header did not arrive',
  headersNotSorted: 'the signed headers are not in lower case, sorted and distinct',
  payloadHashMismatch: 'the declared hash of the body is not the hash of the body',
  mismatch: 'the signature is not the one of this request under this key',
} as const;

export type SignatureRefusalReason = keyof typeof SIGNATURE_REFUSALS;

/** What a message needs. Texts of instants have the form yyyymmddThhmmssZ. */
type RefusalDetails = {
  missingAuthentication: object;
  ambiguousAuthentication: object;
  wrongAlgorithm: { readonly expected: string };
  incomplete: { readonly part: string; readonly problem: 'absent' | 'malformed' | 'repeated' | 'tooLarge' };
  wrongTerminator: { readonly expected: string };
  wrongService: { readonly expected: string };
  wrongRegion: { readonly region: string };
  dateMismatch: { readonly scopeDate: string; readonly requestDate: string };
  /** `timestamp` is earlier than `boundary`, which is `now` minus the tolerance. */
  expired: TimeDetails;
  /** `timestamp` is later than `boundary`, which is `now` plus the tolerance. */
  notYetValid: TimeDetails;
  unsignedHeader: { readonly header: string };
  absentHeader: { readonly header: string };
  headersNotSorted: object;
  payloadHashMismatch: { readonly header: string };
  mismatch: object;
};

type TimeDetails = {
  readonly timestamp: string;
  readonly boundary: string;
  readonly now: string;
  readonly toleranceSeconds: number;
};

/** One reason with its details: a union to be narrowed by `reason`. */
export type SignatureFault = {
  readonly [Reason in SignatureRefusalReason]: { readonly reason: Reason } & RefusalDetails[Reason];
}[SignatureRefusalReason];

export class SignatureRefusal extends Error {
  override readonly name = 'SignatureRefusal';
  readonly fault: SignatureFault;

  constructor(fault: SignatureFault) {
    super(SIGNATURE_REFUSALS[fault.reason]);
    this.fault = fault;
  }
}

export function incomplete(
  part: string,
  problem: Extract<SignatureFault, { reason: 'incomplete' }>['problem'],
): SignatureRefusal {
  return new SignatureRefusal({ reason: 'incomplete', part, problem });
}
