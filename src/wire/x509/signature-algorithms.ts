// Signature algorithms of certificates (RFC 4055, 5758, 8410): their identifiers, and what they are as digest and padding.

import { type DerElement, type DerField, DerFields, der, objectIdentifierOf } from '../der/index.ts';

interface Row {
  readonly identifier: string;
  readonly key: 'rsa' | 'ec' | 'ed25519' | 'ed448';
  /** Undefined where the algorithm has its own. */
  readonly digest?: 'sha-1' | 'sha-256' | 'sha-384' | 'sha-512';
  /** RFC 4055 section 2.1: the parameters are NULL; elsewhere there are none. */
  readonly hasNull?: true;
}

export const SIGNATURE_ALGORITHMS = {
  'rsa-sha-1': { identifier: '1.2.840.113549.1.1.5', key: 'rsa', digest: 'sha-1', hasNull: true },
  'rsa-sha-256': { identifier: '1.2.840.113549.1.1.11', key: 'rsa', digest: 'sha-256', hasNull: true },
  'rsa-sha-384': { identifier: '1.2.840.113549.1.1.12', key: 'rsa', digest: 'sha-384', hasNull: true },
  'rsa-sha-512': { identifier: '1.2.840.113549.1.1.13', key: 'rsa', digest: 'sha-512', hasNull: true },
  'ecdsa-sha-256': { identifier: '1.2.840.10045.4.3.2', key: 'ec', digest: 'sha-256' },
  'ecdsa-sha-384': { identifier: '1.2.840.10045.4.3.3', key: 'ec', digest: 'sha-384' },
  'ecdsa-sha-512': { identifier: '1.2.840.10045.4.3.4', key: 'ec', digest: 'sha-512' },
  ed25519: { identifier: '1.3.101.112', key: 'ed25519' },
  ed448: { identifier: '1.3.101.113', key: 'ed448' },
} as const satisfies Readonly<Record<string, Row>>;

export type SignatureAlgorithm = keyof typeof SIGNATURE_ALGORITHMS;

const BY_IDENTIFIER: ReadonlyMap<string, SignatureAlgorithm> = new Map(
  (Object.keys(SIGNATURE_ALGORITHMS) as SignatureAlgorithm[]).map(name => [
    SIGNATURE_ALGORITHMS[name].identifier,
    name,
  ]),
);

export function writeSignatureAlgorithm(algorithm: SignatureAlgorithm): DerField {
  const row: Row = SIGNATURE_ALGORITHMS[algorithm];
  return der.sequence([der.objectIdentifier(row.identifier), row.hasNull ? der.nothing() : undefined]);
}

/** Of an AlgorithmIdentifier; undefined for one that is not in the table. Throws DerRefusal. */
export function readSignatureAlgorithm(identifier: DerElement): SignatureAlgorithm | undefined {
  return BY_IDENTIFIER.get(objectIdentifierOf(new DerFields(identifier).one('objectIdentifier')));
}
