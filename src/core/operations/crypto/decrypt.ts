// Decrypts a ciphertext of our own format. Every failure of the ciphertext is one and the same answer.

import { must } from '../../../base/assert.ts';
import { EMPTY_BYTES } from '../../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import type { MessageContext } from '../../../domain/message-context.ts';
import { keyDemand } from '../../find-key.ts';
import type { Kms } from '../../kms.ts';
import type { UseOperation } from '../../operation.ts';
import { keyRecord, namedKey } from '../keys/on-key.ts';
import type { SealedMessage } from './encrypt.ts';
import { contextDetails, requireContext, requireUsage } from './message.ts';
import { findSource, type MessageSource, mayIgnoreCiphertext, requireMessageOf } from './source.ts';

export interface DecryptInput extends MessageSource {
  readonly context: MessageContext;
  /** What an older version had sealed is answered sealed by the newest one as well. */
  readonly renew?: boolean | undefined;
}

export interface OpenedMessage {
  /** The caller disposes of it once it is encoded. */
  readonly plaintext: SecretBytes;
  readonly by: KeyWithVersion;
  readonly renewed?: SealedMessage | undefined;
}

export const decrypt: UseOperation<DecryptInput, KeyWithVersion, OpenedMessage> = {
  name: 'key.decrypt',
  kind: 'use',
  disclosure: 'denied',
  check: input => requireContext(input.context),
  find: findSource,
  demands: (target, input) => [
    keyDemand('key.decrypt', target.key),
    ...(mustRenew(target, input) ? [keyDemand('key.reencryptTo', target.key)] : []),
  ],
  allow({ key, version }, _input, at) {
    requireUsable(key, version, 'process', at);
    requireUsage(key, 'decrypt');
  },
  /** A renewal protects the same once more, and the length of the ciphertext is what is known of it beforehand. */
  protects: (target, input) =>
    mustRenew(target, input) ? { key: target.key, bytes: input.ciphertext?.length ?? 0 } : undefined,
  async run(kms, { target, input, context }) {
    if (mayIgnoreCiphertext(input, context)) return { plaintext: SecretBytes.own(EMPTY_BYTES), by: target };
    const ciphertext = requireMessageOf(target, input.ciphertext, kms);
    using handle = await kms.custody.open(target.key, target.version);
    const plaintext = await handle.openMessage({ ciphertext, context: input.context });
    try {
      const renewed = mustRenew(target, input)
        ? await renew(kms, target, plaintext, input.context)
        : undefined;
      return { plaintext, by: target, renewed };
    } catch (thrown) {
      plaintext[Symbol.dispose]();
      throw thrown;
    }
  },
  discard: output => output.plaintext[Symbol.dispose](),
  record: (input, target, output) => ({
    ...keyRecord(target),
    details: {
      ...(target === undefined && input.key !== undefined ? namedKey(input.key) : undefined),
      ...contextDetails(input.context),
      renewedBy: output?.renewed?.by.version.number,
    },
  }),
};

function mustRenew({ key, version }: KeyWithVersion, input: DecryptInput): boolean {
  return input.renew === true && version.number !== key.primaryVersion;
}

async function renew(
  kms: Kms,
  { key }: KeyWithVersion,
  plaintext: SecretBytes,
  context: MessageContext,
): Promise<SealedMessage> {
  const by = must(await kms.store.keys.findWithVersion(key.id), 'a key that opens has a primary version');
  using handle = await kms.custody.open(by.key, by.version);
  return { by, ciphertext: await handle.sealMessage({ plaintext: revealSecretBytes(plaintext), context }) };
}
