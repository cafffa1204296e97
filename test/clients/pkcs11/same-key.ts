// One key in two places: made by OpenSSL, put into a token as objects of the form that Keyhold's own have, so that what the token computes can
// be held against what software computes. Through a session of its own: the server puts no material into a token.

import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { must } from '../../../src/base/assert.ts';
import { type Bytes, utf8 } from '../../../src/base/bytes.ts';
import { isReason } from '../../../src/custody/pkcs11/fault.ts';
import { findToken } from '../../../src/custody/pkcs11/find-token.ts';
import { hardwareKind } from '../../../src/custody/pkcs11/hardware-kinds.ts';
import {
  asBuffer,
  structure,
  WORD_BYTES,
  type Word,
  word,
  wordAt,
} from '../../../src/custody/pkcs11/layout.ts';
import { Library } from '../../../src/custody/pkcs11/library.ts';
import { ATTRIBUTES, CLASS, KEY_TYPE, MECHANISM } from '../../../src/custody/pkcs11/names.ts';
import type { KeyAlgorithm } from '../../../src/domain/algorithms.ts';

const READ_AND_WRITE = 6;
const USER = 1;
const SIGNATURE_BYTES_MAX = 1_024;
const FOUND_MAX = 64;

/** Numbers of attributes (v2.40 appendix A). The server sets some of them, too. */
const NUMBERS = {
  ...Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, { type }]) => [name, type])),
  privateExponent: 0x123,
  prime1: 0x124,
  prime2: 0x125,
  exponent1: 0x126,
  exponent2: 0x127,
  coefficient: 0x128,
} as Readonly<Record<string, number>>;

export type Attributes = Readonly<Record<string, number | boolean | Bytes>>;

/** A secret, or a pair. */
export interface Material {
  /** As software takes it in: the bytes of a secret, PKCS #8 of a pair. */
  readonly bytes: Bytes;
  readonly privateKey?: KeyObject;
}

export function makeMaterial(algorithm: KeyAlgorithm): Material {
  const kind = hardwareKind(algorithm);
  if ('bytes' in kind) return { bytes: randomBytes(kind.bytes) };
  const { privateKey } =
    kind.kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: kind.bits })
      : kind.kind === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: kind.curve })
        : generateKeyPairSync('ed25519');
  return { bytes: privateKey.export({ format: 'der', type: 'pkcs8' }), privateKey };
}

export class TokenSession {
  readonly #library: Library;
  readonly #handle: number;

  constructor(path: string, label: string, pin: string) {
    this.#library = Library.load(path);
    const handle = word();
    const { slot } = findToken(this.#library, { label });
    this.#library.call('C_OpenSession', slot, READ_AND_WRITE, null, null, handle);
    this.#handle = wordAt(handle);
    const secret = asBuffer(utf8(pin));
    try {
      this.#library.call('C_Login', this.#handle, USER, secret, secret.length);
    } catch (thrown) {
      // A server in this process came first.
      if (!isReason(thrown, 'userAlreadyLoggedIn')) throw thrown;
    }
  }

  /** Puts the key in, under the id; of AES the secret that seals messages, too, with the same value. */
  put(algorithm: KeyAlgorithm, { bytes, privateKey }: Material, id: Bytes, sealingId: Bytes): void {
    const kind = hardwareKind(algorithm);
    const kept = { token: true, private: true, sensitive: true, extractable: false, id };
    const macs = { keyType: KEY_TYPE.genericSecret, value: bytes, sign: true, verify: true };
    const secret = { ...kept, class: CLASS.secretKey };
    if (kind.kind === 'hmac') {
      this.create({ ...secret, ...macs });
      return;
    }
    if (kind.kind === 'aes') {
      const uses = { encrypt: true, decrypt: true, wrap: true, unwrap: true, sign: true, verify: true };
      this.create({ ...secret, keyType: KEY_TYPE.aes, value: bytes, ...uses });
      this.create({ ...secret, ...macs, id: sealingId });
      return;
    }
    const pair = must(privateKey, 'the key is a pair');
    const forms =
      kind.kind === 'edwards' ? kind.parameters : kind.kind === 'ec' ? [kind.parameters] : [undefined];
    const [form] = forms;
    const both =
      kind.kind === 'rsa'
        ? rsaAttributes(pair)
        : ecAttributes(pair, must(form, 'a curve has parameters'), kind.kind === 'ec');
    const halves = { token: true, id };
    this.create({
      ...halves,
      class: CLASS.publicKey,
      verify: true,
      encrypt: kind.kind === 'rsa',
      ...both.public,
    });
    const uses = kind.kind === 'rsa' ? { decrypt: true } : { derive: true };
    this.create({ ...kept, class: CLASS.privateKey, sign: true, ...uses, ...both.private });
  }

  /** Throws unless the token finds the signature right (C_Verify). The parameter of the mechanism: words. */
  verify(
    mechanism: keyof typeof MECHANISM,
    parameter: readonly number[],
    id: Bytes,
    data: Bytes,
    signature: Bytes,
  ): void {
    const object = this.#find({ class: CLASS.publicKey, id });
    const words = structure(parameter);
    const given = structure([MECHANISM[mechanism], words.memory, words.memory.length]);
    this.#library.call('C_VerifyInit', this.#handle, given, object);
    const [message, proof] = [asBuffer(data), asBuffer(signature)];
    this.#library.call('C_Verify', this.#handle, message, data.length, proof, signature.length);
  }

  /** What the token encrypts under the public half by OAEP (C_Encrypt). */
  encryptByPublic(hash: number, mgf: number, id: Bytes, plaintext: Bytes): Bytes {
    const object = this.#find({ class: CLASS.publicKey, id });
    const LABEL_SPECIFIED = 1;
    const words = structure([hash, mgf, LABEL_SPECIFIED, 0, 0]);
    const given = structure([MECHANISM.rsaPkcsOaep, words.memory, words.memory.length]);
    this.#library.call('C_EncryptInit', this.#handle, given, object);
    const [output, length] = [Buffer.alloc(SIGNATURE_BYTES_MAX), word(SIGNATURE_BYTES_MAX)];
    this.#library.call('C_Encrypt', this.#handle, asBuffer(plaintext), plaintext.length, output, length);
    return Uint8Array.from(output.subarray(0, wordAt(length)));
  }

  /** How many objects of this label there are, of every class. */
  count(label: string): number {
    return this.#handles({ label: utf8(label) }).length;
  }

  close(): void {
    this.#library.call('C_CloseSession', this.#handle);
  }

  /** Any object. */
  create(attributes: Attributes): void {
    const words = wordsOf(attributes);
    this.#library.call('C_CreateObject', this.#handle, structure(words), words.length / 3, word());
  }

  #find(attributes: Attributes): number {
    const [handle] = this.#handles(attributes);
    return must(handle, 'the object is there');
  }

  #handles(attributes: Attributes): number[] {
    const words = wordsOf(attributes);
    this.#library.call('C_FindObjectsInit', this.#handle, structure(words), words.length / 3);
    const [found, count] = [Buffer.alloc(FOUND_MAX * WORD_BYTES), word()];
    this.#library.call('C_FindObjects', this.#handle, found, FOUND_MAX, count);
    this.#library.call('C_FindObjectsFinal', this.#handle);
    return Array.from({ length: wordAt(count) }, (_, at) => wordAt(found, at));
  }
}

/** CK_ATTRIBUTE, three words each. */
function wordsOf(attributes: Attributes): Word[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const bytes =
      typeof value === 'number'
        ? word(value)
        : typeof value === 'boolean'
          ? Buffer.from([Number(value)])
          : asBuffer(value);
    return [must(NUMBERS[name], `the attribute ${name} has a number`), bytes, bytes.length];
  });
}

function rsaAttributes(pair: KeyObject): { readonly public: Attributes; readonly private: Attributes } {
  const jwk = pair.export({ format: 'jwk' });
  const number = (text: string | undefined): Bytes => Buffer.from(text ?? '', 'base64url');
  const shared = { keyType: KEY_TYPE.rsa, modulus: number(jwk.n), publicExponent: number(jwk.e) };
  return {
    public: shared,
    private: {
      ...shared,
      privateExponent: number(jwk.d),
      prime1: number(jwk.p),
      prime2: number(jwk.q),
      exponent1: number(jwk.dp),
      exponent2: number(jwk.dq),
      coefficient: number(jwk.qi),
    },
  };
}

const OCTET_STRING = 0x04;

function ecAttributes(
  pair: KeyObject,
  ecParameters: Bytes,
  isWeierstrass: boolean,
): { readonly public: Attributes; readonly private: Attributes } {
  const publicKey = createPublicKey(pair);
  const point = isWeierstrass
    ? publicKey.export({ format: 'raw-public', type: 'uncompressed' })
    : publicKey.export({ format: 'raw-public' });
  const frame = point.length < 0x80 ? [point.length] : [0x81, point.length];
  const shared = { keyType: isWeierstrass ? KEY_TYPE.ec : KEY_TYPE.ecEdwards, ecParameters };
  return {
    public: { ...shared, ecPoint: Uint8Array.of(OCTET_STRING, ...frame, ...point) },
    private: { ...shared, value: pair.export({ format: 'raw-private' }) },
  };
}
