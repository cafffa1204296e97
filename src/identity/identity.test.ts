import assert from 'node:assert/strict';
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { selfSigned } from '../../test/support/certificates.ts';
import { isWiped, watchSecrets } from '../../test/support/secrets.ts';
import { must } from '../base/assert.ts';
import { concatBytes, decodeUtf8, equalBytes, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { TokenKeyRow } from '../core/ports/store.ts';
import type { Credential, CredentialHolder, IssuedCredentialKind, Principal } from '../domain/principal.ts';
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
  const sought: string[] = [];
  /** Random bytes that were drawn. */
  const drawn: Uint8Array[] = [];
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
          sought.push(lookup);
          const row = rows.get(lookup);
          return row?.credential.kind === kind ? row : undefined;
        },
        findHolderById: async id => [...rows.values()].find(({ credential }) => credential.id === id),
      },
      tokenRevocations: { has: async () => false },
      // Nothing here asks for a token: tokens.test.ts does, on a real store.
      tokenKeys: { find: async () => undefined, list: async (): Promise<TokenKeyRow[]> => [] },
      transaction: () => assert.fail('no test here writes'),
    },
    custody,
    random: {
      bytes: count => {
        const bytes = new Uint8Array(randomBytes(count));
        drawn.push(bytes);
        return bytes;
      },
      uuid: randomUUID,
    },
  });
  /** As the row of the principal; what comes back changes it. */
  function keep(credential: Credential) {
    const put = (changes: Partial<CredentialHolder>) =>
      rows.set(credential.lookup, { credential, principal: PRINCIPAL, projectEnabled: true, ...changes });
    put({});
    return put;
  }
  async function issue(kind: IssuedCredentialKind, expiresAt?: number) {
    const { credential, secret } = await identity.issue(kind, PRINCIPAL, { at: AT, expiresAt });
    const put = keep(credential);
    return { credential, secret: decodeUtf8(revealSecretBytes(secret)), put };
  }
  return { identity, issue, keep, drawn, sought, unwrapped: () => unwrapped };
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

test('who was proven is proven again only while the credential counts', async () => {
  const { identity, issue } = arrange();
  const { credential, put } = await issue('apiKey', AT + 10);
  assert.equal(credential.expiresAt, AT + 10);
  assert.equal((await identity.proveAgain(credential.id, AT))?.credentialId, credential.id);
  assert.equal(await identity.proveAgain(credential.id, AT + 10), undefined);
  assert.equal(await identity.proveAgain(randomUUID(), AT), undefined);
  put({ principal: { ...PRINCIPAL, enabled: false } });
  assert.equal(await identity.proveAgain(credential.id, AT), undefined);
});

test('the wrapped secret of one access key does not open as that of another', async () => {
  const { identity, issue } = arrange();
  const [first, second] = [await issue('accessKeyPair'), await issue('accessKeyPair')];
  first.put({ credential: { ...first.credential, verifier: second.credential.verifier } });
  const accessKey = must(await identity.findAccessKey(first.credential.lookup, AT), 'it counts');
  await assert.rejects(accessKey.signingKey('monday', derive));
});

test('an id that no credential can have is not looked for', async () => {
  const { identity, sought } = arrange();
  await identity.findAccessKey('AKIA\0', AT);
  await identity.proveApplicationCredential('\0', SecretBytes.own(utf8('secret')), AT);
  assert.deepEqual(sought, []);
});

test('what a secret is made from is wiped, and nothing is left but what is answered', async () => {
  const { identity, drawn } = arrange();
  const watch = watchSecrets();
  const given = [
    (await identity.issue('apiKey', PRINCIPAL, { at: AT })).secret,
    (await identity.issue('accessKeyPair', PRINCIPAL, { at: AT })).secret,
    (await identity.issueApplicationCredential(PRINCIPAL, APPLICATION)).secret,
  ];
  assert.deepEqual(watch.stop(), given);
  assert.deepEqual(drawn.filter(bytes => [32, 30, 64].includes(bytes.length)).map(isWiped), [
    true,
    true,
    true,
  ]);
});

const APPLICATION = {
  at: AT,
  name: 'app',
  description: '',
  projectId: must(PRINCIPAL.projectId, 'it has one'),
  roles: [],
};
const password = (text: string) => SecretBytes.own(utf8(text));

test('a password proves its user alone, and is kept as another hash each time', async () => {
  const { identity, keep } = arrange();
  using word = password('a word');
  const watch = watchSecrets();
  const credential = await identity.acceptPassword(word, PRINCIPAL, AT);
  const again = await identity.acceptPassword(word, PRINCIPAL, AT);
  const put = keep(credential);
  const prove = async (text: string) => {
    using given = password(text);
    return (await identity.provePassword(PRINCIPAL.id, given, AT))?.credentialId;
  };
  assert.equal(await prove('a word'), credential.id);
  assert.equal(await prove('another'), undefined);
  assert.deepEqual(watch.stop(), [], 'no hash is left behind');
  assert.notDeepEqual(credential.verifier.subarray(-32), again.verifier.subarray(-32));
  put({ credential: { ...credential, enabled: false } });
  assert.equal(await prove('a word'), undefined);
  put({ credential: { ...credential, verifier: again.verifier } });
  await assert.rejects(prove('a word'), 'the hash of one credential does not open as that of another');
});

test('who names nobody waits for a hash like everybody else', async () => {
  const { identity, drawn } = arrange();
  const nobody = [undefined, randomUUID()];
  for (const principalId of nobody)
    assert.equal(await identity.provePassword(principalId, password('guess'), AT), undefined);
  assert.equal(await identity.proveApplicationCredential('a'.repeat(32), password('guess'), AT), undefined);
  // Its salt.
  assert.deepEqual(
    drawn.map(bytes => bytes.length),
    [16, 16, 16],
  );
});

const DAY_MS = 86_400_000;
const VALID = { notBefore: AT - DAY_MS, notAfter: AT + DAY_MS };

test('a certificate proves its principal in the time in which it is valid, its last instant included', async () => {
  const { identity, keep } = arrange();
  const pem = selfSigned(VALID);
  const shorter = identity.acceptCertificate(pem, PRINCIPAL, { at: AT, expiresAt: AT + 1 });
  assert.equal(shorter.expiresAt, AT + 1);
  const credential = identity.acceptCertificate(pem, PRINCIPAL, { at: AT });
  const put = keep(credential);
  const der = Uint8Array.from(credential.verifier);
  const proves = async (at: number) => (await identity.proveCertificate(der, at)) !== undefined;
  const instants = [VALID.notBefore - 1, VALID.notBefore, VALID.notAfter, VALID.notAfter + 1];
  assert.deepEqual(await Promise.all(instants.map(proves)), [false, true, true, false]);
  put({ credential: { ...credential, verifier: der.subarray(1) } });
  assert.ok(!(await proves(AT)), 'another certificate of the same digest');
  put({ projectEnabled: false });
  assert.ok(!(await proves(AT)));
});
