// Encrypts a short plaintext under the primary version of a symmetric key.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import type { MessageContext } from '../../../domain/message-context.ts';
import type { UseOperation } from '../../operation.ts';
import { type KeyInput, onKey } from '../keys/on-key.ts';
import { contextDetails, requireContext, requirePlaintext, requireUsage } from './message.ts';

export interface EncryptInput extends KeyInput {
  readonly plaintext: Bytes;
  readonly context: MessageContext;
}

export interface SealedMessage {
  readonly ciphertext: Bytes;
  readonly by: KeyWithVersion;
}

export const encrypt: UseOperation<EncryptInput, KeyWithVersion, SealedMessage> = {
  name: 'key.encrypt',
  kind: 'use',
  ...onKey<EncryptInput>('key.encrypt', input => contextDetails(input.context)),
  check(input) {
    requirePlaintext(input.plaintext);
    requireContext(input.context);
  },
  allow({ key, version }, _input, at) {
    requireUsable(key, version, 'protect', at);
    requireUsage(key, 'encrypt');
  },
  protects: ({ key }, { plaintext }) => ({ key, bytes: plaintext.length }),
  async run(kms, { target, input }) {
    using handle = await kms.custody.open(target.key, target.version);
    const ciphertext = await handle.sealMessage({ plaintext: input.plaintext, context: input.context });
    return { ciphertext, by: target };
  },
};
