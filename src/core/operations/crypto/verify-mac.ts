// Verifies a message authentication code, in time that depends on its length alone. A false one is an answer, as in verify.ts.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { UseOperation } from '../../operation.ts';
import type { MacInput } from './mac.ts';
import { requireBytes, useByMechanism, withVerdict } from './mechanism.ts';
import type { Verdict } from './verify.ts';

export interface VerifyMacInput extends MacInput {
  /** Whole, unless `tagBytes` says how long it is. */
  readonly mac: Bytes;
}

const use = useByMechanism<VerifyMacInput>({
  permission: 'key.verifyMac',
  usage: 'verifyMac',
  need: 'process',
  content: ({ message }) => ['message', message],
});

export const verifyMac: UseOperation<VerifyMacInput, KeyWithVersion, Verdict> = {
  name: 'key.verifyMac',
  ...use,
  check(input) {
    use.check(input);
    requireBytes('mac', input.mac, LIMITS.signatureBytesMax);
  },
  async run(kms, { target, input: { mechanism, message, mac, parameters } }) {
    using handle = await kms.custody.open(target.key, target.version);
    return { by: target, valid: await handle.verify(mechanism, message, mac, parameters) };
  },
  record: withVerdict(use.record),
};
