// Proof of identity: the client certificate of the connection, an API key of the HTTPS form, or a credential in the message itself, which
// then is the one that counts (KMIP 2.1 section 8.1).

import { refuseAuthentication } from '../../core/authentication.ts';
import type { Actor } from '../../core/context.ts';
import type { Kms } from '../../core/kms.ts';
import type { Proof } from '../../core/ports/identity.ts';
import { KmsError } from '../../domain/errors.ts';
import { read, StructureReader, type TtlvItem } from '../../wire/ttlv/index.ts';
import { errorOf } from './errors.ts';
import { refusal } from './faults.ts';
import { PROTOCOL_NAME } from './names.ts';

/** Who is at the other end. */
export interface Peer {
  readonly requestId: string;
  readonly sourceAddress: string | undefined;
  /** Asked for every message, so that what was revoked meanwhile proves nothing. Undefined: it proves nothing. */
  prove(): Promise<Proof | undefined>;
}

/** The public part of an API key, for the audit log. */
const LOOKUP = /^kh_[a-z2-7]{16}(?=_)/;

/** Throws the refusal once it is recorded. */
export async function authenticate(
  kms: Kms,
  peer: Peer,
  credentials: readonly TtlvItem[],
): Promise<Actor & { type: 'principal' }> {
  const { requestId, sourceAddress } = peer;
  let claimed: string | undefined;
  try {
    const proof = await (credentials.length === 0
      ? peer.prove()
      : proveCredentials(kms, credentials, text => {
          claimed = text;
        }));
    if (proof !== undefined) return { type: 'principal', ...proof };
    throw refusal('authenticationNotSuccessful');
  } catch (thrown) {
    const error = errorOf(thrown);
    throw await refuseAuthentication(kms, {
      protocol: PROTOCOL_NAME,
      requestId,
      sourceAddress,
      error,
      claimed,
    });
  }
}

/** All must hold, for one principal. */
async function proveCredentials(
  kms: Kms,
  credentials: readonly TtlvItem[],
  claim: (text: string | undefined) => void,
): Promise<Proof | undefined> {
  let proven: Proof | undefined;
  for (const item of credentials) {
    const { username, password } = readCredential(item);
    claim(LOOKUP.exec(password)?.[0]);
    const proof = await kms.identity.proveApiKey(password, kms.clock.now());
    if (proof === undefined || proof.principal.name !== username) return undefined;
    if (proven !== undefined && proven.principal.id !== proof.principal.id) return undefined;
    proven = proof;
  }
  return proven;
}

/** A name and a password, which is an API key of that principal. Nothing else is a proof here. */
function readCredential(item: TtlvItem): { readonly username: string; readonly password: string } {
  if (item.type !== 'Structure') throw refusal('invalidMessage');
  const fields = new StructureReader(item);
  const type = fields.one('CredentialType', read.enumeration('CredentialType'));
  if (type !== 'UsernameAndPassword') {
    throw new KmsError(
      'unauthenticated',
      'Of credentials in a message only Username and Password are taken, with an API key as the password.',
    );
  }
  const given = fields.one(
    'CredentialValue',
    read.structure(value => {
      const username = value.one('Username', read.textString);
      const password = value.optional('Password', read.textString) ?? '';
      value.refuseOthers();
      return { username, password };
    }),
  );
  fields.refuseOthers();
  return given;
}
