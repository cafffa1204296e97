// Proof of identity: the client certificate of the connection, an API key of the HTTPS form, or a credential in the message itself, which
// then is the one that counts (KMIP 2.1 section 8.1).

import { utf8 } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { refuseAuthentication } from '../../core/authentication.ts';
import type { Actor } from '../../core/context.ts';
import type { Kms } from '../../core/kms.ts';
import type { Proof } from '../../core/ports/identity.ts';
import type { TtlvItem } from '../../wire/ttlv/index.ts';
import { errorOf } from './errors.ts';
import { refusal } from './faults.ts';
import { heldFor } from './held/index.ts';
import type { Ticket } from './held/tickets.ts';
import { type GivenCredential, readCredential } from './message/credentials.ts';
import { PROTOCOL_NAME } from './names.ts';
import type { ProveAgain } from './prove-again.ts';

export interface PeerProof extends Proof {
  /** Where the identity of the house does not know the credential. */
  readonly again?: ProveAgain | undefined;
}

/** Who is at the other end. */
export interface Peer {
  readonly requestId: string;
  readonly sourceAddress: string | undefined;
  /** Asked for every message, so that what was revoked meanwhile proves nothing. Undefined: it proves nothing. */
  prove(): Promise<PeerProof | undefined>;
  /** Told that a message has proven who is there, in whatever way. */
  proven?(): void;
}

/** The public part of an API key, for the audit log. */
const LOOKUP = /^kh_[a-z2-7]{16}(?=_)/;

export interface Caller {
  readonly actor: Actor & { readonly type: 'principal' };
  readonly proveAgain: ProveAgain;
  /** Where one stood in place of a credential. */
  readonly ticket?: Ticket | undefined;
}

/** Throws the refusal once it is recorded. */
export async function authenticate(kms: Kms, peer: Peer, credentials: readonly TtlvItem[]): Promise<Caller> {
  const { requestId, sourceAddress } = peer;
  const claim: Claim = {};
  try {
    const given = credentials.map(readCredential).filter(each => each !== undefined);
    const proven =
      given.length === 0 ? { proof: await peer.prove() } : await proveAll({ kms, peer, claim }, given);
    const { proof, ticket } = proven;
    if (proof !== undefined) {
      peer.proven?.();
      const { principal, credentialId } = proof;
      const proveAgain = proof.again ?? (at => kms.identity.proveAgain(credentialId, at));
      return { actor: { type: 'principal', principal, credentialId }, proveAgain, ticket };
    }
    throw refusal(ticket === undefined ? 'authenticationNotSuccessful' : 'invalidTicket');
  } catch (thrown) {
    throw await refuseAuthentication(kms, {
      protocol: PROTOCOL_NAME,
      requestId,
      sourceAddress,
      error: errorOf(thrown),
      claimed: claim.text,
    });
  }
}

/** What was said before it was proven. */
interface Claim {
  text?: string | undefined;
}

interface Proven {
  /** Undefined: it proves nothing. */
  readonly proof: PeerProof | undefined;
  readonly ticket?: Ticket | undefined;
}

interface Proving {
  readonly kms: Kms;
  readonly peer: Peer;
  readonly claim: Claim;
}

/** All must hold, for one principal. */
async function proveAll(proving: Proving, given: readonly GivenCredential[]): Promise<Proven> {
  const all: Proven[] = [];
  for (const each of given) all.push(await proveOne(proving, each));
  const [first] = all;
  const isOne = all.every(({ proof }) => proof?.principal.id === first?.proof?.principal.id);
  const ticket = all.find(proven => proven.ticket !== undefined)?.ticket;
  return { proof: isOne ? first?.proof : undefined, ticket };
}

async function proveOne({ kms, peer, claim }: Proving, given: GivenCredential): Promise<Proven> {
  const { identity, clock } = kms;
  const at = clock.now();
  if (given.by === 'ticket') {
    const ticket = heldFor(kms).tickets.use(given.value, at);
    const proof = await ticket.proveAgain(at);
    return { proof: proof && { ...proof, again: ticket.proveAgain }, ticket };
  }
  const lookup = LOOKUP.exec(given.password)?.[0];
  if (lookup === undefined) return { proof: await proveUser(kms, peer, given) };
  claim.text = lookup;
  const proof = await identity.proveApiKey(given.password, at);
  return { proof: proof !== undefined && given.names.includes(proof.principal.name) ? proof : undefined };
}

/**
 * A user of the project of whoever holds the connection, by the password that it has: names are of one project, and to try a password costs much,
 * which no stranger may cause.
 */
async function proveUser(
  { store, identity, clock }: Kms,
  peer: Peer,
  { names, password }: Extract<GivenCredential, { by: 'password' }>,
): Promise<Proof | undefined> {
  const [name] = names;
  const holder = await peer.prove();
  const projectId = holder?.principal.projectId;
  if (projectId === undefined || name === undefined || password === '') return undefined;
  const user = await store.principals.findByName(projectId, name);
  using secret = SecretBytes.own(utf8(password));
  return await identity.provePassword(user?.id, secret, clock.now());
}
