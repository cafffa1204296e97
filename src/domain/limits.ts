// Every bound of the house in one place, each with its unit. A protocol may be stricter in its own folder, never looser.

export const LIMITS = {
  /** A message that a key of ours encrypts: AWS's bound of 4,096 bytes is stricter; Google and Key Protect allow 64 KiB. */
  plaintextBytesMax: 65_536,
  /** What a named mechanism encrypts, signs or authenticates at once: longer messages are hashed by the protocol that takes them. */
  messageBytesMax: 1_048_576,
  /** Messages in parts that are open at a time: of one principal, and of all together. */
  streamsPerPrincipalMax: 32,
  streamsMax: 1_024,
  /** Of all parts of one message. */
  streamBytesMax: 2 ** 34,
  /** Of all messages in parts together, what must wait for their ends. */
  streamsHeldBytesMax: 67_108_864,
  /** From one part of a message to the next. */
  streamIdleMsMax: 120_000,
  /** The longest that there is, of SLH-DSA, has 49,856. */
  signatureBytesMax: 65_536,
  /** The caller's encoded associated data of one message. */
  associatedDataBytesMax: 65_536,
  randomBytesMax: 65_536,
  dataKeyBytesMax: 1_024,
  /** Of an opaque key: what custody guards without computing with it. */
  opaqueBytesMax: 65_536,
  labelCharactersMax: 255,
  /** Why something was done, in the log. */
  reasonCharactersMax: 256,
  /** What a client writes into the log itself. */
  noteCharactersMax: 4_096,
  descriptionCharactersMax: 8_192,
  /** The document of one protocol about one object, as it is stored. */
  facetBytesMax: 16_384,
  nameCharactersMax: 512,
  projectNameCharactersMax: 128,
  keyRingNameCharactersMax: 128,
  keyRingsPerProjectMax: 1_000,
  principalNameCharactersMax: 128,
  namesPerKeyMax: 100,
  tagsPerKeyMax: 50,
  tagNameCharactersMax: 128,
  tagValueCharactersMax: 256,
  keyVersionsMax: 10_000,
  /** Those of which a key has any number are bounded by this for each type. */
  linksPerKeyMax: 100,
  revocationMessageCharactersMax: 1_024,
  /** Of a usage limit, in its unit. */
  usageTotalMax: Number.MAX_SAFE_INTEGER,
  /** Of the name, the algorithm and the mode of a secret, and of the names of containers and consumers. */
  secretTextCharactersMax: 255,
  contentTypeCharactersMax: 255,
  secretsPerContainerMax: 1_000,
  consumersPerObjectMax: 10_000,
  principalsPerAccessListMax: 1_000,
  /** What was asked for by an order, as JSON. */
  orderRequestCharactersMax: 16_384,
  registrationsPerKeyMax: 10_000,
  resourceCharactersMax: 1_024,
  registrationMetadataCharactersMax: 8_192,
  rulesPerObjectMax: 100,
  conditionsPerRuleMax: 32,
  bindingsPerPrincipalMax: 100,
  credentialsPerPrincipalMax: 10,
  /** Counted apart: a service may have many clients. */
  certificatesPerPrincipalMax: 200,
  certificateCharactersMax: 16_384,
  publicKeyCharactersMax: 8_192,
  /** Ten years: arrays are older than that rarely. */
  clientCertificateMsMax: 3_653 * 86_400_000,
  /** From its issue on; a credential that ends earlier ends its tokens. */
  accessTokenLifetimeMsMax: 86_400_000,
  refreshTokenLifetimeMsMax: 30 * 86_400_000,
  cloudTokenCharactersMax: 16_384,
  /** After its end a user's token still counts for a service that carries a request of the user to its end. */
  cloudTokenGraceMs: 2 * 86_400_000,
  passwordBytesMax: 1_024,
  applicationCredentialsPerPrincipalMax: 200,
  principalsPerRuleMax: 100,
  valuesPerConditionMax: 100,
  conditionTextCharactersMax: 1_024,
  /** Of all conditions of a rule together: every request that the rule may concern reads them. */
  valuesPerRuleMax: 1_000,
  /** Failed proofs that one source may make at once before it is throttled, and what it may make again in a second. */
  authenticationFailuresBurst: 20,
  authenticationFailuresPerSecond: 1,
  /** Sources whose failures are counted apart; beyond that many, further ones share one count. */
  authenticationSourcesMax: 10_000,
  /** Throttled failures that wait for one common audit entry. */
  authenticationRefusalsPerEntryMax: 256,
  claimedCredentialCharactersMax: 128,
  transportKeyOwnerCharactersMax: 64,
  transportKeyLifetimeMsMin: 60_000,
  transportKeyLifetimeMsMax: 7 * 86_400_000,
  transportKeyReadsMax: 500,
  /** Of a batch that is kept or undone as a whole. */
  batchOperationsMax: 100,
  pageItemsMax: 1_000,
  /** Keys that one search looks at: what an index does not know of them is checked one by one. */
  keysSearchedMax: 100_000,
  /** Keys that one slice of a walk looks at, which holds everybody else up for so long. */
  keysPerSliceMax: 10_000,
  /** Kinds of keys in a project that a walk tells apart. */
  kindsOfKeysMax: 100,
  /** Marks that one walk asks for. */
  marksSoughtMax: 64,
  /** Of a list that is asked for by offset: some protocols show that much at once. */
  windowItemsMax: 5_000,
  windowOffsetMax: 1_000_000,
  /** From the request to destroy a key to its destruction. */
  destructionDelayMsMin: 0,
  destructionDelayMsMax: 365 * 86_400_000,
  /** How long the approval of a destruction is good. */
  approvalMsMin: 60_000,
  approvalMsDefault: 7 * 86_400_000,
  approvalMsMax: 30 * 86_400_000,
  /** The end of the year 9999, which is as far as the dates of protocols reach. */
  instantMsMax: 253_402_300_799_999,
  rotationPeriodMsMin: 86_400_000,
  rotationPeriodMsMax: 3_660 * 86_400_000,
  auditEntryBytesMax: 65_535,
  auditDetailCharactersMax: 16_384,
} as const;
