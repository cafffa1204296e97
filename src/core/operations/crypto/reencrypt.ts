// Takes a ciphertext off one key and puts it onto another; the plaintext never leaves.

import { EMPTY_BYTES } from '../../../base/bytes.ts';
import { revealSecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import type { MessageContext } from '../../../domain/message-context.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import type { UseOperation } from '../../operation.ts';
import { keyRecord } from '../keys/on-key.ts';
import type { SealedMessage } from './encrypt.ts';
import { contextDetails, requireUsage } from './message.ts';
import { findSource, type MessageSource, mayIgnoreCiphertext, requireMessageOf } from './source.ts';

export interface ReencryptInput {
  readonly source: MessageSource & { readonly context: MessageContext };
  readonly destination: { readonly key: KeySelector; readonly context: MessageContext };
}

interface Target {
  readonly source: KeyWithVersion;
  readonly destination: KeyWithVersion;
}

export interface ReencryptedMessage extends SealedMessage {
  readonly from: KeyWithVersion;
}

export const reencrypt: UseOperation<ReencryptInput, Target, ReencryptedMessage> = {
  name: 'key.reencrypt',
  kind: 'use',
  disclosure: 'denied',
  async find(reads, context, input, kms) {
    const source = await findSource(reads, context, input.source, kms);
    return { source, destination: await findKey(reads, context, input.destination.key) };
  },
  demands: ({ source, destination }) => [
    keyDemand('key.reencryptFrom', source.key),
    keyDemand('key.reencryptTo', destination.key),
  ],
  allow({ source, destination }) {
    requireUsable(source.key, source.version, 'process');
    requireUsable(destination.key, destination.version, 'protect');
    requireUsage(source.key, 'decrypt');
    requireUsage(destination.key, 'encrypt');
  },
  async run(kms, { target: { source, destination }, input, context }) {
    if (mayIgnoreCiphertext(input.source, context)) {
      return { ciphertext: EMPTY_BYTES, by: destination, from: source };
    }
    const ciphertext = requireMessageOf(source, input.source.ciphertext, kms);
    using opener = await kms.custody.open(source.key, source.version);
    using plaintext = await opener.openMessage({ ciphertext, context: input.source.context });
    using sealer = await kms.custody.open(destination.key, destination.version);
    const sealed = await sealer.sealMessage({
      plaintext: revealSecretBytes(plaintext),
      context: input.destination.context,
    });
    return { ciphertext: sealed, by: destination, from: source };
  },
  record(input, target) {
    const from = keyRecord(target?.source);
    const to = keyRecord(target?.destination);
    return {
      projectId: to.projectId,
      targets: [...from.targets, ...to.targets],
      details: {
        from: contextDetails(input.source.context),
        to: contextDetails(input.destination.context),
      },
    };
  },
};
