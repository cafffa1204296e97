// Credentials of a message (KMIP 2.1 section 8.4): which of them can prove anything here, and as what.

import type { Bytes } from '../../../base/bytes.ts';
import {
  type Reader,
  read,
  StructureReader,
  type TtlvItem,
  type ValueName,
} from '../../../wire/ttlv/index.ts';
import { type FaultName, refusal } from '../faults.ts';

export type GivenCredential =
  /** One of the names is that of the principal whose API key the password is. */
  | { readonly by: 'password'; readonly names: readonly string[]; readonly password: string }
  | { readonly by: 'ticket'; readonly value: Bytes };

type CredentialType = ValueName<'CredentialType'>;

/** Clients that have neither name nor password send the pair empty: that is no credential, and the certificate counts. */
const PASSWORD = read.structure((value): GivenCredential | undefined => {
  const username = value.one('Username', read.textString);
  const password = value.optional('Password', read.textString) ?? '';
  value.refuseOthers();
  if (username === '' && password === '') return undefined;
  return { by: 'password', names: [username], password };
});

const DEVICE_NAMES = [
  'DeviceSerialNumber',
  'DeviceIdentifier',
  'NetworkIdentifier',
  'MachineIdentifier',
  'MediaIdentifier',
] as const;

/** A device is a principal that is named by its serial number, or by another of its identifiers. */
const DEVICE = read.structure((value): GivenCredential => {
  const password = value.optional('Password', read.textString) ?? '';
  const names = DEVICE_NAMES.map(tag => value.optional(tag, read.textString));
  value.refuseOthers();
  return { by: 'password', names: names.filter(name => name !== undefined), password };
});

const ticketReader = read.structure(fields => {
  fields.one('TicketType', read.enumeration('TicketType'));
  const value = fields.one('TicketValue', read.byteString);
  fields.refuseOthers();
  return value;
});

/** The value of a Ticket. */
export function readTicket(fields: StructureReader): Bytes {
  return fields.one('Ticket', ticketReader);
}

const TICKET = read.structure((value): GivenCredential => {
  const ticket = readTicket(value);
  value.refuseOthers();
  return { by: 'ticket', value: ticket };
});

/** How each type is read, or why it proves nothing. Total by type. */
const TYPES: Readonly<
  Record<CredentialType, Reader<'Structure', GivenCredential | undefined> | readonly [FaultName, string]>
> = {
  UsernameAndPassword: PASSWORD,
  Device: DEVICE,
  Ticket: TICKET,
  Attestation: ['attestationFailed', 'Nothing is attested here: no measurement would be known.'],
  OneTimePassword: ['authenticationNotSuccessful', 'One-time passwords are not given out here.'],
  HashedPassword: [
    'authenticationNotSuccessful',
    'A hashed password needs the password on both sides, and of an API key only a digest is kept here.',
  ],
  Password: ['authenticationNotSuccessful', 'Credentials are not objects here.'],
  Certificate: ['authenticationNotSuccessful', 'A certificate proves its client in TLS.'],
};

/** Undefined where it claims nothing. */
export function readCredential(item: TtlvItem): GivenCredential | undefined {
  if (item.type !== 'Structure') throw refusal('invalidMessage');
  const fields = new StructureReader(item);
  const known = TYPES[fields.one('CredentialType', read.enumeration('CredentialType'))];
  if ('take' in known) {
    const given = fields.one('CredentialValue', known);
    fields.refuseOthers();
    return given;
  }
  throw refusal(...known);
}
