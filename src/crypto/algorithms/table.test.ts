import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { type Bytes, hex, utf8 } from '../../base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../../base/secret-bytes.ts';
import {
  ALL_KEY_ALGORITHMS,
  ALL_MECHANISMS,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  MECHANISM_KINDS,
  MECHANISMS,
  type Mechanism,
  type MechanismKind,
} from '../../domain/algorithms.ts';
import { generateKeyMaterial, openKeyMaterial } from '../key-material.ts';
import type { RowOfKind } from './kinds.ts';
import { MECHANISM_ROWS, mechanismRow } from './table.ts';

const message = utf8('sixteen bytes of text, three times a block length'.slice(0, 48));
const shown = (secret: SecretBytes): string => hex(revealSecretBytes(secret));

async function newKey(algorithm: KeyAlgorithm): Promise<KeyObject> {
  return openKeyMaterial(algorithm, (await generateKeyMaterial(algorithm)).material);
}

function flipped(bytes: Bytes, at = bytes.length - 1): Bytes {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

const doesNotOpen = { name: 'KmsError', code: 'invalidCiphertext', message: 'The ciphertext does not open.' };

interface Subject {
  readonly mechanism: Mechanism;
  readonly key: KeyObject;
  readonly other: KeyObject;
}

const ivOf = (mechanism: Mechanism): Bytes | undefined => {
  const range = MECHANISMS[mechanism].ivBytes;
  return range === undefined ? undefined : new Uint8Array(range.default).fill(7);
};

/** Of derivations that take no info. */
const VARIED: Readonly<Record<string, object>> = {
  pbkdf2: { salt: message, iterations: 2 },
  'hash-kdf': {},
  'aws-sigv4': { info: utf8('20150830/us-east-1/iam') },
};

/** What must hold for every mechanism of a kind, under every algorithm that has it. */
const ROUND_TRIPS: {
  readonly [Kind in MechanismKind]: (row: RowOfKind[Kind], subject: Subject) => Promise<void>;
} = {
  async aead(row, { key, other, mechanism }) {
    const iv = ivOf(mechanism) ?? new Uint8Array();
    const associatedData = utf8('header');
    const { ciphertext, tag } = row.encrypt(key, { iv, plaintext: message, associatedData });
    const sealed = { iv, ciphertext, tag, associatedData };
    assert.equal(shown(row.decrypt(key, sealed)), hex(message));
    assert.throws(() => row.decrypt(other, sealed), doesNotOpen);
    assert.throws(() => row.decrypt(key, { ...sealed, tag: flipped(tag) }), doesNotOpen);
    assert.throws(() => row.decrypt(key, { ...sealed, tag: tag.subarray(0, 12) }), doesNotOpen);
    assert.throws(() => row.decrypt(key, { ...sealed, iv: flipped(iv) }), doesNotOpen);
    assert.throws(() => row.decrypt(key, { ...sealed, ciphertext: flipped(ciphertext) }), doesNotOpen);
    assert.throws(() => row.decrypt(key, { ...sealed, associatedData: utf8('Header') }), doesNotOpen);
  },
  async cipher(row, { key, mechanism }) {
    const iv = ivOf(mechanism);
    const ciphertext = row.encrypt(key, { iv, plaintext: message });
    assert.equal(shown(row.decrypt(key, { iv, ciphertext })), hex(message));
    if (iv !== undefined)
      assert.throws(() => row.encrypt(key, { iv: iv.subarray(1), plaintext: message }), {
        code: 'invalidInput',
      });
    if (MECHANISMS[mechanism].blockBytes !== undefined) {
      assert.throws(() => row.encrypt(key, { iv, plaintext: message.subarray(1) }), { code: 'invalidInput' });
      assert.throws(() => row.decrypt(key, { iv, ciphertext: ciphertext.subarray(1) }), doesNotOpen);
    }
  },
  async keyWrap(row, { key, other }) {
    const wrapped = row.wrap(key, message);
    assert.equal(shown(row.unwrap(key, wrapped)), hex(message));
    assert.throws(() => row.unwrap(other, wrapped), doesNotOpen);
    assert.throws(() => row.unwrap(key, flipped(wrapped)), doesNotOpen);
    assert.throws(() => row.unwrap(key, wrapped.subarray(8)), doesNotOpen);
    assert.throws(() => row.unwrap(key, new Uint8Array(0)), doesNotOpen);
    assert.throws(() => row.wrap(key, new Uint8Array(0)), { code: 'invalidInput' });
  },
  async mac(row, { key, other, mechanism }) {
    const iv = ivOf(mechanism);
    const tag = row.mac(key, message, { iv });
    assert.equal(tag.length, MECHANISMS[mechanism].tagBytes?.default);
    assert.equal(row.verify(key, message, tag, { iv }), true);
    assert.equal(row.verify(other, message, tag, { iv }), false);
    assert.equal(row.verify(key, message, flipped(tag), { iv }), false);
    const short = row.mac(key, message, { iv, tagBytes: 12 });
    assert.equal(hex(tag).startsWith(hex(short)), true);
    assert.equal(row.verify(key, message, short, { iv }), false, 'a short tag must be asked for');
    assert.equal(row.verify(key, message, short, { iv, tagBytes: 12 }), true);
  },
  async signature(row, { key, other, mechanism }) {
    if (MECHANISMS[mechanism].verifyOnly) {
      await assert.rejects(row.sign(key, message), { code: 'unsupported' });
      return;
    }
    const signature = await row.sign(key, message);
    const publicKey = createPublicKey(key);
    assert.equal(await row.verify(publicKey, message, signature), true);
    assert.equal(await row.verify(publicKey, flipped(message), signature), false);
    assert.equal(await row.verify(publicKey, message, flipped(signature)), false);
    assert.equal(await row.verify(publicKey, message, new Uint8Array(0)), false);
    assert.equal(await row.verify(createPublicKey(other), message, signature), false);
    if (MECHANISMS[mechanism].context) {
      const context = utf8('purpose');
      const bound = await row.sign(key, message, { context });
      assert.equal(await row.verify(publicKey, message, bound, { context }), true);
      assert.equal(await row.verify(publicKey, message, bound), false);
      await assert.rejects(row.sign(key, message, { context: new Uint8Array(256) }), {
        code: 'invalidInput',
      });
    } else {
      await assert.rejects(row.sign(key, message, { context: new Uint8Array(1) }), { code: 'unsupported' });
    }
  },
  async asymmetricEncryption(row, { key, other, mechanism }) {
    const publicKey = createPublicKey(key);
    const ciphertext = await row.encrypt(publicKey, message);
    assert.equal(shown(await row.decrypt(key, ciphertext)), hex(message));
    await assert.rejects(row.decrypt(key, ciphertext.subarray(1)), doesNotOpen);
    await assert.rejects(row.encrypt(publicKey, new Uint8Array(row.plaintextBytesMax(publicKey) + 1)), {
      code: 'invalidInput',
    });
    if (mechanism === 'rsa-pkcs1-v15') {
      await assert.rejects(row.encrypt(publicKey, message, { label: message }), { code: 'unsupported' });
      // Implicit rejection: a wrong key or padding opens to an unrelated text, so that it tells an attacker nothing. A ciphertext
      // beyond the other modulus is the one public exception.
      const opened = await row.decrypt(key, flipped(ciphertext)).then(shown, () => 'refused');
      assert.notEqual(opened, hex(message));
      return;
    }
    await assert.rejects(row.decrypt(other, ciphertext), doesNotOpen);
    await assert.rejects(row.decrypt(key, flipped(ciphertext)), doesNotOpen);
    await assert.rejects(row.decrypt(key, ciphertext, { label: utf8('other') }), doesNotOpen);
    const masked = await row.encrypt(publicKey, message, { mgf1Digest: 'sha3-256', label: utf8('label') });
    assert.equal(
      shown(await row.decrypt(key, masked, { mgf1Digest: 'sha3-256', label: utf8('label') })),
      hex(message),
    );
  },
  async agreement(row, { key, other }) {
    const ours = shown(await row.agree(key, createPublicKey(other)));
    assert.equal(shown(await row.agree(other, createPublicKey(key))), ours);
    assert.notEqual(shown(await row.agree(key, createPublicKey(key))), ours);
    await assert.rejects(row.agree(key, createPublicKey(await newKey('ed25519'))), { code: 'invalidInput' });
  },
  async encapsulation(row, { key, other }) {
    const { ciphertext, sharedSecret } = await row.encapsulate(createPublicKey(key));
    const sent = shown(sharedSecret);
    assert.equal(shown(await row.decapsulate(key, ciphertext)), sent);
    assert.notEqual(shown(await row.decapsulate(other, ciphertext)), sent);
    assert.notEqual(shown(await row.decapsulate(key, flipped(ciphertext))), sent);
    await assert.rejects(row.decapsulate(key, ciphertext.subarray(1)), doesNotOpen);
  },
  async derivation(row, { key, other, mechanism }) {
    const [, family = ''] = /^(pbkdf2|hash-kdf|hmac-kdf|aws-sigv4)?/.exec(mechanism) ?? [];
    const varied = VARIED[family] ?? { info: message };
    // One block of the shortest digest, where there is no more.
    const lengthBytes = /-kdf$|^aws/.test(family) ? 20 : 40;
    const derived = shown(await row.derive(key, { lengthBytes, ...varied }));
    assert.equal(derived.length, 2 * lengthBytes);
    assert.equal(shown(await row.derive(key, { lengthBytes, ...varied })), derived);
    assert.notEqual(shown(await row.derive(other, { lengthBytes, ...varied })), derived);
    await assert.rejects(row.derive(key, { lengthBytes: 0, ...varied }), { code: 'invalidInput' });
    await assert.rejects(row.derive(key, { lengthBytes: 70_000, ...varied }), { code: 'invalidInput' });
    const unknown = family === 'pbkdf2' ? { info: message } : { iterations: 2 };
    await assert.rejects(row.derive(key, { lengthBytes, ...varied, ...unknown }), {
      code: 'unsupported',
    });
  },
};

async function roundTrip<Kind extends MechanismKind>(
  kind: Kind,
  algorithm: KeyAlgorithm,
  subject: Subject,
): Promise<void> {
  await ROUND_TRIPS[kind](mechanismRow(kind, subject.mechanism, algorithm), subject);
}

for (const algorithm of ALL_KEY_ALGORITHMS.filter(name => KEY_ALGORITHMS[name].mechanisms.length > 0)) {
  test(`${algorithm} works with each of its mechanisms, and with nothing that was changed`, async () => {
    const [key, other] = await Promise.all([newKey(algorithm), newKey(algorithm)]);
    for (const mechanism of KEY_ALGORITHMS[algorithm].mechanisms) {
      await roundTrip(MECHANISMS[mechanism].kind, algorithm, { mechanism, key, other });
    }
  });
}

test('the table has a row of the right kind for every mechanism and nothing else', () => {
  assert.deepEqual(Object.keys(MECHANISM_ROWS).sort(), [...ALL_MECHANISMS].sort());
  for (const mechanism of ALL_MECHANISMS)
    assert.equal(MECHANISM_ROWS[mechanism].kind, MECHANISMS[mechanism].kind);
});

test('a mechanism that does not fit the key, or is of another kind, is refused before anything is computed', () => {
  for (const kind of Object.keys(MECHANISM_KINDS) as MechanismKind[]) {
    for (const algorithm of ALL_KEY_ALGORITHMS) {
      for (const mechanism of ALL_MECHANISMS) {
        const fits =
          MECHANISMS[mechanism].kind === kind && KEY_ALGORITHMS[algorithm].mechanisms.includes(mechanism);
        if (!fits)
          assert.throws(() => mechanismRow(kind, mechanism, algorithm), { code: 'incompatibleAlgorithm' });
      }
    }
  }
});
