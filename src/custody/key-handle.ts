// One opened key version: every operation goes through the row of its mechanism, and nothing gives the key out.

import type { KeyObject } from 'node:crypto';
import { assert, must } from '../base/assert.ts';
import { type Bytes, EMPTY_BYTES } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type {
  DerivationParameters,
  KeyHandle,
  MechanismParameters,
  MessageToOpen,
  MessageToSeal,
  PartUse,
} from '../core/ports/custody.ts';
import { refuseParameters } from '../crypto/algorithms/checks.ts';
import type { Encapsulated, MessageParts } from '../crypto/algorithms/kinds.ts';
import { mechanismRow } from '../crypto/algorithms/table.ts';
import { encodeContext } from '../crypto/context.ts';
import { encodePublicKey, isAsymmetric, parsePublicKey } from '../crypto/key-parsing.ts';
import { MESSAGE_SALT_BYTES, type MessageKey, openMessage, sealMessage } from '../crypto/message.ts';
import {
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  type KeyFamily,
  MECHANISMS,
  type Mechanism,
} from '../domain/algorithms.ts';
import { invalidInput, KmsError } from '../domain/errors.ts';
import { AEAD_PARAMETERS, CIPHER_PARAMETERS, encryptionBy, only } from './encryption.ts';
import type { OpenedKey } from './software-keys.ts';

/** No mechanism of these computes an HMAC under the material; docs/formats/ciphertext.md says why that counts. */
const MESSAGE_FAMILIES: readonly KeyFamily[] = ['aes', 'chacha20'];

const SIGNATURE_PARAMETERS = ['prehashed', 'rawSignature', 'saltBytes', 'mgf1Digest', 'context'] as const;
const MAC_PARAMETERS = ['iv', 'tagBytes'] as const;

/** A handle as the rest of custody sees it. */
export interface InnerHandle extends KeyHandle {
  /** Of a secret key, as the input of a derivation. */
  material(): SecretBytes;
  /** Material for another key: by a derivation, or the leading bytes of a shared secret or of a ciphertext. */
  derive(mechanism: Mechanism, parameters: DerivationParameters): Promise<SecretBytes>;
  /** The computation part by part; undefined where only a whole message can be taken: see message-stream.ts. */
  inParts(
    use: Exclude<PartUse, 'hash'>,
    mechanism: Mechanism,
    parameters: MechanismParameters,
  ): MessageParts | undefined;
}

export class SoftwareKeyHandle implements InnerHandle {
  readonly #random: Random;
  #key: OpenedKey | undefined;

  constructor(key: OpenedKey, random: Random) {
    this.#key = key;
    this.#random = random;
  }

  async sealMessage({ plaintext, context }: MessageToSeal): Promise<Bytes> {
    const key = messageKey(this.#opened());
    return sealMessage(key, this.#random.publicBytes(MESSAGE_SALT_BYTES), plaintext, encodeContext(context));
  }

  async openMessage({ ciphertext, context }: MessageToOpen): Promise<SecretBytes> {
    return openMessage(messageKey(this.#opened()), ciphertext, encodeContext(context));
  }

  async encrypt(
    mechanism: Mechanism,
    plaintext: Bytes,
    parameters: MechanismParameters = {},
  ): Promise<Bytes> {
    return encryptionBy(mechanism).encrypt(this.#opened(), mechanism, plaintext, parameters);
  }

  async decrypt(
    mechanism: Mechanism,
    ciphertext: Bytes,
    parameters: MechanismParameters = {},
  ): Promise<SecretBytes> {
    return encryptionBy(mechanism).decrypt(this.#secretly(), mechanism, ciphertext, parameters);
  }

  async sign(mechanism: Mechanism, message: Bytes, parameters: MechanismParameters = {}): Promise<Bytes> {
    const { key, algorithm } = this.#secretly();
    const row = mechanismRow('signature', mechanism, algorithm);
    return row.sign(key, message, only(mechanism, parameters, SIGNATURE_PARAMETERS));
  }

  /** A signature under a pair, or a MAC under a secret key. */
  async verify(
    mechanism: Mechanism,
    message: Bytes,
    signature: Bytes,
    parameters: MechanismParameters = {},
  ): Promise<boolean> {
    const opened = this.#opened();
    if (MECHANISMS[mechanism].kind === 'mac') {
      const row = mechanismRow('mac', mechanism, opened.algorithm);
      return row.verify(opened.key, message, signature, only(mechanism, parameters, MAC_PARAMETERS));
    }
    const row = mechanismRow('signature', mechanism, opened.algorithm);
    const chosen = only(mechanism, parameters, SIGNATURE_PARAMETERS);
    return row.verify(publicKeyOf(opened), message, signature, chosen);
  }

  async mac(mechanism: Mechanism, message: Bytes, parameters: MechanismParameters = {}): Promise<Bytes> {
    const { key, algorithm } = this.#opened();
    const row = mechanismRow('mac', mechanism, algorithm);
    return row.mac(key, message, only(mechanism, parameters, MAC_PARAMETERS));
  }

  async agree(mechanism: Mechanism, peerPublicKey: Bytes): Promise<SecretBytes> {
    const { key, algorithm } = this.#secretly();
    const row = mechanismRow('agreement', mechanism, algorithm);
    return row.agree(key, parsePeer(algorithm, peerPublicKey));
  }

  async encapsulate(mechanism: Mechanism): Promise<Encapsulated> {
    const opened = this.#opened();
    return mechanismRow('encapsulation', mechanism, opened.algorithm).encapsulate(publicKeyOf(opened));
  }

  async decapsulate(mechanism: Mechanism, ciphertext: Bytes): Promise<SecretBytes> {
    const { key, algorithm } = this.#secretly();
    return mechanismRow('encapsulation', mechanism, algorithm).decapsulate(key, ciphertext);
  }

  async publicKey(): Promise<Bytes> {
    const { algorithm, publicKey } = this.#opened();
    if (publicKey !== undefined) return encodePublicKey(publicKey);
    const message = `A key of ${algorithm} has no public half.`;
    throw new KmsError('incompatibleAlgorithm', message, { algorithm });
  }

  material(): SecretBytes {
    const { key } = this.#opened();
    assert(key.type === 'secret', 'only a secret key is a row of bytes');
    return SecretBytes.own(key.export());
  }

  async derive(
    mechanism: Mechanism,
    { peerPublicKey, iv, ...parameters }: DerivationParameters,
  ): Promise<SecretBytes> {
    const { kind } = MECHANISMS[mechanism];
    if (kind === 'cipher') {
      const { lengthBytes, info = EMPTY_BYTES, ...others } = parameters;
      refuseParameters(mechanism, { ...others, peerPublicKey });
      using ciphertext = SecretBytes.own(await this.encrypt(mechanism, info, { iv }));
      return leading(ciphertext, lengthBytes);
    }
    refuseParameters(mechanism, { iv });
    if (kind === 'agreement') {
      const { lengthBytes, ...others } = parameters;
      refuseParameters(mechanism, others);
      using shared = await this.agree(mechanism, peerPublicKey ?? EMPTY_BYTES);
      return leading(shared, lengthBytes);
    }
    const { key, algorithm } = this.#opened();
    const row = mechanismRow('derivation', mechanism, algorithm);
    refuseParameters(mechanism, { peerPublicKey });
    return row.derive(key, parameters);
  }

  inParts(
    use: Exclude<PartUse, 'hash'>,
    mechanism: Mechanism,
    parameters: MechanismParameters,
  ): MessageParts | undefined {
    const { key, algorithm } = this.#opened();
    const { kind } = MECHANISMS[mechanism];
    if (use === 'mac' || use === 'verifyMac') {
      return mechanismRow('mac', mechanism, algorithm).inParts(
        key,
        only(mechanism, parameters, MAC_PARAMETERS),
      );
    }
    if (use === 'encrypt' && kind === 'aead') {
      const { iv = EMPTY_BYTES, ...others } = only(mechanism, parameters, AEAD_PARAMETERS);
      return mechanismRow('aead', mechanism, algorithm).encryptParts(key, { iv, ...others });
    }
    if ((use === 'encrypt' || use === 'decrypt') && kind === 'cipher') {
      const row = mechanismRow('cipher', mechanism, algorithm);
      return row.inParts(use, key, only(mechanism, parameters, CIPHER_PARAMETERS));
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#key = undefined;
  }

  /** For what a public key alone is not enough for. */
  #secretly(): OpenedKey {
    const opened = this.#opened();
    if (opened.key.type !== 'public') return opened;
    const message = 'A public key alone opens and signs nothing.';
    throw new KmsError('incompatibleAlgorithm', message, { algorithm: opened.algorithm });
  }

  #opened(): OpenedKey {
    return must(this.#key, 'a key handle is not used after its scope has ended');
  }
}

function messageKey({ algorithm, key, messagePrefix }: OpenedKey): MessageKey {
  if (!MESSAGE_FAMILIES.includes(KEY_ALGORITHMS[algorithm].family)) {
    const message = `A key of ${algorithm} does not seal messages; take one of AES or ChaCha20.`;
    throw new KmsError('incompatibleAlgorithm', message, { algorithm });
  }
  return { master: key, prefix: messagePrefix };
}

function publicKeyOf({ publicKey }: OpenedKey): KeyObject {
  return must(publicKey, 'a pair has a public key');
}

function leading(secret: SecretBytes, lengthBytes: number): SecretBytes {
  if (!Number.isInteger(lengthBytes) || lengthBytes < 1 || lengthBytes > secret.length)
    throw invalidInput('lengthBytes', `must be 1 to ${secret.length}`);
  return SecretBytes.copyOf(revealSecretBytes(secret).subarray(0, lengthBytes));
}

/** Throws `invalidInput` for what is no public key of the algorithm. */
export function parsePeer(algorithm: KeyAlgorithm, encoded: Bytes): KeyObject {
  assert(isAsymmetric(algorithm), 'who agrees has a pair');
  try {
    return parsePublicKey(algorithm, encoded);
  } catch (thrown) {
    if (!(thrown instanceof KmsError)) throw thrown;
    throw invalidInput('peerPublicKey', `must be a public key of ${algorithm}: SubjectPublicKeyInfo in DER`);
  }
}
