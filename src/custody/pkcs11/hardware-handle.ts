// One opened hardware key version: what the private half or the secret does is done in the token, what the public half does is done here.

import { must } from '../../base/assert.ts';
import { type Bytes, equalSecret } from '../../base/bytes.ts';
import type { SecretBytes } from '../../base/secret-bytes.ts';
import type { Random } from '../../core/ports/clock.ts';
import type { MechanismParameters, MessageToOpen, MessageToSeal } from '../../core/ports/custody.ts';
import type { Encapsulated, MessageParts } from '../../crypto/algorithms/kinds.ts';
import { mechanismRow } from '../../crypto/algorithms/table.ts';
import { encodeContext } from '../../crypto/context.ts';
import { encodePublicKey } from '../../crypto/key-parsing.ts';
import {
  MESSAGE_SALT_BYTES,
  openMessageRemotely,
  type RemoteMessageKey,
  sealMessageRemotely,
} from '../../crypto/message.ts';
import { MECHANISMS, type Mechanism } from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import { encryptionBy, only } from '../encryption.ts';
import { type InnerHandle, parsePeer } from '../key-handle.ts';
import type { OpenedHardwareKey } from './hardware-keys.ts';
import {
  agreeInToken,
  decryptInToken,
  deriveInToken,
  encryptInToken,
  macInToken,
  notInHardware,
  signInToken,
} from './hardware-mechanisms.ts';

export class HardwareKeyHandle implements InnerHandle {
  readonly #random: Random;
  #key: OpenedHardwareKey | undefined;

  constructor(key: OpenedHardwareKey, random: Random) {
    this.#key = key;
    this.#random = random;
  }

  async sealMessage({ plaintext, context }: MessageToSeal): Promise<Bytes> {
    const salt = this.#random.publicBytes(MESSAGE_SALT_BYTES);
    return sealMessageRemotely(this.#messageKey(), salt, plaintext, encodeContext(context));
  }

  async openMessage({ ciphertext, context }: MessageToOpen): Promise<SecretBytes> {
    return openMessageRemotely(this.#messageKey(), ciphertext, encodeContext(context));
  }

  async encrypt(
    mechanism: Mechanism,
    plaintext: Bytes,
    parameters: MechanismParameters = {},
  ): Promise<Bytes> {
    const key = this.#fitting(mechanism);
    const { publicKey } = key;
    if (publicKey === undefined) return encryptInToken(key, mechanism, plaintext, parameters);
    const opened = { ...key, key: publicKey, publicKey };
    return encryptionBy(mechanism).encrypt(opened, mechanism, plaintext, parameters);
  }

  async decrypt(
    mechanism: Mechanism,
    ciphertext: Bytes,
    parameters: MechanismParameters = {},
  ): Promise<SecretBytes> {
    return decryptInToken(this.#fitting(mechanism), mechanism, ciphertext, parameters);
  }

  async sign(mechanism: Mechanism, message: Bytes, parameters: MechanismParameters = {}): Promise<Bytes> {
    return signInToken(this.#fitting(mechanism), mechanism, message, parameters);
  }

  async verify(
    mechanism: Mechanism,
    message: Bytes,
    signature: Bytes,
    parameters: MechanismParameters = {},
  ): Promise<boolean> {
    const key = this.#fitting(mechanism);
    if (key.publicKey === undefined)
      return equalSecret(await macInToken(key, mechanism, message, parameters), signature);
    const row = mechanismRow('signature', mechanism, key.algorithm);
    const names = ['prehashed', 'rawSignature', 'saltBytes', 'mgf1Digest', 'context'] as const;
    return row.verify(key.publicKey, message, signature, only(mechanism, parameters, names));
  }

  async mac(mechanism: Mechanism, message: Bytes, parameters: MechanismParameters = {}): Promise<Bytes> {
    return macInToken(this.#fitting(mechanism), mechanism, message, parameters);
  }

  async agree(mechanism: Mechanism, peerPublicKey: Bytes): Promise<SecretBytes> {
    const key = this.#fitting(mechanism);
    const peer = parsePeer(key.algorithm, peerPublicKey);
    return agreeInToken(key, peer.export({ format: 'raw-public', type: 'uncompressed' }));
  }

  async encapsulate(mechanism: Mechanism): Promise<Encapsulated> {
    throw notInHardware(mechanism);
  }

  async decapsulate(mechanism: Mechanism): Promise<SecretBytes> {
    throw notInHardware(mechanism);
  }

  async publicKey(): Promise<Bytes> {
    const { algorithm, publicKey } = this.#opened();
    if (publicKey !== undefined) return encodePublicKey(publicKey);
    const message = `A key of ${algorithm} has no public half.`;
    throw new KmsError('incompatibleAlgorithm', message, { algorithm });
  }

  /** Nothing that is derived leaves the token, and there are no derived keys in it. */
  async derive(mechanism: Mechanism): Promise<SecretBytes> {
    throw notInHardware(mechanism);
  }

  material(): SecretBytes {
    throw new KmsError('unsupported', 'The material of a hardware key is not to be had.');
  }

  /** A message that comes in parts is held until its end: a session would be bound to it. */
  inParts(): MessageParts | undefined {
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#key = undefined;
  }

  #messageKey(): RemoteMessageKey {
    const key = this.#opened();
    if (key.kind.kind !== 'aes') {
      const message = `A key of ${key.algorithm} does not seal messages; take one of AES.`;
      throw new KmsError('incompatibleAlgorithm', message, { algorithm: key.algorithm });
    }
    return { prefix: key.messagePrefix, derive: inputs => deriveInToken(key, inputs) };
  }

  /** Throws `incompatibleAlgorithm` by the same table as for software keys. */
  #fitting(mechanism: Mechanism): OpenedHardwareKey {
    const key = this.#opened();
    mechanismRow(MECHANISMS[mechanism].kind, mechanism, key.algorithm);
    return key;
  }

  #opened(): OpenedHardwareKey {
    return must(this.#key, 'a key handle is not used after its scope has ended');
  }
}
