// Encrypts by a named mechanism, for protocols whose ciphertexts have a layout of their own. Our own format (encrypt.ts) is the better one:
// it needs no nonce, commits to its key, and tells which key that was.

import type { Bytes } from '../../../base/bytes.ts';
import { MECHANISMS } from '../../../domain/algorithms.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import type { MechanismParameters } from '../../ports/custody.ts';
import { type MechanismInput, useByMechanism, withIv } from './mechanism.ts';

export type EncryptionParameters = Pick<
  MechanismParameters,
  'iv' | 'associatedData' | 'tagBytes' | 'counterBits' | 'label' | 'mgf1Digest'
>;

export interface EncryptByInput extends MechanismInput<EncryptionParameters> {
  readonly plaintext: Bytes;
}

export interface EncryptedMessage {
  readonly by: KeyWithVersion;
  /** With an AEAD the tag is at the end. */
  readonly ciphertext: Bytes;
  readonly tagBytes?: number | undefined;
  /** What was made, where the mechanism needs one and the caller gave none. */
  readonly iv?: Bytes | undefined;
}

export const encryptBy: UseOperation<EncryptByInput, KeyWithVersion, EncryptedMessage> = {
  name: 'key.encryptBy',
  ...useByMechanism<EncryptByInput>({
    permission: 'key.encrypt',
    usage: 'encrypt',
    need: 'protect',
    content: ({ plaintext }) => ['plaintext', plaintext],
  }),
  async run(kms, { target, input }) {
    const { parameters, made } = withIv(kms, input);
    using handle = await kms.custody.open(target.key, target.version);
    const ciphertext = await handle.encrypt(input.mechanism, input.plaintext, parameters);
    const { kind, tagBytes } = MECHANISMS[input.mechanism];
    return {
      by: target,
      ciphertext,
      tagBytes: kind === 'aead' ? (parameters.tagBytes ?? tagBytes?.default) : undefined,
      iv: made,
    };
  },
};
