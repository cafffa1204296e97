// PKCS #12 written and read again, and everything that is changed in it refused. Foreign files are read in the published cases.

import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, generateKeyPairSync, pbkdf2Sync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../../../base/assert.ts';
import { type Bytes, decodeHex, hex, utf8 } from '../../../base/bytes.ts';
import { KmsError } from '../../../domain/errors.ts';
import { childrenOf, type DerElement, der, readDer, writeDer } from '../../../wire/der/index.ts';
import { derivePkcs12 } from './encryption.ts';
import { type Bundle, readBundle, writeBundle } from './file.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const BUNDLE: Bundle = {
  privateKey: keys.privateKey.export({ format: 'der', type: 'pkcs8' }),
  certificates: [Uint8Array.of(0x30, 0), Uint8Array.of(0x30, 1, 5)],
  friendlyName: 'Schlüssel',
};
const RANDOM = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
const PASSWORD = utf8('pässword');

const refuses = (file: Bytes, password: Bytes = PASSWORD) =>
  assert.rejects(readBundle(file, password), KmsError);

test('what is written is read again, under its password alone', async () => {
  const file = await writeBundle(BUNDLE, PASSWORD, RANDOM);
  const read = await readBundle(file, PASSWORD);
  assert.equal(hex(read.privateKey), hex(BUNDLE.privateKey));
  assert.deepEqual(read.certificates.map(hex), BUNDLE.certificates.map(hex));
  assert.equal(read.friendlyName, BUNDLE.friendlyName);
  const opened = createPrivateKey({ key: Buffer.from(read.privateKey), format: 'der', type: 'pkcs8' });
  assert.ok(opened.equals(keys.privateKey));
  await refuses(file, utf8('password'));
  await refuses(file, new Uint8Array());
});

test('two files of one key have nothing in common, and neither shows it', async () => {
  const [first, second] = [
    await writeBundle(BUNDLE, PASSWORD, RANDOM),
    await writeBundle(BUNDLE, PASSWORD, RANDOM),
  ];
  assert.notEqual(hex(first), hex(second));
  const scalar = hex(BUNDLE.privateKey).slice(72, 136);
  assert.ok(!hex(first).includes(scalar));
});

test('a file that is changed anywhere is refused, and one that is cut as well', async () => {
  const file = await writeBundle({ ...BUNDLE, certificates: [] }, PASSWORD, RANDOM);
  // Behind the head of the contents, which the MAC covers.
  for (let at = 40; at < file.length; at += 37) {
    const changed = Uint8Array.from(file);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await refuses(changed);
  }
  for (let length = 0; length < file.length; length += 41) await refuses(file.subarray(0, length));
});

test('rounds without end are not begun', async () => {
  const file = await writeBundle({ ...BUNDLE, certificates: [] }, PASSWORD, RANDOM);
  const mac = must(childrenOf(readDer(file))[2], 'a MAC');
  const count = must(childrenOf(mac)[2], 'a count');
  const changed = Uint8Array.from(file);
  changed.set([0x02, 0x02, 0x7f, 0xff], file.length - count.whole.length);
  await refuses(changed);
});

const part = (element: DerElement, ...path: readonly number[]): DerElement =>
  path.reduce((found, at) => must(childrenOf(found)[at], 'a part'), element);

test('a file of more encrypted parts than files have is not opened part by part', async () => {
  const file = readDer(await writeBundle(BUNDLE, PASSWORD, RANDOM));
  const safe = readDer(part(file, 1, 1, 0).content);
  const [keys, certificates] = childrenOf(safe).map(({ whole }) => der.encoded(whole));
  const bomb = writeDer(der.sequence([keys, ...Array.from({ length: 4 }, () => certificates)]));
  const [salt, iterations, length] = [part(file, 2, 1).content, 2_048, 32];
  const from = { password: PASSWORD, salt, iterations, hash: 'sha256', purpose: 3, length } as const;
  const mac = createHmac('sha256', derivePkcs12(from)).update(bomb).digest();
  const content = der.sequence([der.encoded(part(file, 1, 0).whole), der.explicit(0, der.octetString(bomb))]);
  const digest = der.sequence([der.encoded(part(file, 2, 0, 0).whole), der.octetString(mac)]);
  const tail = der.sequence([digest, der.octetString(salt), der.integer(iterations)]);
  await assert.rejects(readBundle(writeDer(der.sequence([der.integer(3), content, tail])), PASSWORD), {
    fault: 'invalidField',
  });
});

test('the derivation of PKCS #12 gives what is published, and is none of the others', () => {
  // The key of triple DES in a test of OpenSSL's pkcs12 derivation: password `smeg`.
  const key = derivePkcs12({
    password: utf8('smeg'),
    salt: must(decodeHex('0a58cf64530d823f'), 'hex'),
    iterations: 1,
    hash: 'sha1',
    purpose: 1,
    length: 24,
  });
  assert.equal(hex(key), '8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3');
  assert.notEqual(hex(key), hex(pbkdf2Sync('smeg', Buffer.from('0a58cf64530d823f', 'hex'), 1, 24, 'sha1')));
});
