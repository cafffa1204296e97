// Sessions of clouds on a real store and real custody: passwords and tokens for a project, and what they prove.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeUtf8, utf8 } from '../../src/base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../src/base/secret-bytes.ts';
import {
  CLOUD_AUDIENCE,
  cloudRoleNames,
  openCloudRequest,
  proveCloudToken,
} from '../../src/core/cloud-session.ts';
import type { RequestContext } from '../../src/core/context.ts';
import { execute } from '../../src/core/execute.ts';
import type { Operation } from '../../src/core/operation.ts';
import { bindRole } from '../../src/core/operations/access/bindings.ts';
import { createRule, deleteRule } from '../../src/core/operations/access/rules.ts';
import type { ScopeSelector } from '../../src/core/operations/access/scopes.ts';
import { encrypt } from '../../src/core/operations/crypto/encrypt.ts';
import { createApplicationCredential } from '../../src/core/operations/identity/application-credentials.ts';
import { issueCredential } from '../../src/core/operations/identity/credentials.ts';
import { changePassword, setPassword } from '../../src/core/operations/identity/passwords.ts';
import { createPrincipal, updatePrincipal } from '../../src/core/operations/identity/principals.ts';
import { revokeToken } from '../../src/core/operations/identity/revoke-token.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { describeKey } from '../../src/core/operations/keys/describe-key.ts';
import { listKeys } from '../../src/core/operations/keys/list-keys.ts';
import { createProject, readProject, updateProject } from '../../src/core/operations/projects/projects.ts';
import { createKeyRing } from '../../src/core/operations/rings/key-rings.ts';
import { setAccessList } from '../../src/core/operations/secrets/access-lists.ts';
import { keepSecret } from '../../src/core/operations/secrets/keep-secret.ts';
import { revealSecret } from '../../src/core/operations/secrets/reveal-secret.ts';
import type { Proof } from '../../src/core/ports/identity.ts';
import { KmsError } from '../../src/domain/errors.ts';
import { NO_CONTEXT } from '../../src/domain/message-context.ts';
import type { Role } from '../../src/domain/permission.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { systemContext } from '../support/system.ts';
import { codeOf } from './core-subject.ts';
import { isCode } from './store-samples.ts';

const HOUR_MS = 3_600_000;
let keyhold: TestKeyhold;
before(async () => {
  keyhold = await startKeyhold();
});
after(() => keyhold.stop());

const kms = () => keyhold.kms;
const now = () => keyhold.clock.now();
const secret = (text: string) => SecretBytes.own(utf8(text));

const run = <I, T, O, P>(operation: Operation<I, T, O, P>, input: I, context = systemContext()): Promise<O> =>
  execute(kms(), operation, context, input);

async function newProject(): Promise<string> {
  const { project } = await run(createProject, { name: `project-${kms().random.uuid().slice(0, 8)}` });
  return project.id;
}

/** A user of the system with a password. */
async function newUser(password: string): Promise<Principal> {
  const user = await run(createPrincipal, { name: `user-${kms().random.uuid().slice(0, 8)}`, kind: 'user' });
  await run(setPassword, { principal: user.id, password: secret(password) });
  return user;
}

const bind = (user: Principal, role: Role, projectId?: string) =>
  run(bindRole, { principal: user.id, role, scope: { on: 'realm' } }, systemContext(projectId));

const prove = (user: Principal, password: string) =>
  kms().identity.provePassword(user.id, secret(password), now());

async function tokenFor(proof: Proof | undefined, projectId?: string, ttlMs = HOUR_MS): Promise<string> {
  assert.ok(proof);
  const claims = { methods: ['password'], ...(projectId !== undefined && { project_id: projectId }) };
  const token = { kind: 'access', audience: CLOUD_AUDIENCE, ttlMs, claims } as const;
  const issued = await kms().identity.issueToken(proof, token, now());
  using text = issued.text;
  return decodeUtf8(revealSecretBytes(text));
}

const open = (token: string | undefined, serviceToken?: string) =>
  openCloudRequest(kms(), { protocol: 'test', requestId: kms().random.uuid(), token, serviceToken });

describe('passwords', () => {
  it('prove their principal, and no other text does', async () => {
    const user = await newUser('correct horse');
    assert.equal((await prove(user, 'correct horse'))?.principal.id, user.id);
    for (const wrong of ['', 'correct', 'correct horse ', 'Correct horse'])
      assert.equal(await prove(user, wrong), undefined, wrong);
    assert.equal(await kms().identity.provePassword(undefined, secret('correct horse'), now()), undefined);
    const [credential] = await kms().store.credentials.list(user.id);
    assert.equal(credential?.kind, 'password');
    assert.ok(!Buffer.from(credential.verifier).includes('correct horse'));
  });

  it('of a disabled principal prove nothing', async () => {
    const user = await newUser('correct horse');
    await run(updatePrincipal, { principal: user.id, enabled: false });
    assert.equal(await prove(user, 'correct horse'), undefined);
  });

  it('are one for each principal, and a new one ends the tokens of the one before', async () => {
    const user = await newUser('first');
    const projectId = await newProject();
    await bind(user, 'user', projectId);
    const token = await tokenFor(await prove(user, 'first'), projectId);
    assert.equal((await open(token)).projectId, projectId);
    const own = {
      ...systemContext(),
      actor: (await proveCloudToken(kms(), token))?.actor ?? systemContext().actor,
    };
    const change = { before: secret('wrong'), password: secret('second') };
    await assert.rejects(run(changePassword, change, own), isCode('unauthenticated'));
    assert.ok(await proveCloudToken(kms(), token));
    await run(changePassword, { before: secret('first'), password: secret('second') }, own);
    assert.equal(await proveCloudToken(kms(), token), undefined);
    assert.equal(await prove(user, 'first'), undefined);
    assert.ok(await prove(user, 'second'));
    assert.equal((await kms().store.credentials.list(user.id)).length, 1);
  });

  it('within their bounds are taken, and no others', async () => {
    const user = await newUser('x');
    await run(setPassword, { principal: user.id, password: secret('y'.repeat(1_024)) });
    for (const text of ['', 'y'.repeat(1_025)])
      await assert.rejects(
        run(setPassword, { principal: user.id, password: secret(text) }),
        isCode('invalidInput'),
      );
  });
});

describe('tokens for a project', () => {
  it('open requests in that project alone, with what the user holds there', async () => {
    const user = await newUser('p');
    const [one, other] = [await newProject(), await newProject()];
    await bind(user, 'admin', one);
    await bind(user, 'viewer', other);
    const proof = await prove(user, 'p');
    const inOne = await open(await tokenFor(proof, one));
    const inOther = await open(await tokenFor(proof, other));
    assert.equal((await run(updateProject, { enabled: true }, inOne)).id, one);
    await assert.rejects(run(updateProject, { enabled: true }, inOther), isCode('denied'));
    assert.equal((await run(readProject, undefined, inOther)).id, other);
    // What is held in one project counts for nothing in a session of the other.
    const { key } = await run(createKey, { algorithm: 'aes-256', location: 'here' }, systemContext(one));
    // Named by the account number, a key of another project is found where a role there allows it.
    const accountId = (await kms().store.projects.find(one))?.accountId;
    const selector = { key: { by: 'id', id: key.id, accountId } } as const;
    assert.equal((await run(describeKey, selector, inOne)).key.id, key.id);
    await assert.rejects(run(describeKey, selector, inOther), isCode('denied'));
    assert.equal((await run(describeKey, selector, { ...inOther, session: undefined })).key.id, key.id);
    // Nor does what rules allow there; what they deny, they deny to every session.
    const rule = {
      scope: { on: 'realm' },
      principals: [user.id],
      permissions: ['key.read'],
      conditions: [],
    } as const;
    await run(createRule, { ...rule, effect: 'allow' }, systemContext(one));
    await assert.rejects(run(describeKey, selector, inOther), isCode('denied'));
    await run(createRule, { ...rule, effect: 'deny' }, systemContext(one));
    await assert.rejects(run(describeKey, { key: { by: 'id', id: key.id } }, inOne), KmsError);
    const found = await proveCloudToken(kms(), await tokenFor(proof, one));
    assert.ok(found);
    assert.deepEqual(await cloudRoleNames(kms(), found), ['admin', 'member', 'reader']);
  });

  it('prove nothing without a project, after their end, or in a disabled project', async () => {
    const user = await newUser('p');
    const projectId = await newProject();
    await bind(user, 'viewer', projectId);
    const proof = await prove(user, 'p');
    await assert.rejects(open(undefined), isCode('unauthenticated'));
    await assert.rejects(open('gibberish'), isCode('unauthenticated'));
    await assert.rejects(open(await tokenFor(proof)), isCode('unauthenticated'));
    const token = await tokenFor(proof, projectId);
    await run(updateProject, { enabled: false }, systemContext(projectId));
    await assert.rejects(open(token), isCode('unauthenticated'));
    await run(updateProject, { enabled: true }, systemContext(projectId));
    assert.ok(await open(token));
    keyhold.clock.advance(HOUR_MS + 1_000);
    await assert.rejects(open(token), isCode('unauthenticated'));
    // A service may carry the request to its end.
    const service = await newUser('s');
    await bind(service, 'service', projectId);
    const serviceToken = await tokenFor(await prove(service, 's'), projectId);
    assert.equal((await open(token, serviceToken)).projectId, projectId);
    await assert.rejects(open(token, await tokenFor(proof, projectId)), isCode('unauthenticated'));
    keyhold.clock.advance(48 * HOUR_MS);
    const later = await tokenFor(await prove(service, 's'), projectId);
    await assert.rejects(open(token, later), isCode('unauthenticated'));
  });

  it('prove nothing once they are taken back, by their owner or by who may revoke credentials', async () => {
    const [user, stranger] = [await newUser('p'), await newUser('q')];
    const projectId = await newProject();
    await bind(user, 'viewer', projectId);
    await bind(stranger, 'viewer', projectId);
    const token = await tokenFor(await prove(user, 'p'), projectId);
    const proof = await kms().identity.proveToken(token, {
      kind: 'access',
      audience: CLOUD_AUDIENCE,
      at: now(),
    });
    assert.ok(proof);
    const strangers = await open(await tokenFor(await prove(stranger, 'q'), projectId));
    await assert.rejects(run(revokeToken, { proof }, strangers), isCode('denied'));
    const context = await open(token);
    await run(revokeToken, { proof }, context);
    await assert.rejects(open(token), isCode('unauthenticated'));
    await run(revokeToken, { proof }, context);
    assert.ok(await open(await tokenFor(await prove(user, 'p'), projectId)));
  });

  it('may be an API key, which stands for the home project of its principal', async () => {
    const { keyProtect, project } = keyhold.credentials;
    const context = await open(keyProtect.apiKey);
    assert.equal(context.projectId, project.id);
    await assert.rejects(open(keyhold.credentials.admin.apiKey), isCode('unauthenticated'));
  });
});

describe('application credentials', () => {
  /** A request with one that its user has made in the project, with those of the roles. */
  async function openApplication(
    user: Principal,
    projectId: string,
    roles: readonly Role[],
    name = 'backup',
  ) {
    const own = await open(await tokenFor(await prove(user, 'p'), projectId));
    const input = { name, description: '', roles };
    const { credential, secret: shown } = await run(createApplicationCredential, input, own);
    using given = shown;
    const proof = await kms().identity.proveApplicationCredential(credential.lookup, given, now());
    return open(await tokenFor(proof, projectId));
  }

  it('count in their project alone, whatever their user holds in the whole installation', async () => {
    const user = await newUser('p');
    const projectId = await newProject();
    await bind(user, 'admin');
    const program = await openApplication(user, projectId, ['admin']);
    const { key } = await run(createKey, { algorithm: 'aes-256', location: 'here' }, program);
    assert.equal(key.projectId, projectId);
    await assert.rejects(run(createProject, { name: 'more' }, program), isCode('denied'));
    const input = { principal: user.id, kind: 'apiKey' } as const;
    const ofSystem = { ...program, projectId: undefined };
    await assert.rejects(run(issueCredential, input, ofSystem), isCode('denied'));
  });

  it('give no other credential of their user to a program that has some of the roles only', async () => {
    const projectId = await newProject();
    const user = await run(createPrincipal, { name: 'of-two-roles', kind: 'user' }, systemContext(projectId));
    await run(setPassword, { principal: user.id, password: secret('p') }, systemContext(projectId));
    await bind(user, 'purger', projectId);
    await bind(user, 'registrar', projectId);
    const input = { principal: user.id, kind: 'apiKey' } as const;
    const program = await openApplication(user, projectId, ['registrar']);
    await assert.rejects(run(issueCredential, input, program), isCode('denied'));
    const { secret: shown } = await run(
      issueCredential,
      input,
      await open(await tokenFor(await prove(user, 'p'), projectId)),
    );
    shown[Symbol.dispose]();
  });

  it('gain nothing by rules that name their user or everybody, wherever they are set', async () => {
    const [user, projectId] = [await newUser('p'), await newProject()];
    await bind(user, 'admin', projectId);
    const here = systemContext(projectId);
    const ring = await run(createKeyRing, { name: 'ring' }, here);
    const spec = { algorithm: 'aes-256', location: 'here', keyRing: ring.name } as const;
    const { key } = await run(createKey, spec, here);
    const named = { key: { by: 'id', id: key.id } } as const;
    const program = await openApplication(user, projectId, ['quotaReader']);
    const use = (context: RequestContext) =>
      codeOf(run(encrypt, { ...named, plaintext: utf8('x'), context: NO_CONTEXT }, context));
    const places: readonly (readonly [RequestContext, ScopeSelector])[] = [
      [systemContext(), { on: 'realm' }],
      [here, { on: 'realm' }],
      [here, { on: 'keyRing', keyRing: ring.id }],
      [here, { on: 'key', ...named }],
    ];
    const made: (readonly [RequestContext, string])[] = [];
    for (const [context, scope] of places) {
      for (const principal of [user.id, '*']) {
        const rule = { scope, permissions: ['*'], conditions: [], principals: [principal] } as const;
        const { id } = await run(createRule, { ...rule, effect: 'allow' }, context);
        made.push([context, id]);
        assert.equal(await use(program), 'denied', `${scope.on} ${principal}`);
      }
    }
    await assert.rejects(run(listKeys, { page: { limit: 10 } }, program), isCode('denied'));
    const own = await open(await tokenFor(await prove(user, 'p'), projectId));
    assert.equal(await use(own), 'ok');
    // What a rule denies, it denies to the program as well.
    const stronger = await openApplication(user, projectId, ['user'], 'stronger');
    assert.equal(await use(stronger), 'ok');
    const denial = { scope: { on: 'key', ...named }, permissions: ['key.encrypt'], conditions: [] } as const;
    await run(createRule, { ...denial, effect: 'deny', principals: [user.id] }, here);
    assert.equal(await use(stronger), 'denied');
    for (const [context, ruleId] of made) await run(deleteRule, { ruleId }, context);
  });

  it('are their user to an access list, as the list says of an object who may read it whatever their roles', async () => {
    const [user, projectId] = [await newUser('p'), await newProject()];
    await bind(user, 'quotaReader', projectId);
    const here = systemContext(projectId);
    const payload = { material: secret('payload'), contentType: 'text/plain' };
    const { id } = await run(keepSecret, { type: 'opaque', location: 'here', payload }, here);
    const program = await openApplication(user, projectId, ['quotaReader']);
    await assert.rejects(run(revealSecret, { id }, program), isCode('denied'));
    const of = { noun: 'secret', id } as const;
    await run(setAccessList, { of, principals: [{ id: user.id, name: user.name }] }, here);
    using revealed = (await run(revealSecret, { id }, program)).material;
    assert.equal(decodeUtf8(revealSecretBytes(revealed)), 'payload');
  });
});
