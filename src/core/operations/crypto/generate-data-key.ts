// Makes random bytes for use as a key outside, wrapped under a key of ours: with or without the plain form in the answer.

import { revealSecretBytes, SecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { MessageContext } from '../../../domain/message-context.ts';
import { requireWithin } from '../../checks.ts';
import type { Kms } from '../../kms.ts';
import type { RunArguments, UseOperation } from '../../operation.ts';
import { type KeyInput, onKey } from '../keys/on-key.ts';
import type { SealedMessage } from './encrypt.ts';
import { contextDetails, requireContext, requireUsage } from './message.ts';

export interface DataKeyInput extends KeyInput {
  readonly bytes: number;
  readonly context: MessageContext;
}

export interface DataKey extends SealedMessage {
  /** The caller disposes of it once it is encoded. */
  readonly plaintext: SecretBytes;
}

const dataKeyOperation = (permission: 'key.generateDataKey' | 'key.generateWrappedDataKey') =>
  ({
    name: permission,
    kind: 'use',
    ...onKey<DataKeyInput>(permission, input => ({ bytes: input.bytes, ...contextDetails(input.context) })),
    check(input: DataKeyInput) {
      requireWithin('bytes', input.bytes, 1, LIMITS.dataKeyBytesMax);
      requireContext(input.context);
    },
    allow({ key, version }: KeyWithVersion, _input: DataKeyInput, at: number) {
      requireUsable(key, version, 'protect', at);
      requireUsage(key, 'encrypt');
    },
    protects: ({ key }: KeyWithVersion, { bytes }: DataKeyInput) => ({ key, bytes }),
  }) as const;

export const generateDataKey: UseOperation<DataKeyInput, KeyWithVersion, DataKey> = {
  ...dataKeyOperation('key.generateDataKey'),
  run: makeDataKey,
  discard: output => output.plaintext[Symbol.dispose](),
};

export const generateWrappedDataKey: UseOperation<DataKeyInput, KeyWithVersion, SealedMessage> = {
  ...dataKeyOperation('key.generateWrappedDataKey'),
  async run(kms, args) {
    const { plaintext, ...sealed } = await makeDataKey(kms, args);
    plaintext[Symbol.dispose]();
    return sealed;
  },
};

async function makeDataKey(kms: Kms, args: RunArguments<DataKeyInput, KeyWithVersion>): Promise<DataKey> {
  const { target, input } = args;
  const plaintext = SecretBytes.own(kms.random.bytes(input.bytes));
  try {
    using handle = await kms.custody.open(target.key, target.version);
    const ciphertext = await handle.sealMessage({
      plaintext: revealSecretBytes(plaintext),
      context: input.context,
    });
    return { plaintext, ciphertext, by: target };
  } catch (thrown) {
    plaintext[Symbol.dispose]();
    throw thrown;
  }
}
