// A secret is what a client says of a payload that it has us keep: a description in its own words, and the payload itself as the material
// of the key of the same id, so that a state, an export and a destruction mean the same for both. Until the payload has come there is no key.

export const SECRET_TYPES = {
  symmetric: 'a symmetric key',
  public: 'a public key',
  private: 'a private key',
  passphrase: 'a passphrase',
  certificate: 'a certificate',
  opaque: 'anything else',
} as const satisfies Record<string, string>;

export type SecretType = keyof typeof SECRET_TYPES;

/** How the payload is made of the material: as it is, or as PEM of the DER that the key is kept in. */
export const PAYLOAD_FORMS = {
  bytes: 'the material itself',
  pem: 'a private or public key (RFC 7468 sections 10 and 13)',
  encryptedPem: 'a private key under a passphrase (RFC 7468 section 11)',
} as const satisfies Record<string, string>;

export type PayloadForm = keyof typeof PAYLOAD_FORMS;

export interface Secret {
  /** UUID in lower case: of the secret, and of the key that holds its payload. */
  readonly id: string;
  readonly projectId: string;
  readonly type: SecretType;
  readonly name?: string | undefined;
  /** As the client says; nothing follows from it once the payload is kept. */
  readonly algorithm?: string | undefined;
  readonly bitLength?: number | undefined;
  readonly mode?: string | undefined;
  /** The media type of the payload; undefined until there is one. */
  readonly contentType?: string | undefined;
  readonly form: PayloadForm;
  /** What the client keeps beside it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** From then on it is as absent as one that never was. */
  readonly expiresAt?: number | undefined;
  /** Id of a principal, or the name of a part of the server. */
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Counts changes. */
  readonly revision: number;
}
