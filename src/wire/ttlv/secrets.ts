// Which items may hold what must not be seen in a log: decided by tag, since a log line is written before anybody knows what a message
// means. A tag stands for its value and for everything inside it.

import type { ItemType } from './item-types.ts';
import { type TagName, tagName } from './tags.ts';

const SECRET_TAGS: ReadonlySet<TagName> = new Set<TagName>([
  // Key material, clear or wrapped, and the parts of transparent keys: P and Q are primes of RSA or public numbers of DSA.
  'KeyMaterial',
  'Key',
  'D',
  'X',
  'P',
  'Q',
  'PrivateExponent',
  'PrimeExponentP',
  'PrimeExponentQ',
  'CRTCoefficient',
  'OpaqueDataValue',
  // Of a password that is the secret, a digest can be guessed from.
  'DigestValue',
  // What proves who is asking.
  'CredentialValue',
  'Password',
  'OneTimePassword',
  'HashedPassword',
  'ServerHashedPassword',
  'TicketValue',
  'PasswordCredential',
  'SaltedPassword',
  'PasswordSalt',
  'DeviceCredential',
  'OTPCredential',
  'OTPSeed',
  'HashedPasswordCredential',
  'HashedUsernamePassword',
  'AttestationMeasurement',
  'AttestationAssertion',
  // What is encrypted, signed or derived from; outputs of generators.
  'Data',
  'DigestedData',
  'DerivationData',
  'Salt',
  'MACData',
  // Arguments of a PKCS#11 function: PINs and keys among them.
  'PKCS_11InputParameters',
  'PKCS_11OutputParameters',
  // Texts and structures of somebody else's making.
  'VendorExtension',
  'LogMessage',
]);

/** Whether the value of an item and everything inside it are hidden. Extensions and tags that we do not know hide all they have. */
export function isSecret(tag: number, type: ItemType): boolean {
  const name = tagName(tag);
  if (name === undefined) return true;
  // A wrapped key stands as bytes where a clear one stands as a structure, whose other fields are attributes.
  if (name === 'KeyValue') return type === 'ByteString';
  return SECRET_TAGS.has(name);
}
