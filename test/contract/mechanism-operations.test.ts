// The operations by named mechanisms behind the one door: states, usages, permissions, rules, limits and the log, with everything real. What
// is made here is verified and opened by node:crypto, and the other way round.

import assert from 'node:assert/strict';
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  pbkdf2Sync,
  publicEncrypt,
  randomBytes,
  randomUUID,
  verify as verifyThere,
} from 'node:crypto';
import { after, before, test } from 'node:test';
import { decodeUtf8, hex, utf8 } from '../../src/base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../src/base/secret-bytes.ts';
import { execute } from '../../src/core/execute.ts';
import type { KeySelector } from '../../src/core/find-key.ts';
import type { Operation } from '../../src/core/operation.ts';
import { createRule } from '../../src/core/operations/access/rules.ts';
import { agree } from '../../src/core/operations/crypto/agree.ts';
import { decapsulate } from '../../src/core/operations/crypto/decapsulate.ts';
import { decryptBy } from '../../src/core/operations/crypto/decrypt-by.ts';
import { encapsulate } from '../../src/core/operations/crypto/encapsulate.ts';
import { encryptBy } from '../../src/core/operations/crypto/encrypt-by.ts';
import { mac } from '../../src/core/operations/crypto/mac.ts';
import { readPublicKey } from '../../src/core/operations/crypto/read-public-key.ts';
import { sign } from '../../src/core/operations/crypto/sign.ts';
import { verify } from '../../src/core/operations/crypto/verify.ts';
import { verifyMac } from '../../src/core/operations/crypto/verify-mac.ts';
import { wrapKey } from '../../src/core/operations/crypto/wrap-key.ts';
import { createPrincipal } from '../../src/core/operations/identity/principals.ts';
import { deactivateKey, disableKey } from '../../src/core/operations/keys/change-state.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { deriveKey } from '../../src/core/operations/keys/derive-key.ts';
import { exportKey } from '../../src/core/operations/keys/export-key.ts';
import { importKey } from '../../src/core/operations/keys/import-key.ts';
import { importKeyVersion } from '../../src/core/operations/keys/import-key-version.ts';
import { rotateKey } from '../../src/core/operations/keys/rotate-key.ts';
import { listLinks } from '../../src/core/operations/links/key-links.ts';
import { createProject } from '../../src/core/operations/projects/projects.ts';
import {
  ALL_KEY_ALGORITHMS,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  MECHANISMS,
} from '../../src/domain/algorithms.ts';
import { KmsError } from '../../src/domain/errors.ts';
import type { Permission } from '../../src/domain/permission.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';

let keyhold: TestKeyhold;
before(async () => {
  keyhold = await startKeyhold();
});
after(() => keyhold.stop());

const SYSTEM = { type: 'system', name: 'test' } as const;
type Actor = typeof SYSTEM | { type: 'principal'; principal: Principal; credentialId: string };

async function runAs<Input, Target, Output, Prepared>(
  actor: Actor,
  operation: Operation<Input, Target, Output, Prepared>,
  input: Input,
  projectId = keyhold.credentials.project.id,
): Promise<Output> {
  const context = { requestId: randomUUID(), protocol: 'test', actor, projectId };
  return execute(keyhold.kms, operation, context, input);
}

const run = <Input, Target, Output, Prepared>(
  operation: Operation<Input, Target, Output, Prepared>,
  input: Input,
): Promise<Output> => runAs(SYSTEM, operation, input);

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'ok';
  } catch (thrown) {
    assert.ok(thrown instanceof KmsError, String(thrown));
    return thrown.code;
  }
}

interface Chosen {
  readonly key: KeySelector;
}
const chosen = (id: string): Chosen => ({ key: { by: 'id', id } });
const make = async (algorithm: KeyAlgorithm, more: object = {}): Promise<Chosen> =>
  chosen((await run(createKey, { algorithm, location: 'here', ...more })).key.id);
const bring = async (algorithm: KeyAlgorithm, material: Uint8Array, more: object = {}): Promise<Chosen> => {
  const incoming = { by: 'plain' as const, material: SecretBytes.copyOf(material) };
  return chosen((await run(importKey, { algorithm, location: 'here', material: incoming, ...more })).key.id);
};
const shown = (secret: SecretBytes): string => {
  using bytes = secret;
  return hex(revealSecretBytes(bytes));
};
const materialOf = async (key: Chosen): Promise<string> => shown((await run(exportKey, key)).material);
const publicKeyOf = async (key: Chosen): Promise<KeyObject> => {
  const { publicKey } = await run(readPublicKey, key);
  return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
};

async function lastEntry(operation: string) {
  const filter = { projectId: keyhold.credentials.project.id, operation };
  const [row] = await keyhold.kms.store.log.search(filter, { limit: 1, newestFirst: true });
  assert.ok(row);
  return JSON.parse(decodeUtf8(row.leaf));
}

const MATERIAL = new Uint8Array(32).fill(3);
const plaintext = utf8('sixteen bytes...');

test('node:crypto opens what is encrypted here, and what it has encrypted opens here', async () => {
  const key = await bring('aes-256', MATERIAL);
  const associatedData = utf8('header');
  const made = await run(encryptBy, {
    ...key,
    mechanism: 'aes-gcm',
    plaintext,
    parameters: { associatedData },
  });
  assert.equal(made.iv?.length, 12);
  assert.equal(made.tagBytes, 16);
  const decipher = createDecipheriv('aes-256-gcm', MATERIAL, made.iv ?? plaintext);
  decipher.setAAD(associatedData).setAuthTag(made.ciphertext.subarray(-16));
  const opened = Buffer.concat([decipher.update(made.ciphertext.subarray(0, -16)), decipher.final()]);
  assert.equal(hex(opened), hex(plaintext));

  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', MATERIAL, iv, { authTagLength: 13 });
  const there = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  const parameters = { iv, tagBytes: 13 };
  const here = await run(decryptBy, { ...key, mechanism: 'aes-gcm', ciphertext: there, parameters });
  assert.equal(shown(here.plaintext), hex(plaintext));

  const rsa = await make('rsa-2048');
  const label = utf8('label');
  const sealed = publicEncrypt(
    {
      key: await publicKeyOf(rsa),
      oaepHash: 'sha256',
      oaepLabel: label,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
    },
    plaintext,
  );
  const byRsa = { ...rsa, mechanism: 'rsa-oaep-sha-256', ciphertext: sealed } as const;
  assert.equal(shown((await run(decryptBy, { ...byRsa, parameters: { label } })).plaintext), hex(plaintext));
  assert.equal(await codeOf(run(decryptBy, byRsa)), 'invalidCiphertext');
});

test('a nonce is made where one is needed and none is given, anew each time; one that is given is used', async () => {
  const ivs = new Set<string>();
  for (const algorithm of ['aes-128', 'aes-256-xts', 'chacha20'] as const) {
    const key = await make(algorithm);
    for (const mechanism of KEY_ALGORITHMS[algorithm].mechanisms) {
      const { kind, ivBytes } = MECHANISMS[mechanism];
      if (kind !== 'aead' && kind !== 'cipher') continue;
      for (let count = 0; count < 2; count += 1) {
        const { iv, ciphertext } = await run(encryptBy, { ...key, mechanism, plaintext });
        assert.equal(iv?.length, ivBytes?.default, mechanism);
        if (iv !== undefined) ivs.add(hex(iv));
        const opened = await run(decryptBy, { ...key, mechanism, ciphertext, parameters: { iv } });
        assert.equal(shown(opened.plaintext), hex(plaintext));
        if (iv === undefined) continue;
        const again = await run(encryptBy, { ...key, mechanism, plaintext, parameters: { iv } });
        assert.deepEqual([again.ciphertext, again.iv], [ciphertext, undefined]);
        assert.equal(await codeOf(run(decryptBy, { ...key, mechanism, ciphertext })), 'invalidInput');
      }
    }
  }
  // GCM, CBC twice, CTR, CFB, OFB, XTS, and ChaCha20 with and without authentication, two each.
  assert.equal(ivs.size, 18);
});

test('every algorithm that signs does, and node:crypto verifies it; a false signature is an answer', async () => {
  const verifiedThere = new Map<string, () => { hash: string | null; options: object }>([
    [
      'rsassa-pkcs1-v15-sha-384',
      () => ({ hash: 'sha384', options: { padding: constants.RSA_PKCS1_PADDING } }),
    ],
    [
      'rsa-pss-sha-256',
      () => ({ hash: 'sha256', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } }),
    ],
    ['ecdsa-sha-512', () => ({ hash: 'sha512', options: {} })],
    ['ed25519', () => ({ hash: null, options: {} })],
    ['ed448', () => ({ hash: null, options: {} })],
    ['ml-dsa', () => ({ hash: null, options: {} })],
    ['slh-dsa', () => ({ hash: null, options: {} })],
  ]);
  let checked = 0;
  for (const algorithm of [
    'rsa-2048',
    'ec-p224',
    'ec-p256',
    'ec-p384',
    'ec-p521',
    'ec-secp256k1',
    'ed25519',
    'ed448',
    'ml-dsa-44',
    'slh-dsa-sha2-128f',
  ] as const) {
    const key = await make(algorithm);
    for (const mechanism of KEY_ALGORITHMS[algorithm].mechanisms) {
      const there = verifiedThere.get(mechanism)?.();
      if (there === undefined) continue;
      const { signature } = await run(sign, { ...key, mechanism, message: plaintext });
      const publicKey = await publicKeyOf(key);
      assert.ok(
        verifyThere(there.hash, plaintext, { key: publicKey, ...there.options }, signature),
        mechanism,
      );
      const input = { ...key, mechanism, message: plaintext, signature };
      assert.equal((await run(verify, input)).valid, true);
      const changed = signature.map((byte, at) => (at === 9 ? byte ^ 1 : byte));
      assert.equal((await run(verify, { ...input, signature: changed })).valid, false);
      checked += 1;
    }
  }
  assert.equal(checked, 11);
  const entry = await lastEntry('key.verify');
  assert.deepEqual(
    [entry.outcome, entry.kind, entry.details],
    ['ok', 'use', { mechanism: 'slh-dsa', messageBytes: 16, valid: false }],
  );
});

test('who has hashed already brings the digest, and says which form of signature it wants', async () => {
  const key = await make('ec-p256');
  const digest = createHash('sha256').update(plaintext).digest();
  const parameters = { prehashed: true, rawSignature: true };
  const mechanism = 'ecdsa-sha-256';
  const { signature } = await run(sign, { ...key, mechanism, message: digest, parameters });
  assert.equal(signature.length, 64);
  const there = { key: await publicKeyOf(key), dsaEncoding: 'ieee-p1363' } as const;
  assert.ok(verifyThere('sha256', plaintext, there, signature));
  const whole = { ...key, mechanism, message: plaintext, signature } as const;
  assert.equal((await run(verify, { ...whole, parameters: { rawSignature: true } })).valid, true);
  assert.equal((await run(verify, whole)).valid, false);
  assert.equal(
    await codeOf(run(sign, { ...key, mechanism, message: plaintext, parameters })),
    'invalidInput',
  );
});

test('MACs are those of node:crypto, and a shorter one must be asked for', async () => {
  const key = await bring('hmac-sha-256', MATERIAL);
  const message = utf8('message');
  const input = { ...key, mechanism: 'hmac-sha-256', message } as const;
  const made = await run(mac, input);
  assert.equal(hex(made.mac), createHmac('sha256', MATERIAL).update(message).digest('hex'));
  const short = made.mac.subarray(0, 16);
  assert.equal((await run(verifyMac, { ...input, mac: made.mac })).valid, true);
  assert.equal((await run(verifyMac, { ...input, mac: short })).valid, false);
  const cut = { ...input, mac: short, parameters: { tagBytes: 16 } };
  assert.equal((await run(verifyMac, cut)).valid, true);
  assert.equal((await lastEntry('key.verifyMac')).details.valid, true);
  const aes = await make('aes-256');
  const gmac = await run(mac, { ...aes, mechanism: 'aes-gmac', message });
  assert.equal(gmac.iv?.length, 12);
  const parameters = { iv: gmac.iv };
  const verdict = await run(verifyMac, { ...aes, mechanism: 'aes-gmac', message, mac: gmac.mac, parameters });
  assert.equal(verdict.valid, true);
});

test('secrets are agreed on and encapsulated as elsewhere', async () => {
  for (const [algorithm, type, options] of [
    ['x25519', 'x25519', {}],
    ['ec-p384', 'ec', { namedCurve: 'secp384r1' }],
  ] as const) {
    const key = await make(algorithm);
    const peer = generateKeyPairSync(type as 'ec', options as { namedCurve: string });
    const peerPublicKey = peer.publicKey.export({ format: 'der', type: 'spki' });
    const { sharedSecret } = await run(agree, { ...key, peerPublicKey });
    const there = diffieHellman({ privateKey: peer.privateKey, publicKey: await publicKeyOf(key) });
    assert.equal(shown(sharedSecret), hex(there));
    assert.equal(await codeOf(run(agree, { ...key, peerPublicKey: plaintext })), 'invalidInput');
  }
  const kem = await make('ml-kem-768');
  const { ciphertext, sharedSecret } = await run(encapsulate, kem);
  const got = await run(decapsulate, { ...kem, ciphertext });
  assert.equal(shown(got.sharedSecret), shown(sharedSecret));
  assert.equal(await codeOf(run(encapsulate, await make('ec-p256'))), 'incompatibleUsage');
  assert.equal(await codeOf(run(readPublicKey, await make('aes-256'))), 'incompatibleAlgorithm');
});

test('a key leaves wrapped and comes back as a key and as a version, and is never in the clear', async () => {
  const [kek, target] = [await make('aes-256'), await bring('aes-256', MATERIAL, { exportable: true })];
  const under = kek.key;
  const out = await run(wrapKey, { ...target, under, mechanism: 'aes-gcm' });
  assert.equal(out.iv?.length, 12);
  const parameters = { iv: out.iv };
  const material = { by: 'wrapped', under, mechanism: 'aes-gcm', wrapped: out.wrapped, parameters } as const;
  const facts = { location: 'here', exportable: true, algorithm: 'aes-256' } as const;
  const back = await run(importKey, { ...facts, material });
  assert.equal(back.key.origin, 'imported');
  assert.equal(await materialOf(chosen(back.key.id)), hex(MATERIAL));
  const entry = await lastEntry('key.import');
  assert.deepEqual(
    entry.targets.map((item: { id: string }) => item.id),
    [back.key.id, under.by === 'id' ? under.id : ''],
  );
  assert.deepEqual([entry.details.by, entry.details.mechanism], ['wrapped', 'aes-gcm']);
  const next = await run(importKeyVersion, { ...chosen(back.key.id), material });
  assert.equal(next.version.number, 2);

  const changed = out.wrapped.map((byte, at) => (at === 4 ? byte ^ 1 : byte));
  const refused = run(importKey, { ...facts, material: { ...material, wrapped: changed } });
  assert.equal(await codeOf(refused), 'invalidCiphertext');
  const unfit = run(importKey, { ...facts, algorithm: 'aes-128', material });
  assert.equal(await codeOf(unfit), 'invalidKeyMaterial');
  const kept = await bring('aes-256', MATERIAL);
  assert.equal(await codeOf(run(wrapKey, { ...kept, under, mechanism: 'aes-gcm' })), 'notExportable');
  for (const mechanism of ['aes-cbc-pkcs7', 'aes-ctr', 'rsa-pkcs1-v15', 'aes-cmac'] as const) {
    assert.equal(await codeOf(run(wrapKey, { ...target, under, mechanism })), 'incompatibleAlgorithm');
    const wrong = run(importKey, { ...facts, material: { ...material, mechanism } });
    assert.equal(await codeOf(wrong), 'incompatibleAlgorithm');
  }
});

test('what a key answers its users with is not derived from it', async () => {
  const facts = { algorithm: 'aes-256', location: 'here' } as const;
  const peer = await run(readPublicKey, await make('x25519'));
  const agreed = { mechanism: 'x25519', parameters: { peerPublicKey: peer.publicKey } } as const;
  for (const [algorithm, input, code] of [
    ['x25519', agreed, 'incompatibleUsage'],
    ['hmac-sha-256', { mechanism: 'sp800-108-counter-hmac-sha-256' }, 'incompatibleUsage'],
    ['hmac-sha-256', { mechanism: 'sp800-108-feedback-hmac-sha-256' }, 'incompatibleUsage'],
    ['generic-secret', { mechanism: 'hmac-kdf-sha-512' }, 'incompatibleUsage'],
    ['generic-secret', { mechanism: 'pbkdf2-sha-256', parameters: { iterations: 1 } }, 'incompatibleUsage'],
    ['aes-256', { mechanism: 'aes-ecb', parameters: { info: MATERIAL } }, 'incompatibleUsage'],
    // Nobody computes these otherwise.
    ['generic-secret', { mechanism: 'hkdf-sha-256' }, 'ok'],
    ['aes-256', { mechanism: 'hmac-kdf-sha-256' }, 'ok'],
  ] as const) {
    const both = (await make(algorithm)).key;
    assert.equal(await codeOf(run(deriveKey, { ...facts, ...input, base: both })), code, input.mechanism);
    const only = (await make(algorithm, { usages: ['derive'] })).key;
    assert.equal(await codeOf(run(deriveKey, { ...facts, ...input, base: only })), 'ok', input.mechanism);
    // What may leave is hidden from nobody.
    const open = (await make(algorithm, { exportable: true })).key;
    const leaving = run(deriveKey, { ...facts, ...input, base: open, exportable: true });
    assert.equal(await codeOf(leaving), 'ok', input.mechanism);
  }
});

test('derived keys are those of node:crypto, and exportable no more than their base', async () => {
  const secret = utf8('a password');
  const usages = ['derive'] as const;
  const base = { base: (await bring('generic-secret', secret, { exportable: true, usages })).key };
  const facts = { ...base, algorithm: 'aes-256', location: 'here', exportable: true } as const;
  const [salt, info] = [utf8('salt'), utf8('info')];
  const derive = async (input: Parameters<typeof deriveKey.record>[0]) =>
    materialOf(chosen((await run(deriveKey, input)).key.id));
  const byHkdf = { ...facts, mechanism: 'hkdf-sha-512', parameters: { salt, info } } as const;
  assert.equal(await derive(byHkdf), hex(new Uint8Array(hkdfSync('sha512', secret, salt, info, 32))));
  const byPbkdf2 = { ...facts, mechanism: 'pbkdf2-sha-256', parameters: { salt, iterations: 4096 } } as const;
  assert.equal(await derive(byPbkdf2), pbkdf2Sync(secret, salt, 4096, 32, 'sha256').toString('hex'));
  const byHmac = { ...facts, mechanism: 'hmac-kdf-sha-256', parameters: { info } } as const;
  assert.equal(await derive(byHmac), createHmac('sha256', secret).update(info).digest('hex'));
  const block = { base: (await bring('aes-256', MATERIAL, { exportable: true, usages })).key };
  const iv = new Uint8Array(16).fill(7);
  const byCipher = {
    ...facts,
    ...block,
    mechanism: 'aes-cbc-pkcs7',
    parameters: { info: MATERIAL, iv },
  } as const;
  const cipher = createCipheriv('aes-256-cbc', MATERIAL, iv);
  assert.equal(await derive(byCipher), cipher.update(MATERIAL).toString('hex'));
  const message = (await bring('generic-secret', utf8('the message'), { exportable: true, usages })).key;
  const ofSecret = { ...facts, mechanism: 'hmac-kdf-sha-256', infoOf: message, linked: true } as const;
  assert.equal(await derive(ofSecret), createHmac('sha256', secret).update('the message').digest('hex'));
  const hidden = (await bring('generic-secret', secret, { usages })).key;
  assert.equal(await codeOf(run(deriveKey, { ...ofSecret, infoOf: hidden })), 'notExportable');
  assert.equal(await codeOf(run(deriveKey, { ...ofSecret, parameters: { info } })), 'invalidInput');
  const other = (await bring('generic-secret', secret, { exportable: true, usages: ['mac'] })).key;
  assert.equal(await codeOf(run(deriveKey, { ...ofSecret, infoOf: other })), 'incompatibleUsage');
  const { links } = await run(listLinks, { key: facts.base });
  assert.deepEqual(
    links.map(({ type }) => type),
    ['derivedInto'],
  );
  const byHash = { ...facts, algorithm: 'opaque', lengthBytes: 20, mechanism: 'hash-kdf-sha-1' } as const;
  assert.equal(await derive(byHash), createHash('sha1').update(secret).digest('hex'));
  const entry = await lastEntry('key.derive');
  assert.equal(entry.targets.length, 2);
  assert.equal(entry.details.mechanism, 'hash-kdf-sha-1');

  const long = { ...byPbkdf2, algorithm: 'opaque', lengthBytes: 65_536 } as const;
  const endless = { ...long, parameters: { salt, iterations: 10_000 } };
  assert.equal(await codeOf(run(deriveKey, endless)), 'invalidInput');
  const kept = { ...byHkdf, base: (await bring('generic-secret', secret)).key };
  assert.equal(await codeOf(run(deriveKey, kept)), 'notExportable');
  const { key } = await run(deriveKey, { ...kept, exportable: false });
  assert.deepEqual([key.exportable, key.origin], [false, 'generated']);
  assert.equal(
    await codeOf(run(deriveKey, { ...facts, algorithm: 'ec-p256', mechanism: 'hkdf-sha-256' })),
    'unsupported',
  );
  assert.equal(await codeOf(run(deriveKey, { ...facts, mechanism: 'aes-gcm' })), 'incompatibleAlgorithm');
  assert.equal(await codeOf(run(deriveKey, { ...byHmac, lengthBytes: 33 })), 'invalidInput');
  const foreign = { ...byHkdf, base: { ...base.base, accountId: keyhold.credentials.project.accountId } };
  assert.equal(await codeOf(run(deriveKey, foreign)), 'unsupported');
});

/** Each operation on ground of its own: what it needs of the state, and which usage. */
async function attempts() {
  const aes = await make('aes-256');
  const pair = await make('ec-p256');
  const hmac = await make('hmac-sha-256');
  const kem = await make('ml-kem-512');
  const target = await make('aes-256', { exportable: true });
  const message = plaintext;
  const sealed = await run(encryptBy, { ...aes, mechanism: 'aes-gcm', plaintext });
  const { signature } = await run(sign, { ...pair, mechanism: 'ecdsa-sha-256', message });
  const macked = await run(mac, { ...hmac, mechanism: 'hmac-sha-256', message });
  const { ciphertext } = await run(encapsulate, kem);
  const peer = await run(readPublicKey, await make('ec-p256'));
  const wrapped = await run(wrapKey, { ...target, under: aes.key, mechanism: 'aes-kw' });
  const incoming = { by: 'wrapped', under: aes.key, mechanism: 'aes-kw', wrapped: wrapped.wrapped } as const;
  const facts = { algorithm: 'aes-256', location: 'here' } as const;
  return {
    keys: [aes, pair, hmac, kem],
    protect: {
      encryptBy: () => run(encryptBy, { ...aes, mechanism: 'aes-gcm', plaintext }),
      sign: () => run(sign, { ...pair, mechanism: 'ecdsa-sha-256', message }),
      mac: () => run(mac, { ...hmac, mechanism: 'hmac-sha-256', message }),
      agree: () => run(agree, { ...pair, peerPublicKey: peer.publicKey }),
      encapsulate: () => run(encapsulate, kem),
      wrapKey: () => run(wrapKey, { ...target, under: aes.key, mechanism: 'aes-kw' }),
      deriveKey: () => run(deriveKey, { ...facts, base: aes.key, mechanism: 'hkdf-sha-256' }),
    },
    process: {
      decryptBy: () =>
        run(decryptBy, {
          ...aes,
          mechanism: 'aes-gcm',
          ciphertext: sealed.ciphertext,
          parameters: { iv: sealed.iv },
        }),
      verify: () => run(verify, { ...pair, mechanism: 'ecdsa-sha-256', message, signature }),
      verifyMac: () => run(verifyMac, { ...hmac, mechanism: 'hmac-sha-256', message, mac: macked.mac }),
      decapsulate: () => run(decapsulate, { ...kem, ciphertext }),
      importKey: () => run(importKey, { ...facts, material: incoming }),
    },
    release: { readPublicKey: () => run(readPublicKey, pair) },
  };
}

const codesOf = async (
  of: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Record<string, string>> => {
  const codes: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(of)) codes[name] = await codeOf(attempt());
  return codes;
};
const all = (of: object, code: string): Record<string, string> =>
  Object.fromEntries(Object.keys(of).map(name => [name, code]));

test('a deactivated key processes and protects no more, and a disabled one does neither', async () => {
  const { keys, protect, process, release } = await attempts();
  for (const group of [protect, process, release]) assert.deepEqual(await codesOf(group), all(group, 'ok'));
  for (const key of keys) await run(deactivateKey, key);
  assert.deepEqual(await codesOf(protect), all(protect, 'keyDeactivated'));
  for (const group of [process, release]) assert.deepEqual(await codesOf(group), all(group, 'ok'));
  const others = await attempts();
  for (const key of others.keys) await run(disableKey, key);
  for (const group of [others.protect, others.process, others.release]) {
    assert.deepEqual(await codesOf(group), all(group, 'keySuspended'));
  }
});

test('a key that is not for a usage refuses it, whatever its algorithm could', async () => {
  const usages = ['derive'] as const;
  const [aes, pair] = [await make('aes-256', { usages }), await make('ec-p256', { usages })];
  const refused = {
    encryptBy: () => run(encryptBy, { ...aes, mechanism: 'aes-gcm', plaintext }),
    decryptBy: () => run(decryptBy, { ...aes, mechanism: 'aes-gcm', ciphertext: MATERIAL }),
    mac: () => run(mac, { ...aes, mechanism: 'aes-cmac', message: plaintext }),
    verifyMac: () => run(verifyMac, { ...aes, mechanism: 'aes-cmac', message: plaintext, mac: plaintext }),
    sign: () => run(sign, { ...pair, mechanism: 'ecdsa-sha-256', message: plaintext }),
    verify: () =>
      run(verify, { ...pair, mechanism: 'ecdsa-sha-256', message: plaintext, signature: plaintext }),
    agree: () => run(agree, { ...pair, peerPublicKey: plaintext }),
    unwrap: () =>
      run(importKey, {
        algorithm: 'aes-128',
        location: 'here',
        material: { by: 'wrapped', under: aes.key, mechanism: 'aes-kw', wrapped: MATERIAL },
      }),
  };
  assert.deepEqual(await codesOf(refused), all(refused, 'incompatibleUsage'));
  const other = await make('aes-256', { usages: ['encrypt'] });
  const deriving = run(deriveKey, {
    base: other.key,
    mechanism: 'hkdf-sha-256',
    algorithm: 'aes-128',
    location: 'here',
  });
  assert.equal(await codeOf(deriving), 'incompatibleUsage');
});

test('a mechanism that is for something else, or of another algorithm, is refused', async () => {
  const [aes, rsa] = [await make('aes-256'), await make('rsa-2048')];
  const refused = {
    wrapping: () => run(encryptBy, { ...aes, mechanism: 'aes-kw', plaintext }),
    signing: () => run(encryptBy, { ...rsa, mechanism: 'rsa-pss-sha-256', plaintext }),
    foreign: () => run(encryptBy, { ...aes, mechanism: 'rsa-oaep-sha-256', plaintext }),
    macAsSignature: () =>
      run(verify, { ...aes, mechanism: 'aes-cmac', message: plaintext, signature: plaintext }),
    signatureAsMac: () =>
      run(verifyMac, { ...rsa, mechanism: 'rsa-pss-sha-256', message: plaintext, mac: plaintext }),
  };
  assert.deepEqual(await codesOf(refused), all(refused, 'incompatibleAlgorithm'));
  assert.equal(
    await codeOf(run(sign, { ...rsa, mechanism: 'rsa-pss-sha-1', message: plaintext })),
    'unsupported',
  );
});

test('messages, parameters and signatures have bounds', async () => {
  const [aes, pair] = [await make('aes-256'), await make('ec-p256')];
  const [long, longer] = [new Uint8Array(65_537), new Uint8Array(1_048_577)];
  const sealing = { ...aes, mechanism: 'aes-gcm', plaintext } as const;
  const signing = { ...pair, mechanism: 'ecdsa-sha-256', message: plaintext } as const;
  const refused = {
    plaintext: () => run(encryptBy, { ...sealing, plaintext: longer }),
    associatedData: () => run(encryptBy, { ...sealing, parameters: { associatedData: long } }),
    message: () => run(sign, { ...signing, message: longer }),
    signature: () => run(verify, { ...signing, signature: long }),
    ciphertext: () => run(decryptBy, { ...aes, mechanism: 'aes-gcm', ciphertext: new Uint8Array(1_049_601) }),
    peer: () => run(agree, { ...pair, peerPublicKey: longer }),
    wrapped: () =>
      run(importKey, {
        algorithm: 'aes-128',
        location: 'here',
        material: { by: 'wrapped', under: aes.key, mechanism: 'aes-kw', wrapped: new Uint8Array(70_000) },
      }),
  };
  assert.deepEqual(await codesOf(refused), all(refused, 'tooLarge'));
  const largest = new Uint8Array(1_048_576);
  const whole = await run(encryptBy, { ...sealing, plaintext: largest });
  const parameters = { iv: whole.iv };
  const opened = await run(decryptBy, {
    ...aes,
    mechanism: 'aes-gcm',
    ciphertext: whole.ciphertext,
    parameters,
  });
  assert.equal(opened.plaintext.length, largest.length);
});

async function aPrincipal(...permissions: readonly Permission[]): Promise<Actor> {
  const name = `p${randomUUID()}`;
  const principal = await run(createPrincipal, { name, kind: 'serviceAccount' });
  if (permissions.length > 0) await allow(principal.id, permissions);
  return { type: 'principal', principal, credentialId: randomUUID() };
}
const allow = (id: string, permissions: readonly Permission[], more: object = {}) =>
  run(createRule, {
    scope: { on: 'realm' },
    effect: 'allow',
    principals: [id],
    permissions,
    conditions: [],
    ...more,
  });

test('wrapping and deriving demand a permission on each side', async () => {
  const [kek, target] = [await make('aes-256'), await make('aes-256', { exportable: true })];
  const facts = { algorithm: 'aes-256', location: 'here' } as const;
  const out = await run(wrapKey, { ...target, under: kek.key, mechanism: 'aes-kw' });
  const material = { by: 'wrapped', under: kek.key, mechanism: 'aes-kw', wrapped: out.wrapped } as const;
  const both: readonly (readonly [Permission, Permission, (actor: Actor) => Promise<unknown>])[] = [
    [
      'key.export',
      'key.wrap',
      actor => runAs(actor, wrapKey, { ...target, under: kek.key, mechanism: 'aes-kw' }),
    ],
    ['key.import', 'key.unwrap', actor => runAs(actor, importKey, { ...facts, material })],
    [
      'key.derive',
      'key.create',
      actor => runAs(actor, deriveKey, { ...facts, base: kek.key, mechanism: 'hkdf-sha-256' }),
    ],
  ];
  for (const [one, other, attempt] of both) {
    assert.equal(await codeOf(attempt(await aPrincipal(one))), 'denied', one);
    assert.equal(await codeOf(attempt(await aPrincipal(other))), 'denied', other);
    assert.equal(await codeOf(attempt(await aPrincipal(one, other))), 'ok');
  }
});

test('a rule binds a key to a mechanism, and forbids nonces of the caller’s own', async () => {
  const key = await make('aes-256');
  const actor = await aPrincipal('key.encrypt', 'key.decrypt', 'key.mac');
  assert.ok(actor.type === 'principal');
  const scope = { on: 'key', ...key };
  const deny = (attribute: string, operator: string, value: string) =>
    allow(actor.principal.id, ['key.encrypt', 'key.mac'], {
      effect: 'deny',
      scope,
      conditions: [{ attribute, operator, values: [value] }],
    });
  await deny('use.iv', 'equals', 'given');
  const iv = randomBytes(12);
  const given = () =>
    runAs(actor, encryptBy, { ...key, mechanism: 'aes-gcm', plaintext, parameters: { iv } });
  const made = (mechanism: 'aes-gcm' | 'aes-ecb') =>
    runAs(actor, encryptBy, { ...key, mechanism, plaintext });
  assert.equal(await codeOf(given()), 'denied');
  const sealed = await made('aes-gcm');
  const { ciphertext } = sealed;
  const opening = { ...key, mechanism: 'aes-gcm', ciphertext, parameters: { iv: sealed.iv } } as const;
  assert.equal(await codeOf(runAs(actor, decryptBy, opening)), 'ok', 'who decrypts gives one always');
  const gmac = { ...key, mechanism: 'aes-gmac', message: plaintext } as const;
  assert.equal(await codeOf(runAs(actor, mac, gmac)), 'ok');
  assert.equal(await codeOf(runAs(actor, mac, { ...gmac, parameters: { iv } })), 'denied');
  assert.equal(await codeOf(made('aes-ecb')), 'ok');
  await deny('use.mechanism', 'notEquals', 'aes-gcm');
  assert.equal(await codeOf(made('aes-ecb')), 'denied');
  assert.equal(await codeOf(made('aes-gcm')), 'ok');
  assert.equal((await lastEntry('key.encryptBy')).details.iv, 'made');
  const unknown = allow(actor.principal.id, ['key.encrypt'], {
    conditions: [{ attribute: 'use.nonce', operator: 'equals', values: ['given'] }],
  });
  assert.equal(await codeOf(unknown), 'invalidInput');
});

test('every protection counts towards a usage limit, and processing does not', async () => {
  const usageLimit = { unit: 'operations', total: 2 } as const;
  const key = await make('aes-256', { usageLimit });
  const seal = () => run(encryptBy, { ...key, mechanism: 'aes-gcm', plaintext });
  const { ciphertext, iv } = await seal();
  assert.equal(await codeOf(run(mac, { ...key, mechanism: 'aes-cmac', message: plaintext })), 'ok');
  assert.equal(await codeOf(seal()), 'usageLimitExceeded');
  const opening = run(decryptBy, { ...key, mechanism: 'aes-gcm', ciphertext, parameters: { iv } });
  assert.equal(await codeOf(opening), 'ok');
  const bytes = await make('ed25519', { usageLimit: { unit: 'bytes', total: 20 } });
  const signing = () => run(sign, { ...bytes, mechanism: 'ed25519', message: plaintext });
  assert.deepEqual([await codeOf(signing()), await codeOf(signing())], ['ok', 'usageLimitExceeded']);
});

test('older versions verify, and new ones of pairs and MAC keys are made for who says why', async () => {
  const cause = 'requestedRotation';
  for (const algorithm of ALL_KEY_ALGORITHMS.filter(name =>
    ['ec', 'eddsa', 'hmac'].includes(KEY_ALGORITHMS[name].family),
  )) {
    const key = await make(algorithm);
    assert.equal(await codeOf(run(rotateKey, { ...key, cause })), 'unsupported', algorithm);
    const scheduled = run(rotateKey, { ...key, cause: 'scheduledRotation', verifiersLearn: 'no' });
    assert.equal(await codeOf(scheduled), 'unsupported', algorithm);
    const rotated = await run(rotateKey, { ...key, cause, verifiersLearn: 'versions are named' });
    assert.equal(rotated.version.number, 2);
  }
  assert.equal((await lastEntry('key.rotate')).details.verifiersLearn, 'versions are named');
  const key = await make('ed25519');
  const message = plaintext;
  const old = await run(sign, { ...key, mechanism: 'ed25519', message });
  await run(rotateKey, { ...key, cause, verifiersLearn: 'published' });
  const { signature } = old;
  assert.equal((await run(verify, { ...key, mechanism: 'ed25519', message, signature })).valid, false);
  const of = await run(verify, { ...key, version: 1, mechanism: 'ed25519', message, signature });
  assert.deepEqual([of.valid, of.by.version.number], [true, 1]);
  const [first, second] = [await run(readPublicKey, { ...key, version: 1 }), await run(readPublicKey, key)];
  assert.notDeepEqual(first.publicKey, second.publicKey);
  assert.equal(await codeOf(run(sign, { ...key, version: 3, mechanism: 'ed25519', message })), 'notFound');
  const blank = run(rotateKey, { ...key, cause, verifiersLearn: '' });
  assert.equal(await codeOf(blank), 'invalidInput');
  const pair = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
  const imported = await bring('ed25519', pair);
  const material = { by: 'plain', material: SecretBytes.copyOf(pair) } as const;
  assert.equal(await codeOf(run(importKeyVersion, { ...imported, material })), 'unsupported');
  const replaced = run(importKeyVersion, { ...imported, material, verifiersLearn: 'published' });
  assert.equal(await codeOf(replaced), 'ok');
});

test('the public key is that of the private one, even where the store has another', async () => {
  const key = await make('ed25519');
  const real = await run(readPublicKey, key);
  const { store } = keyhold.kms;
  const forged = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' });
  const id = key.key.by === 'id' ? key.key.id : '';
  const keys = {
    ...store.keys,
    findWithVersion: async (...args: Parameters<typeof store.keys.findWithVersion>) => {
      const found = await store.keys.findWithVersion(...args);
      return found && { ...found, version: { ...found.version, publicKey: forged } };
    },
  };
  const context = {
    requestId: randomUUID(),
    protocol: 'test',
    actor: SYSTEM,
    projectId: keyhold.credentials.project.id,
  };
  const exchanged = { ...keyhold.kms, store: { ...store, keys } };
  const answered = await execute(exchanged, readPublicKey, context, { key: { by: 'id', id } });
  assert.deepEqual(answered.publicKey, real.publicKey);
});

test('wrapping between two projects is in the log of both, and absent keys are refused like foreign ones', async () => {
  const { project: other } = await runAs(SYSTEM, createProject, { name: `w${randomUUID()}` });
  const target = await make('aes-256', { exportable: true });
  const facts = { algorithm: 'aes-256', location: 'here' } as const;
  const foreign = await runAs(SYSTEM, createKey, facts, other.id);
  const { accountId } = other;
  const under = { by: 'id', id: foreign.key.id, accountId } as const;
  await run(wrapKey, { ...target, under, mechanism: 'aes-kw' });
  const [there] = await keyhold.kms.store.log.search(
    { projectId: other.id, operation: 'key.wrap' },
    { limit: 1, newestFirst: true },
  );
  assert.ok(there);
  const entry = JSON.parse(decodeUtf8(there.leaf));
  assert.deepEqual(
    entry.targets.map((item: { id: string }) => item.id),
    [foreign.key.id],
  );
  const actor = await aPrincipal('key.export', 'key.wrap');
  const refusal = async (selector: KeySelector, key: Chosen = target) => {
    const attempt = runAs(actor, wrapKey, { ...key, under: selector, mechanism: 'aes-kw' });
    const thrown = await attempt.catch((error: unknown) => error);
    assert.ok(thrown instanceof KmsError);
    const { reason: _, ...details } = thrown.details;
    return [thrown.code, thrown.message, details];
  };
  const absent = { ...under, id: randomUUID() };
  assert.deepEqual(await refusal(under), await refusal(absent));
  const nothing = { by: 'id', id: randomUUID() } as const;
  assert.deepEqual(await refusal(nothing, { key: under }), await refusal(nothing, { key: absent }));
});
