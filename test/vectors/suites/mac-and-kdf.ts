// MACs and key derivation.

import { createSecretKey } from 'node:crypto';
import { utf8 } from '../../../src/base/bytes.ts';
import { MECHANISM_ROWS } from '../../../src/crypto/algorithms/table.ts';
import type { Digest, MechanismOfKind } from '../../../src/domain/algorithms.ts';
import {
  type AcvpTest,
  acvpCases,
  fromHex,
  same,
  sameSecret,
  type VectorSuite,
  type WycheproofTest,
  wycheproofCases,
} from '../harness.ts';
import { aesKey, secretKey } from './symmetric.ts';

interface MacGroup {
  readonly tagSize: number;
}

interface MacTest extends WycheproofTest {
  readonly key: string;
  readonly iv?: string;
  readonly msg: string;
  readonly tag: string;
}

const wycheproofMac = (file: string, mechanism: MechanismOfKind<'mac'>): VectorSuite => ({
  file,
  title: mechanism,
  cases: document =>
    wycheproofCases<MacGroup, MacTest>(document, ({ tagSize }, test) => {
      const row = MECHANISM_ROWS[mechanism];
      const key = mechanism.startsWith('aes') ? aesKey(test.key) : secretKey(test.key);
      const message = fromHex(test.msg);
      const iv = test.iv === undefined ? undefined : fromHex(test.iv);
      const parameters = { iv, tagBytes: tagSize / 8 };
      if (!row.verify(key, message, fromHex(test.tag), parameters)) return 'refused';
      return same(row.mac(key, message, parameters), test.tag);
    }),
});

interface AcvpHmacTest extends AcvpTest {
  readonly key: string;
  readonly msg: string;
  readonly mac: string;
  readonly macLen: number;
}

const acvpHmac = (file: string, mechanism: MechanismOfKind<'mac'>): VectorSuite => ({
  file,
  title: mechanism,
  cases: (document, leaveOut) =>
    acvpCases<unknown, AcvpHmacTest>(
      document,
      leaveOut,
      () => undefined,
      (_, test) =>
        same(
          MECHANISM_ROWS[mechanism].mac(secretKey(test.key), fromHex(test.msg), {
            tagBytes: test.macLen / 8,
          }),
          test.mac,
        ),
    ),
});

interface HkdfTest extends WycheproofTest {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

const wycheproofHkdf = (file: string, mechanism: MechanismOfKind<'derivation'>): VectorSuite => ({
  file,
  title: mechanism,
  cases: document =>
    wycheproofCases<unknown, HkdfTest>(document, async (_, { ikm, salt, info, size, okm }) => {
      const parameters = { lengthBytes: size, salt: fromHex(salt), info: fromHex(info) };
      return sameSecret(await MECHANISM_ROWS[mechanism].derive(secretKey(ikm), parameters), okm);
    }),
});

interface PbkdfTest extends WycheproofTest {
  readonly password: string;
  readonly salt: string;
  readonly iterationCount: number;
  readonly dkLen: number;
  readonly dk: string;
}

const wycheproofPbkdf = (file: string, mechanism: MechanismOfKind<'derivation'>): VectorSuite => ({
  file,
  title: mechanism,
  cases: document =>
    wycheproofCases<unknown, PbkdfTest>(
      document,
      async (_, { password, salt, iterationCount, dkLen, dk }) => {
        const parameters = { lengthBytes: dkLen, salt: fromHex(salt), iterations: iterationCount };
        return sameSecret(await MECHANISM_ROWS[mechanism].derive(secretKey(password), parameters), dk);
      },
    ),
});

interface AcvpPbkdfTest extends AcvpTest {
  readonly password: string;
  readonly salt: string;
  readonly iterationCount: number;
  readonly keyLen: number;
  readonly derivedKey: string;
}

/** ACVP writes SHA2-256 and SHA3-256 for what is called sha-256 and sha3-256 here. */
export function acvpDigest(name: string): Digest | undefined {
  const ours = name.toLowerCase().replace('sha2-', 'sha-');
  return [
    'sha-1',
    'sha-224',
    'sha-256',
    'sha-384',
    'sha-512',
    'sha3-224',
    'sha3-256',
    'sha3-384',
    'sha3-512',
  ].includes(ours)
    ? (ours as Digest)
    : undefined;
}

const acvpPbkdf: VectorSuite = {
  file: 'acvp/PBKDF-1.0.json.gz',
  title: 'pbkdf2',
  cases: (document, leaveOut) =>
    acvpCases<{ readonly hmacAlg: string }, AcvpPbkdfTest>(
      document,
      leaveOut,
      ({ hmacAlg }) => (acvpDigest(hmacAlg) ? undefined : `no ${hmacAlg} here`),
      async ({ hmacAlg }, test) => {
        const row = MECHANISM_ROWS[`pbkdf2-${acvpDigest(hmacAlg) ?? 'sha-1'}`];
        const key = createSecretKey(utf8(test.password));
        const parameters = {
          lengthBytes: test.keyLen / 8,
          salt: fromHex(test.salt),
          iterations: test.iterationCount,
        };
        return sameSecret(await row.derive(key, parameters), test.derivedKey);
      },
    ),
};

interface CounterGroup {
  readonly macMode: string;
  readonly counterLength: number;
  readonly counterLocation: string;
  readonly keyOutLength: number;
}

interface CounterTest extends AcvpTest {
  readonly keyIn: string;
  readonly fixedData: string;
  readonly keyOut: string;
}

const acvpCounter: VectorSuite = {
  file: 'acvp/KDF-1.0-counter-hmac.subset.json.gz',
  title: 'sp800-108-counter-hmac',
  cases: (document, leaveOut) =>
    acvpCases<CounterGroup, CounterTest>(
      document,
      leaveOut,
      ({ counterLength }) => (counterLength === 32 ? undefined : 'the counter has 32 bits here'),
      async ({ macMode, keyOutLength }, test) => {
        const digest = acvpDigest(macMode.replace('HMAC-', '')) ?? 'sha-1';
        const row = MECHANISM_ROWS[`sp800-108-counter-hmac-${digest}`];
        const parameters = { lengthBytes: keyOutLength / 8, info: fromHex(test.fixedData) };
        return sameSecret(await row.derive(secretKey(test.keyIn), parameters), test.keyOut);
      },
    ),
};

export const MAC_AND_KDF_SUITES: readonly VectorSuite[] = [
  wycheproofMac('wycheproof/aes_cmac_test.json', 'aes-cmac'),
  wycheproofMac('wycheproof/aes_gmac_test.json', 'aes-gmac'),
  wycheproofMac('wycheproof/hmac_sha1_test.json', 'hmac-sha-1'),
  wycheproofMac('wycheproof/hmac_sha224_test.json', 'hmac-sha-224'),
  wycheproofMac('wycheproof/hmac_sha256_test.json', 'hmac-sha-256'),
  wycheproofMac('wycheproof/hmac_sha384_test.json', 'hmac-sha-384'),
  wycheproofMac('wycheproof/hmac_sha512_test.json', 'hmac-sha-512'),
  wycheproofMac('wycheproof/hmac_sha3_256_test.json', 'hmac-sha3-256'),
  wycheproofMac('wycheproof/hmac_sha3_512_test.json', 'hmac-sha3-512'),
  acvpHmac('acvp/HMAC-SHA2-224-2.0.json.gz', 'hmac-sha-224'),
  acvpHmac('acvp/HMAC-SHA2-256-2.0.json.gz', 'hmac-sha-256'),
  acvpHmac('acvp/HMAC-SHA2-384-2.0.json.gz', 'hmac-sha-384'),
  acvpHmac('acvp/HMAC-SHA2-512-2.0.json.gz', 'hmac-sha-512'),
  wycheproofHkdf('wycheproof/hkdf_sha256_test.json', 'hkdf-sha-256'),
  wycheproofHkdf('wycheproof/hkdf_sha384_test.json', 'hkdf-sha-384'),
  wycheproofHkdf('wycheproof/hkdf_sha512_test.json', 'hkdf-sha-512'),
  wycheproofPbkdf('wycheproof/pbkdf2_hmacsha256_test.json', 'pbkdf2-sha-256'),
  wycheproofPbkdf('wycheproof/pbkdf2_hmacsha512_test.json', 'pbkdf2-sha-512'),
  acvpPbkdf,
  acvpCounter,
];
