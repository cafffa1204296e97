// What sealing leaves behind, and messages whose master key is somewhere else: they are the same messages.

import assert from 'node:assert/strict';
import { createDecipheriv, createHmac, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { isWiped, outputsOf, watchSecrets } from '../../test/support/secrets.ts';
import { hex, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import { deriveCounterHmac, deriveFeedbackHmac, derivePipelineHmac } from './kdf.ts';
import {
  type MessageKey,
  messagePrefix,
  openMessage,
  openMessageRemotely,
  type RemoteMessageKey,
  sealMessage,
  sealMessageRemotely,
} from './message.ts';
import { commitmentTo, seal } from './message-seal.ts';

const KEY_ID = '00112233-4455-4677-8899-aabbccddeeff';
const SALT = new Uint8Array(16).fill(7);
const CONTEXT = utf8('context');
const master = createSecretKey(new Uint8Array(32).fill(1));
const key: MessageKey = { master, prefix: messagePrefix({ keyId: KEY_ID, version: 1 }) };
const refused = { code: 'invalidCiphertext', message: 'The ciphertext does not open.' };

/** The same master key behind a face that computes HMACs alone. */
const remote: RemoteMessageKey = {
  prefix: key.prefix,
  derive: async inputs =>
    SecretBytes.own(Buffer.concat(inputs.map(input => createHmac('sha256', master).update(input).digest()))),
};

const HMAC = Object.getPrototypeOf(createHmac('sha256', ''));
const DECIPHER = Object.getPrototypeOf(createDecipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12)));

test('nothing that is derived for a message outlives its sealing and opening', async () => {
  const watch = watchSecrets();
  const sealed = sealMessage(key, SALT, utf8('text'), CONTEXT);
  assert.throws(() => openMessage(key, sealed, utf8('another')), refused);
  const format = { label: utf8('some use'), headerBytes: 4 };
  const commitment = commitmentTo(format, master, new Uint8Array(4));
  await sealMessageRemotely(remote, SALT, utf8('text'), CONTEXT);
  await assert.rejects(openMessageRemotely(remote, sealed, utf8('another')), refused);
  assert.deepEqual(watch.stop(), []);
  assert.ok(!isWiped(Buffer.from(commitment)), 'a commitment is no secret');
});

test('a plaintext that is not given out is wiped', t => {
  const sealed = sealMessage(key, SALT, utf8('text'), CONTEXT);
  const decrypted = outputsOf(t, DECIPHER, 'update');
  assert.throws(() => openMessage(key, sealed, utf8('another')), refused);
  using _ = openMessage(key, sealed, CONTEXT);
  assert.deepEqual(decrypted.map(isWiped), [true, false]);
});

test('the blocks that derived keys are made of are wiped, in each mode', t => {
  const blocks = outputsOf(t, HMAC, 'digest');
  using _ = deriveCounterHmac('sha-256', master, CONTEXT, 80);
  using __ = deriveFeedbackHmac('sha-256', master, SALT, CONTEXT, 80);
  using ___ = derivePipelineHmac('sha-256', master, CONTEXT, 80);
  assert.deepEqual([blocks.length, blocks.every(isWiped)], [3 + 3 + 6, true]);
});

test('a message is the same wherever its master key is', async () => {
  const sealed = await sealMessageRemotely(remote, SALT, utf8('text'), CONTEXT);
  assert.equal(hex(sealed), hex(sealMessage(key, SALT, utf8('text'), CONTEXT)));
  using opened = await openMessageRemotely(remote, sealed, CONTEXT);
  assert.equal(hex(revealSecretBytes(opened)), hex(utf8('text')));
});

test('a message does not open under the name of another key, whose master key is somewhere else', async () => {
  const sealed = sealMessage(key, SALT, utf8('text'), CONTEXT);
  const named = { ...remote, prefix: messagePrefix({ keyId: KEY_ID, version: 2 }) };
  let derived = 0;
  const derive: RemoteMessageKey['derive'] = inputs => {
    derived += 1;
    return remote.derive(inputs);
  };
  await assert.rejects(openMessageRemotely({ ...named, derive }, sealed, CONTEXT), refused);
  await assert.rejects(openMessageRemotely({ ...remote, derive }, sealed.subarray(0, 84), CONTEXT), refused);
  assert.equal(derived, 0, 'nothing is asked of where the key is');
});

test('nobody seals with a salt or a header of another length', () => {
  assert.throws(() => sealMessage(key, SALT.subarray(1), utf8('text'), CONTEXT), /salt of 16 bytes/);
  const format = { label: utf8('some use'), headerBytes: 5 };
  assert.throws(() => seal(format, master, SALT, CONTEXT, utf8('text')), /header length of its format/);
});
