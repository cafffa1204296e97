// How each Derivation Method is called in the core, and what of the Derivation Parameters it takes (KMIP 1.4 section 9.1.3.2.21, 2.1
// section 11.21).

import { type Bytes, concatBytes, utf8 } from '../../../base/bytes.ts';
import type { DeriveKeyInput } from '../../../core/operations/keys/derive-key.ts';
import { type Digest, KEY_ALGORITHMS, MECHANISMS, type Mechanism } from '../../../domain/algorithms.ts';
import type { ValueName } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import type { ManagedObject } from '../objects/object.ts';
import { type CipherParameters, cipherMechanism, digestOf, macMechanism } from './parameters.ts';

export type DerivationMethod = ValueName<'DerivationMethod'>;

/** Derivation Parameters as the core knows them. */
export interface Parts {
  readonly info: Bytes | undefined;
  readonly iv: Bytes | undefined;
  readonly salt: Bytes | undefined;
  readonly iterations: number | undefined;
}

interface MethodRow {
  /** Throws `unsupportedCryptographicParameters`. */
  mechanism(base: ManagedObject, parameters: CipherParameters): Mechanism;
  /** What is there and not taken is refused by the core. */
  parameters(parts: Parts): DeriveKeyInput['parameters'];
  /** Several Derivation Data as one. */
  join(data: readonly Bytes[]): Bytes;
}

const plain: Omit<MethodRow, 'mechanism'> = {
  parameters: parts => parts,
  join: data => concatBytes(...data),
};

const SLASH = utf8('/');

export const DERIVATION_METHODS: Readonly<Record<Exclude<DerivationMethod, 'AsymmetricKey'>, MethodRow>> = {
  // RFC 8018 appendix B.1.1: HMAC with SHA-1 unless another is named.
  PBKDF2: { ...plain, mechanism: (_base, { hash }) => `pbkdf2-${digestOf(hash ?? 'SHA_1')}` },
  HASH: {
    ...plain,
    mechanism: (_base, { hash }) => `hash-kdf-${digestOf(hash ?? 'SHA_256')}`,
    parameters({ info, ...parts }) {
      if (info !== undefined) throw refusal('invalidField', 'A hash is of the key or of data, not of both.');
      return { ...parts, info };
    },
  },
  HMAC: { ...plain, mechanism: (base, parameters) => `hmac-kdf-${digestOfHmac(base, parameters)}` },
  ENCRYPT: { ...plain, mechanism: cipherMechanism },
  NIST800_108_C: {
    ...plain,
    mechanism: (base, parameters) => `sp800-108-counter-hmac-${digestOfHmac(base, parameters)}`,
  },
  // What stands before the first block is an IV in the words of SP 800-108.
  NIST800_108_F: {
    ...plain,
    mechanism: (base, parameters) => `sp800-108-feedback-hmac-${digestOfHmac(base, parameters)}`,
    parameters: ({ iv, salt, ...parts }) => ({ ...parts, salt: iv ?? salt }),
  },
  NIST800_108_DPI: {
    ...plain,
    mechanism: (base, parameters) => `sp800-108-pipeline-hmac-${digestOfHmac(base, parameters)}`,
  },
  // Date, region and service.
  AWSSignatureVersion4: {
    ...plain,
    mechanism: () => 'aws-sigv4',
    join: data => concatBytes(...data.flatMap((part, at) => (at === 0 ? [part] : [SLASH, part]))),
  },
  HKDF: { ...plain, mechanism: (_base, { hash }) => `hkdf-${digestOf(hash ?? 'SHA_256')}` },
};

/** The hash that is named, by itself or by an HMAC, or else that of the key. */
function digestOfHmac(base: ManagedObject, { hash, ...parameters }: CipherParameters): Digest {
  if (hash !== undefined) return digestOf(hash);
  const { digest } = MECHANISMS[macMechanism(base, parameters)];
  if (digest === undefined) throw refusal('unsupportedCryptographicParameters');
  return digest;
}

/** Of a pair that agrees. Throws `illegalObjectType` for another. */
export function agreementOf({ key }: ManagedObject): Mechanism {
  const { mechanisms } = KEY_ALGORITHMS[key.algorithm];
  const found = mechanisms.find(mechanism => MECHANISMS[mechanism].kind === 'agreement');
  if (found === undefined) throw refusal('illegalObjectType', 'Keys of this algorithm do not agree.');
  return found;
}
