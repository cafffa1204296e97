// Opens what is wrapped under a key, for a protocol that must read its form before it brings the material in: whole key blocks in an encoding
// of its own. What comes out goes into an import and is wiped, and never into an answer. Material that needs no reading is taken in by
// `importKey`, wrapped as it is.

import type { Bytes } from '../../../base/bytes.ts';
import type { SecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import type { EncryptionParameters } from './encrypt-by.ts';
import { type MechanismInput, useByMechanism } from './mechanism.ts';

export interface UnwrapValueInput extends MechanismInput<EncryptionParameters> {
  /** With an AEAD the tag is at the end. */
  readonly wrapped: Bytes;
}

export interface UnwrappedValue {
  readonly by: KeyWithVersion;
  /** The caller disposes of it once it is imported. */
  readonly value: SecretBytes;
}

export const unwrapValue: UseOperation<UnwrapValueInput, KeyWithVersion, UnwrappedValue> = {
  name: 'key.unwrapValue',
  ...useByMechanism<UnwrapValueInput>({
    permission: 'key.unwrap',
    usage: 'unwrap',
    need: 'process',
    content: ({ wrapped }) => ['wrapped', wrapped],
  }),
  async run(kms, { target, input: { mechanism, wrapped, parameters } }) {
    const { key, version } = target;
    const value = await kms.custody.unwrapMaterial({ key, version }, mechanism, wrapped, parameters);
    return { by: target, value };
  },
  discard: ({ value }) => value[Symbol.dispose](),
};
