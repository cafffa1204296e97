// Verifies a message authentication code, in time that depends on its length alone. A false one is an answer, as in verify.ts.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import type { MacInput } from './mac.ts';
import { type Verdict, verification } from './verify.ts';

export interface VerifyMacInput extends MacInput {
  /** Whole, unless `tagBytes` says how long it is. */
  readonly mac: Bytes;
}

export const verifyMac: UseOperation<VerifyMacInput, KeyWithVersion, Verdict> = verification<VerifyMacInput>({
  name: 'key.verifyMac',
  permission: 'key.verifyMac',
  usage: 'verifyMac',
  proof: ({ mac }) => ['mac', mac],
});
