// ML-KEM (FIPS 203) and ML-DSA (FIPS 204).

import { must } from '../../../src/base/assert.ts';
import { type Bytes, hex } from '../../../src/base/bytes.ts';
import type { SignatureParameters } from '../../../src/crypto/algorithms/kinds.ts';
import { MECHANISM_ROWS } from '../../../src/crypto/algorithms/table.ts';
import { encodePublicKey, parsePrivateKey, parsePublicKey } from '../../../src/crypto/key-parsing.ts';
import type { AsymmetricKeyAlgorithm } from '../../../src/domain/algorithms.ts';
import { octets, pkcs8, seed, spki } from '../encode.ts';
import {
  type AcvpTest,
  type Answer,
  acvpCases,
  fromHex,
  sameSecret,
  type VectorSuite,
  type WycheproofTest,
  wycheproofCases,
} from '../harness.ts';

interface ParameterGroup {
  readonly parameterSet:
    | 'ML-KEM-512'
    | 'ML-KEM-768'
    | 'ML-KEM-1024'
    | 'ML-DSA-44'
    | 'ML-DSA-65'
    | 'ML-DSA-87';
}

const algorithmOf = ({ parameterSet }: ParameterGroup): AsymmetricKeyAlgorithm =>
  parameterSet.toLowerCase() as AsymmetricKeyAlgorithm;

const fromSeed = (algorithm: AsymmetricKeyAlgorithm, bytes: Bytes) =>
  parsePrivateKey(algorithm, pkcs8(algorithm, seed(bytes)));
const expanded = (algorithm: AsymmetricKeyAlgorithm, bytes: Bytes) =>
  parsePrivateKey(algorithm, pkcs8(algorithm, octets(bytes)));
const publicFrom = (algorithm: AsymmetricKeyAlgorithm, raw: string) =>
  parsePublicKey(algorithm, spki(algorithm, fromHex(raw)));

/** Whether the seed leads to this raw public key, which ends the SubjectPublicKeyInfo. */
function seedGives(algorithm: AsymmetricKeyAlgorithm, seedText: string, publicKey: string): Answer {
  const encoded = hex(encodePublicKey(fromSeed(algorithm, fromHex(seedText))));
  return encoded.endsWith(publicKey.toLowerCase()) ? 'accepted' : 'wrong';
}

interface KemTest extends WycheproofTest {
  readonly seed: string;
  readonly ek?: string;
  readonly dk: string;
  readonly c: string;
  readonly K: string;
}

const kemFromSeed = (file: string): VectorSuite => ({
  file,
  title: 'ml-kem',
  cases: document =>
    wycheproofCases<ParameterGroup, KemTest>(document, async (group, test) => {
      const algorithm = algorithmOf(group);
      const opened = await MECHANISM_ROWS['ml-kem'].decapsulate(
        fromSeed(algorithm, fromHex(test.seed)),
        fromHex(test.c),
      );
      if (sameSecret(opened, test.K) !== 'accepted') return 'wrong';
      return test.ek === undefined ? 'accepted' : seedGives(algorithm, test.seed, test.ek);
    }),
});

/** The published randomness cannot be put in: what is asked here is which keys are taken. */
const kemEncapsulate = (file: string): VectorSuite => ({
  file,
  title: 'ml-kem',
  cases: document =>
    wycheproofCases<ParameterGroup, KemTest>(document, async (group, test) => {
      const { ciphertext } = await MECHANISM_ROWS['ml-kem'].encapsulate(
        publicFrom(algorithmOf(group), test.ek ?? ''),
      );
      return ciphertext.length === test.c.length / 2;
    }),
});

const kemExpanded = (file: string): VectorSuite => ({
  file,
  title: 'ml-kem',
  cases: document =>
    wycheproofCases<ParameterGroup, KemTest>(document, async (group, test) => {
      const privateKey = expanded(algorithmOf(group), fromHex(test.dk));
      return sameSecret(await MECHANISM_ROWS['ml-kem'].decapsulate(privateKey, fromHex(test.c)), test.K);
    }),
});

const kemKeyGeneration: VectorSuite = {
  file: 'wycheproof/mlkem_768_keygen_seed_test.json.gz',
  title: 'ml-kem',
  cases: document =>
    wycheproofCases<ParameterGroup, KemTest>(document, (group, test) =>
      seedGives(algorithmOf(group), test.seed, test.ek ?? ''),
    ),
};

interface AcvpKemGroup extends ParameterGroup {
  readonly function: 'encapsulation' | 'decapsulation' | 'decapsulationKeyCheck' | 'encapsulationKeyCheck';
}

interface AcvpKemTest extends AcvpTest {
  readonly ek: string;
  readonly dk: string;
  readonly c: string;
  readonly k: string;
}

const acvpKem: VectorSuite = {
  file: 'acvp/ML-KEM-encapDecap-FIPS203.json.gz',
  title: 'ml-kem',
  cases: (document, leaveOut) =>
    acvpCases<AcvpKemGroup, AcvpKemTest>(
      document,
      leaveOut,
      () => undefined,
      async (group, test) => {
        const algorithm = algorithmOf(group);
        if (group.function === 'encapsulationKeyCheck') return publicFrom(algorithm, test.ek) !== undefined;
        if (group.function === 'encapsulation')
          await MECHANISM_ROWS['ml-kem'].encapsulate(publicFrom(algorithm, test.ek));
        const privateKey = expanded(algorithm, fromHex(test.dk));
        if (group.function === 'decapsulationKeyCheck') return privateKey !== undefined;
        return sameSecret(await MECHANISM_ROWS['ml-kem'].decapsulate(privateKey, fromHex(test.c)), test.k);
      },
    ),
};

interface AcvpKemKeyTest extends AcvpTest {
  readonly d: string;
  readonly z: string;
  readonly ek: string;
}

const acvpKemKeys: VectorSuite = {
  file: 'acvp/ML-KEM-keyGen-FIPS203.json.gz',
  title: 'ml-kem',
  cases: (document, leaveOut) =>
    acvpCases<ParameterGroup, AcvpKemKeyTest>(
      document,
      leaveOut,
      () => undefined,
      (group, test) => seedGives(algorithmOf(group), test.d + test.z, test.ek),
    ),
};

const KEM_SIZES = [512, 768, 1024] as const;

/** `name = hex` lines. */
function field(document: unknown, name: string): Bytes {
  const found = new RegExp(`^${name} = ([0-9a-f]+)$`, 'm').exec(document as string);
  return fromHex(must(found?.[1], `the text has a line ${name}`));
}

const cctvDecapsulate = (file: string, size: (typeof KEM_SIZES)[number]): VectorSuite => ({
  file,
  title: 'ml-kem',
  cases: document => [
    {
      id: 1,
      expected: 'valid',
      run: async () => {
        const privateKey = expanded(`ml-kem-${size}`, field(document, 'dk'));
        const secret = await MECHANISM_ROWS['ml-kem'].decapsulate(privateKey, field(document, 'c'));
        return sameSecret(secret, hex(field(document, 'K')));
      },
    },
  ],
});

/** Every line is a public key with a coefficient that is not reduced: FIPS 203 section 7.2. */
const cctvModulus = (size: (typeof KEM_SIZES)[number]): VectorSuite => ({
  file: `cctv/ML-KEM/modulus-ML-KEM-${size}.txt.gz`,
  title: 'ml-kem',
  cases: document =>
    (document as string)
      .trim()
      .split('\n')
      .map((line, index) => ({
        id: index + 1,
        expected: 'invalid',
        run: () => publicFrom(`ml-kem-${size}`, line.trim()) !== undefined,
      })),
});

interface DsaGroup {
  readonly privateSeed: string;
  readonly publicKey: string;
}

interface DsaTest extends WycheproofTest {
  readonly msg?: string;
  readonly mu?: string;
  readonly ctx?: string;
  readonly sig: string;
}

const contextOf = (text: string | undefined) => (text === undefined ? {} : { context: fromHex(text) });

const dsaVerify = (algorithm: AsymmetricKeyAlgorithm): VectorSuite => ({
  file: `wycheproof/${algorithm.replace('ml-dsa-', 'mldsa_')}_verify_test.json.gz`,
  title: 'ml-dsa',
  cases: document =>
    wycheproofCases<DsaGroup, DsaTest>(document, ({ publicKey }, { msg = '', ctx, sig }) =>
      MECHANISM_ROWS['ml-dsa'].verify(
        publicFrom(algorithm, publicKey),
        fromHex(msg),
        fromHex(sig),
        contextOf(ctx),
      ),
    ),
});

/** Signing is randomised: the published signature must verify, and so must a fresh one, over the message and over mu. */
const dsaSign = (algorithm: AsymmetricKeyAlgorithm): VectorSuite => ({
  file: `wycheproof/${algorithm.replace('ml-dsa-', 'mldsa_')}_sign_seed_test.json.gz`,
  title: 'ml-dsa',
  cases: document =>
    wycheproofCases<DsaGroup, DsaTest>(
      document,
      async ({ privateSeed, publicKey }, { msg, mu, ctx, sig }) => {
        const row = MECHANISM_ROWS['ml-dsa'];
        const privateKey = fromSeed(algorithm, fromHex(privateSeed));
        const verifying = publicFrom(algorithm, publicKey);
        const signsAndVerifies = async (input: Bytes, parameters: SignatureParameters) =>
          (await row.verify(verifying, input, await row.sign(privateKey, input, parameters), parameters)) &&
          (await row.verify(verifying, input, fromHex(sig), parameters));
        if (mu !== undefined && !(await signsAndVerifies(fromHex(mu), { prehashed: true }))) return 'refused';
        return msg === undefined || signsAndVerifies(fromHex(msg), contextOf(ctx));
      },
    ),
});

interface AcvpDsaTest extends AcvpTest {
  readonly seed: string;
  readonly pk: string;
  readonly message: string;
  readonly context: string;
  readonly signature: string;
}

const acvpDsaKeys: VectorSuite = {
  file: 'acvp/ML-DSA-keyGen-FIPS204.json.gz',
  title: 'ml-dsa',
  cases: (document, leaveOut) =>
    acvpCases<ParameterGroup, AcvpDsaTest>(
      document,
      leaveOut,
      () => undefined,
      (group, test) => seedGives(algorithmOf(group), test.seed, test.pk),
    ),
};

const acvpDsaVerify: VectorSuite = {
  file: 'acvp/ML-DSA-sigVer-FIPS204.subset.json.gz',
  title: 'ml-dsa',
  cases: (document, leaveOut) =>
    acvpCases<ParameterGroup, AcvpDsaTest>(
      document,
      leaveOut,
      () => undefined,
      (group, test) =>
        MECHANISM_ROWS['ml-dsa'].verify(
          publicFrom(algorithmOf(group), test.pk),
          fromHex(test.message),
          fromHex(test.signature),
          contextOf(test.context),
        ),
    ),
};

export const POST_QUANTUM_SUITES: readonly VectorSuite[] = [
  ...KEM_SIZES.map(size => kemFromSeed(`wycheproof/mlkem_${size}_test.json.gz`)),
  kemEncapsulate('wycheproof/mlkem_768_encaps_test.json.gz'),
  kemEncapsulate('wycheproof/mlkem_1024_encaps_test.json.gz'),
  kemExpanded('wycheproof/mlkem_768_semi_expanded_decaps_test.json'),
  kemExpanded('wycheproof/mlkem_1024_semi_expanded_decaps_test.json'),
  kemKeyGeneration,
  acvpKem,
  acvpKemKeys,
  ...KEM_SIZES.map(size => cctvDecapsulate(`cctv/ML-KEM/strcmp-ML-KEM-${size}.txt`, size)),
  ...KEM_SIZES.map(size => cctvDecapsulate(`cctv/ML-KEM/unluckysample-ML-KEM-${size}.txt`, size)),
  ...KEM_SIZES.map(cctvModulus),
  dsaVerify('ml-dsa-44'),
  dsaVerify('ml-dsa-65'),
  dsaVerify('ml-dsa-87'),
  dsaSign('ml-dsa-44'),
  dsaSign('ml-dsa-65'),
  dsaSign('ml-dsa-87'),
  acvpDsaKeys,
  acvpDsaVerify,
];
