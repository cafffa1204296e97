// What differs by name alone in the family of "AWS Signature Version 4". A cousin that keeps the chain of HMACs and the shape of the
// canonical request (SDK-HMAC-SHA256 with a credential scope) is one more record; whatever differs in kind is not a profile.

import { canonicalPath } from './canonical-path.ts';

export type SignatureProfile = {
  /** The authentication scheme, and the first line of the string to sign. */
  readonly algorithm: string;
  /** What stands before the secret in the first HMAC key. */
  readonly secretPrefix: string;
  /** The last part of the credential scope, and the last link of the HMAC chain. */
  readonly terminator: string;
  readonly dateHeader: string;
  readonly tokenHeader: string;
  readonly contentHashHeader: string;
  /** Every header of this prefix that is present must be signed, besides `host`. */
  readonly signedHeaderPrefix: string;
  /** The prefix of the parameters of a presigned query; undefined where there is no such form. */
  readonly queryPrefix: string | undefined;
  /** The path of the request target as it stands in the canonical request. */
  readonly canonicalPath: (path: string) => string;
};

/** AWS services other than S3 (which neither normalises nor encodes the path once more). */
export const AWS_SIGNATURE: SignatureProfile = {
  algorithm: 'AWS4-HMAC-SHA256',
  secretPrefix: 'AWS4',
  terminator: 'aws4_request',
  dateHeader: 'x-amz-date',
  tokenHeader: 'x-amz-security-token',
  contentHashHeader: 'x-amz-content-sha256',
  signedHeaderPrefix: 'x-amz-',
  queryPrefix: 'X-Amz-',
  canonicalPath,
};
