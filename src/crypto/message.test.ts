// The ciphertext format: docs/formats/ciphertext.md and its vectors, checked against a second computation that shares no code with ours.

import assert from 'node:assert/strict';
import { createCipheriv, createSecretKey, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { decodeHex, hex, utf8 } from '../base/bytes.ts';
import { revealSecretBytes } from '../base/secret-bytes.ts';
import { KmsError } from '../domain/errors.ts';
import type { MessageContext } from '../domain/message-context.ts';
import { encodeContext } from './context.ts';
import {
  MESSAGE_OVERHEAD_BYTES,
  type MessageKey,
  messagePrefix,
  openMessage,
  readMessageHeader,
  sealMessage,
} from './message.ts';

interface Vector {
  readonly name: string;
  readonly key: string;
  readonly keyId: string;
  readonly version: number;
  readonly salt: string;
  readonly context: VectorContext;
  readonly plaintext: string;
  readonly messageKey: string;
  readonly commitment: string;
  readonly ciphertext: string;
}

type VectorContext =
  | { readonly kind: 'bytes'; readonly bytes: string }
  | Exclude<MessageContext, { readonly kind: 'bytes' }>;

interface RefusedVector {
  readonly name: string;
  readonly of: string;
  readonly context?: VectorContext;
  readonly ciphertext: string;
}

const VECTORS: { readonly sealed: readonly Vector[]; readonly refused: readonly RefusedVector[] } =
  JSON.parse(readFileSync(new URL('../../docs/formats/ciphertext-vectors.json', import.meta.url), 'utf8'));

test('the published vectors are what we seal, what we open, and what a second computation makes', () => {
  for (const vector of VECTORS.sealed) {
    const associatedData = contextBytes(vector.context);
    const sealed = sealMessage(keyOf(vector), unhex(vector.salt), unhex(vector.plaintext), associatedData);
    assert.equal(hex(sealed), vector.ciphertext, vector.name);
    using opened = openMessage(keyOf(vector), unhex(vector.ciphertext), associatedData);
    assert.equal(hex(revealSecretBytes(opened)), vector.plaintext, vector.name);
    const second = sealByHand(vector, associatedData);
    assert.deepEqual(second, {
      messageKey: vector.messageKey,
      commitment: vector.commitment,
      ciphertext: vector.ciphertext,
    });
    assert.deepEqual(readMessageHeader(sealed), { keyId: vector.keyId, version: vector.version });
  }
  assert.ok(VECTORS.sealed.length >= 8);
});

test('the published refusals are refused', () => {
  for (const refused of VECTORS.refused) {
    const vector = VECTORS.sealed.find(({ name }) => name === refused.of);
    assert.ok(vector, refused.name);
    assertRefused(keyOf(vector), unhex(refused.ciphertext), contextBytes(refused.context ?? vector.context));
  }
});

test('any flipped bit is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 20 }), (plaintext, context) => {
      const key = someKey();
      const sealed = sealMessage(key, SALT, plaintext, context);
      for (let bit = 0; bit < sealed.length * 8; bit++) {
        const flipped = Uint8Array.from(sealed);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assertRefused(key, flipped, context);
      }
    }),
    { numRuns: 10 },
  );
});

test('any other context is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 }), (context, other) => {
      fc.pre(hex(context) !== hex(other));
      assertRefused(someKey(), sealMessage(someKey(), SALT, utf8('text'), context), other);
    }),
  );
});

test('a shorter or longer ciphertext is refused', () => {
  const sealed = sealMessage(someKey(), SALT, utf8('some text'), utf8('context'));
  for (let length = 0; length < sealed.length; length++) {
    assertRefused(someKey(), sealed.subarray(0, length), utf8('context'));
  }
  assertRefused(someKey(), Uint8Array.of(...sealed, 0), utf8('context'));
});

test('a ciphertext made to fit two keys opens under one of them at most', () => {
  // Everything but the commitment fits the second key: only a commitment can tell the two apart.
  const [first, second] = [someKey(1), someKey(2)];
  const forSecond = sealMessage(second, SALT, utf8('text'), utf8(''));
  const forFirst = sealMessage(first, SALT, utf8('text'), utf8(''));
  const forged = Uint8Array.from(forSecond);
  forged.set(forFirst.subarray(37, 69), 37);
  assertRefused(second, forged, utf8(''));
  assertRefused(first, forged, utf8(''));
  assertRefused(first, forSecond, utf8(''));
});

test('the same material under another key id or version does not open it', () => {
  const sealed = sealMessage(someKey(), SALT, utf8('text'), utf8(''));
  assertRefused({ ...someKey(), prefix: messagePrefix({ keyId: OTHER_ID, version: 1 }) }, sealed, utf8(''));
  assertRefused({ ...someKey(), prefix: messagePrefix({ keyId: KEY_ID, version: 2 }) }, sealed, utf8(''));
});

test('a malformed header names no key', () => {
  const sealed = sealMessage(someKey(), SALT, utf8(''), utf8(''));
  assert.equal(sealed.length, MESSAGE_OVERHEAD_BYTES);
  assert.ok(readMessageHeader(sealed));
  assert.equal(readMessageHeader(sealed.subarray(1)), undefined);
  assert.equal(readMessageHeader(new Uint8Array(MESSAGE_OVERHEAD_BYTES)), undefined);
  assert.equal(readMessageHeader(Uint8Array.from(sealed, (byte, at) => (at === 0 ? 2 : byte))), undefined);
  assert.equal(readMessageHeader(Uint8Array.from(sealed, (byte, at) => (at === 20 ? 0 : byte))), undefined);
});

const KEY_ID = '00112233-4455-4677-8899-aabbccddeeff';
const OTHER_ID = '00112233-4455-4677-8899-aabbccddeefe';
const SALT = new Uint8Array(16).fill(7);

function someKey(fill = 1): MessageKey {
  return {
    master: createSecretKey(new Uint8Array(32).fill(fill)),
    prefix: messagePrefix({ keyId: KEY_ID, version: 1 }),
  };
}

function keyOf(vector: Vector): MessageKey {
  return { master: createSecretKey(unhex(vector.key)), prefix: messagePrefix(vector) };
}

function assertRefused(key: MessageKey, ciphertext: Uint8Array, associatedData: Uint8Array): void {
  assert.throws(
    () => openMessage(key, ciphertext, associatedData),
    (thrown: unknown) => {
      assert.ok(thrown instanceof KmsError, inspect(thrown));
      assert.equal(thrown.code, 'invalidCiphertext');
      assert.equal(thrown.message, 'The ciphertext does not open.');
      assert.deepEqual([thrown.details, thrown.cause], [{}, undefined]);
      return true;
    },
  );
}

/** The format from its page, with HMAC written out (FIPS 198-1) and the bytes laid out as hex text. */
function sealByHand(vector: Vector, associatedData: Uint8Array) {
  const header = `01${vector.keyId.replaceAll('-', '')}${vector.version.toString(16).padStart(8, '0')}${vector.salt}`;
  const fixed = `${Buffer.from('keyhold message v1').toString('hex')}00${header}00000200`;
  const messageKey = hmacByHand(vector.key, `00000001${fixed}`);
  const commitment = hmacByHand(vector.key, `00000002${fixed}`);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(messageKey, 'hex'), Buffer.alloc(12));
  cipher.setAAD(Buffer.from(header + Buffer.from(associatedData).toString('hex'), 'hex'));
  const encrypted = cipher.update(vector.plaintext, 'hex', 'hex') + cipher.final('hex');
  return {
    messageKey,
    commitment,
    ciphertext: header + commitment + encrypted + cipher.getAuthTag().toString('hex'),
  };
}

function hmacByHand(key: string, message: string): string {
  const block = Buffer.concat([Buffer.from(key, 'hex'), Buffer.alloc(64)]).subarray(0, 64);
  const inner = hash('sha256', Buffer.concat([block.map(byte => byte ^ 0x36), Buffer.from(message, 'hex')]));
  return hash('sha256', Buffer.concat([block.map(byte => byte ^ 0x5c), Buffer.from(inner, 'hex')]));
}

function contextBytes(context: VectorContext): Uint8Array {
  return encodeContext(context.kind === 'bytes' ? { kind: 'bytes', bytes: unhex(context.bytes) } : context);
}

function unhex(text: string): Uint8Array {
  const bytes = decodeHex(text);
  assert.ok(bytes, 'a vector holds hex');
  return bytes;
}
