// PKCS #12 written and read again, and everything that is changed in it refused. Foreign files are read in the published cases.

import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, generateKeyPairSync, pbkdf2Sync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../../../base/assert.ts';
import { type Bytes, decodeHex, hex, unsetBytes, utf8, wipe } from '../../../base/bytes.ts';
import { KmsError } from '../../../domain/errors.ts';
import {
  childrenOf,
  type DerElement,
  type DerField,
  der,
  readDer,
  writeDer,
} from '../../../wire/der/index.ts';
import { derivePkcs12, encrypt } from './encryption.ts';
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
  const mac = createHmac('sha256', await derivePkcs12(from))
    .update(bomb)
    .digest();
  const content = der.sequence([der.encoded(part(file, 1, 0).whole), der.explicit(0, der.octetString(bomb))]);
  const digest = der.sequence([der.encoded(part(file, 2, 0, 0).whole), der.octetString(mac)]);
  const tail = der.sequence([digest, der.octetString(salt), der.integer(iterations)]);
  await assert.rejects(readBundle(writeDer(der.sequence([der.integer(3), content, tail])), PASSWORD), {
    fault: 'invalidField',
  });
});

test('the derivation of PKCS #12 gives what is published, and is none of the others', async () => {
  // The key of triple DES in a test of OpenSSL's pkcs12 derivation: password `smeg`.
  const key = await derivePkcs12({
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

test('others are served while a password is derived from', async () => {
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const from = { password: PASSWORD, salt: randomBytes(8), hash: 'sha1', purpose: 1, length: 24 } as const;
  await derivePkcs12({ ...from, iterations: 20_000 });
  isOver = true;
  assert.ok(turns >= 20, `${turns} turns of the event loop`);
});

test('a key that stands in the clear in an encrypted part is read, and stays nowhere', async () => {
  // A key that no other test has left anywhere.
  const fresh = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateKey = fresh.privateKey.export({ format: 'der', type: 'pkcs8' });
  const { certificates } = BUNDLE;
  const bagOf = (type: string, value: DerField) =>
    der.sequence([der.objectIdentifier(`1.2.840.113549.1.12.10.1.${type}`), der.explicit(0, value)]);
  const certificate = der.sequence([
    der.objectIdentifier('1.2.840.113549.1.9.22.1'),
    der.explicit(0, der.octetString(must(certificates[1], 'one'))),
  ]);
  const bags = der.sequence([bagOf('1', der.encoded(privateKey)), bagOf('3', certificate)]);
  const plain = writeDer(bags);
  const sealed = await encrypt(PASSWORD, plain, RANDOM);
  wipe(plain);
  const data = der.objectIdentifier('1.2.840.113549.1.7.1');
  const content = der.sequence([data, sealed.algorithm, der.implicit(0, der.octetString(sealed.ciphertext))]);
  const part = der.sequence([
    der.objectIdentifier('1.2.840.113549.1.7.6'),
    der.explicit(0, der.sequence([der.integer(0), content])),
  ]);
  const safe = writeDer(der.sequence([part]));
  const salt = randomBytes(16);
  const from = { password: PASSWORD, salt, iterations: 1, hash: 'sha256', purpose: 3, length: 32 } as const;
  const mac = createHmac('sha256', await derivePkcs12(from))
    .update(safe)
    .digest();
  const hash = der.sequence([der.objectIdentifier('2.16.840.1.101.3.4.2.1'), der.nothing()]);
  const digest = der.sequence([hash, der.octetString(mac)]);
  const file = writeDer(
    der.sequence([
      der.integer(3),
      der.sequence([data, der.explicit(0, der.octetString(safe))]),
      der.sequence([digest, der.octetString(salt), der.integer(1)]),
    ]),
  );
  // Short pieces share a buffer: what is forgotten in one stays to be seen there.
  const before = Buffer.from(unsetBytes(1).buffer);
  const read = await readBundle(file, PASSWORD);
  const afterwards = Buffer.from(unsetBytes(1).buffer);
  assert.equal(hex(read.privateKey), hex(privateKey));
  assert.deepEqual(read.certificates.map(hex), [hex(must(certificates[1], 'one'))]);
  const scalar = Buffer.from(privateKey).subarray(36, 68);
  wipe(read.privateKey);
  for (const pool of [before, afterwards]) assert.ok(!pool.includes(scalar));
});
