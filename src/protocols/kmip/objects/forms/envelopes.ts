// The two envelopes in which keys of pairs are kept here: PKCS #8 (RFC 5958) around private ones, SubjectPublicKeyInfo (RFC 5280 section
// 4.1.2.7) around public ones. Everything that is read is a view on what it was read from.

import type { Bytes } from '../../../../base/bytes.ts';
import {
  type DerElement,
  type DerField,
  DerFields,
  der,
  numberOf,
  objectIdentifierOf,
  readDer,
  wholeBytesOf,
} from '../../../../wire/der/index.ts';

export interface Envelope {
  /** Object identifier of the algorithm. */
  readonly identifier: string;
  readonly parameters?: DerElement | undefined;
  /** The key as its algorithm encodes it. */
  readonly key: Bytes;
}

/** Attributes, and the public key behind the private one, are passed over: the private key tells both. Throws `DerRefusal`. */
export function readPrivateEnvelope(encoded: Bytes): Envelope {
  const fields = new DerFields(readDer(encoded));
  // Version 1 has the public key behind.
  numberOf(fields.one('integer'));
  const algorithm = readAlgorithm(fields.one('sequence'));
  const key = fields.one('octetString').content;
  fields.rest();
  return { ...algorithm, key };
}

/** Throws `DerRefusal`. */
export function readPublicEnvelope(encoded: Bytes): Envelope {
  const fields = new DerFields(readDer(encoded));
  const algorithm = readAlgorithm(fields.one('sequence'));
  const key = wholeBytesOf(fields.one('bitString'));
  fields.refuseOthers();
  return { ...algorithm, key };
}

function readAlgorithm(element: DerElement): Pick<Envelope, 'identifier' | 'parameters'> {
  const fields = new DerFields(element);
  const identifier = objectIdentifierOf(fields.one('objectIdentifier'));
  const [parameters, another] = fields.rest();
  if (another !== undefined) fields.refuseOthers();
  return { identifier, parameters };
}

/** `parameters`: undefined where the algorithm has none. */
export function privateEnvelope(
  identifier: string,
  parameters: DerField | undefined,
  key: Bytes | DerField,
): DerField {
  return der.sequence([
    der.integer(0),
    der.sequence([der.objectIdentifier(identifier), parameters]),
    der.octetString(key),
  ]);
}

export function publicEnvelope(
  identifier: string,
  parameters: DerField | undefined,
  key: Bytes | DerField,
): DerField {
  return der.sequence([der.sequence([der.objectIdentifier(identifier), parameters]), der.bitString(key)]);
}
