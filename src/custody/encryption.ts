// How a handle encrypts by each kind of mechanism: which parameters the kind takes, and where the parts of its output stand.

import { type Bytes, concatBytes } from '../base/bytes.ts';
import type { SecretBytes } from '../base/secret-bytes.ts';
import type { MechanismParameters } from '../core/ports/custody.ts';
import { doesNotOpen, refuseParameters } from '../crypto/algorithms/checks.ts';
import { mechanismRow } from '../crypto/algorithms/table.ts';
import { MECHANISMS, type Mechanism, type MechanismKind } from '../domain/algorithms.ts';
import type { OpenedKey } from './software-keys.ts';

export interface Encryption {
  encrypt(
    key: OpenedKey,
    mechanism: Mechanism,
    plaintext: Bytes,
    parameters: MechanismParameters,
  ): Bytes | Promise<Bytes>;
  decrypt(
    key: OpenedKey,
    mechanism: Mechanism,
    ciphertext: Bytes,
    parameters: MechanismParameters,
  ): SecretBytes | Promise<SecretBytes>;
}

const TAG_BYTES = 16;

export const AEAD_PARAMETERS = ['iv', 'associatedData', 'tagBytes'] as const;

/** Ciphertext, then tag. The caller brings the IV, and for the row none is an IV of no bytes, which it refuses. */
const aead: Encryption = {
  encrypt({ key, algorithm }, mechanism, plaintext, parameters) {
    const row = mechanismRow('aead', mechanism, algorithm);
    const { iv = NO_IV, ...others } = only(mechanism, parameters, AEAD_PARAMETERS);
    const { ciphertext, tag } = row.encrypt(key, { iv, plaintext, ...others });
    return concatBytes(ciphertext, tag);
  },
  decrypt({ key, algorithm }, mechanism, sealed, parameters) {
    const row = mechanismRow('aead', mechanism, algorithm);
    const { iv = NO_IV, ...others } = only(mechanism, parameters, AEAD_PARAMETERS);
    const tagAt = sealed.length - (others.tagBytes ?? TAG_BYTES);
    if (tagAt < 0) throw doesNotOpen();
    return row.decrypt(key, {
      iv,
      ciphertext: sealed.subarray(0, tagAt),
      tag: sealed.subarray(tagAt),
      ...others,
    });
  },
};

const NO_IV = new Uint8Array(0);

export const CIPHER_PARAMETERS = ['iv', 'counterBits'] as const;

const cipher: Encryption = {
  encrypt({ key, algorithm }, mechanism, plaintext, parameters) {
    const row = mechanismRow('cipher', mechanism, algorithm);
    return row.encrypt(key, { ...only(mechanism, parameters, CIPHER_PARAMETERS), plaintext });
  },
  decrypt({ key, algorithm }, mechanism, ciphertext, parameters) {
    const row = mechanismRow('cipher', mechanism, algorithm);
    return row.decrypt(key, { ...only(mechanism, parameters, CIPHER_PARAMETERS), ciphertext });
  },
};

const keyWrap: Encryption = {
  encrypt({ key, algorithm }, mechanism, material, parameters) {
    const row = mechanismRow('keyWrap', mechanism, algorithm);
    only(mechanism, parameters, []);
    return row.wrap(key, material);
  },
  decrypt({ key, algorithm }, mechanism, wrapped, parameters) {
    const row = mechanismRow('keyWrap', mechanism, algorithm);
    only(mechanism, parameters, []);
    return row.unwrap(key, wrapped);
  },
};

const OAEP_PARAMETERS = ['label', 'mgf1Digest'] as const;

const asymmetric: Encryption = {
  async encrypt({ publicKey, key, algorithm }, mechanism, plaintext, parameters) {
    const row = mechanismRow('asymmetricEncryption', mechanism, algorithm);
    return row.encrypt(publicKey ?? key, plaintext, only(mechanism, parameters, OAEP_PARAMETERS));
  },
  async decrypt({ key, algorithm }, mechanism, ciphertext, parameters) {
    const row = mechanismRow('asymmetricEncryption', mechanism, algorithm);
    return row.decrypt(key, ciphertext, only(mechanism, parameters, OAEP_PARAMETERS));
  },
};

const ENCRYPTIONS: Partial<Record<MechanismKind, Encryption>> = {
  aead,
  cipher,
  keyWrap,
  asymmetricEncryption: asymmetric,
};

/** A mechanism that encrypts nothing gets one whose row refuses it with `incompatibleAlgorithm`. */
export function encryptionBy(mechanism: Mechanism): Encryption {
  return ENCRYPTIONS[MECHANISMS[mechanism].kind] ?? aead;
}

/** The parameters that a kind takes; throws `unsupported` for any other that is given. */
export function only<Name extends keyof MechanismParameters>(
  mechanism: Mechanism,
  parameters: MechanismParameters,
  names: readonly Name[],
): Pick<MechanismParameters, Name> {
  const taken: Partial<Record<string, unknown>> = {};
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const target = (names as readonly string[]).includes(name) ? taken : others;
    target[name] = value;
  }
  refuseParameters(mechanism, others);
  return taken as Pick<MechanismParameters, Name>;
}
