// Verifies a signature. A false one is an answer like any other: the entry of the log says so, and a protocol that wants an error makes one.

import type { Bytes } from '../../../base/bytes.ts';
import type { KeyUsage } from '../../../domain/algorithms.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { OperationName } from '../../../domain/operation-name.ts';
import type { Permission } from '../../../domain/permission.ts';
import type { UseOperation } from '../../operation.ts';
import { type MechanismInput, requireBytes, useByMechanism } from './mechanism.ts';
import type { SignInput } from './sign.ts';

export interface VerifyInput extends SignInput {
  readonly signature: Bytes;
}

export interface Verdict {
  readonly by: KeyWithVersion;
  readonly valid: boolean;
}

interface VerificationFacts<Input> {
  readonly name: OperationName;
  readonly permission: Permission;
  readonly usage: KeyUsage;
  /** What is said to stand for the message, by the name of its field. */
  proof(input: Input): readonly [field: string, bytes: Bytes];
}

/** A verification of a message by a named mechanism. */
export function verification<Input extends MechanismInput & { readonly message: Bytes }>({
  name,
  permission,
  usage,
  proof,
}: VerificationFacts<Input>): UseOperation<Input, KeyWithVersion, Verdict> {
  const use = useByMechanism<Input>({
    permission,
    usage,
    need: 'process',
    content: ({ message }) => ['message', message],
  });
  return {
    name,
    ...use,
    check(input) {
      use.check(input);
      const [field, bytes] = proof(input);
      requireBytes(field, bytes, LIMITS.signatureBytesMax);
    },
    async run(kms, { target, input }) {
      const { mechanism, message, parameters } = input;
      const [, bytes] = proof(input);
      using handle = await kms.custody.open(target.key, target.version);
      return { by: target, valid: await handle.verify(mechanism, message, bytes, parameters) };
    },
    record(input, target, output) {
      const plain = use.record(input, target);
      return { ...plain, details: { ...plain.details, valid: output?.valid } };
    },
  };
}

export const verify: UseOperation<VerifyInput, KeyWithVersion, Verdict> = verification<VerifyInput>({
  name: 'key.verify',
  permission: 'key.verify',
  usage: 'verify',
  proof: ({ signature }) => ['signature', signature],
});
