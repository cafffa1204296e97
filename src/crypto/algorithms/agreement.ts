// Key agreement: ECDH (NIST SP 800-56A section 5.7.1.2, one-pass, no key derivation) and X25519, X448 (RFC 7748 section 6).

import { diffieHellman, type KeyObject } from 'node:crypto';
import { SecretBytes } from '../../base/secret-bytes.ts';
import type { MechanismOfKind } from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import { runSlow } from '../slow.ts';
import type { AgreementRow } from './kinds.ts';

const agreement: AgreementRow = {
  kind: 'agreement',
  async agree(privateKey: KeyObject, peerPublicKey: KeyObject): Promise<SecretBytes> {
    if (!sameGroup(privateKey, peerPublicKey)) throw peerRefused('is of another kind than the key');
    return SecretBytes.own(
      await runSlow<Buffer>(done => diffieHellman({ privateKey, publicKey: peerPublicKey }, done)).catch(
        refuse,
      ),
    );
  },
};

function sameGroup(left: KeyObject, right: KeyObject): boolean {
  return (
    left.asymmetricKeyType === right.asymmetricKeyType &&
    left.asymmetricKeyDetails?.namedCurve === right.asymmetricKeyDetails?.namedCurve
  );
}

function peerRefused(rule: string, cause?: unknown): KmsError {
  return new KmsError('invalidInput', `peerPublicKey ${rule}`, { field: 'peerPublicKey', rule }, cause);
}

/** RFC 7748 section 6: OpenSSL refuses a shared secret of zeros, which only a peer of low order leads to. */
function refuse(thrown: unknown): never {
  if (thrown instanceof KmsError) throw thrown;
  throw peerRefused('leads to no shared secret', thrown);
}

export const AGREEMENT_ROWS = {
  ecdh: agreement,
  x25519: agreement,
  x448: agreement,
} as const satisfies Record<MechanismOfKind<'agreement'>, AgreementRow>;
