// Every algorithm that software and a token both offer, both ways: one key in both, and whatever the one makes of it the other takes. What the
// token does not compute is listed, so that nothing drops out unseen.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { after, test } from 'node:test';
import { hex } from '../../../src/base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../../../src/base/secret-bytes.ts';
import type { KeyHandle, MechanismParameters } from '../../../src/core/ports/custody.ts';
import { digestInfo } from '../../../src/crypto/algorithms/digest-info.ts';
import { messagePrefix } from '../../../src/crypto/message.ts';
import { NODE_DIGESTS } from '../../../src/crypto/node-crypto.ts';
import { HardwareKeyHandle } from '../../../src/custody/pkcs11/hardware-handle.ts';
import { hardwareKind } from '../../../src/custody/pkcs11/hardware-kinds.ts';
import { readPublicHalf } from '../../../src/custody/pkcs11/hardware-objects.ts';
import { MECHANISM, MGF1 } from '../../../src/custody/pkcs11/names.ts';
import { fileRootKeyProvider } from '../../../src/custody/root/file.ts';
import {
  DIGESTS,
  type Digest,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  MECHANISMS,
  type Mechanism,
} from '../../../src/domain/algorithms.ts';
import { custodyOver } from '../../contract/custody.ts';
import { custodyStore } from '../../support/custody-store.ts';
import { importKey, makeProject } from '../../support/custody-subject.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { manualClock, systemRandom } from '../../support/time-and-chance.ts';
import { type Material, makeMaterial, TokenSession } from './same-key.ts';
import { openToken, startSoftHsm } from './softhsm.ts';

const hsm = startSoftHsm();
const { label, pin } = hsm.addToken('keyhold');
const token = openToken(hsm.library, { label, pin }, { clock: manualClock() });
const session = new TokenSession(hsm.library, label, pin);
after(async () => {
  session.close();
  await token.close();
  hsm[Symbol.dispose]();
});

const store = await custodyStore();
const custody = custodyOver(
  store,
  fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom }),
);
await custody.unseal();
const projectId = await makeProject(custody, store);

const ALGORITHMS = [
  ...(['aes-128', 'aes-192', 'aes-256'] as const),
  ...(['hmac-sha-1', 'hmac-sha-224', 'hmac-sha-256', 'hmac-sha-384', 'hmac-sha-512'] as const),
  ...(['rsa-2048', 'rsa-3072', 'rsa-4096'] as const),
  ...(['ec-p224', 'ec-p256', 'ec-p384', 'ec-p521', 'ec-secp256k1', 'ed25519'] as const),
] as const satisfies readonly KeyAlgorithm[];

/** What software computes with a key of the algorithm, derivation apart, and a token does not: docs/formats/hardware-keys.md. */
const NOT_IN_TOKENS = (algorithm: KeyAlgorithm, mechanism: Mechanism): boolean =>
  ['aes-ecb-pkcs7', 'aes-cfb', 'aes-ofb', 'aes-kwp', 'aes-gmac', 'rsa-pkcs1-v15', 'ed25519ph'].includes(
    mechanism,
  ) ||
  mechanism.startsWith('rsa-aes-kwp-') ||
  (mechanism.startsWith('rsa-') && mechanism.includes('sha3-')) ||
  // SoftHSM2 alone: other tokens take other hashes.
  (algorithm.startsWith('rsa-') && mechanism.startsWith('rsa-oaep-') && mechanism !== 'rsa-oaep-sha-1');

const MESSAGE = Uint8Array.from({ length: 32 }, (_, at) => at);
const OTHER_MESSAGE = MESSAGE.toReversed();

interface Both {
  readonly algorithm: KeyAlgorithm;
  readonly inToken: KeyHandle;
  readonly inSoftware: KeyHandle;
  readonly id: Uint8Array;
  readonly material: Material;
}

const opened = (secret: SecretBytes): string => {
  using bytes = secret;
  return hex(revealSecretBytes(bytes));
};

/** Throws what the token refuses; fails where the two do not agree. */
type Agreement = (both: Both, mechanism: Mechanism) => Promise<void>;

async function encryption({ inToken, inSoftware }: Both, mechanism: Mechanism): Promise<void> {
  const { ivBytes } = MECHANISMS[mechanism];
  const bytes = typeof ivBytes === 'object' ? (ivBytes.default ?? ivBytes.min) : 0;
  const parameters: MechanismParameters = {
    ...(bytes === 0 ? {} : { iv: new Uint8Array(bytes).fill(7) }),
    ...(MECHANISMS[mechanism].kind === 'aead' ? { associatedData: OTHER_MESSAGE } : {}),
  };
  const byToken = await inToken.encrypt(mechanism, MESSAGE, parameters);
  const bySoftware = await inSoftware.encrypt(mechanism, MESSAGE, parameters);
  assert.equal(opened(await inSoftware.decrypt(mechanism, byToken, parameters)), hex(MESSAGE));
  assert.equal(opened(await inToken.decrypt(mechanism, bySoftware, parameters)), hex(MESSAGE));
}

const OAEP_HASHES = { 'sha-1': 'sha1', 'sha-256': 'sha256' } as const;

async function asymmetricEncryption(both: Both, mechanism: Mechanism): Promise<void> {
  await encryption(both, mechanism);
  const digest = MECHANISMS[mechanism].digest as keyof typeof OAEP_HASHES;
  const [hash, mgf] = [MECHANISM[OAEP_HASHES[digest]], MGF1[OAEP_HASHES[digest]]];
  const byToken = session.encryptByPublic(hash, mgf, both.id, MESSAGE);
  assert.equal(opened(await both.inSoftware.decrypt(mechanism, byToken)), hex(MESSAGE));
}

async function mac({ inToken, inSoftware }: Both, mechanism: Mechanism): Promise<void> {
  const [byToken, bySoftware] = [
    await inToken.mac(mechanism, MESSAGE),
    await inSoftware.mac(mechanism, MESSAGE),
  ];
  assert.equal(hex(byToken), hex(bySoftware));
  assert.equal(await inToken.verify(mechanism, MESSAGE, bySoftware), true);
  assert.equal(await inSoftware.verify(mechanism, MESSAGE, byToken), true);
  assert.equal(await inToken.verify(mechanism, OTHER_MESSAGE, bySoftware), false);
}

async function signature({ inToken, inSoftware, id }: Both, mechanism: Mechanism): Promise<void> {
  const [byToken, bySoftware] = [
    await inToken.sign(mechanism, MESSAGE),
    await inSoftware.sign(mechanism, MESSAGE, mechanism.startsWith('ecdsa-') ? { rawSignature: true } : {}),
  ];
  assert.equal(await inSoftware.verify(mechanism, MESSAGE, byToken), true);
  assert.equal(await inSoftware.verify(mechanism, OTHER_MESSAGE, byToken), false);
  const { name, parameter, data } = verification(mechanism, MESSAGE);
  session.verify(name, parameter, id, data, bySoftware);
}

/** What the token is asked to verify: it hashes nothing itself, EdDSA apart. */
function verification(mechanism: Mechanism, message: Uint8Array) {
  if (mechanism === 'ed25519') return { name: 'eddsa', parameter: [], data: message } as const;
  if (mechanism === 'rsassa-pkcs1-v15-raw') return { name: 'rsaPkcs', parameter: [], data: message } as const;
  const digest = MECHANISMS[mechanism].digest as Digest;
  const hashed = createHash(NODE_DIGESTS[digest]).update(message).digest();
  if (mechanism.startsWith('ecdsa-')) return { name: 'ecdsa', parameter: [], data: hashed } as const;
  if (mechanism.startsWith('rsassa-')) {
    return { name: 'rsaPkcs', parameter: [], data: digestInfo(digest, hashed) } as const;
  }
  const hash = digest.replace('-', '') as keyof typeof MGF1;
  const parameter = [MECHANISM[hash], MGF1[hash], DIGESTS[digest].bytes];
  return { name: 'rsaPkcsPss', parameter, data: hashed } as const;
}

async function agreement({ inToken, inSoftware, material }: Both, mechanism: Mechanism): Promise<void> {
  const namedCurve = material.privateKey?.asymmetricKeyDetails?.namedCurve ?? '';
  const peer = generateKeyPairSync('ec', { namedCurve });
  const spki = peer.publicKey.export({ format: 'der', type: 'spki' });
  assert.equal(opened(await inToken.agree(mechanism, spki)), opened(await inSoftware.agree(mechanism, spki)));
}

const AGREEMENTS = {
  aead: encryption,
  cipher: encryption,
  keyWrap: encryption,
  asymmetricEncryption,
  mac,
  signature,
  agreement,
  // Nothing is derived in a token, and it makes no keys of encapsulation.
  derivation: undefined,
  encapsulation: undefined,
} as const satisfies Record<(typeof MECHANISMS)[Mechanism]['kind'], Agreement | undefined>;

for (const algorithm of ALGORITHMS) {
  test(`${algorithm}: software and the token agree in every mechanism that both have`, async t => {
    const material = makeMaterial(algorithm);
    const { key, version } = await importKey(custody, algorithm, projectId, material.bytes);
    const [id, sealingId] = [systemRandom.bytes(16), systemRandom.bytes(16)];
    session.put(algorithm, material, id, sealingId);
    const kind = hardwareKind(algorithm);
    const publicKey = await readPublicHalf(token, kind, id);
    const prefix = messagePrefix({ keyId: key.id, version: version.number });
    using inToken = new HardwareKeyHandle(
      { token, algorithm, kind, id, sealingId, publicKey, messagePrefix: prefix },
      systemRandom,
    );
    using inSoftware = await custody.open(key, version);
    const both = { algorithm, inToken: inToken as unknown as KeyHandle, inSoftware, id, material };
    if (material.privateKey !== undefined) {
      const spki = createPublicKey(material.privateKey).export({ format: 'der', type: 'spki' });
      assert.equal(hex(await inToken.publicKey()), hex(spki));
    }
    // SoftHSM takes no shorter secrets for HMAC-SHA-256 than the tag.
    if (algorithm === 'aes-256') await messages(both);
    const [agreed, refused]: [Mechanism[], Mechanism[]] = [[], []];
    for (const mechanism of KEY_ALGORITHMS[algorithm].mechanisms) {
      const agree: Agreement | undefined = AGREEMENTS[MECHANISMS[mechanism].kind];
      // SHA-1 signs nowhere any more.
      if (agree === undefined || (agree === signature && mechanism.endsWith('-sha-1'))) continue;
      const outcome = await agree(both, mechanism).then(
        () => 'agreed',
        (thrown: Error & { code?: string }) => thrown.code ?? `${mechanism}: ${thrown.stack}`,
      );
      assert.ok(outcome === 'agreed' || outcome === 'unsupported', `${mechanism}: ${outcome}`);
      (outcome === 'agreed' ? agreed : refused).push(mechanism);
    }
    t.diagnostic(`${agreed.length} agree; not in the token: ${refused.join(', ') || 'none'}`);
    assert.deepEqual(
      refused,
      [...agreed, ...refused].filter(mechanism => NOT_IN_TOKENS(algorithm, mechanism)),
    );
  });
}

/** The format of Keyhold's own messages, when the token has the same secret for it. */
async function messages({ inToken, inSoftware }: Both): Promise<void> {
  const message = { plaintext: MESSAGE, context: { kind: 'map', entries: { of: 'both' } } } as const;
  const { context } = message;
  const [byToken, bySoftware] = [await inToken.sealMessage(message), await inSoftware.sealMessage(message)];
  assert.equal(opened(await inSoftware.openMessage({ ciphertext: byToken, context })), hex(MESSAGE));
  assert.equal(opened(await inToken.openMessage({ ciphertext: bySoftware, context })), hex(MESSAGE));
}
