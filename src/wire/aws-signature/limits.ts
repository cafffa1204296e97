// Bounds on what a request that nobody has vouched for makes us read. The server's own bound on all headers together comes first.

export const SIGNATURE_LIMITS = {
  headersMax: 256,
  signedHeadersMax: 64,
  queryParametersMax: 128,
  authorizationCharsMax: 4096,
  targetCharsMax: 8192,
  securityTokenCharsMax: 8192,
  /** Seconds: a presigned request lives for a week at most. */
  expiresSecondsMax: 604_800,
} as const;
