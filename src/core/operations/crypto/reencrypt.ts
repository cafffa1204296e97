// Takes a ciphertext off one key and puts it onto another; the plaintext never leaves.

import { must } from '../../../base/assert.ts';
import { EMPTY_BYTES } from '../../../base/bytes.ts';
import { revealSecretBytes } from '../../../base/secret-bytes.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireUsable } from '../../../domain/key-state.ts';
import type { MessageContext } from '../../../domain/message-context.ts';
import type { Permission } from '../../../domain/permission.ts';
import { deniedError } from '../../authorize.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import type { Demand, UseOperation } from '../../operation.ts';
import { keyRecord } from '../keys/on-key.ts';
import type { SealedMessage } from './encrypt.ts';
import { contextAttributes, contextDetails, requireContext, requireUsage } from './message.ts';
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
  /** Or why there is none: whether the source may be used is answered first, or the answer would tell that the source exists. */
  readonly destination: KeyWithVersion | KmsError;
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
    const destination = await findKey(reads, context, input.destination.key).catch(thrown =>
      asDenialOf('key.reencryptTo', thrown),
    );
    return { source, destination };
  },
  demands: ({ source, destination }, input) => [
    demandIn('key.reencryptFrom', source, input.source.context),
    ...(destination instanceof KmsError
      ? []
      : [demandIn('key.reencryptTo', destination, input.destination.context)]),
  ],
  allow({ source, destination }, { renewal }, at) {
    if (destination instanceof KmsError) throw destination;
    requireUsable(source.key, source.version, 'process', at);
    const ofOneKey = source.key.id === destination.key.id;
    requireUsable(destination.key, destination.version, renewal && ofOneKey ? 'process' : 'protect', at);
    requireUsage(source.key, 'decrypt');
    requireUsage(destination.key, 'encrypt');
  },
  async run(kms, { target, input, context }) {
    const { source } = target;
    const destination = must(foundIn(target), 'what is run was allowed');
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
    const to = keyRecord(target === undefined ? undefined : foundIn(target));
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

function foundIn({ destination }: Target): KeyWithVersion | undefined {
  return destination instanceof KmsError ? undefined : destination;
}

/** A key that is not there is refused like one that may not be used: with the permission that was asked about. Throws what is no refusal. */
function asDenialOf(permission: Permission, thrown: unknown): KmsError {
  if (!(thrown instanceof KmsError)) throw thrown;
  return thrown.code === 'denied' ? deniedError(String(thrown.details.reason), permission) : thrown;
}
