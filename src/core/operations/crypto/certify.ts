// Signs a certificate. A key that is for this alone signs nothing else through any door: whoever calls hands in the body of a certificate that
// the server itself has written, and never bytes that a client has put together.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import { type MechanismInput, useByMechanism } from './mechanism.ts';
import type { SignedMessage } from './sign.ts';

export interface CertifyInput extends MechanismInput<Record<string, never>> {
  /** TBSCertificate in DER (RFC 5280 section 4.1). */
  readonly body: Bytes;
}

export const certify: UseOperation<CertifyInput, KeyWithVersion, SignedMessage> = {
  name: 'key.certify',
  ...useByMechanism<CertifyInput>({
    permission: 'key.sign',
    usage: 'certify',
    need: 'protect',
    content: ({ body }) => ['body', body],
  }),
  async run(kms, { target, input }) {
    using handle = await kms.custody.open(target.key, target.version);
    return { by: target, signature: await handle.sign(input.mechanism, input.body) };
  },
};
