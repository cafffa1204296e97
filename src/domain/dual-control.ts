// Dual control of destruction (NIST SP 800-57 part 1 section 2.1: two entities act in concert, neither alone can do it): one principal
// approves, another destroys.

import { KmsError } from './errors.ts';

/** Type aliases, not interfaces: only these are canonical JSON to the compiler. */
export type Approval = {
  /** Id of the principal. */
  readonly by: string;
  readonly at: number;
  readonly expiresAt: number;
};

/** Once set on a key it stays. */
export type DualControl = {
  readonly approval?: Approval | undefined;
};

interface Controlled {
  readonly id: string;
  readonly dualControl?: DualControl | undefined;
}

/** Throws `approvalRequired` unless the key is free of dual control, or another than `by` has approved and the time is not over. */
export function requireApproval({ id, dualControl }: Controlled, by: string, at: number): void {
  if (dualControl === undefined) return;
  const { approval } = dualControl;
  if (approval === undefined) throw refusal(id, 'Nobody has approved its destruction');
  if (approval.expiresAt <= at) throw refusal(id, 'The approval of its destruction is over');
  if (approval.by === by) throw refusal(id, 'Its destruction was approved by who asks for it');
}

/** Throws `conflict` for a key that one principal destroys alone. */
export function requireDualControlled({ id, dualControl }: Controlled): void {
  if (dualControl !== undefined) return;
  throw new KmsError('conflict', `Key ${id} is not under dual control: its destruction needs no approval.`, {
    keyId: id,
  });
}

function refusal(keyId: string, why: string): KmsError {
  return new KmsError(
    'approvalRequired',
    `Key ${keyId} is under dual control. ${why}: another principal must approve it first.`,
    { keyId },
  );
}
