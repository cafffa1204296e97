// AWS's words for kinds, uses and states of keys, and ours: tables in both directions, total by type. A key of a kind that AWS has no
// word for is not shown by this protocol at all.

import { mapTable, tableKeys } from '../../base/table.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm, type KeyUsage } from '../../domain/algorithms.ts';
import type { Key, KeyOrigin } from '../../domain/key.ts';
import type { KeyState } from '../../domain/key-state.ts';

export type AwsKeyUsage =
  | 'ENCRYPT_DECRYPT'
  | 'SIGN_VERIFY'
  | 'GENERATE_VERIFY_MAC'
  | 'KEY_AGREEMENT'
  | 'ENCAPSULATE_DECAPSULATE';

/** What a key of that use gets. A key has the use whose first two words are among its own: rows are asked in order. */
export const KEY_USAGES = {
  ENCRYPT_DECRYPT: ['encrypt', 'decrypt', 'wrap', 'unwrap'],
  SIGN_VERIFY: ['sign', 'verify'],
  GENERATE_VERIFY_MAC: ['mac', 'verifyMac'],
  KEY_AGREEMENT: ['agree'],
  ENCAPSULATE_DECAPSULATE: ['encapsulate', 'decapsulate'],
} as const satisfies Record<AwsKeyUsage, readonly KeyUsage[]>;

/** The list of the metadata in which the algorithms of a use stand. */
export const ALGORITHM_LISTS = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const satisfies Record<AwsKeyUsage, string>;

interface KeySpecRow {
  /** Undefined: a spec of the model that exists in some regions only and not here. */
  readonly algorithm: KeyAlgorithm | undefined;
  /** The uses that a key of the spec may be made for, with the algorithms of each. */
  readonly uses: Partial<Readonly<Record<AwsKeyUsage, readonly string[]>>>;
}

const RSA_USES = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: [
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
  ],
} as const;

const curve = <const Signature extends string>(signature: Signature) => ({
  SIGN_VERIFY: [signature],
  KEY_AGREEMENT: ['ECDH'],
});
const ML_DSA_USES = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] } as const;
const ML_KEM_USES = { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] } as const;

export const KEY_SPECS = {
  SYMMETRIC_DEFAULT: { algorithm: 'aes-256', uses: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] } },
  RSA_2048: { algorithm: 'rsa-2048', uses: RSA_USES },
  RSA_3072: { algorithm: 'rsa-3072', uses: RSA_USES },
  RSA_4096: { algorithm: 'rsa-4096', uses: RSA_USES },
  ECC_NIST_P256: { algorithm: 'ec-p256', uses: curve('ECDSA_SHA_256') },
  ECC_NIST_P384: { algorithm: 'ec-p384', uses: curve('ECDSA_SHA_384') },
  ECC_NIST_P521: { algorithm: 'ec-p521', uses: curve('ECDSA_SHA_512') },
  ECC_SECG_P256K1: { algorithm: 'ec-secp256k1', uses: { SIGN_VERIFY: ['ECDSA_SHA_256'] } },
  ECC_NIST_EDWARDS25519: {
    algorithm: 'ed25519',
    uses: { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
  },
  HMAC_224: { algorithm: 'hmac-sha-224', uses: { GENERATE_VERIFY_MAC: ['HMAC_SHA_224'] } },
  HMAC_256: { algorithm: 'hmac-sha-256', uses: { GENERATE_VERIFY_MAC: ['HMAC_SHA_256'] } },
  HMAC_384: { algorithm: 'hmac-sha-384', uses: { GENERATE_VERIFY_MAC: ['HMAC_SHA_384'] } },
  HMAC_512: { algorithm: 'hmac-sha-512', uses: { GENERATE_VERIFY_MAC: ['HMAC_SHA_512'] } },
  SM2: {
    algorithm: undefined,
    uses: { ENCRYPT_DECRYPT: ['SM2PKE'], SIGN_VERIFY: ['SM2DSA'], KEY_AGREEMENT: ['ECDH'] },
  },
  ML_DSA_44: { algorithm: 'ml-dsa-44', uses: ML_DSA_USES },
  ML_DSA_65: { algorithm: 'ml-dsa-65', uses: ML_DSA_USES },
  ML_DSA_87: { algorithm: 'ml-dsa-87', uses: ML_DSA_USES },
  ML_KEM_512: { algorithm: 'ml-kem-512', uses: ML_KEM_USES },
  ML_KEM_768: { algorithm: 'ml-kem-768', uses: ML_KEM_USES },
  ML_KEM_1024: { algorithm: 'ml-kem-1024', uses: ML_KEM_USES },
} as const satisfies Record<string, KeySpecRow>;

export type KeySpec = keyof typeof KEY_SPECS;

export const ALL_KEY_SPECS = tableKeys(KEY_SPECS);
export const ALL_KEY_USAGES = tableKeys(KEY_USAGES);

const SPEC_OF: Readonly<Record<KeyAlgorithm, KeySpec | undefined>> = mapTable(
  KEY_ALGORITHMS,
  (_facts, algorithm) => ALL_KEY_SPECS.find(spec => KEY_SPECS[spec].algorithm === algorithm),
);

/** A key in AWS's words. */
export interface KeyKind {
  readonly spec: KeySpec;
  readonly usage: AwsKeyUsage;
  readonly algorithms: readonly string[];
}

/** Undefined for a key that AWS has no words for. */
export function kindOf(
  key: Pick<Key, 'algorithm' | 'usages'> & Partial<Pick<Key, 'publicOnly'>>,
): KeyKind | undefined {
  const spec = SPEC_OF[key.algorithm];
  if (spec === undefined || key.publicOnly) return undefined;
  const { uses }: KeySpecRow = KEY_SPECS[spec];
  for (const usage of ALL_KEY_USAGES) {
    const [protecting, processing]: readonly KeyUsage[] = KEY_USAGES[usage];
    const fits = key.usages.some(word => word === protecting || word === processing);
    const algorithms = uses[usage];
    if (fits && algorithms !== undefined) return { spec, usage, algorithms };
  }
  return undefined;
}

/** A pending destruction shows first; a destroyed key is shown by nobody. */
const KEY_STATES = {
  preActive: 'Disabled',
  active: 'Enabled',
  suspended: 'Disabled',
  deactivated: 'Disabled',
  compromised: 'Disabled',
  destroyed: 'PendingDeletion',
} as const satisfies Record<KeyState, string>;

export type AwsKeyState = (typeof KEY_STATES)[KeyState];

export function stateOf(key: Pick<Key, 'state' | 'destruction'>): AwsKeyState {
  return key.destruction === undefined ? KEY_STATES[key.state] : 'PendingDeletion';
}

export const ORIGINS = {
  generated: 'AWS_KMS',
  imported: 'EXTERNAL',
  external: 'EXTERNAL_KEY_STORE',
} as const satisfies Record<KeyOrigin, string>;

export const DATA_KEY_SPECS = { AES_256: 32, AES_128: 16 } as const satisfies Record<string, number>;

export type DataKeySpec = keyof typeof DATA_KEY_SPECS;

/** What AWS says was done with a key, from the names of the core's cryptographic operations. */
export const LAST_USES: Readonly<Record<string, string>> = {
  'key.encrypt': 'Encrypt',
  'key.decrypt': 'Decrypt',
  'key.reencrypt': 'ReEncrypt',
  'key.generateDataKey': 'GenerateDataKey',
  'key.generateWrappedDataKey': 'GenerateDataKeyWithoutPlaintext',
  'key.sign': 'Sign',
  'key.verify': 'Verify',
  'key.mac': 'GenerateMac',
  'key.verifyMac': 'VerifyMac',
  'key.agree': 'DeriveSharedSecret',
  'key.encapsulate': 'Encapsulate',
  'key.decapsulate': 'Decapsulate',
};
