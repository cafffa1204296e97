// Makes a shared secret and the ciphertext from which the owner of the private key gets the same (FIPS 203).

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import type { SharedSecret } from './agree.ts';
import { type KeyVersionInput, requireMechanism, useOnlyMechanism } from './mechanism.ts';

export interface EncapsulatedSecret extends SharedSecret {
  readonly ciphertext: Bytes;
}

export const encapsulate: UseOperation<KeyVersionInput, KeyWithVersion, EncapsulatedSecret> = {
  name: 'key.encapsulate',
  ...useOnlyMechanism<KeyVersionInput>({
    permission: 'key.encapsulate',
    usage: 'encapsulate',
    need: 'protect',
    kind: 'encapsulation',
    content: () => ['message', undefined],
  }),
  async run(kms, { target }) {
    using handle = await kms.custody.open(target.key, target.version);
    return { by: target, ...(await handle.encapsulate(requireMechanism('encapsulation', target.key))) };
  },
  discard: ({ sharedSecret }) => sharedSecret[Symbol.dispose](),
};
