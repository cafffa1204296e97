// The known answers of the start are complete, and are noticed when they are not given. With RECORD_KNOWN_ANSWERS=1 those that are missing
// are recorded; that needs code that passes every published vector, and a look at what was recorded.

import assert from 'node:assert/strict';
import { constants, createECDH, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Bytes, base64, concatBytes, utf8 } from '../../src/base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../src/base/secret-bytes.ts';
import type { RowOfKind } from '../../src/crypto/algorithms/kinds.ts';
import { mechanismRow } from '../../src/crypto/algorithms/table.ts';
import { generateKeyMaterial, importKeyMaterial, openKeyMaterial } from '../../src/crypto/key-material.ts';
import { isAsymmetric, parsePublicKey } from '../../src/crypto/key-parsing.ts';
import { KNOWN_ANSWERS, type KnownAnswer, STOOD_IN_FOR } from '../../src/crypto/self-test/known-answers.ts';
import { runSelfTest } from '../../src/crypto/self-test/run.ts';
import {
  ALL_KEY_ALGORITHMS,
  ALL_MECHANISMS,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  MECHANISMS,
  type Mechanism,
  type MechanismKind,
} from '../../src/domain/algorithms.ts';
import { octets, pkcs8, seed } from './encode.ts';
import { readVectors } from './load.ts';

/** Every mechanism once, and every algorithm that has mechanisms and nobody to stand in for it. */
function wanted(): readonly (readonly [KeyAlgorithm, Mechanism])[] {
  const tested = ALL_KEY_ALGORITHMS.filter(
    algorithm => KEY_ALGORITHMS[algorithm].mechanisms.length > 0 && !STOOD_IN_FOR.includes(algorithm),
  );
  const byMechanism = ALL_MECHANISMS.flatMap(mechanism => {
    const algorithm =
      tested.find(each => STRONGEST.test(each) && KEY_ALGORITHMS[each].mechanisms.includes(mechanism)) ??
      tested.find(each => KEY_ALGORITHMS[each].mechanisms.includes(mechanism));
    return algorithm === undefined ? [] : [[algorithm, mechanism] as const];
  });
  const rest = tested.filter(algorithm => !byMechanism.some(([known]) => known === algorithm));
  return [
    ...byMechanism,
    ...rest.flatMap(algorithm => {
      const [first] = KEY_ALGORITHMS[algorithm].mechanisms;
      return first === undefined ? [] : [[algorithm, first] as const];
    }),
  ];
}

const STRONGEST = /^(?:aes-256$|camellia-256|generic-secret|rsa-2048|ec-p256|slh-dsa-sha2)/;

const nameOf = ([algorithm, mechanism]: readonly [KeyAlgorithm, Mechanism]): string =>
  `${mechanism} ${algorithm}`;

test('every mechanism and every algorithm has a known answer, and no other has', async () => {
  if (process.env.RECORD_KNOWN_ANSWERS === '1') return record();
  const known = KNOWN_ANSWERS.map(({ algorithm, mechanism }) => nameOf([algorithm, mechanism]));
  assert.deepEqual(known, wanted().map(nameOf));
  assert.deepEqual(new Set(KNOWN_ANSWERS.map(({ mechanism }) => mechanism)), new Set(ALL_MECHANISMS));
});

test('they are given', async t => {
  const result = await runSelfTest();
  t.diagnostic(`${result.answers} answers, ${result.mechanisms} mechanisms, ${result.algorithms} algorithms`);
  assert.equal(result.answers, KNOWN_ANSWERS.length);
});

test('an answer that is not given is named, for each kind of mechanism', async () => {
  for (const known of KNOWN_ANSWERS) {
    const output = Buffer.from(known.output, 'base64');
    output.writeUInt8((output.at(0) ?? 0) ^ 1, 0);
    const wrong = { ...known, output: output.toString('base64') };
    await assert.rejects(runSelfTest([wrong]), {
      code: 'internal',
      details: { mechanism: known.mechanism, algorithm: known.algorithm },
    });
  }
});

const counting = (length: number, from = 1): Bytes =>
  Uint8Array.from({ length }, (_, at) => (at + from) & 0xff);
const CURVES: Readonly<Record<string, readonly [curve: string, bytes: number]>> = {
  'ec-p224': ['secp224r1', 28],
  'ec-p256': ['prime256v1', 32],
  'ec-p384': ['secp384r1', 48],
  'ec-p521': ['secp521r1', 66],
  'ec-secp256k1': ['secp256k1', 32],
};

/** Keys that count upwards from a byte on, and published ones where that is not enough. */
async function keyOf(algorithm: KeyAlgorithm, from = 1): Promise<Bytes> {
  const facts = KEY_ALGORITHMS[algorithm];
  if (facts.kind !== 'asymmetric') return counting(facts.materialBytes.default, from);
  assert.ok(isAsymmetric(algorithm));
  if (algorithm in CURVES) {
    const [curve = '', bytes = 0] = CURVES[algorithm] ?? [];
    const scalar = counting(bytes, from);
    // Below the order of P-521.
    if (algorithm === 'ec-p521') scalar[0] = 0;
    const pair = createECDH(curve);
    pair.setPrivateKey(scalar);
    const inner = concatBytes(Uint8Array.of(0x02, 1, 1, 0x04, bytes), scalar, bitString(pair.getPublicKey()));
    return pkcs8(algorithm, concatBytes(Uint8Array.of(0x30, ...lengthOf(inner)), inner));
  }
  if (facts.family === 'eddsa' || facts.family === 'xdh') {
    const bytes = { ed25519: 32, ed448: 57, x25519: 32, x448: 56 }[algorithm as string] ?? 0;
    return pkcs8(algorithm, octets(counting(bytes, from)));
  }
  if (facts.family === 'ml-kem') return pkcs8(algorithm, seed(counting(64, from)));
  if (facts.family === 'ml-dsa') return pkcs8(algorithm, seed(counting(32, from)));
  assert.equal(facts.family, 'rsa');
  const file = `wycheproof/rsa_pkcs1_${facts.lengthBits}_sig_gen_test.json`;
  const { testGroups = [] } = (readVectors(file) ?? {}) as {
    testGroups?: { keySize: number; privateKeyPkcs8: string }[];
  };
  return Buffer.from(testGroups[0]?.privateKeyPkcs8 ?? '', 'hex');
}

const lengthOf = ({ length }: Bytes): readonly number[] => (length < 0x80 ? [length] : [0x81, length]);
const bitString = (raw: Bytes): Bytes => {
  const content = concatBytes(Uint8Array.of(0), raw);
  const inner = concatBytes(Uint8Array.of(0x03, ...lengthOf(content)), content);
  return concatBytes(Uint8Array.of(0xa1, ...lengthOf(inner)), inner);
};

async function record(): Promise<void> {
  const url = new URL('../../src/crypto/self-test/known-answers.json', import.meta.url);
  const before = JSON.parse(readFileSync(url, 'utf8')) as {
    keys: Record<string, string>;
    answers: KnownAnswer[];
  };
  const keys: Record<string, string> = {};
  const answers: KnownAnswer[] = [];
  for (const [algorithm, mechanism] of wanted()) {
    const there = before.answers.find(each => each.algorithm === algorithm && each.mechanism === mechanism);
    const text = before.keys[algorithm];
    if (there !== undefined && text !== undefined) {
      keys[algorithm] = text;
      answers.push(there);
      continue;
    }
    answers.push(await recorded(algorithm, mechanism, keys));
  }
  writeFileSync(url, `${JSON.stringify({ keys, answers }, null, 1)}\n`);
}

const INPUT = utf8('sixteen bytes of text, three times a block length'.slice(0, 48));

async function recorded(
  algorithm: KeyAlgorithm,
  mechanism: Mechanism,
  keys: Record<string, string>,
): Promise<KnownAnswer> {
  const { kind, ivBytes, verifyOnly } = MECHANISMS[mechanism];
  const facts = { mechanism, algorithm };
  const row = <Kind extends MechanismKind>(of: Kind): RowOfKind[Kind] =>
    mechanismRow(of, mechanism, algorithm);
  if (algorithm.startsWith('slh-dsa')) {
    const { material, publicKey = new Uint8Array() } = await generateKeyMaterial(algorithm);
    const output = await row('signature').sign(openKeyMaterial(algorithm, material), INPUT);
    keys[algorithm] = base64(publicKey);
    return { ...facts, input: base64(INPUT), output: base64(output) };
  }
  const key = await opened(algorithm, keys);
  const iv = ivBytes === undefined ? undefined : counting(ivBytes.default, 0x20);
  const answer = (input: Bytes, output: Bytes, more: Partial<KnownAnswer> = {}): KnownAnswer => ({
    ...facts,
    ...(iv === undefined ? {} : { iv: base64(iv) }),
    ...more,
    input: base64(input),
    output: base64(output),
  });
  switch (kind) {
    case 'aead': {
      const message = { iv: iv ?? new Uint8Array(), plaintext: INPUT, associatedData: INPUT };
      const { ciphertext, tag } = row('aead').encrypt(key, message);
      return answer(INPUT, concatBytes(ciphertext, tag));
    }
    case 'cipher':
      return answer(INPUT, row('cipher').encrypt(key, { iv, plaintext: INPUT }));
    case 'keyWrap':
      return answer(INPUT, row('keyWrap').wrap(key, INPUT));
    case 'mac':
      return answer(INPUT, row('mac').mac(key, INPUT, { iv }));
    case 'signature':
      return answer(
        INPUT,
        verifyOnly ? oldSignature(mechanism, key) : await row('signature').sign(key, INPUT),
      );
    case 'asymmetricEncryption':
      return answer(INPUT, await row('asymmetricEncryption').encrypt(createPublicKey(key), INPUT));
    case 'agreement': {
      assert.ok(isAsymmetric(algorithm));
      using peer = SecretBytes.own(Uint8Array.from(await keyOf(algorithm, 0x40)));
      const { publicKey = new Uint8Array() } = await importKeyMaterial(algorithm, peer);
      return answer(
        publicKey,
        shown(await row('agreement').agree(key, parsePublicKey(algorithm, publicKey))),
      );
    }
    case 'encapsulation': {
      const { ciphertext, sharedSecret } = await row('encapsulation').encapsulate(createPublicKey(key));
      return answer(ciphertext, shown(sharedSecret));
    }
    case 'derivation': {
      const salt = /^(?:hkdf|pbkdf2)/.test(mechanism) ? counting(16, 0x30) : undefined;
      const info = mechanism === 'aws-sigv4' ? utf8('20150830/us-east-1/iam') : INPUT;
      const takesInfo = !/^(?:pbkdf2|hash-kdf)/.test(mechanism);
      const lengthBytes = mechanism === 'aws-sigv4' ? 32 : 20;
      const iterations = mechanism.startsWith('pbkdf2') ? 2 : undefined;
      const derived = await row('derivation').derive(key, {
        lengthBytes,
        salt,
        info: takesInfo ? info : undefined,
        iterations,
      });
      return answer(new Uint8Array(), shown(derived), {
        ...(salt && { salt: base64(salt) }),
        ...(takesInfo && { info: base64(info) }),
        ...(iterations && { iterations }),
      });
    }
  }
}

/** By SHA-1, which nothing here signs with any more. */
function oldSignature(mechanism: Mechanism, key: KeyObject): Bytes {
  const padding = mechanism.startsWith('rsa-pss') ? constants.RSA_PKCS1_PSS_PADDING : undefined;
  return sign('sha1', INPUT, padding === undefined ? key : { key, padding, saltLength: 20 });
}

async function opened(algorithm: KeyAlgorithm, keys: Record<string, string>): Promise<KeyObject> {
  using given = SecretBytes.own(Uint8Array.from(await keyOf(algorithm)));
  const { material } = await importKeyMaterial(algorithm, given);
  using kept = material;
  keys[algorithm] ??= base64(revealSecretBytes(kept));
  return openKeyMaterial(algorithm, kept);
}

const shown = (secret: SecretBytes): Bytes => Uint8Array.from(revealSecretBytes(secret));
