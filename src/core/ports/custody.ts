// Custody: the boundary that key material does not leave. Material goes in and comes out wrapped, bound to (project, key, version,
// algorithm); an opened version is a handle that does one thing at a time and is closed at the end of the scope.

import type { Bytes } from '../../base/bytes.ts';
import type { SecretBytes } from '../../base/secret-bytes.ts';
import type { Digest, KeyAlgorithm, Mechanism } from '../../domain/algorithms.ts';
import type { Key, KeyVersion, MaterialLevel, ProtectionLevel } from '../../domain/key.ts';
import type { MessageContext } from '../../domain/message-context.ts';
import type { Sharing } from '../../domain/secret-sharing.ts';
import type { TransportedMaterial, TransportKey } from '../../domain/transport-key.ts';
import type { StoreTransaction } from './store.ts';

/** What wrapped material is bound to: a row moved to another place, or made exportable afterwards, does not open. */
export interface MaterialBinding {
  readonly projectId: string;
  readonly keyId: string;
  readonly version: number;
  readonly algorithm: KeyAlgorithm;
  /** Whether the material may ever be taken out. */
  readonly exportable: boolean;
  /** Whether it is a public key alone. */
  readonly publicOnly?: boolean | undefined;
  /** Whether what is wrapped is the name of a key in a token. */
  readonly hardware?: boolean | undefined;
  /** Whether it is wrapped by a key in a token besides. */
  readonly hardwareWrapped?: boolean | undefined;
}

/** New material, wrapped: what a key version row keeps. */
export interface WrappedMaterial {
  readonly wrapped: Bytes;
  readonly materialId: string;
  /** Length of material that is a row of bytes; undefined for pairs. */
  readonly materialBytes?: number | undefined;
  /** SubjectPublicKeyInfo in DER, for pairs. */
  readonly publicKey?: Bytes | undefined;
  /** When the objects of a token that it names were made, which no row names yet: see src/core/hardware-sweep.ts. */
  readonly madeInTokenAt?: number | undefined;
}

/** What docs/formats/ciphertext.md seals; custody encodes the context as docs/formats/context.md says. */
export interface MessageToSeal {
  readonly plaintext: Bytes;
  readonly context: MessageContext;
}

export interface MessageToOpen {
  readonly ciphertext: Bytes;
  readonly context: MessageContext;
}

/** Parameters of a mechanism; each row of the crypto table says which it takes and refuses the others. */
export interface MechanismParameters {
  /** IV, nonce, tweak or first counter block. Under one key never twice with mechanisms that are broken by that: GCM, GMAC, CTR, ChaCha20. */
  readonly iv?: Bytes | undefined;
  readonly associatedData?: Bytes | undefined;
  /** Of the tag or MAC: the whole one unless named, when opening and verifying too. */
  readonly tagBytes?: number | undefined;
  /** CTR: how many of the lowest bits of the iv count blocks; all unless named. A counter's first value is a part of the iv. */
  readonly counterBits?: number | undefined;
  /** OAEP: empty unless given. */
  readonly label?: Bytes | undefined;
  /** OAEP and PSS: the hash of MGF1 where it is not the hash of the mechanism. */
  readonly mgf1Digest?: Digest | undefined;
  /** PSS: the digest's length unless named. `auto`: the longest when signing, any when verifying. */
  readonly saltBytes?: number | 'auto' | undefined;
  readonly context?: Bytes | undefined;
  /**
   * The input is already the digest of the mechanism (MECHANISMS names it) or, for ML-DSA, the external mu. So a protocol that gets a message
   * in parts hashes them as they come and has the digest signed or verified; MACs and EdDSA take whole messages alone.
   */
  readonly prehashed?: boolean | undefined;
  /** ECDSA: IEEE P1363 (r and s of fixed length) instead of DER. */
  readonly rawSignature?: boolean | undefined;
}

/** What new material is derived with; each mechanism says which it takes and refuses the others. */
export interface DerivationParameters {
  readonly lengthBytes: number;
  /** HKDF, PBKDF2; feedback mode: what stands before the first block. */
  readonly salt?: Bytes | undefined;
  /**
   * HKDF: info. SP 800-108: the whole fixed input. HMAC: the message. A cipher: the plaintext, of whose ciphertext the leading bytes are the
   * material. AWS: date/region/service.
   */
  readonly info?: Bytes | undefined;
  /** A cipher: its IV. */
  readonly iv?: Bytes | undefined;
  /** PBKDF2. */
  readonly iterations?: number | undefined;
  /** Agreement: of the peer, SubjectPublicKeyInfo in DER. The leading bytes of the shared secret are the material. */
  readonly peerPublicKey?: Bytes | undefined;
}

/** An object in a token, and what it was made for: a version of a key, or a generation of the root key. */
export type HardwareObject = HardwareKeyObject | HardwareRootKeyObject;

interface ObjectInToken {
  /** Tells it from every other one in the token. That of a root key ends with its fingerprint. */
  readonly name: string;
  /** By the clock of the server that made it. */
  readonly madeAt: number;
}

export interface HardwareKeyObject extends ObjectInToken {
  readonly keyId: string;
  readonly version: number;
}

export interface HardwareRootKeyObject extends ObjectInToken {
  readonly rootGeneration: number;
}

/** A key version as the store has it. */
export interface StoredVersion {
  readonly key: Key;
  readonly version: KeyVersion;
}

/** What is split: the material of an exportable key, or material that is made for it and is nowhere else. */
export type SplitSource =
  | { readonly by: 'key'; readonly key: StoredVersion }
  | { readonly by: 'generated'; readonly algorithm: KeyAlgorithm; readonly lengthBytes?: number | undefined };

/** An exportable key that is a part of another. */
export interface NumberedPart {
  readonly number: number;
  readonly of: StoredVersion;
}

/** One opened key version. Every method throws `incompatibleAlgorithm` when the mechanism does not fit the key. */
export interface KeyHandle extends Disposable {
  /** Seals in Keyhold's own self-describing, key-committing format. Symmetric keys only. */
  sealMessage(message: MessageToSeal): Promise<Bytes>;
  /** Opens the same; `invalidCiphertext` for every failure alike. */
  openMessage(message: MessageToOpen): Promise<SecretBytes>;
  /** With an AEAD the tag is at the end. */
  encrypt(mechanism: Mechanism, plaintext: Bytes, parameters?: MechanismParameters): Promise<Bytes>;
  decrypt(mechanism: Mechanism, ciphertext: Bytes, parameters?: MechanismParameters): Promise<SecretBytes>;
  sign(mechanism: Mechanism, message: Bytes, parameters?: MechanismParameters): Promise<Bytes>;
  verify(
    mechanism: Mechanism,
    message: Bytes,
    signature: Bytes,
    parameters?: MechanismParameters,
  ): Promise<boolean>;
  mac(mechanism: Mechanism, message: Bytes, parameters?: MechanismParameters): Promise<Bytes>;
  agree(mechanism: Mechanism, peerPublicKey: Bytes): Promise<SecretBytes>;
  encapsulate(
    mechanism: Mechanism,
  ): Promise<{ readonly ciphertext: Bytes; readonly sharedSecret: SecretBytes }>;
  decapsulate(mechanism: Mechanism, ciphertext: Bytes): Promise<SecretBytes>;
  /** SubjectPublicKeyInfo in DER, made from the private key, which is authenticated: the row's is a copy that nobody has vouched for. */
  publicKey(): Promise<Bytes>;
}

/** What a message is taken in parts for. */
export type PartUse = 'encrypt' | 'decrypt' | 'sign' | 'verify' | 'mac' | 'verifyMac' | 'hash';

/**
 * A message in parts under one opened key version. It lives on between requests, until it is finished or disposed of; then everything of the
 * message that was held is wiped. Once the key is forgotten, and for what failed, every call throws `expired`.
 */
export interface MessageStream extends Disposable {
  /** What is held because it cannot be given out yet. */
  readonly heldBytes: number;
  /** What the part gives out already: of a cipher whole blocks, otherwise nothing. Nothing that is still to be verified. */
  update(part: Bytes): SecretBytes;
  /**
   * The last part, and what comes out of it and of the end. `proof` is the signature or MAC that is verified. With an AEAD the tag is at the
   * end of the message, as in one piece.
   */
  finish(part: Bytes, proof?: Bytes): Promise<StreamEnd>;
}

export interface StreamEnd {
  /** The rest of the message, or the signature, MAC or digest. */
  readonly output: SecretBytes;
  /** Of a verification. */
  readonly valid?: boolean | undefined;
}

export interface Custody {
  /** Throws `sealed` while the root key is not there. */
  requireReady(): void;
  readonly protectionLevels: readonly ProtectionLevel[];
  /** Makes and stores a wrapping key for a new project. */
  createProjectKey(tx: StoreTransaction, projectId: string, at: number): Promise<void>;
  /**
   * Makes material inside the boundary. May take long (RSA) and never blocks. Nothing is stored. `lengthBytes` is for the algorithms
   * whose length is free; `invalidInput` when it is outside their range. For the level `hsmWrapped` the project has its
   * `HARDWARE_WRAPPING_KEY` already; `unsupported` where there is no token, `sealed` while it is away.
   */
  generate(
    binding: MaterialBinding,
    protection: ProtectionLevel,
    lengthBytes?: number,
  ): Promise<WrappedMaterial>;
  /**
   * Makes a pair whose private half leaves at once under a passphrase, as EncryptedPrivateKeyInfo in DER (RFC 5958 section 3), and stays
   * nowhere here. `publicKey` is SubjectPublicKeyInfo in DER.
   */
  generateEncryptedPair(
    algorithm: KeyAlgorithm,
    passphrase: SecretBytes,
  ): Promise<{ readonly privateKey: SecretBytes; readonly publicKey: Bytes }>;
  /**
   * Takes material in, after the checks of its algorithm (`invalidKeyMaterial`): raw bytes, or PKCS#8 in DER for pairs. The given bytes stay
   * the caller's.
   */
  importMaterial(
    binding: MaterialBinding,
    material: SecretBytes,
    protection?: MaterialLevel,
  ): Promise<WrappedMaterial>;
  /** Takes a public key in, after the checks of its algorithm (`invalidKeyMaterial`): SubjectPublicKeyInfo in DER. The binding says `publicOnly`. */
  importPublicKey(binding: MaterialBinding, publicKey: Bytes): Promise<WrappedMaterial>;
  /** Takes the material out of an exportable key. The caller has checked that the key is one and that the principal may. */
  exportMaterial(key: Key, version: KeyVersion): Promise<SecretBytes>;
  /** The `wrapped` of a version of an exportable key, for the same key that is not exportable any more. Nothing is stored. */
  restrictMaterial(key: Key, version: KeyVersion): Promise<Bytes>;
  /**
   * Opens material that came wrapped under a transport key whose private half `generate` has made for (project, id, version 1). Throws
   * `invalidKeyMaterial` with the detail `part` (`wrapped`, `nonce`, `iv`). What it returns goes back into `importMaterial`, nowhere else.
   */
  openTransported(transportKey: TransportKey, transported: TransportedMaterial): Promise<SecretBytes>;
  /**
   * Wraps the material of an exportable key (raw bytes, PKCS#8 in DER of a pair) under another one; `incompatibleAlgorithm` when it has a
   * length that the mechanism does not take. The caller has checked that the key is exportable and that the principal may. `encode` makes
   * another form of it, which is wiped as well.
   */
  wrapMaterial(
    wrapped: StoredVersion,
    under: StoredVersion,
    mechanism: Mechanism,
    parameters?: MechanismParameters,
    encode?: (material: Bytes) => Bytes,
  ): Promise<Bytes>;
  /** Opens the same; `invalidCiphertext`. What it returns goes back into an import, nowhere else. */
  unwrapMaterial(
    under: StoredVersion,
    mechanism: Mechanism,
    wrapped: Bytes,
    parameters?: MechanismParameters,
  ): Promise<SecretBytes>;
  /**
   * Makes material from that of a base key, for a symmetric or opaque key that is exportable no more than its base. Where `infoOf` is there
   * its material is the parameter `info`. Nothing is stored.
   */
  deriveMaterial(
    from: { readonly base: StoredVersion; readonly infoOf?: StoredVersion | undefined },
    mechanism: Mechanism,
    parameters: DerivationParameters,
    binding: MaterialBinding,
  ): Promise<WrappedMaterial>;
  /** Takes a key apart: the parts 1, 2 and so on, each for a key of its own. `invalidInput` for a sharing that does not fit. Nothing is stored. */
  splitMaterial(
    source: SplitSource,
    sharing: Sharing,
    bindings: readonly MaterialBinding[],
  ): Promise<readonly WrappedMaterial[]>;
  /** Puts one together; `invalidInput` for parts that are too few or do not fit. Nothing is stored. */
  joinMaterial(
    parts: readonly NumberedPart[],
    sharing: Sharing,
    lengthBytes: number,
    binding: MaterialBinding,
  ): Promise<WrappedMaterial>;
  /** Throws `incompatibleAlgorithm` for an opaque key. */
  open(key: Key, version: KeyVersion): Promise<KeyHandle>;
  /**
   * Begins a message in parts; `incompatibleAlgorithm` as with a handle. What cannot be computed part by part (an AEAD's plaintext before its
   * tag, EdDSA, XTS) is held, `messageBytesMax` at most.
   */
  openStream(
    of: StoredVersion,
    use: Exclude<PartUse, 'hash'>,
    mechanism: Mechanism,
    parameters?: MechanismParameters,
  ): Promise<MessageStream>;
  /** The same without a key. */
  openDigest(digest: Digest): Promise<MessageStream>;
  /** Which key and version a sealed message names; undefined for bytes that are no message. To be trusted only once it is opened. */
  readMessageHeader(ciphertext: Bytes): { readonly keyId: string; readonly version: number } | undefined;
  /** Wipes what is cached of the key and ends its streams: called when it is disabled or destroyed. */
  forget(keyId: string): void;
  /**
   * Erases what a destroyed key has outside of the store: objects of a token. Repeatable.
   */
  eraseMaterial(key: Pick<Key, 'id' | 'protection' | 'latestVersion'>): Promise<void>;
  /** What this installation has in its token. Throws `unsupported` where there is none, `sealed` while it is away. */
  hardwareObjects(): Promise<readonly HardwareObject[]>;
  /** Whether the object is one of those that the version names. */
  isObjectOf(object: HardwareKeyObject, key: Key, version: KeyVersion): Promise<boolean>;
  eraseObject(object: HardwareObject): Promise<void>;
  /** Wraps a secret that is no key, such as the secret half of an access-key pair, under a label that must fit on opening. */
  wrapSecret(projectId: string | undefined, label: string, secret: SecretBytes): Promise<Bytes>;
  unwrapSecret(projectId: string | undefined, label: string, wrapped: Bytes): Promise<SecretBytes>;
}
