// Computes a message authentication code.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import type { MechanismParameters } from '../../ports/custody.ts';
import { type MechanismInput, useByMechanism, withIv } from './mechanism.ts';

export type MacParameters = Pick<MechanismParameters, 'iv' | 'tagBytes'>;

export interface MacInput extends MechanismInput<MacParameters> {
  readonly message: Bytes;
}

export interface AuthenticatedMessage {
  readonly by: KeyWithVersion;
  readonly mac: Bytes;
  /** What was made for GMAC, where the caller gave none. */
  readonly iv?: Bytes | undefined;
}

export const mac: UseOperation<MacInput, KeyWithVersion, AuthenticatedMessage> = {
  name: 'key.mac',
  ...useByMechanism<MacInput>({
    permission: 'key.mac',
    usage: 'mac',
    need: 'protect',
    content: ({ message }) => ['message', message],
  }),
  async run(kms, { target, input }) {
    const { parameters, made } = withIv(kms, input);
    using handle = await kms.custody.open(target.key, target.version);
    return { by: target, mac: await handle.mac(input.mechanism, input.message, parameters), iv: made };
  },
};
