// Decrypts what was encrypted by a named mechanism. Every failure of an authenticated ciphertext is one and the same answer.

import type { Bytes } from '../../../base/bytes.ts';
import type { SecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import type { EncryptionParameters } from './encrypt-by.ts';
import { type MechanismInput, useByMechanism } from './mechanism.ts';

export interface DecryptByInput extends MechanismInput<EncryptionParameters> {
  /** With an AEAD the tag is at the end, as long as `tagBytes` says or whole. */
  readonly ciphertext: Bytes;
}

export interface DecryptedMessage {
  readonly by: KeyWithVersion;
  /** The caller disposes of it once it is encoded. */
  readonly plaintext: SecretBytes;
}

export const decryptBy: UseOperation<DecryptByInput, KeyWithVersion, DecryptedMessage> = {
  name: 'key.decryptBy',
  ...useByMechanism<DecryptByInput>({
    permission: 'key.decrypt',
    usage: 'decrypt',
    need: 'process',
    content: ({ ciphertext }) => ['ciphertext', ciphertext],
  }),
  async run(kms, { target, input }) {
    using handle = await kms.custody.open(target.key, target.version);
    return {
      by: target,
      plaintext: await handle.decrypt(input.mechanism, input.ciphertext, input.parameters),
    };
  },
  discard: ({ plaintext }) => plaintext[Symbol.dispose](),
};
