// The small authority of the installation: it certifies the keys of clients, so that they need no other authority to speak TLS with us. A
// certificate of it proves nothing by itself: what counts is that it is registered as a credential.

export interface ClientToCertify {
  /** Becomes the common name of the subject. */
  readonly name: string;
  /** SubjectPublicKeyInfo in PEM; the private key stays with the client. */
  readonly publicKey: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface CertificateAuthority {
  /** Its own certificate in PEM, made on first need. Always the same. */
  certificate(): Promise<string>;
  /** A certificate for TLS clients in PEM. Throws `invalidInput` for a public key that is none, or weak. */
  certifyClient(client: ClientToCertify): Promise<string>;
}
