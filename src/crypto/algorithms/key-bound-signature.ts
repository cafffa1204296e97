// Signatures whose hash belongs to the key: EdDSA (RFC 8032), ML-DSA (FIPS 204), SLH-DSA (FIPS 205).

import type { Mechanism } from '../../domain/algorithms.ts';
import { MECHANISMS } from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import { refuseParameters } from './checks.ts';
import type { SignatureParameters, SignatureRow } from './kinds.ts';
import { checkContext, type NodeSignatureOptions, signMessage, verifyMessage } from './signing.ts';

/** RSA keys and curves are not touched here: node:crypto finds the algorithm by the key. */
function keyBound(mechanism: Mechanism): SignatureRow {
  const optionsOf = ({ context, ...others }: SignatureParameters): NodeSignatureOptions => {
    refuseParameters(mechanism, MECHANISMS[mechanism].context ? others : { context, ...others });
    return checkContext(context);
  };
  return {
    kind: 'signature',
    sign: async (privateKey, message, parameters = {}) =>
      signMessage(undefined, privateKey, message, optionsOf(parameters)),
    verify: async (publicKey, message, signature, parameters = {}) =>
      verifyMessage(undefined, publicKey, message, signature, optionsOf(parameters)),
  };
}

/** In no runtime call yet: see docs/decisions/0004-crypto-table.md. */
const ed25519ph: SignatureRow = {
  kind: 'signature',
  sign: () => Promise.reject(new KmsError('unsupported', 'ed25519ph is not offered here.')),
  verify: () => Promise.reject(new KmsError('unsupported', 'ed25519ph is not offered here.')),
};

export const KEY_BOUND_SIGNATURE_ROWS = {
  ed25519: keyBound('ed25519'),
  ed25519ph,
  ed448: keyBound('ed448'),
  'ml-dsa': keyBound('ml-dsa'),
  'slh-dsa': keyBound('slh-dsa'),
} as const satisfies Partial<Record<Mechanism, SignatureRow>>;
