// From a signed request to a principal: AWS Signature Version 4 over exactly what arrived, in AWS's own words where it fails. An access
// key that nobody has is put through the same verification, under a key of nobody's, and refused at the same point.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { utf8 } from '../../base/bytes.ts';
import { refuseAuthentication } from '../../core/authentication.ts';
import type { Kms } from '../../core/kms.ts';
import type { Proof } from '../../core/ports/identity.ts';
import { type ErrorCode, KmsError, toKmsError } from '../../domain/errors.ts';
import type { SignedRequest } from '../../wire/aws-signature/canonical-request.ts';
import { readSignatureClaim, type SignatureClaim } from '../../wire/aws-signature/claim.ts';
import {
  type SignatureFault,
  SignatureRefusal,
  type SignatureRefusalReason,
} from '../../wire/aws-signature/refusals.ts';
import { deriveSigningKey } from '../../wire/aws-signature/signing-key.ts';
import { type VerifyOptions, verifySignature } from '../../wire/aws-signature/verify.ts';
import { type AwsErrorType, type AwsFault, AwsRefusal } from './fault.ts';
import { REGION } from './names.ts';

const SERVED: VerifyOptions = { service: 'kms', regionAllowed: region => REGION.test(region) };

export interface Caller extends Proof {
  /** Of the credential scope. */
  readonly region: string;
}

export interface Origin {
  readonly requestId: string;
  readonly sourceAddress: string | undefined;
}

/** Throws {@link AwsRefusal} or KmsError once the refusal is recorded. */
export async function authenticate(kms: Kms, request: SignedRequest, origin: Origin): Promise<Caller> {
  let claim: SignatureClaim | undefined;
  try {
    claim = readSignatureClaim(request);
    return await prove(kms, request, claim);
  } catch (thrown) {
    const refusal = refusalOfProof(thrown);
    const error =
      refusal instanceof AwsRefusal ? new KmsError(refusal.code, 'The proof of identity failed.') : refusal;
    const answered = await refuseAuthentication(kms, {
      protocol: 'aws-kms',
      ...origin,
      error,
      claimed: claim?.accessKeyId,
    });
    throw answered === error ? refusal : answered;
  }
}

async function prove(kms: Kms, request: SignedRequest, claim: SignatureClaim): Promise<Caller> {
  const now = kms.clock.now();
  const accessKey = await kms.identity.findAccessKey(claim.accessKeyId, now);
  const derive = (secret: string): KeyObject => deriveSigningKey(utf8(secret), claim);
  const scope = `${claim.date}/${claim.region}/${claim.service}`;
  // An unserved scope is refused before a key is derived and kept for it.
  const servable = claim.service === SERVED.service && REGION.test(claim.region);
  const signingKey = servable ? await accessKey?.signingKey(scope, derive) : undefined;
  try {
    verifySignature(claim, request, signingKey ?? KEY_OF_NOBODY, now, SERVED);
  } catch (thrown) {
    if (accessKey === undefined && thrown instanceof SignatureRefusal && thrown.fault.reason === 'mismatch') {
      throw unrecognizedClient();
    }
    throw thrown;
  }
  // Access keys here are long-term ones: a token belongs to none of them.
  if (accessKey === undefined || claim.securityToken !== undefined) throw unrecognizedClient();
  return {
    principal: accessKey.principal,
    credentialId: accessKey.credentialId,
    region: claim.region,
  };
}

const KEY_OF_NOBODY = createSecretKey(utf8('the signing key of an access key that nobody has'));

function unrecognizedClient(): AwsRefusal {
  return new AwsRefusal('unauthenticated', {
    type: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
  });
}

function refusalOfProof(thrown: unknown): AwsRefusal | KmsError {
  if (thrown instanceof AwsRefusal) return thrown;
  if (!(thrown instanceof SignatureRefusal)) return toKmsError(thrown);
  const { fault } = thrown;
  const { code, type } = SIGNATURE_ERRORS[fault.reason];
  return new AwsRefusal(code, { type, message: messageOf(fault) });
}

interface SignatureErrorRow {
  readonly code: ErrorCode;
  readonly type: AwsErrorType;
}

const MISMATCH = { code: 'signatureMismatch', type: 'InvalidSignatureException' } as const;
const SKEW = { code: 'clockSkew', type: 'InvalidSignatureException' } as const;
const INCOMPLETE = { code: 'invalidInput', type: 'IncompleteSignatureException' } as const;

const SIGNATURE_ERRORS: Readonly<Record<SignatureRefusalReason, SignatureErrorRow>> = {
  missingAuthentication: { code: 'unauthenticated', type: 'MissingAuthenticationTokenException' },
  ambiguousAuthentication: INCOMPLETE,
  wrongAlgorithm: INCOMPLETE,
  incomplete: INCOMPLETE,
  wrongTerminator: MISMATCH,
  wrongService: MISMATCH,
  wrongRegion: MISMATCH,
  dateMismatch: MISMATCH,
  expired: SKEW,
  notYetValid: SKEW,
  unsignedHeader: MISMATCH,
  absentHeader: MISMATCH,
  headersNotSorted: INCOMPLETE,
  payloadHashMismatch: MISMATCH,
  mismatch: MISMATCH,
};

function messageOf(fault: SignatureFault): AwsFault['message'] {
  switch (fault.reason) {
    case 'missingAuthentication':
      return 'Missing Authentication Token';
    case 'ambiguousAuthentication':
      return 'A request is signed in its Authorization header or in its query, not in both.';
    case 'wrongAlgorithm':
      return `Authorization header requires the algorithm ${fault.expected}.`;
    case 'incomplete':
      return `Authorization header requires '${fault.part}' parameter: it is ${INCOMPLETE_WORDS[fault.problem]}.`;
    case 'headersNotSorted':
      return "'SignedHeaders' must be in lower case, sorted and distinct.";
    case 'wrongTerminator':
      return `Credential should be scoped with a valid terminator: '${fault.expected}'.`;
    case 'wrongService':
      return `Credential should be scoped to correct service: '${fault.expected}'. `;
    case 'wrongRegion':
      return 'Credential should be scoped to a valid region. ';
    case 'dateMismatch':
      return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${fault.scopeDate}' != '${fault.requestDate}', from '${fault.requestDate}'.`;
    case 'expired':
      return `Signature expired: ${fault.timestamp} is now earlier than ${fault.boundary} (${fault.now} - ${minutes(fault)} min.)`;
    case 'notYetValid':
      return `Signature not yet current: ${fault.timestamp} is still later than ${fault.boundary} (${fault.now} + ${minutes(fault)} min.)`;
    case 'unsignedHeader':
      return `'${fault.header}' must be a 'SignedHeader' in the AWS Authorization.`;
    case 'absentHeader':
    case 'payloadHashMismatch':
    case 'mismatch':
      return 'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
  }
}

const INCOMPLETE_WORDS = {
  absent: 'absent',
  malformed: 'malformed',
  repeated: 'given twice',
  tooLarge: 'too large',
} as const;

function minutes({ toleranceSeconds }: { readonly toleranceSeconds: number }): number {
  return Math.floor(toleranceSeconds / 60);
}
