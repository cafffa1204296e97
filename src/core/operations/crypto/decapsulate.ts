// Gets the shared secret back from its ciphertext. One of the right length always opens, a false one to an unrelated secret (FIPS 203
// section 6.3).

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import type { SharedSecret } from './agree.ts';
import { type KeyVersionInput, requireMechanism, useOnlyMechanism } from './mechanism.ts';

export interface DecapsulateInput extends KeyVersionInput {
  readonly ciphertext: Bytes;
}

export const decapsulate: UseOperation<DecapsulateInput, KeyWithVersion, SharedSecret> = {
  name: 'key.decapsulate',
  ...useOnlyMechanism<DecapsulateInput>({
    permission: 'key.decapsulate',
    usage: 'decapsulate',
    need: 'process',
    kind: 'encapsulation',
    content: ({ ciphertext }) => ['ciphertext', ciphertext],
  }),
  async run(kms, { target, input }) {
    using handle = await kms.custody.open(target.key, target.version);
    const mechanism = requireMechanism('encapsulation', target.key);
    return { by: target, sharedSecret: await handle.decapsulate(mechanism, input.ciphertext) };
  },
  discard: ({ sharedSecret }) => sharedSecret[Symbol.dispose](),
};
