// Published vectors through the whole of custody: the key is taken in, wrapped, opened by its handle and used. The rows themselves meet
// every vector in test/vectors; ECDSA and EdDSA verification vectors publish no private key, so that custody has nothing to take in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bytes, concatBytes } from '../../src/base/bytes.ts';
import type { KeyHandle } from '../../src/core/ports/custody.ts';
import { fileRootKeyProvider } from '../../src/custody/root/file.ts';
import type { Digest, KeyAlgorithm, Mechanism } from '../../src/domain/algorithms.ts';
import { custodyStore } from '../support/custody-store.ts';
import { importKey, makeProject } from '../support/custody-subject.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { systemRandom } from '../support/time-and-chance.ts';
import { octets, pkcs8, seed, spki } from '../vectors/encode.ts';
import {
  type Answer,
  fromHex,
  type Grouped,
  runSuite,
  same,
  sameSecret,
  type VectorSuite,
  type WycheproofTest,
} from '../vectors/harness.ts';
import { readVectors } from '../vectors/load.ts';
import { custodyOver } from './custody.ts';

const store = await custodyStore();
const custody = custodyOver(
  store,
  fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom }),
);
await custody.unseal();
const projectId = await makeProject(custody, store);

type Fields = Readonly<Record<string, string>>;
type Case = Fields & WycheproofTest;
type Group = { readonly tagSize: number; readonly ivSize: number } & Fields;

interface HandleSuite {
  readonly file: string;
  /** Undefined: the group or test cannot be expressed. */
  readonly key: (group: Group, test: Case) => readonly [KeyAlgorithm, Bytes] | undefined;
  readonly use: (handle: KeyHandle, test: Case, group: Group) => Promise<Answer | boolean>;
}

const field = (fields: Fields, name: string): Bytes => fromHex(fields[name] ?? '');

function aesKey(_: Group, test: Case): readonly [KeyAlgorithm, Bytes] {
  const key = field(test, 'key');
  // A key of no AES length must be refused, whichever is claimed.
  const algorithm = ({ 16: 'aes-128', 24: 'aes-192' } as const)[key.length] ?? 'aes-256';
  return [algorithm, key];
}

const aead =
  (mechanism: Mechanism): HandleSuite['use'] =>
  async (handle, test, { tagSize }) => {
    const parameters = {
      iv: field(test, 'iv'),
      associatedData: field(test, 'aad'),
      tagBytes: tagSize / 8,
    };
    const sealed = concatBytes(field(test, 'ct'), field(test, 'tag'));
    const opened = await sameSecret(await handle.decrypt(mechanism, sealed, parameters), test.msg ?? '');
    if (opened !== 'accepted') return opened;
    const again = await handle.encrypt(mechanism, field(test, 'msg'), parameters);
    return same(again, `${test.ct}${test.tag}`);
  };

const mac =
  (mechanism: Mechanism): HandleSuite['use'] =>
  (handle, test, { tagSize }) =>
    handle.verify(mechanism, field(test, 'msg'), field(test, 'tag'), { tagBytes: tagSize / 8 });

const SUITES: readonly HandleSuite[] = [
  { file: 'aes_gcm_test.json', key: longIvApart(aesKey), use: aead('aes-gcm') },
  {
    file: 'chacha20_poly1305_test.json',
    key: (_, test) => ['chacha20', field(test, 'key')],
    use: aead('chacha20-poly1305'),
  },
  {
    file: 'aes_kwp_test.json',
    key: aesKey,
    use: async (handle, test) =>
      sameSecret(await handle.decrypt('aes-kwp', field(test, 'ct')), test.msg ?? ''),
  },
  { file: 'aes_cmac_test.json', key: aesKey, use: mac('aes-cmac') },
  {
    file: 'hmac_sha256_test.json',
    key: (_, test) => ['generic-secret', field(test, 'key')],
    use: mac('hmac-sha-256'),
  },
  {
    file: 'rsa_oaep_2048_sha256_mgf1sha256_test.json',
    key: group => ['rsa-2048', field(group, 'privateKeyPkcs8')],
    use: async (handle, test) => {
      const parameters = { label: field(test, 'label') };
      const opened = await handle.decrypt('rsa-oaep-sha-256', field(test, 'ct'), parameters);
      return sameSecret(opened, test.msg ?? '');
    },
  },
  {
    file: 'rsa_pkcs1_2048_sig_gen_test.json',
    key: ({ sha, privateKeyPkcs8 }) =>
      PLAIN_DIGESTS.includes(sha ?? '') ? ['rsa-2048', fromHex(privateKeyPkcs8 ?? '')] : undefined,
    use: async (handle, test, { sha }) => {
      const mechanism = `rsassa-pkcs1-v15-${(sha ?? '').toLowerCase() as Digest}` as const;
      if (sha === 'SHA-1') return handle.verify(mechanism, field(test, 'msg'), field(test, 'sig'));
      return same(await handle.sign(mechanism, field(test, 'msg')), test.sig ?? '');
    },
  },
  {
    file: 'x25519_test.json',
    key: (_, test) => ['x25519', pkcs8('x25519', octets(field(test, 'private')))],
    use: async (handle, test) => {
      const shared = await handle.agree('x25519', spki('x25519', field(test, 'public')));
      return sameSecret(shared, test.shared ?? '');
    },
  },
  {
    file: 'mlkem_768_test.json.gz',
    key: (_, test) => ['ml-kem-768', pkcs8('ml-kem-768', seed(field(test, 'seed')))],
    use: async (handle, test) => {
      const shared = await handle.decapsulate('ml-kem', field(test, 'c'));
      return sameSecret(shared, test.K ?? '');
    },
  },
];

const PLAIN_DIGESTS: readonly string[] = ['SHA-1', 'SHA-224', 'SHA-256', 'SHA-384', 'SHA-512'];

/** The runtime takes IVs of up to 256 bytes. */
function longIvApart(key: HandleSuite['key']): HandleSuite['key'] {
  return (group, test) => (group.ivSize > 8 * 256 ? undefined : key(group, test));
}

for (const suite of SUITES) {
  test(`vectors through the key handle: ${suite.file}`, async t => {
    const document = readVectors(`wycheproof/${suite.file}`);
    if (document === undefined) {
      t.diagnostic('left out: the published file is not beside the repository');
      return;
    }
    const result = await runSuite(throughHandle(suite), document);
    t.diagnostic(`${result.run} run, ${result.accepted} accepted, ${result.refused} refused`);
    for (const [reason, count] of result.leftOut) t.diagnostic(`${count} left out: ${reason}`);
    assert.deepEqual(result.differences, []);
    assert.ok(result.accepted > 0);
  });
}

function throughHandle({ file, key, use }: HandleSuite): VectorSuite {
  return {
    file,
    title: file,
    cases: (document, leaveOut) =>
      (document as Grouped<Group, Case>).testGroups.flatMap(group =>
        group.tests.flatMap(vector => {
          const material = key(group, vector);
          if (material === undefined) {
            leaveOut(1, 'not offered');
            return [];
          }
          return [
            {
              id: vector.tcId,
              expected: vector.result,
              run: () => useKey(...material, h => use(h, vector, group)),
            },
          ];
        }),
      ),
  };
}

async function useKey(
  algorithm: KeyAlgorithm,
  material: Bytes,
  use: (handle: KeyHandle) => Promise<Answer | boolean>,
): Promise<Answer | boolean> {
  const { key, version } = await importKey(custody, algorithm, projectId, material);
  using handle = await custody.open(key, version);
  return await use(handle);
}
