// The proof behind a new token: a password, a token, or an application credential. Who is not there takes as long as who is.

import { utf8 } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { parseCloudId } from '../../../core/cloud-ids.ts';
import { type CloudClaims, proveCloudToken } from '../../../core/cloud-session.ts';
import type { Kms } from '../../../core/kms.ts';
import type { Proof } from '../../../core/ports/identity.ts';
import { canBeName } from '../../../core/references.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { ApplicationFacts, Principal } from '../../../domain/principal.ts';
import { domainOfId, domainOfName } from '../names.ts';
import type { LoginIdentity, UserReference } from './request.ts';

export interface LoginProof extends Proof {
  readonly methods: readonly string[];
  readonly application?: ApplicationFacts | undefined;
  /** Of the token that it was proven by: no token outlives the one that it came from. */
  readonly endsAt?: number | undefined;
}

type Prover = (kms: Kms, identity: LoginIdentity) => Promise<LoginProof | undefined>;

const PROVERS: ReadonlyMap<string, Prover> = new Map([
  ['password', byPassword],
  ['token', byToken],
  ['application_credential', byApplicationCredential],
]);

/** Throws `unauthenticated`, also for methods that are not offered; `overloaded`. */
export async function proveLogin(kms: Kms, identity: LoginIdentity): Promise<LoginProof> {
  const [method = '', ...more] = new Set(identity.methods);
  const prover = PROVERS.get(method);
  const proof = prover === undefined || more.length > 0 ? undefined : await prover(kms, identity);
  if (proof !== undefined) return proof;
  throw new KmsError('unauthenticated', 'The request you have made requires authentication.');
}

async function byPassword(kms: Kms, { password }: LoginIdentity): Promise<LoginProof | undefined> {
  if (password === undefined) return undefined;
  using secret = SecretBytes.own(utf8(password.user.password));
  const user = await findUser(kms, password.user);
  const proof = await kms.identity.provePassword(user?.id, secret, kms.clock.now());
  return proof && { ...proof, methods: ['password'] };
}

/** A token for another project, or none. One of an application credential is for its project alone. */
async function byToken(kms: Kms, { token }: LoginIdentity): Promise<LoginProof | undefined> {
  const session = token === undefined ? undefined : await proveCloudToken(kms, token.id);
  if (session === undefined) return undefined;
  const { actor, own } = session;
  const application = (await kms.store.credentials.find(actor.credentialId))?.application;
  const before = (own?.claims as unknown as CloudClaims | undefined)?.methods ?? [];
  return {
    principal: actor.principal,
    credentialId: actor.credentialId,
    methods: [...new Set([...before, 'token'])],
    application,
    endsAt: own?.expiresAt,
  };
}

async function byApplicationCredential(
  kms: Kms,
  { application_credential: given }: LoginIdentity,
): Promise<LoginProof | undefined> {
  if (given === undefined) return undefined;
  using secret = SecretBytes.own(utf8(given.secret));
  const id = given.id ?? (await applicationIdOf(kms, given.user, given.name)) ?? '';
  const proof = await kms.identity.proveApplicationCredential(id, secret, kms.clock.now());
  return proof && { ...proof, methods: ['application_credential'] };
}

async function applicationIdOf(
  kms: Kms,
  owner: UserReference | undefined,
  name: string | undefined,
): Promise<string | undefined> {
  const user = owner && (await findUser(kms, owner));
  if (user === undefined || name === undefined) return undefined;
  const credentials = await kms.store.credentials.list(user.id);
  return credentials.find(({ application }) => application?.name === name)?.lookup;
}

async function findUser({ store }: Kms, { id, name, domain }: UserReference): Promise<Principal | undefined> {
  if (id !== undefined) {
    const ours = parseCloudId(id);
    return ours === undefined ? undefined : store.principals.find(ours);
  }
  if (name === undefined || domain === undefined || !canBeName(name)) return undefined;
  const home =
    domain.id !== undefined
      ? await domainOfId(store, domain.id)
      : domain.name !== undefined
        ? await domainOfName(store, domain.name)
        : undefined;
  return home && store.principals.findByName(home.projectId, name);
}
