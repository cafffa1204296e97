// Signatures whose hash belongs to the key: EdDSA (RFC 8032), ML-DSA (FIPS 204), SLH-DSA (FIPS 205).

import { createHash } from 'node:crypto';
import type { Bytes } from '../../base/bytes.ts';
import { MECHANISMS, type Mechanism, type MechanismOfKind } from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import { JobRefused } from '../offload.ts';
import { refuseParameters } from './checks.ts';
import type { SignatureParameters, SignatureRow } from './kinds.ts';
import {
  checkContext,
  checkDigestLength,
  signDigest,
  signMessage,
  verifyDigest,
  verifyMessage,
} from './signing.ts';

type KeyBoundMechanism = Extract<MechanismOfKind<'signature'>, `ed${string}` | 'ml-dsa' | 'slh-dsa'>;

/** What is left of the parameters is a checked context, or nothing. */
function contextOf(
  mechanism: Mechanism,
  { context, ...others }: SignatureParameters,
): { readonly context?: Bytes } {
  refuseParameters(mechanism, MECHANISMS[mechanism].context ? others : { context, ...others });
  return checkContext(context);
}

/** node:crypto finds the algorithm by the key. */
function wholeMessages(mechanism: KeyBoundMechanism): SignatureRow {
  return {
    kind: 'signature',
    sign: async (privateKey, message, parameters = {}) =>
      signMessage(undefined, privateKey, message, contextOf(mechanism, parameters)),
    verify: async (publicKey, message, signature, parameters = {}) =>
      verifyMessage(undefined, publicKey, message, signature, contextOf(mechanism, parameters)),
  };
}

/** FIPS 204 section 6.2: who computes mu has put the context into it already, so that none is taken beside it. */
function withMu(whole: SignatureRow): SignatureRow {
  const checkMu = (mu: Bytes, others: SignatureParameters) => {
    refuseParameters('ml-dsa', { ...others });
    checkDigestLength('ml-dsa', mu);
  };
  return {
    kind: 'signature',
    async sign(privateKey, message, { prehashed, ...others } = {}) {
      if (!prehashed) return whole.sign(privateKey, message, others);
      checkMu(message, others);
      return signDigest('mlDsa', privateKey, message, {}).catch(refuseWithoutSeed);
    },
    async verify(publicKey, message, signature, { prehashed, ...others } = {}) {
      if (!prehashed) return whole.verify(publicKey, message, signature, others);
      checkMu(message, others);
      return verifyDigest('mlDsa', publicKey, message, signature, {});
    },
  };
}

/** The worker starts from the seed, which an imported key may lack. */
function refuseWithoutSeed(thrown: unknown): never {
  if (!(thrown instanceof JobRefused)) throw thrown;
  throw new KmsError(
    'unsupported',
    'An ML-DSA key that came without its seed signs whole messages only.',
    {},
    thrown,
  );
}

/** RFC 8032 section 5.1: PH is SHA-512. */
const ed25519ph: SignatureRow = {
  kind: 'signature',
  sign: async (privateKey, message, { prehashed, ...others } = {}) =>
    signDigest('ed25519ph', privateKey, ed25519phDigest(message, prehashed), contextOf('ed25519ph', others)),
  verify: async (publicKey, message, signature, { prehashed, ...others } = {}) =>
    verifyDigest(
      'ed25519ph',
      publicKey,
      ed25519phDigest(message, prehashed),
      signature,
      contextOf('ed25519ph', others),
    ),
};

function ed25519phDigest(message: Bytes, prehashed = false): Bytes {
  if (!prehashed) return createHash('sha512').update(message).digest();
  checkDigestLength('ed25519ph', message);
  return message;
}

export const KEY_BOUND_SIGNATURE_ROWS = {
  ed25519: wholeMessages('ed25519'),
  ed25519ph,
  ed448: wholeMessages('ed448'),
  'ml-dsa': withMu(wholeMessages('ml-dsa')),
  'slh-dsa': wholeMessages('slh-dsa'),
} as const satisfies Record<KeyBoundMechanism, SignatureRow>;
