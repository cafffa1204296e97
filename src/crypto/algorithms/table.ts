// The one table: a row of code for each mechanism, total by type, and the one way to choose from it.

import {
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  MECHANISMS,
  type Mechanism,
  type MechanismKind,
  type MechanismOfKind,
} from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import { AEAD_ROWS } from './aead.ts';
import { AGREEMENT_ROWS } from './agreement.ts';
import { CIPHER_ROWS } from './cipher.ts';
import { DERIVATION_ROWS } from './derivation.ts';
import { ECDSA_ROWS } from './ecdsa.ts';
import { ENCAPSULATION_ROWS } from './encapsulation.ts';
import { KEY_BOUND_SIGNATURE_ROWS } from './key-bound-signature.ts';
import { KEY_WRAP_ROWS } from './key-wrap.ts';
import type { RowOfKind } from './kinds.ts';
import { MAC_ROWS } from './mac.ts';
import { RSA_AES_KEY_WRAP_ROWS } from './rsa-aes-key-wrap.ts';
import { RSA_ENCRYPTION_ROWS } from './rsa-encryption.ts';
import { RSA_SIGNATURE_ROWS } from './rsa-signature.ts';

type RowOfMechanism = {
  readonly [Kind in MechanismKind as MechanismOfKind<Kind>]: RowOfKind[Kind];
};

export const MECHANISM_ROWS = {
  ...AEAD_ROWS,
  ...CIPHER_ROWS,
  ...KEY_WRAP_ROWS,
  ...MAC_ROWS,
  ...RSA_ENCRYPTION_ROWS,
  ...RSA_AES_KEY_WRAP_ROWS,
  ...RSA_SIGNATURE_ROWS,
  ...ECDSA_ROWS,
  ...KEY_BOUND_SIGNATURE_ROWS,
  ...AGREEMENT_ROWS,
  ...ENCAPSULATION_ROWS,
  ...DERIVATION_ROWS,
} as const satisfies RowOfMechanism & Record<Mechanism, RowOfKind[MechanismKind]>;

/**
 * The row of this mechanism for a key of this algorithm, called as this kind. Throws `incompatibleAlgorithm` when the mechanism does
 * not fit the algorithm, and when it is of another kind.
 */
export function mechanismRow<Kind extends MechanismKind>(
  kind: Kind,
  mechanism: Mechanism,
  algorithm: KeyAlgorithm,
): RowOfKind[Kind] {
  if (MECHANISMS[mechanism].kind !== kind || !KEY_ALGORITHMS[algorithm].mechanisms.includes(mechanism)) {
    throw new KmsError('incompatibleAlgorithm', `${mechanism} does not fit a key of ${algorithm} here.`, {
      mechanism,
      algorithm,
    });
  }
  return MECHANISM_ROWS[mechanism] as RowOfKind[MechanismKind] as RowOfKind[Kind];
}
