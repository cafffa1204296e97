// Every operation of the core, with ground made for it and an input that succeeds there. The tests fail for an operation that
// src/core/operations exports and that is not here.

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { SecretBytes } from '../../src/base/secret-bytes.ts';
import { execute } from '../../src/core/execute.ts';
import * as bindings from '../../src/core/operations/access/bindings.ts';
import { explainAccess } from '../../src/core/operations/access/explain.ts';
import * as rules from '../../src/core/operations/access/rules.ts';
import { answerRequest } from '../../src/core/operations/answer-request.ts';
import * as audit from '../../src/core/operations/audit/audit.ts';
import { followAudit } from '../../src/core/operations/audit/follow.ts';
import { writeNote } from '../../src/core/operations/audit/note.ts';
import { decrypt } from '../../src/core/operations/crypto/decrypt.ts';
import { encrypt } from '../../src/core/operations/crypto/encrypt.ts';
import * as dataKeys from '../../src/core/operations/crypto/generate-data-key.ts';
import { generateRandom } from '../../src/core/operations/crypto/generate-random.ts';
import { reencrypt } from '../../src/core/operations/crypto/reencrypt.ts';
import { seedRandom } from '../../src/core/operations/crypto/seed-random.ts';
import { certifyClient, readAuthority } from '../../src/core/operations/identity/certify-client.ts';
import * as credentials from '../../src/core/operations/identity/credentials.ts';
import * as principals from '../../src/core/operations/identity/principals.ts';
import { issueTokens } from '../../src/core/operations/identity/tokens.ts';
import { whoAmI } from '../../src/core/operations/identity/who-am-i.ts';
import * as states from '../../src/core/operations/keys/change-state.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { describeKey } from '../../src/core/operations/keys/describe-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import * as destruction from '../../src/core/operations/keys/destruction.ts';
import { exportKey } from '../../src/core/operations/keys/export-key.ts';
import { importKey } from '../../src/core/operations/keys/import-key.ts';
import { importKeyVersion } from '../../src/core/operations/keys/import-key-version.ts';
import { readLastUse } from '../../src/core/operations/keys/last-use.ts';
import { listKeys } from '../../src/core/operations/keys/list-keys.ts';
import { listVersions } from '../../src/core/operations/keys/list-versions.ts';
import { moveKey } from '../../src/core/operations/keys/move-key.ts';
import { notifyDependants } from '../../src/core/operations/keys/notify-dependants.ts';
import { rotateKey } from '../../src/core/operations/keys/rotate-key.ts';
import * as descriptions from '../../src/core/operations/keys/update-key.ts';
import * as names from '../../src/core/operations/names/names.ts';
import { type Denial, writeDenials } from '../../src/core/operations/projects/project-denials.ts';
import { readProjectFacet, writeProjectFacet } from '../../src/core/operations/projects/project-facets.ts';
import * as projects from '../../src/core/operations/projects/projects.ts';
import * as registrations from '../../src/core/operations/registrations/registrations.ts';
import * as rings from '../../src/core/operations/rings/key-rings.ts';
import { ensureServiceKey } from '../../src/core/operations/services/ensure-service-key.ts';
import { recordOutcome } from '../../src/core/operations/system/maintenance.ts';
import { readCustody, readSeal } from '../../src/core/operations/system/sealing.ts';
import { readStatus } from '../../src/core/operations/system/status.ts';
import { rotateTokenKey } from '../../src/core/operations/system/token-keys.ts';
import { NO_CONTEXT } from '../../src/domain/message-context.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { selfSigned } from '../support/certificates.ts';
import { type Bench, uniqueName } from './bench.ts';
import { GUARD_TRIALS } from './guard-trials.ts';
import { IDENTITY_TRIALS } from './identity-trials.ts';
import { LIFE_TRIALS } from './life-trials.ts';
import { MECHANISM_TRIALS } from './mechanism-trials.ts';
import { SECRET_TRIALS } from './secret-trials.ts';
import { aKey, byId, PAGE, type Trial, trial } from './trial.ts';

const REALM = { on: 'realm' } as const;
const SYSTEM = { where: 'system' } as const;

const IMPORTED = { algorithm: 'aes-256', location: 'here', exportable: true } as const;
const incoming = () => ({ by: 'plain' as const, material: SecretBytes.own(randomBytes(32)) });

async function aPrincipal(bench: Bench): Promise<{ readonly principal: string }> {
  const made = await bench.do(principals.createPrincipal, { name: uniqueName(), kind: 'serviceAccount' });
  return { principal: made.id };
}

const aMessage = async (bench: Bench) => {
  const { key } = await aKey(bench);
  const sealed = await bench.do(encrypt, { key, plaintext: randomBytes(32), context: NO_CONTEXT });
  return { key, ciphertext: sealed.ciphertext };
};

const aRule = () => ({
  scope: REALM,
  effect: 'allow' as const,
  principals: ['*'],
  permissions: ['key.read' as const],
  conditions: [{ attribute: 'source.address', operator: 'inNetwork' as const, values: ['192.0.2.0/24'] }],
});

/** One's own credential, which must be there for a token to stand on; the key that signs is made before, as on any but the first day. */
const TOKENS: Trial = {
  operation: issueTokens,
  async prepare(bench) {
    const { kms } = bench.house;
    const { principal } = { ...bench.context().actor } as { readonly principal: Principal };
    await ensureTokenKey(bench);
    const at = kms.clock.now();
    const { credential, secret } = await kms.identity.issue('apiKey', principal, { at });
    secret[Symbol.dispose]();
    await kms.store.transaction(tx => tx.credentials.insert(credential));
    const input = { audience: 'test', claims: { a: 1 }, accessTtlMs: 60_000, refreshTtlMs: 120_000 };
    const actor = { type: 'principal', principal, credentialId: credential.id } as const;
    return {
      where: 'project',
      attempt: async (failing, context) => {
        const issued = await execute(failing, issueTokens, { ...context, actor }, input);
        issueTokens.discard?.(issued);
      },
    };
  },
};

/** It is made on first need, whoever asks. */
async function ensureAuthority(bench: Bench): Promise<undefined> {
  await bench.house.authority.certificate();
  return undefined;
}

async function ensureTokenKey(bench: Bench): Promise<void> {
  if ((await bench.house.kms.store.tokenKeys.list()).length > 0) return;
  await bench.do(rotateTokenKey, { revoke: false }, 'system');
}

const CHANGES: readonly Trial[] = [
  trial(createKey, async () => ({
    algorithm: 'aes-256' as const,
    location: 'here',
    tags: { a: 'b' },
    facet: { protocol: 'test', document: { a: 1 } },
  })),
  trial(
    importKey,
    async () => ({ ...IMPORTED, material: incoming(), names: [{ namespace: 'test', text: uniqueName() }] }),
    { repeated: 'alreadyExists' },
  ),
  trial(importKeyVersion, async bench => {
    const { key } = await bench.do(importKey, { ...IMPORTED, material: incoming() });
    return { key: byId(key.id), material: incoming() };
  }),
  trial(states.activateKey, async bench => {
    const activateAt = bench.kms.clock.now() + 1_000_000;
    const facts = { algorithm: 'aes-256' as const, location: 'here', activateAt };
    return { key: byId((await bench.do(createKey, facts)).key.id) };
  }),
  trial(states.deactivateKey, aKey),
  trial(moveKey, async bench => ({
    ...(await aKey(bench)),
    keyRing: (await bench.do(rings.createKeyRing, { name: uniqueName() })).id,
  })),
  trial(rotateKey, async bench => ({ ...(await aKey(bench)), cause: 'requestedRotation' })),
  trial(states.disableKey, aKey),
  trial(states.enableKey, async bench => {
    const key = await aKey(bench);
    await bench.do(states.disableKey, key);
    return key;
  }),
  trial(destruction.scheduleDestruction, async bench => ({ ...(await aKey(bench)), delayMs: 1_000_000 }), {
    repeated: 'keyPendingDestruction',
  }),
  trial(
    destruction.cancelDestruction,
    async bench => {
      const key = await aKey(bench);
      await bench.do(destruction.scheduleDestruction, { ...key, delayMs: 1_000_000 });
      return { ...key, restore: true };
    },
    { repeated: 'keyNotPendingDestruction' },
  ),
  trial(
    destroyKey,
    async bench => {
      const { id } = await bench.key();
      const key = byId(id);
      await bench.name(id);
      await bench.name(id);
      await bench.do(registrations.createRegistration, { key, resource: 'volume' });
      await bench.do(rotateKey, { key, cause: 'requestedRotation' });
      return { key };
    },
    { repeated: 'conflict' },
  ),
  trial(descriptions.updateKey, async bench => ({
    ...(await aKey(bench)),
    label: 'new',
    facet: { protocol: 'test', document: { a: 1 } },
  })),
  trial(descriptions.tagKey, async bench => ({ ...(await aKey(bench)), set: { a: 'b' } })),
  trial(descriptions.scheduleRotation, async bench => ({ ...(await aKey(bench)), periodMs: 86_400_000 })),
  trial(
    names.createName,
    async bench => ({ namespace: 'test', text: uniqueName(), ...(await aKey(bench)) }),
    {
      repeated: 'alreadyExists',
    },
  ),
  trial(names.updateName, async bench => {
    const { id } = await bench.key();
    return { ...(await bench.name(id)), ...(await aKey(bench)) };
  }),
  trial(names.deleteName, async bench => bench.name((await bench.key()).id), { repeated: 'notFound' }),
  trial(rings.createKeyRing, async () => ({ name: uniqueName() }), { repeated: 'alreadyExists' }),
  trial(
    rings.deleteKeyRing,
    async bench => {
      const ring = await bench.do(rings.createKeyRing, { name: uniqueName() });
      const facts = { algorithm: 'aes-256' as const, location: 'here', keyRing: ring.name };
      const { key } = await bench.do(createKey, facts);
      await bench.do(destroyKey, { key: byId(key.id) });
      return { keyRing: ring.id, moveKeys: true };
    },
    { repeated: 'notFound' },
  ),
  trial(projects.createProject, async () => ({ name: uniqueName() }), {
    ...SYSTEM,
    repeated: 'alreadyExists',
  }),
  trial(writeProjectFacet, async () => ({
    facet: { protocol: uniqueName(), document: { policy: { enabled: true } } },
  })),
  trial(
    writeDenials,
    async bench => {
      const write = async (denials: readonly Denial[]) => ({
        facet: { protocol: uniqueName(), document: { policy: { enabled: true } } },
        owner: 'test',
        denials,
        expectedRevision: (await bench.do(projects.readProject, undefined)).revision,
      });
      // The rules of the trial before: what an operation changes is the same each time.
      await bench.do(writeDenials, await write([]));
      return write([{ id: randomUUID(), permissions: ['key.purge'], conditions: [] }]);
    },
    { repeated: 'conflict' },
  ),
  trial(notifyDependants, async bench => ({
    ...(await aKey(bench)),
    facet: { protocol: 'test', document: { notifiedAt: 1 } },
  })),
  trial(projects.updateProject, async () => ({ name: uniqueName() })),
  trial(principals.createPrincipal, async () => ({ name: uniqueName(), kind: 'user' }), {
    repeated: 'alreadyExists',
  }),
  trial(principals.updatePrincipal, async bench => ({ ...(await aPrincipal(bench)), enabled: false })),
  trial(
    principals.deletePrincipal,
    async bench => {
      const principal = await aPrincipal(bench);
      const { secret } = await bench.do(credentials.issueCredential, { ...principal, kind: 'apiKey' });
      secret[Symbol.dispose]();
      await bench.do(bindings.bindRole, { ...principal, role: 'user', scope: REALM });
      return principal;
    },
    { repeated: 'notFound' },
  ),
  trial(credentials.issueCredential, async bench => ({
    ...(await aPrincipal(bench)),
    kind: 'accessKeyPair',
  })),
  trial(
    credentials.addCertificate,
    async bench => ({ ...(await aPrincipal(bench)), certificate: selfSigned() }),
    { repeated: 'alreadyExists' },
  ),
  trial(certifyClient, async bench => {
    await ensureAuthority(bench);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    return { ...(await aPrincipal(bench)), publicKey: pem, validMs: 3_600_000 };
  }),
  trial(
    rotateTokenKey,
    async bench => {
      await ensureTokenKey(bench);
      return { revoke: false };
    },
    SYSTEM,
  ),
  trial(
    credentials.revokeCredential,
    async bench => {
      const principal = await aPrincipal(bench);
      const issued = await bench.do(credentials.issueCredential, { ...principal, kind: 'apiKey' });
      issued.secret[Symbol.dispose]();
      return { ...principal, credentialId: issued.credential.id };
    },
    { repeated: 'notFound' },
  ),
  trial(
    bindings.bindRole,
    async bench => ({ ...(await aPrincipal(bench)), role: 'user' as const, scope: REALM }),
    {
      repeated: 'alreadyExists',
    },
  ),
  trial(
    bindings.unbindRole,
    async bench => {
      const bound = { ...(await aPrincipal(bench)), role: 'user' as const, scope: REALM };
      return { bindingId: (await bench.do(bindings.bindRole, bound)).id };
    },
    { repeated: 'notFound' },
  ),
  trial(rules.createRule, async bench => ({
    ...aRule(),
    scope: { on: 'key' as const, ...(await aKey(bench)) },
  })),
  trial(rules.deleteRule, async bench => ({ ruleId: (await bench.do(rules.createRule, aRule())).id }), {
    repeated: 'notFound',
  }),
  trial(ensureServiceKey, async () => ({
    namespace: 'test',
    text: uniqueName(),
    owner: 'storage',
    algorithm: 'aes-256',
    location: 'here',
    description: '',
    rotationPeriodMs: 86_400_000,
  })),
];

const USES: readonly Trial[] = [
  trial(encrypt, async bench => ({
    ...(await aKey(bench)),
    plaintext: randomBytes(32),
    context: NO_CONTEXT,
  })),
  trial(decrypt, async bench => ({ ...(await aMessage(bench)), context: NO_CONTEXT })),
  trial(reencrypt, async bench => ({
    source: { ...(await aMessage(bench)), context: NO_CONTEXT },
    destination: { ...(await aKey(bench)), context: NO_CONTEXT },
  })),
  trial(dataKeys.generateDataKey, async bench => ({
    ...(await aKey(bench)),
    bytes: 32,
    context: NO_CONTEXT,
  })),
  trial(dataKeys.generateWrappedDataKey, async bench => ({
    ...(await aKey(bench)),
    bytes: 32,
    context: NO_CONTEXT,
  })),
  trial(exportKey, anImported),
  trial(answerRequest, async () => ({ asked: 'Query' })),
  trial(writeNote, async () => ({ text: 'a word of a client' })),
  trial(generateRandom, async () => ({ bytes: 32 })),
  trial(seedRandom, async () => ({ data: new Uint8Array(32) })),
  TOKENS,
  trial(recordOutcome, async () => ({ work: 'backup' as const, outcome: { bytes: 1 } }), SYSTEM),
];

const READS: readonly Trial[] = [
  trial(describeKey, async bench => ({ ...(await aKey(bench)), withFacet: 'test' })),
  trial(readLastUse, aKey),
  trial(listKeys, async () => ({ page: PAGE, withFacet: 'test' })),
  trial(listVersions, async bench => ({ ...(await aKey(bench)), page: PAGE })),
  trial(names.listNames, async bench => ({ ...(await aKey(bench)), page: PAGE })),
  trial(rings.readKeyRing, async () => ({ keyRing: 'default' })),
  trial(rings.listKeyRings, async () => ({ page: PAGE })),
  trial(projects.readProject, async () => undefined),
  trial(readProjectFacet, async () => ({ protocol: 'test' })),
  trial(projects.listProjects, async () => ({ page: PAGE }), SYSTEM),
  trial(principals.readPrincipal, aPrincipal),
  trial(principals.listPrincipals, async () => ({ page: PAGE })),
  trial(credentials.listCredentials, aPrincipal),
  trial(whoAmI, async () => undefined),
  trial(bindings.listBindings, async () => ({ scope: REALM, page: PAGE })),
  trial(bindings.listPrincipalBindings, aPrincipal),
  trial(rules.listRules, async () => ({ scope: REALM, page: PAGE })),
  trial(explainAccess, async bench => ({
    ...(await aPrincipal(bench)),
    permission: 'key.read' as const,
    scope: REALM,
  })),
  trial(audit.searchAudit, async () => ({ filter: {}, newestFirst: true, limit: 5 })),
  trial(audit.readCheckpoint, async () => undefined),
  trial(audit.readReceipt, async () => ({ index: 0 }), SYSTEM),
  trial(followAudit, async () => ({ filter: {} })),
  trial(audit.exportAudit, async () => undefined, SYSTEM),
  trial(readAuthority, ensureAuthority),
  trial(readStatus, async () => undefined, SYSTEM),
  trial(readSeal, async () => undefined, SYSTEM),
  trial(readCustody, async () => undefined, SYSTEM),
];

export const TRIALS: readonly Trial[] = [
  ...CHANGES,
  ...GUARD_TRIALS,
  ...IDENTITY_TRIALS,
  ...SECRET_TRIALS,
  ...MECHANISM_TRIALS,
  ...LIFE_TRIALS,
  ...USES,
  ...READS,
];

/** Operations that are tried elsewhere, each with the reason. */
async function anImported(bench: Bench) {
  const { key } = await bench.do(importKey, { ...IMPORTED, material: incoming() });
  return { key: byId(key.id) };
}

export const NOT_TRIED: Readonly<Record<string, string>> = {
  'system.rotateRoot':
    'starts long work: its steps are killed one by one in src/custody/root-rotation.test.ts',
  'system.backup': 'starts long work that changes no row',
  'system.seal': 'changes no row: see test/contract/sealing.test.ts',
  'system.unseal': 'the same',
  'system.unseal.reset': 'the same',
  'system.rootShares': 'the same',
  'system.hardware.check': 'asks a token: see test/clients/pkcs11/hardware-keys.test.ts',
  'system.hardware.erase': 'the same',
  'key.ensureHardwareWrappingKey': 'asks a token: see test/clients/pkcs11/wrapped-faults.test.ts',
  'request.refuse': 'refuses always: it has no output and no effect',
};
