// Signs a message, or its digest, with the private key of a pair.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import type { MechanismParameters } from '../../ports/custody.ts';
import { type MechanismInput, useByMechanism } from './mechanism.ts';

export type SignatureParameters = Pick<
  MechanismParameters,
  'prehashed' | 'rawSignature' | 'saltBytes' | 'mgf1Digest' | 'context'
>;

export interface SignInput extends MechanismInput<SignatureParameters> {
  /** With `prehashed` its digest: see the port. */
  readonly message: Bytes;
}

export interface SignedMessage {
  readonly by: KeyWithVersion;
  readonly signature: Bytes;
}

export const sign: UseOperation<SignInput, KeyWithVersion, SignedMessage> = {
  name: 'key.sign',
  ...useByMechanism<SignInput>({
    permission: 'key.sign',
    usage: 'sign',
    need: 'protect',
    content: ({ message }) => ['message', message],
  }),
  async run(kms, { target, input }) {
    using handle = await kms.custody.open(target.key, target.version);
    return { by: target, signature: await handle.sign(input.mechanism, input.message, input.parameters) };
  },
};
