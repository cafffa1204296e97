// The password of a principal: one, set by whoever may issue credentials for it, or by itself when it knows the one before. The older one,
// and with it every token that was issued for it, counts no more from the next request on.

import type { SecretBytes } from '../../../base/secret-bytes.ts';
import { targetsOf } from '../../../domain/audit-entry.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Credential, Principal } from '../../../domain/principal.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { type CredentialFacts, factsOf, insertWithin, type SoughtPowers, seekPowers } from './credentials.ts';
import { requireCaller } from './require-caller.ts';
import { type PrincipalInput, principalRecord, realmDemand, requirePrincipal } from './seek-principal.ts';

export interface SetPasswordInput extends PrincipalInput {
  readonly password: SecretBytes;
}

export const setPassword: ChangeOperation<SetPasswordInput, SoughtPowers, CredentialFacts, Credential> = {
  name: 'credential.setPassword',
  kind: 'change',
  disclosure: 'denied',
  check: ({ password }) => requireChosenSecret('password', password),
  find: seekPowers,
  demands: sought => [realmDemand('credential.create', sought), ...sought.powers],
  allow: (sought, input) => void requirePrincipal(sought.principal, input.principal),
  prepare: (kms, { input, target }) =>
    kms.identity.acceptPassword(
      input.password,
      requirePrincipal(target.principal, input.principal),
      kms.clock.now(),
    ),
  async run({ identity }, tx, { target, input, prepared }) {
    await replacePassword(tx, requirePrincipal(target.principal, input.principal), prepared);
    return factsOf(identity, prepared);
  },
  record(input, sought, output) {
    const record = principalRecord(input, sought);
    return { ...record, targets: [...record.targets, ...targetsOf('credential', output)] };
  },
};

export interface ChangePasswordInput {
  readonly before: SecretBytes;
  readonly password: SecretBytes;
}

/** Of the caller itself, with whatever credential it has come: what counts is that it knows the password before. */
export const changePassword: ChangeOperation<ChangePasswordInput, Principal, CredentialFacts, Credential> = {
  name: 'credential.changePassword',
  kind: 'change',
  disclosure: 'denied',
  check: ({ password }) => requireChosenSecret('password', password),
  find: async (_reads, context) => requireCaller(context).principal,
  demands: () => [],
  async prepare({ identity, clock }, { input, target }) {
    const at = clock.now();
    if ((await identity.provePassword(target.id, input.before, at)) === undefined) {
      throw new KmsError('unauthenticated', 'The password before is another one.');
    }
    return identity.acceptPassword(input.password, target, at);
  },
  async run({ identity }, tx, { target, prepared }) {
    await replacePassword(tx, target, prepared);
    return factsOf(identity, prepared);
  },
  record: (_input, principal, output) => ({
    projectId: principal?.projectId,
    targets: [...targetsOf('principal', principal), ...targetsOf('credential', output)],
  }),
};

/** Throws `invalidInput` for the length of a secret that somebody has chosen. */
export function requireChosenSecret(field: string, secret: SecretBytes): void {
  if (secret.length >= 1 && secret.length <= LIMITS.passwordBytesMax) return;
  throw invalidInput(field, `must have from 1 to ${LIMITS.passwordBytesMax} bytes`);
}

async function replacePassword(tx: StoreTransaction, { id }: Principal, made: Credential): Promise<void> {
  // A name may mean another principal by now: the password is of the one that it was made for.
  if (made.principalId !== id) throw new KmsError('conflict', 'The principal was replaced meanwhile.');
  const before = (await tx.credentials.list(id)).find(({ kind }) => kind === 'password');
  if (before !== undefined) await tx.credentials.delete(before.id);
  await insertWithin(tx, made, LIMITS.credentialsPerPrincipalMax);
}
