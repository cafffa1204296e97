import assert from 'node:assert/strict';
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../base/assert.ts';
import { concatBytes, decodeUtf8, equalBytes, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { TokenKeyRow } from '../core/ports/store.ts';
import type { CredentialHolder, IssuedCredentialKind, Principal } from '../domain/principal.ts';
import { createIdentity, type IdentityParts } from './identity.ts';
import { SigningKeys } from './signing-keys.ts';

const AT = 1_800_000_000_000;
const PRINCIPAL: Principal = {
  id: '6f9619ff-8b86-4011-b42d-00c04fc964ff',
  projectId: 'b2f5ff47-436b-4cd7-8e0a-0ddc1c6b27c0',
  kind: 'serviceAccount',
  name: 'app',
  enabled: true,
  createdAt: 0,
  revision: 1,
};

/** Identity over rows in memory; wrapping puts the label in front, which is all that the tests here look at. */
function arrange() {
  const rows = new Map<string, CredentialHolder>();
  let unwrapped = 0;
  const custody: IdentityParts['custody'] = {
    wrapSecret: async (projectId, label, secret) =>
      concatBytes(utf8(`${projectId}/${label}:`), revealSecretBytes(secret)),
    async unwrapSecret(projectId, label, wrapped) {
      unwrapped += 1;
      const prefix = utf8(`${projectId}/${label}:`);
      assert.ok(equalBytes(wrapped.subarray(0, prefix.length), prefix));
      return SecretBytes.copyOf(wrapped.subarray(prefix.length));
    },
  };
  const identity = createIdentity({
    store: {
      credentials: {
        findHolder: async (kind, lookup) => {
          const row = rows.get(lookup);
          return row?.credential.kind === kind ? row : undefined;
        },
        findHolderById: async () => undefined,
      },
      tokenRevocations: { has: async () => false },
      // Nothing here asks for a token: tokens.test.ts does, on a real store.
      tokenKeys: { find: async () => undefined, list: async (): Promise<TokenKeyRow[]> => [] },
      transaction: () => assert.fail('no test here writes'),
    },
    custody,
    random: {
      bytes: count => new Uint8Array(randomBytes(count)),
      uuid: randomUUID,
    },
  });
  async function issue(kind: IssuedCredentialKind, expiresAt?: number) {
    const { credential, secret } = await identity.issue(kind, PRINCIPAL, { at: AT, expiresAt });
    const put = (changes: Partial<CredentialHolder>) =>
      rows.set(credential.lookup, { credential, principal: PRINCIPAL, projectEnabled: true, ...changes });
    put({});
    return { credential, secret: decodeUtf8(revealSecretBytes(secret)), put };
  }
  return { identity, issue, unwrapped: () => unwrapped };
}

const derive = (secret: string) => createSecretKey(utf8(`derived ${secret}`));

test('an API key proves its principal, and its row does not hold the secret', async () => {
  const { identity, issue } = arrange();
  const { credential, secret } = await issue('apiKey');
  const proof = await identity.proveApiKey(secret, AT);
  assert.equal(proof?.principal.id, PRINCIPAL.id);
  assert.equal(proof.credentialId, credential.id);
  assert.equal(credential.verifier.length, 32);
  assert.ok(!secret.includes(decodeUtf8(utf8(credential.id))));
});

test('every reason not to count gives the same answer', async () => {
  const { identity, issue } = arrange();
  const { credential, secret, put } = await issue('apiKey');
  const other = await issue('apiKey');
  const reasons: Partial<CredentialHolder>[] = [
    { credential: { ...credential, enabled: false } },
    { credential: { ...credential, expiresAt: AT } },
    { credential: { ...credential, verifier: other.credential.verifier } },
    { credential: { ...credential, verifier: credential.verifier.subarray(0, 31) } },
    { principal: { ...PRINCIPAL, enabled: false } },
    { projectEnabled: false },
  ];
  for (const reason of reasons) {
    put(reason);
    assert.equal(await identity.proveApiKey(secret, AT), undefined);
  }
  put({ credential: { ...credential, expiresAt: AT + 1 } });
  assert.ok(await identity.proveApiKey(secret, AT));
  assert.equal(await identity.proveApiKey('kh_nothing', AT), undefined);
});

test('an access-key pair has the shape that its clients expect and gives its secret to the derivation', async () => {
  const { identity, issue } = arrange();
  const { credential, secret } = await issue('accessKeyPair');
  assert.match(credential.lookup, /^AKIA[A-Z2-7]{16}$/);
  assert.match(secret, /^[A-Za-z0-9+/]{40}$/);
  const accessKey = await identity.findAccessKey(credential.lookup, AT);
  const key = await must(accessKey, 'it was just issued').signingKey('20260101/us-east-1/kms', derive);
  assert.equal(key.export().toString(), `derived ${secret}`);
});

test('a derived signing key is kept for its scope, and not past a change of the credential', async () => {
  const { identity, issue, unwrapped } = arrange();
  const { credential, put } = await issue('accessKeyPair');
  const signingKey = async (scope: string) =>
    must(await identity.findAccessKey(credential.lookup, AT), 'it counts').signingKey(scope, derive);
  const first = await signingKey('monday');
  assert.equal(await signingKey('monday'), first);
  assert.equal(unwrapped(), 1);
  await signingKey('tuesday');
  assert.equal(unwrapped(), 2);

  put({ credential: { ...credential, enabled: false } });
  assert.equal(await identity.findAccessKey(credential.lookup, AT), undefined);

  const changed = concatBytes(credential.verifier, utf8('!'));
  put({ credential: { ...credential, verifier: changed } });
  assert.notEqual(await signingKey('monday'), first);
  assert.equal(unwrapped(), 3);
});

test('an API key is no access key and the other way round', async () => {
  const { identity, issue } = arrange();
  const apiKey = await issue('apiKey');
  assert.equal(await identity.findAccessKey(apiKey.credential.lookup, AT), undefined);
  assert.equal(await identity.findAccessKey('AKIA', AT), undefined);
});

test('kept signing keys are bounded: the one unused for longest goes first', async () => {
  const { issue } = arrange();
  const { credential } = await issue('accessKeyPair');
  const keys = new SigningKeys(2);
  const key = derive('x');
  keys.put(credential, 'a', key);
  keys.put(credential, 'b', key);
  assert.ok(keys.get(credential, 'a'));
  keys.put(credential, 'c', key);
  assert.equal(keys.size, 2);
  assert.equal(keys.get(credential, 'b'), undefined);
  assert.ok(keys.get(credential, 'a'));
});
