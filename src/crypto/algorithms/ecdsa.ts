// ECDSA (FIPS 186-5 section 6) over the named curves of the key. Signatures are DER unless the caller asks for r and s of fixed length.

import type { Digest, MechanismOfKind } from '../../domain/algorithms.ts';
import { EVERY_DIGEST, perDigest } from '../../domain/mechanisms.ts';
import { refuseParameters } from './checks.ts';
import type { SignatureRow } from './kinds.ts';
import {
  checkDigestLength,
  type NodeSignatureOptions,
  refuseVerifyOnly,
  signDigest,
  signMessage,
  verifyDigest,
  verifyMessage,
} from './signing.ts';

const encodingOf = (rawSignature: boolean | undefined): NodeSignatureOptions => ({
  dsaEncoding: rawSignature ? 'ieee-p1363' : 'der',
});

function ecdsa(digest: Digest): SignatureRow {
  const mechanism = `ecdsa-${digest}` as const;
  return {
    kind: 'signature',
    async sign(privateKey, message, { rawSignature, prehashed, ...others } = {}) {
      refuseVerifyOnly(mechanism);
      refuseParameters(mechanism, others);
      if (prehashed) {
        checkDigestLength(mechanism, message);
        return signDigest('ecdsa', privateKey, message, { rawSignature });
      }
      return signMessage(digest, privateKey, message, encodingOf(rawSignature));
    },
    async verify(publicKey, message, signature, { rawSignature, prehashed, ...others } = {}) {
      refuseParameters(mechanism, others);
      if (prehashed) {
        checkDigestLength(mechanism, message);
        return verifyDigest('ecdsa', publicKey, message, signature, { rawSignature });
      }
      return verifyMessage(digest, publicKey, message, signature, encodingOf(rawSignature));
    },
  };
}

export const ECDSA_ROWS = perDigest('ecdsa', EVERY_DIGEST, ecdsa) satisfies Record<
  Extract<MechanismOfKind<'signature'>, `ecdsa-${string}`>,
  SignatureRow
>;
