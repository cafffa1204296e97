// The numbers of PKCS #11 (OASIS, v2.40 and v3.0 "Current Mechanisms", appendix A) that are used here.

export const MECHANISM = {
  rsaPkcsKeyPairGen: 0x0,
  rsaPkcs: 0x1,
  rsaPkcsOaep: 0x9,
  rsaPkcsPss: 0xd,
  sha1: 0x220,
  sha224: 0x255,
  sha256: 0x250,
  sha384: 0x260,
  sha512: 0x270,
  sha1Hmac: 0x221,
  sha224Hmac: 0x256,
  sha256Hmac: 0x251,
  sha384Hmac: 0x261,
  sha512Hmac: 0x271,
  genericSecretKeyGen: 0x350,
  ecKeyPairGen: 0x1040,
  ecdsa: 0x1041,
  ecdh1Derive: 0x1050,
  ecEdwardsKeyPairGen: 0x1055,
  eddsa: 0x1057,
  aesKeyGen: 0x1080,
  aesEcb: 0x1081,
  aesCbc: 0x1082,
  aesCbcPad: 0x1085,
  aesCtr: 0x1086,
  aesGcm: 0x1087,
  aesCmac: 0x108a,
  aesKeyWrap: 0x2109,
  /** RFC 5649 before v3.0 gave it a name of its own. */
  aesKeyWrapPad: 0x210a,
  aesKeyWrapKwp: 0x210b,
} as const;

export type MechanismName = keyof typeof MECHANISM;

/** Mask generation functions of OAEP and PSS (CKG_MGF1_*). */
export const MGF1 = { sha1: 1, sha256: 2, sha384: 3, sha512: 4, sha224: 5 } as const;

/** Object classes. */
export const CLASS = { publicKey: 2, privateKey: 3, secretKey: 4 } as const;

export type ClassName = keyof typeof CLASS;

export const KEY_TYPE = { rsa: 0, ec: 3, genericSecret: 0x10, aes: 0x1f, ecEdwards: 0x40 } as const;

/** Attributes, and how their values are written. */
export const ATTRIBUTES = {
  class: { type: 0x0, as: 'number' },
  token: { type: 0x1, as: 'boolean' },
  private: { type: 0x2, as: 'boolean' },
  label: { type: 0x3, as: 'text' },
  value: { type: 0x11, as: 'bytes' },
  keyType: { type: 0x100, as: 'number' },
  id: { type: 0x102, as: 'bytes' },
  sensitive: { type: 0x103, as: 'boolean' },
  encrypt: { type: 0x104, as: 'boolean' },
  decrypt: { type: 0x105, as: 'boolean' },
  wrap: { type: 0x106, as: 'boolean' },
  unwrap: { type: 0x107, as: 'boolean' },
  sign: { type: 0x108, as: 'boolean' },
  verify: { type: 0x10a, as: 'boolean' },
  derive: { type: 0x10c, as: 'boolean' },
  modulus: { type: 0x120, as: 'bytes' },
  modulusBits: { type: 0x121, as: 'number' },
  publicExponent: { type: 0x122, as: 'bytes' },
  valueLength: { type: 0x161, as: 'number' },
  extractable: { type: 0x162, as: 'boolean' },
  ecParameters: { type: 0x180, as: 'bytes' },
  ecPoint: { type: 0x181, as: 'bytes' },
} as const satisfies Record<string, { type: number; as: 'number' | 'boolean' | 'text' | 'bytes' }>;

export type AttributeName = keyof typeof ATTRIBUTES;

/** The return values that mean something to us; every other one is told by its number. */
export const RETURN = {
  ok: 0x0,
  hostMemory: 0x2,
  slotIdInvalid: 0x3,
  generalError: 0x5,
  functionFailed: 0x6,
  attributeSensitive: 0x11,
  attributeTypeInvalid: 0x12,
  attributeValueInvalid: 0x13,
  argumentsBad: 0x7,
  dataInvalid: 0x20,
  dataLenRange: 0x21,
  deviceError: 0x30,
  deviceMemory: 0x31,
  deviceRemoved: 0x32,
  aeadDecryptFailed: 0x35,
  encryptedDataInvalid: 0x40,
  encryptedDataLenRange: 0x41,
  functionCanceled: 0x50,
  functionNotSupported: 0x54,
  keyHandleInvalid: 0x60,
  keySizeRange: 0x62,
  keyTypeInconsistent: 0x63,
  keyFunctionNotPermitted: 0x68,
  mechanismInvalid: 0x70,
  mechanismParamInvalid: 0x71,
  objectHandleInvalid: 0x82,
  operationActive: 0x90,
  operationNotInitialized: 0x91,
  pinIncorrect: 0xa0,
  pinInvalid: 0xa1,
  pinLenRange: 0xa2,
  pinExpired: 0xa3,
  pinLocked: 0xa4,
  sessionClosed: 0xb0,
  sessionCount: 0xb1,
  sessionHandleInvalid: 0xb3,
  signatureInvalid: 0xc0,
  signatureLenRange: 0xc1,
  templateIncomplete: 0xd0,
  templateInconsistent: 0xd1,
  tokenNotPresent: 0xe0,
  tokenNotRecognized: 0xe1,
  userAlreadyLoggedIn: 0x100,
  userNotLoggedIn: 0x101,
  wrappedKeyInvalid: 0x110,
  wrappedKeyLenRange: 0x112,
  randomNoRng: 0x121,
  domainParamsInvalid: 0x130,
  curveNotSupported: 0x140,
  bufferTooSmall: 0x150,
  cryptokiNotInitialized: 0x190,
  cryptokiAlreadyInitialized: 0x191,
} as const;

export type ReturnName = keyof typeof RETURN;
