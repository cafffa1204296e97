// Takes a ciphertext off one key and puts it onto another; the plaintext never leaves.

import { EMPTY_BYTES } from '../../../base/bytes.ts';
import { revealSecretBytes } from '../../../base/secret-bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import type { MessageContext } from '../../../domain/message-context.ts';
import type { Permission } from '../../../domain/permission.ts';
import { type KeySelector, keyDemand } from '../../find-key.ts';
import type { Demand, UseOperation } from '../../operation.ts';
import { keyRecord } from '../keys/on-key.ts';
import type { SealedMessage } from './encrypt.ts';
import { contextAttributes, contextDetails, requireContext, requireUsage } from './message.ts';
import { asDenialOf, findSecondKey, foundKey, requireFound, type SecondKey } from './second-key.ts';
import { findSource, type MessageSource, mayIgnoreCiphertext, requireMessageOf } from './source.ts';

export interface ReencryptInput {
  readonly source: MessageSource & { readonly context: MessageContext };
  readonly destination: { readonly key: KeySelector; readonly context: MessageContext };
  /**
   * Both sides are one key, and the ciphertext moves to its newest version. A key past its cryptoperiod still does that: it protects
   * nothing new, and what it has protected gets rid of older versions.
   */
  readonly renewal?: boolean | undefined;
}

interface Target {
  readonly source: KeyWithVersion;
  readonly destination: SecondKey;
}

export interface ReencryptedMessage extends SealedMessage {
  readonly from: KeyWithVersion;
}

export const reencrypt: UseOperation<ReencryptInput, Target, ReencryptedMessage> = {
  name: 'key.reencrypt',
  kind: 'use',
  disclosure: 'denied',
  check({ source, destination }) {
    requireContext(source.context);
    requireContext(destination.context);
  },
  async find(reads, context, input, kms) {
    const source = await findSource(reads, context, input.source, kms).catch(thrown => {
      throw asDenialOf('key.reencryptFrom', thrown);
    });
    const destination = await findSecondKey(reads, context, 'key.reencryptTo', input.destination.key);
    return { source, destination };
  },
  demands({ source, destination }, input) {
    const from = demandIn('key.reencryptFrom', source, input.source.context);
    const to = foundKey(destination);
    return to === undefined ? [from] : [from, demandIn('key.reencryptTo', to, input.destination.context)];
  },
  allow({ source, destination: second }, { renewal }, at) {
    const destination = requireFound(second);
    requireUsable(source.key, source.version, 'process', at);
    const ofOneKey = source.key.id === destination.key.id;
    requireUsable(destination.key, destination.version, renewal && ofOneKey ? 'process' : 'protect', at);
    requireUsage(source.key, 'decrypt');
    requireUsage(destination.key, 'encrypt');
  },
  /** The length of the ciphertext is what is known of the plaintext beforehand. */
  protects({ destination }, { source }) {
    const key = foundKey(destination)?.key;
    return key && { key, bytes: source.ciphertext?.length ?? 0 };
  },
  async run(kms, { target, input, context }) {
    const { source } = target;
    const destination = requireFound(target.destination);
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
    const to = keyRecord(target && foundKey(target.destination));
    return {
      projectId: to.projectId,
      targets: [...from.targets, ...to.targets],
      details: {
        from: contextDetails(input.source.context),
        to: contextDetails(input.destination.context),
      },
    };
  },
  /** The owner of the source learns that its key was used, and not where its plaintext went. */
  recordElsewhere: (input, { source }) => ({
    ...keyRecord(source),
    details: { from: contextDetails(input.source.context) },
  }),
};

/** Each side is judged by its own context: a rule about the one must not be met, or evaded, by the other. */
function demandIn(permission: Permission, { key }: KeyWithVersion, context: MessageContext): Demand {
  const demand = keyDemand(permission, key);
  return { ...demand, attributes: { ...demand.attributes, ...contextAttributes(context) } };
}
