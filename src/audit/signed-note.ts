// Signed notes (C2SP signed-note): a text with lines of Ed25519 signatures under it. The text of a note means nothing before openNote
// has verified a signature on it; there is no other way here to take the text out.

import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import {
  type Bytes,
  base64,
  base64Url,
  concatBytes,
  decodeBase64,
  decodeBase64Url,
  hex,
  readUint32,
  uint32,
  utf8,
} from '../base/bytes.ts';
import { invalidInput, KmsError } from '../domain/errors.ts';

/** Notes come from outside when a log is verified: longer ones are refused unread. Room for 16 post-quantum cosignatures. */
export const NOTE_CHARACTERS_MAX = 262_144;
/** A verifier must accept this many signatures, and may refuse more. */
const NOTE_SIGNATURES_MAX = 16;
const KEY_NAME_CHARACTERS_MAX = 255;

const ED25519_TYPE = 0x01;
const ED25519_PUBLIC_KEY_BYTES = 32;
const ED25519_SIGNATURE_BYTES = 64;
const KEY_ID_BYTES = 4;
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)$/;

/** A key whose signatures count. Name and id together tell which signatures it must verify. */
export type NoteVerifier = { readonly name: string; readonly keyId: number; readonly publicKey: KeyObject };
export type NoteSigner = NoteVerifier & { readonly privateKey: KeyObject };

/** Name and private key made a signer. `invalidInput` for a name with white space or a plus, and for any key but Ed25519. */
export function noteSigner(name: string, privateKey: KeyObject): NoteSigner {
  if (privateKey.type !== 'private') throw invalidInput('signingKey', 'must be a private key');
  return { ...noteVerifier(name, createPublicKey(privateKey)), privateKey };
}

export function noteVerifier(name: string, publicKey: KeyObject): NoteVerifier {
  if (!isKeyName(name)) {
    throw invalidInput(
      'name',
      `must have 1 to ${KEY_NAME_CHARACTERS_MAX} characters, none of them white space, control or plus`,
    );
  }
  return { name, keyId: keyIdOf(name, rawPublicKey(publicKey)), publicKey };
}

/** `name+hash+key`: the text by which others get to know a key (hash: the key id in hex; key: base64 of the type byte and the key). */
export function printVerifierKey({ name, keyId, publicKey }: NoteVerifier): string {
  return `${name}+${hex(uint32(keyId))}+${base64(typedPublicKey(rawPublicKey(publicKey)))}`;
}

/** Reads `name+hash+key`; `invalidInput` for another form, another kind of key, or a hash that does not belong to name and key. */
export function parseVerifierKey(text: string): NoteVerifier {
  // A base64 text may hold a plus too: only the first two separate.
  const [, name, hashText, keyText] =
    /^([^+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,64})$/.exec(text) ?? [];
  const key = decodeBase64(keyText ?? '');
  if (name === undefined || key?.length !== 1 + ED25519_PUBLIC_KEY_BYTES || key[0] !== ED25519_TYPE) {
    throw invalidInput('verifierKey', 'must be an Ed25519 verifier key: name+hash+base64');
  }
  const verifier = noteVerifier(name, publicKeyOf(key.subarray(1)));
  if (hex(uint32(verifier.keyId)) !== hashText) {
    throw invalidInput('verifierKey', 'must carry the hash of its own name and key');
  }
  return verifier;
}

/** Signs the text, which ends in a newline and holds no other control character. The signature lines are in the order of the signers. */
export function signNote(text: string, signers: readonly [NoteSigner, ...NoteSigner[]]): string {
  if (!text.endsWith('\n') || !isNoteText(text)) {
    throw invalidInput('text', 'must end in a newline and hold no control character besides newlines');
  }
  const lines = signers.map(({ name, keyId, privateKey }) => {
    const signature = concatBytes(uint32(keyId), sign(null, utf8(text), privateKey));
    return `\u2014 ${name} ${base64(signature)}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/**
 * The text of the note and the keys that have verifiably signed it: at least one. Signatures of unknown keys are ignored; one of a known
 * key that fails makes the whole note fail. `invalidInput` for what is no note, `invalidSignature` for one that nobody known has signed.
 */
export function openNote(
  note: string,
  verifiers: readonly NoteVerifier[],
): { text: string; signedBy: readonly [NoteVerifier, ...NoteVerifier[]] } {
  const { text, signatures } = parseNote(note);
  const message = utf8(text);
  const signedBy: NoteVerifier[] = [];
  for (const { name, keyId, signature } of signatures) {
    const verifier = verifiers.find(known => known.name === name && known.keyId === keyId);
    if (verifier === undefined) continue;
    if (
      signature.length !== ED25519_SIGNATURE_BYTES ||
      !verify(null, message, verifier.publicKey, signature)
    ) {
      throw new KmsError('invalidSignature', `The signature of ${name} on the note does not verify.`);
    }
    signedBy.push(verifier);
  }
  const [first, ...others] = signedBy;
  if (first === undefined)
    throw new KmsError('invalidSignature', 'The note bears no signature of a known key.');
  return { text, signedBy: [first, ...others] };
}

type SignatureLine = { readonly name: string; readonly keyId: number; readonly signature: Bytes };

function parseNote(note: string): { text: string; signatures: SignatureLine[] } {
  if (note.length > NOTE_CHARACTERS_MAX)
    throw invalidInput('note', `must have at most ${NOTE_CHARACTERS_MAX} characters`);
  if (!isNoteText(note)) throw invalidInput('note', 'must hold no control character besides newlines');
  // The text may hold empty lines too: the last one separates it from the signatures.
  const separator = note.lastIndexOf('\n\n');
  if (separator < 0 || !note.endsWith('\n')) {
    throw invalidInput('note', 'must be a text, an empty line and lines of signatures');
  }
  const lines = note
    .slice(separator + 2)
    .split('\n')
    .slice(0, -1);
  if (lines.length < 1 || lines.length > NOTE_SIGNATURES_MAX) {
    throw invalidInput('note', `must bear 1 to ${NOTE_SIGNATURES_MAX} signatures`);
  }
  return { text: note.slice(0, separator + 1), signatures: lines.map(parseSignatureLine) };
}

function parseSignatureLine(line: string): SignatureLine {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = decodeBase64(encoded ?? '');
  if (name === undefined || !isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw invalidInput('note', 'must have signature lines of the form: dash, key name, base64');
  }
  return { name, keyId: readUint32(bytes, 0), signature: bytes.subarray(KEY_ID_BYTES) };
}

function isKeyName(name: string): boolean {
  return (
    name.length >= 1 &&
    name.length <= KEY_NAME_CHARACTERS_MAX &&
    name.isWellFormed() &&
    !/[\p{White_Space}\p{Cc}+]/u.test(name)
  );
}

function isNoteText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
  return text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}

/** The first four bytes of SHA-256 over name, newline, signature type and public key. */
function keyIdOf(name: string, publicKey: Bytes): number {
  return readUint32(hash('sha256', concatBytes(utf8(`${name}\n`), typedPublicKey(publicKey)), 'buffer'), 0);
}

function typedPublicKey(publicKey: Bytes): Bytes {
  return concatBytes(Uint8Array.of(ED25519_TYPE), publicKey);
}

function rawPublicKey(publicKey: KeyObject): Bytes {
  if (publicKey.asymmetricKeyType !== 'ed25519') throw invalidInput('signingKey', 'must be an Ed25519 key');
  const raw = decodeBase64Url(publicKey.export({ format: 'jwk' }).x ?? '');
  if (raw?.length !== ED25519_PUBLIC_KEY_BYTES) throw invalidInput('signingKey', 'must be an Ed25519 key');
  return raw;
}

function publicKeyOf(raw: Bytes): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64Url(raw) }, format: 'jwk' });
}
