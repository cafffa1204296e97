// Decrypts a ciphertext of our own format. Every failure of the ciphertext is one and the same answer.

import { EMPTY_BYTES } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import type { MessageContext } from '../../../domain/message-context.ts';
import { keyDemand } from '../../find-key.ts';
import type { UseOperation } from '../../operation.ts';
import { keyRecord, namedKey } from '../keys/on-key.ts';
import { contextDetails, requireContext, requireUsage } from './message.ts';
import { findSource, type MessageSource, mayIgnoreCiphertext, requireMessageOf } from './source.ts';

export interface DecryptInput extends MessageSource {
  readonly context: MessageContext;
}

export interface OpenedMessage {
  /** The caller disposes of it once it is encoded. */
  readonly plaintext: SecretBytes;
  readonly by: KeyWithVersion;
}

export const decrypt: UseOperation<DecryptInput, KeyWithVersion, OpenedMessage> = {
  name: 'key.decrypt',
  kind: 'use',
  disclosure: 'denied',
  check: input => requireContext(input.context),
  find: findSource,
  demands: target => [keyDemand('key.decrypt', target.key)],
  allow({ key, version }, _input, at) {
    requireUsable(key, version, 'process', at);
    requireUsage(key, 'decrypt');
  },
  async run(kms, { target, input, context }) {
    if (mayIgnoreCiphertext(input, context)) return { plaintext: SecretBytes.own(EMPTY_BYTES), by: target };
    const ciphertext = requireMessageOf(target, input.ciphertext, kms);
    using handle = await kms.custody.open(target.key, target.version);
    return { plaintext: await handle.openMessage({ ciphertext, context: input.context }), by: target };
  },
  discard: output => output.plaintext[Symbol.dispose](),
  record: (input, target) => ({
    ...keyRecord(target),
    details: {
      ...(target === undefined && input.key !== undefined ? namedKey(input.key) : undefined),
      ...contextDetails(input.context),
    },
  }),
};
