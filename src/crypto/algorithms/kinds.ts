// One small interface for each kind of mechanism. A row is a pure function of KeyObjects and bytes: it holds no state, keeps no
// reference, and makes no decision about who may call it. Secrets come out as SecretBytes.
// Errors: `invalidInput` for a parameter of a wrong shape, `unsupported` for one that the mechanism does not know,
// `invalidCiphertext` for everything that does not open, whatever the cause.

import type { KeyObject } from 'node:crypto';
import type { Bytes } from '../../base/bytes.ts';
import type { SecretBytes } from '../../base/secret-bytes.ts';
import type { Digest } from '../../domain/algorithms.ts';

export type Direction = 'encrypt' | 'decrypt';

/** A message that comes in parts. What comes out belongs to the caller; the KeyObject is kept until the last part. */
export interface MessageParts {
  /** What the part gives away already: of a block cipher whole blocks, of a MAC nothing. */
  update(part: Bytes): Bytes;
  /** The rest. Called once, and nothing after it. */
  finish(): Bytes;
}

export interface AeadRow {
  readonly kind: 'aead';
  encrypt(key: KeyObject, message: AeadMessage): AeadOutput;
  decrypt(key: KeyObject, sealed: AeadSealed): SecretBytes;
  /** The tag is the end of the rest. Nothing is decrypted in parts, since a plaintext is given out once it is verified. */
  encryptParts(key: KeyObject, message: Omit<AeadMessage, 'plaintext'>): MessageParts;
}

export interface AeadMessage {
  /** Never twice under one key. */
  readonly iv: Bytes;
  readonly plaintext: Bytes;
  readonly associatedData?: Bytes | undefined;
  /** 16 unless named. */
  readonly tagBytes?: number | undefined;
}

export interface AeadOutput {
  readonly ciphertext: Bytes;
  readonly tag: Bytes;
}

export interface AeadSealed extends AeadOutput {
  readonly iv: Bytes;
  readonly associatedData?: Bytes | undefined;
  /** The length that the tag must have: 16 unless named, whatever was handed in as a tag. */
  readonly tagBytes?: number | undefined;
}

export interface CipherParameters {
  readonly iv?: Bytes | undefined;
  /** CTR: how many of the lowest bits of the IV count blocks, and begin anew at zero; all 128 unless named. */
  readonly counterBits?: number | undefined;
}

/** Confidentiality alone: no integrity. */
export interface CipherRow {
  readonly kind: 'cipher';
  encrypt(key: KeyObject, message: CipherParameters & { readonly plaintext: Bytes }): Bytes;
  decrypt(key: KeyObject, sealed: CipherParameters & { readonly ciphertext: Bytes }): SecretBytes;
  /** Undefined where only a whole message can be taken. */
  inParts(direction: Direction, key: KeyObject, parameters: CipherParameters): MessageParts | undefined;
}

export interface KeyWrapRow {
  readonly kind: 'keyWrap';
  wrap(key: KeyObject, material: Bytes): Bytes;
  unwrap(key: KeyObject, wrapped: Bytes): SecretBytes;
}

export interface MacParameters {
  /** GMAC alone takes one, and needs it. */
  readonly iv?: Bytes | undefined;
  /** The whole tag unless named; a shorter one must be asked for, when verifying too. */
  readonly tagBytes?: number | undefined;
}

export interface MacRow {
  readonly kind: 'mac';
  mac(key: KeyObject, message: Bytes, parameters?: MacParameters): Bytes;
  verify(key: KeyObject, message: Bytes, tag: Bytes, parameters?: MacParameters): boolean;
  /** Undefined where only a whole message can be taken. */
  inParts(key: KeyObject, parameters?: MacParameters): MessageParts | undefined;
}

export interface SignatureParameters {
  /** The message is already its digest (RSA, ECDSA, Ed25519ph) or the representative mu (ML-DSA). */
  readonly prehashed?: boolean | undefined;
  /** ECDSA: r and s of fixed length (IEEE P1363) instead of DER. */
  readonly rawSignature?: boolean | undefined;
  /** RSA-PSS: the digest's length unless named. `auto`: the longest when signing, any when verifying. */
  readonly saltBytes?: number | 'auto' | undefined;
  /** RSA-PSS: the hash of MGF1 where it is not the hash of the mechanism. */
  readonly mgf1Digest?: Digest | undefined;
  /** At most 255 bytes. */
  readonly context?: Bytes | undefined;
}

export interface SignatureRow {
  readonly kind: 'signature';
  sign(privateKey: KeyObject, message: Bytes, parameters?: SignatureParameters): Promise<Bytes>;
  verify(
    publicKey: KeyObject,
    message: Bytes,
    signature: Bytes,
    parameters?: SignatureParameters,
  ): Promise<boolean>;
}

export interface AsymmetricEncryptionParameters {
  /** OAEP: empty unless given. */
  readonly label?: Bytes | undefined;
  /** OAEP: the hash of MGF1 where it is not the hash of the mechanism. */
  readonly mgf1Digest?: Digest | undefined;
}

export interface AsymmetricEncryptionRow {
  readonly kind: 'asymmetricEncryption';
  encrypt(
    publicKey: KeyObject,
    plaintext: Bytes,
    parameters?: AsymmetricEncryptionParameters,
  ): Promise<Bytes>;
  decrypt(
    privateKey: KeyObject,
    ciphertext: Bytes,
    parameters?: AsymmetricEncryptionParameters,
  ): Promise<SecretBytes>;
  /** The longest plaintext under this key. */
  plaintextBytesMax(key: KeyObject): number;
}

export interface AgreementRow {
  readonly kind: 'agreement';
  /** The raw shared secret (SP 800-56A section 5.7); `invalidInput` for a peer of another group or of low order. */
  agree(privateKey: KeyObject, peerPublicKey: KeyObject): Promise<SecretBytes>;
}

export interface Encapsulated {
  readonly ciphertext: Bytes;
  readonly sharedSecret: SecretBytes;
}

export interface EncapsulationRow {
  readonly kind: 'encapsulation';
  encapsulate(publicKey: KeyObject): Promise<Encapsulated>;
  /** A ciphertext of the right length always opens: a false one to an unrelated secret (FIPS 203 section 6.3). */
  decapsulate(privateKey: KeyObject, ciphertext: Bytes): Promise<SecretBytes>;
}

export interface DerivationParameters {
  readonly lengthBytes: number;
  /** HKDF, PBKDF2. SP 800-108 in feedback mode: the first K(0), of no bytes unless given. */
  readonly salt?: Bytes | undefined;
  /** HKDF: info. SP 800-108: the whole fixed input data behind the counter. HMAC: the whole message. */
  readonly info?: Bytes | undefined;
  /** PBKDF2. */
  readonly iterations?: number | undefined;
}

export interface DerivationRow {
  readonly kind: 'derivation';
  derive(key: KeyObject, parameters: DerivationParameters): Promise<SecretBytes>;
}

/** The interface of each kind, by its name. */
export interface RowOfKind {
  readonly aead: AeadRow;
  readonly cipher: CipherRow;
  readonly keyWrap: KeyWrapRow;
  readonly mac: MacRow;
  readonly signature: SignatureRow;
  readonly asymmetricEncryption: AsymmetricEncryptionRow;
  readonly agreement: AgreementRow;
  readonly encapsulation: EncapsulationRow;
  readonly derivation: DerivationRow;
}
