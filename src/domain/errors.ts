// Every way in which an operation can be refused or fail: one closed table. A protocol maps each code to its own error in a table
// of its own that is total by type, so a new code does not compile until every protocol has an answer to it.
// A message is shown to the caller: it names the field, the rule and the next step, and never holds a secret.

export const ERROR_CODES = {
  // Who is asking
  unauthenticated: 'no credential, or one that proves nobody',
  credentialExpired: 'a credential whose time is over',
  clockSkew: 'a signed request from too far in the past or the future',
  signatureMismatch: 'a request signature that does not fit the request',
  throttled: 'too many requests or failed proofs; the caller may come back later',
  denied: 'the principal lacks the permission',
  // What is asked
  invalidInput: 'a field breaks a rule of its shape',
  unsupported: 'an operation, option or algorithm that is not offered here',
  tooLarge: 'a body, text or list beyond its limit',
  invalidCursor: 'a page cursor that this server did not make',
  limitExceeded: 'one more of these would pass a configured limit',
  // What it is asked of
  notFound: 'no such object, or none that the caller may know of',
  alreadyExists: 'an object of that identity exists',
  conflict: 'the object changed meanwhile, or is in use',
  reservedName: 'a name that belongs to the service',
  expired: 'an object whose time, or the number of its uses, is over',
  tooEarly: 'the least time since an earlier step in the life of the key has not passed',
  // The state of a key
  keyPreActive: 'the key has no active version yet',
  keySuspended: 'the key is disabled',
  keyPendingDestruction: 'the key waits for its destruction',
  keyNotPendingDestruction: 'there is no destruction to cancel',
  keyDeactivated: 'the key may process but no longer protect',
  keyCompromised: 'the key is compromised',
  keyDestroyed: 'the material is gone',
  keyArchived: 'the key is put away until it is recovered',
  usageLimitExceeded: 'the key has protected as much as it may',
  serviceKey: 'the key is owned by a service and not managed by users',
  approvalRequired: 'the key is under dual control, and no other principal has approved its destruction',
  inUse: 'registered resources depend on the key',
  // Fit of key and operation
  incompatibleUsage: 'the key is not for this use',
  incompatibleAlgorithm: 'the mechanism does not fit the algorithm of the key',
  wrongKey: 'the ciphertext belongs to another key than the one named',
  notExportable: 'the key was not made exportable',
  // What was handed in
  invalidCiphertext: 'the ciphertext does not open: it says no more on purpose',
  invalidSignature: 'the signature or MAC does not verify',
  invalidKeyMaterial: 'imported material that is malformed, weak or of another algorithm',
  // The house
  dryRun: 'everything would have worked, and nothing was done',
  undone: 'it worked, and was undone with the batch that it was part of',
  sealed: 'the root key is not there yet',
  auditUnavailable: 'the audit log cannot be written, so nothing may be answered',
  storeUnavailable: 'the store cannot be reached or written',
  identityUnavailable: 'the identity service that vouches for callers cannot be asked',
  overloaded: 'a bounded queue is full',
  deadlineExceeded: 'the operation took longer than it may',
  internal: 'a fault of ours; the details are in our log only',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Safe details: texts and numbers that a protocol may show (a field name, a limit, a key id). Never bytes, never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

export class KmsError extends Error {
  override readonly name = 'KmsError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** The error itself when it is ours, else `internal` around it: the cause goes to our log and nowhere else. */
export function toKmsError(thrown: unknown): KmsError {
  if (thrown instanceof KmsError) return thrown;
  return new KmsError('internal', 'An internal error occurred. The server log has the details.', {}, thrown);
}

/** One more would pass a bound. Reads as "A key has at most 50 tags."; the bound is among the details. */
export function limitExceeded(
  owner: string,
  limit: number,
  nouns: string,
  details: ErrorDetails = {},
): KmsError {
  return new KmsError('limitExceeded', `${owner} has at most ${limit} ${nouns}.`, { ...details, limit });
}

/** A field breaks a rule. `field` is the path in core words (`plaintext`, `tags.1.name`); `rule` says what it must be. */
export function invalidInput(field: string, rule: string): KmsError {
  return new KmsError('invalidInput', `${field} ${rule}`, { field, rule });
}
