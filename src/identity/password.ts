// Secrets that somebody has chosen, or could have: kept as the slow hash of RFC 9106 (Argon2id), so that guessing is dear even for who has
// the rows. The hash is public to nobody: custody wraps it, and it opens for its own credential alone.

import { type Argon2Parameters, argon2 } from 'node:crypto';
import { type Bytes, concatBytes, equalSecret } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { Custody } from '../core/ports/custody.ts';
import { BoundedQueue } from '../crypto/bounded-queue.ts';

/** The first byte of a hash names its cost; a dearer one gets the next number, and older hashes stay what they are. */
const COSTS = { 1: { memory: 19_456, passes: 2, parallelism: 1 } } as const;
const CURRENT_COST = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** A guess costs memory and a thread of the runtime's pool: few run at a time, and the others wait or are refused. */
const line = new BoundedQueue({ runningMax: 2, waitingMax: 256 });

export interface PasswordParts {
  readonly custody: Pick<Custody, 'wrapSecret' | 'unwrapSecret'>;
  readonly random: Pick<Random, 'bytes'>;
}

/** Where a hash belongs: it opens nowhere else. */
export interface PasswordPlace {
  readonly projectId: string | undefined;
  readonly label: string;
}

/** What is stored: the cost, the salt and the hash, wrapped. Throws `overloaded`. */
export async function protectPassword(
  { custody, random }: PasswordParts,
  { projectId, label }: PasswordPlace,
  password: SecretBytes,
): Promise<Bytes> {
  const salt = random.bytes(SALT_BYTES);
  using hash = await slowHash(password, salt, CURRENT_COST);
  using content = SecretBytes.own(concatBytes(Uint8Array.of(CURRENT_COST), salt, revealSecretBytes(hash)));
  return await custody.wrapSecret(projectId, label, content);
}

/** Whether it is the password. Throws `overloaded`. */
export async function passwordFits(
  { custody }: PasswordParts,
  { projectId, label }: PasswordPlace,
  wrapped: Bytes,
  password: SecretBytes,
): Promise<boolean> {
  using content = await custody.unwrapSecret(projectId, label, wrapped);
  const bytes = revealSecretBytes(content);
  const cost = bytes[0];
  if (cost !== CURRENT_COST || bytes.length !== 1 + SALT_BYTES + HASH_BYTES) return false;
  using hash = await slowHash(password, bytes.subarray(1, 1 + SALT_BYTES), cost);
  return equalSecret(revealSecretBytes(hash), bytes.subarray(1 + SALT_BYTES));
}

/** Takes as long as a comparison: whoever names somebody who is not here learns nothing from the time. */
export async function refuseSlowly({ random }: PasswordParts, password: SecretBytes): Promise<void> {
  const hash = await slowHash(password, random.bytes(SALT_BYTES), CURRENT_COST);
  hash[Symbol.dispose]();
}

function slowHash(password: SecretBytes, salt: Bytes, cost: keyof typeof COSTS): Promise<SecretBytes> {
  return line.run(() => {
    const message = revealSecretBytes(password);
    const inputs: Argon2Parameters = { message, nonce: salt, tagLength: HASH_BYTES, ...COSTS[cost] };
    return new Promise<SecretBytes>((resolve, reject) => {
      argon2('argon2id', inputs, (fault, hash) => {
        if (fault === null) resolve(SecretBytes.own(hash));
        else reject(fault);
      });
    });
  });
}
