// Agrees on a shared secret with the public key of a peer: raw, as the standards of agreement make it (SP 800-56A section 5.7, RFC 7748
// section 6). It is for deriving keys from, which deriveKey does without letting the secret out.

import type { Bytes } from '../../../base/bytes.ts';
import type { SecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import { type KeyVersionInput, requireMechanism, useOnlyMechanism } from './mechanism.ts';

export interface AgreeInput extends KeyVersionInput {
  /** SubjectPublicKeyInfo in DER, of the algorithm of the key. */
  readonly peerPublicKey: Bytes;
}

export interface SharedSecret {
  readonly by: KeyWithVersion;
  /** The caller disposes of it once it is encoded. */
  readonly sharedSecret: SecretBytes;
}

export const agree: UseOperation<AgreeInput, KeyWithVersion, SharedSecret> = {
  name: 'key.agree',
  ...useOnlyMechanism<AgreeInput>({
    permission: 'key.agree',
    usage: 'agree',
    need: 'protect',
    kind: 'agreement',
    content: ({ peerPublicKey }) => ['peerPublicKey', peerPublicKey],
  }),
  async run(kms, { target, input }) {
    using handle = await kms.custody.open(target.key, target.version);
    const mechanism = requireMechanism('agreement', target.key);
    return { by: target, sharedSecret: await handle.agree(mechanism, input.peerPublicKey) };
  },
  discard: ({ sharedSecret }) => sharedSecret[Symbol.dispose](),
};
