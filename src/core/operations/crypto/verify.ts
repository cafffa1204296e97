// Verifies a signature. A false one is an answer like any other: the entry of the log says so, and a protocol that wants an error makes one.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { UseOperation } from '../../operation.ts';
import { requireBytes, useByMechanism, withVerdict } from './mechanism.ts';
import type { SignInput } from './sign.ts';

export interface VerifyInput extends SignInput {
  readonly signature: Bytes;
}

export interface Verdict {
  readonly by: KeyWithVersion;
  readonly valid: boolean;
}

const use = useByMechanism<VerifyInput>({
  permission: 'key.verify',
  usage: 'verify',
  need: 'process',
  content: ({ message }) => ['message', message],
});

export const verify: UseOperation<VerifyInput, KeyWithVersion, Verdict> = {
  name: 'key.verify',
  ...use,
  check(input) {
    use.check(input);
    requireBytes('signature', input.signature, LIMITS.signatureBytesMax);
  },
  async run(kms, { target, input: { mechanism, message, signature, parameters } }) {
    using handle = await kms.custody.open(target.key, target.version);
    return { by: target, valid: await handle.verify(mechanism, message, signature, parameters) };
  },
  record: withVerdict(use.record),
};
