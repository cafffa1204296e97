// AES and ChaCha20-Poly1305.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { concatBytes } from '../../../src/base/bytes.ts';
import { MECHANISM_ROWS } from '../../../src/crypto/algorithms/table.ts';
import { parseSecretKey } from '../../../src/crypto/key-parsing.ts';
import type { MechanismOfKind } from '../../../src/domain/algorithms.ts';
import {
  type AcvpTest,
  type Answer,
  acvpCases,
  fromHex,
  same,
  sameSecret,
  type VectorSuite,
  type WycheproofTest,
  wycheproofCases,
} from '../harness.ts';

/** For mechanisms that take keys of any length. */
export const secretKey = (text: string): KeyObject => createSecretKey(fromHex(text));

/** An AES key, refused at any other length than the three. */
export function aesKey(text: string): KeyObject {
  const known = { 48: 'aes-192', 64: 'aes-256' } as const;
  return parseSecretKey(known[text.length as 48 | 64] ?? 'aes-128', fromHex(text));
}

interface AeadTest extends WycheproofTest {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

const wycheproofAead = (file: string, mechanism: MechanismOfKind<'aead'>): VectorSuite => ({
  file,
  title: mechanism,
  cases: document =>
    wycheproofCases<unknown, AeadTest>(document, (_, test) => {
      const row = MECHANISM_ROWS[mechanism];
      const key = mechanism === 'aes-gcm' ? aesKey(test.key) : secretKey(test.key);
      const parameters = { iv: fromHex(test.iv), associatedData: fromHex(test.aad) };
      const opened = row.decrypt(key, {
        ...parameters,
        ciphertext: fromHex(test.ct),
        tag: fromHex(test.tag),
      });
      if (sameSecret(opened, test.msg) !== 'accepted') return 'wrong';
      const sealed = row.encrypt(key, { ...parameters, plaintext: fromHex(test.msg) });
      return same(concatBytes(sealed.ciphertext, sealed.tag), test.ct + test.tag);
    }),
});

interface CipherTest extends WycheproofTest {
  readonly key: string;
  readonly iv: string;
  readonly msg: string;
  readonly ct: string;
}

const wycheproofCbc: VectorSuite = {
  file: 'wycheproof/aes_cbc_pkcs5_test.json',
  title: 'aes-cbc-pkcs7',
  cases: document =>
    wycheproofCases<unknown, CipherTest>(document, (_, test) => {
      const row = MECHANISM_ROWS['aes-cbc-pkcs7'];
      const key = aesKey(test.key);
      const iv = fromHex(test.iv);
      if (sameSecret(row.decrypt(key, { iv, ciphertext: fromHex(test.ct) }), test.msg) !== 'accepted')
        return 'wrong';
      return same(row.encrypt(key, { iv, plaintext: fromHex(test.msg) }), test.ct);
    }),
};

interface WrapTest extends WycheproofTest {
  readonly key: string;
  readonly msg: string;
  readonly ct: string;
}

const wycheproofWrap = (file: string, mechanism: MechanismOfKind<'keyWrap'>): VectorSuite => ({
  file,
  title: mechanism,
  cases: document =>
    wycheproofCases<unknown, WrapTest>(document, (_, test) => {
      const row = MECHANISM_ROWS[mechanism];
      const key = aesKey(test.key);
      if (sameSecret(row.unwrap(key, fromHex(test.ct)), test.msg) !== 'accepted') return 'wrong';
      return same(row.wrap(key, fromHex(test.msg)), test.ct);
    }),
});

interface Directed {
  readonly direction: 'encrypt' | 'decrypt';
  readonly testType: string;
  readonly tagLen: number;
}

interface AcvpCipherTest extends AcvpTest {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly pt: string;
  readonly ct: string;
  readonly tag: string;
}

const acvpGcm: VectorSuite = {
  file: 'acvp/ACVP-AES-GCM-1.0.json.gz',
  title: 'aes-gcm',
  cases: (document, leaveOut) =>
    acvpCases<Directed, AcvpCipherTest>(
      document,
      leaveOut,
      shortTag,
      ({ direction, tagLen }, test): Answer => {
        const row = MECHANISM_ROWS['aes-gcm'];
        const key = aesKey(test.key);
        const parameters = { iv: fromHex(test.iv), associatedData: fromHex(test.aad), tagBytes: tagLen / 8 };
        if (direction === 'decrypt') {
          const opened = row.decrypt(key, {
            ...parameters,
            ciphertext: fromHex(test.ct),
            tag: fromHex(test.tag),
          });
          return sameSecret(opened, test.pt);
        }
        const sealed = row.encrypt(key, { ...parameters, plaintext: fromHex(test.pt) });
        return same(concatBytes(sealed.ciphertext, sealed.tag), test.ct + test.tag);
      },
    ),
};

const acvpGmac: VectorSuite = {
  file: 'acvp/ACVP-AES-GMAC-1.0.json.gz',
  title: 'aes-gmac',
  cases: (document, leaveOut) =>
    acvpCases<Directed, AcvpCipherTest>(document, leaveOut, shortTag, ({ direction, tagLen }, test) => {
      const row = MECHANISM_ROWS['aes-gmac'];
      const parameters = { iv: fromHex(test.iv), tagBytes: tagLen / 8 };
      const [key, message] = [aesKey(test.key), fromHex(test.aad)];
      if (direction === 'decrypt') return row.verify(key, message, fromHex(test.tag), parameters);
      return same(row.mac(key, message, parameters), test.tag);
    }),
};

/** SP 800-38D appendix C allows 4- and 8-byte tags under conditions that a KMS cannot enforce. */
function shortTag({ tagLen }: Directed): string | undefined {
  return tagLen < 96 ? 'tags below 12 bytes are not offered' : undefined;
}

const acvpCbc: VectorSuite = {
  file: 'acvp/ACVP-AES-CBC-1.0.json.gz',
  title: 'aes-cbc',
  cases: (document, leaveOut) =>
    acvpCases<Directed, AcvpCipherTest>(
      document,
      leaveOut,
      ({ testType }) =>
        testType === 'MCT'
          ? 'Monte Carlo chains test an implementation of AES, which is not ours'
          : undefined,
      ({ direction }, test) => {
        const row = MECHANISM_ROWS['aes-cbc'];
        const [key, iv] = [aesKey(test.key), fromHex(test.iv)];
        if (direction === 'decrypt')
          return sameSecret(row.decrypt(key, { iv, ciphertext: fromHex(test.ct) }), test.pt);
        return same(row.encrypt(key, { iv, plaintext: fromHex(test.pt) }), test.ct);
      },
    ),
};

const acvpWrap = (file: string, mechanism: MechanismOfKind<'keyWrap'>): VectorSuite => ({
  file,
  title: mechanism,
  cases: (document, leaveOut) =>
    acvpCases<Directed, AcvpCipherTest>(
      document,
      leaveOut,
      () => undefined,
      ({ direction }, test) => {
        const row = MECHANISM_ROWS[mechanism];
        if (direction === 'decrypt')
          return sameSecret(row.unwrap(aesKey(test.key), fromHex(test.ct)), test.pt);
        return same(row.wrap(aesKey(test.key), fromHex(test.pt)), test.ct);
      },
    ),
});

export const SYMMETRIC_SUITES: readonly VectorSuite[] = [
  wycheproofAead('wycheproof/aes_gcm_test.json', 'aes-gcm'),
  acvpGcm,
  wycheproofAead('wycheproof/chacha20_poly1305_test.json', 'chacha20-poly1305'),
  wycheproofCbc,
  acvpCbc,
  wycheproofWrap('wycheproof/aes_wrap_test.json', 'aes-kw'),
  acvpWrap('acvp/ACVP-AES-KW-1.0.subset.json.gz', 'aes-kw'),
  wycheproofWrap('wycheproof/aes_kwp_test.json', 'aes-kwp'),
  acvpWrap('acvp/ACVP-AES-KWP-1.0.subset.json.gz', 'aes-kwp'),
  acvpGmac,
];
