// Every code that this protocol refuses with, provoked, in one table: its status, its place in the message, and the shape of the body.

import assert from 'node:assert/strict';
import { createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { after, before, test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { execute } from '../../../src/core/execute.ts';
import { ensureServiceKey } from '../../../src/core/operations/services/ensure-service-key.ts';
import { FAULTS, type FaultCode } from '../../../src/protocols/key-protect/fault.ts';
import { selfSigned } from '../../support/certificates.ts';
import { systemContext } from '../../support/system.ts';
import {
  type Caller,
  collection,
  type Exchange,
  type HandMade,
  type Json,
  type KeyProtectSubject,
  keyBody,
  startKeyProtect,
} from './support.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MATERIAL = Buffer.alloc(32, 4).toString('base64');
const NOBODY = '99999999-9999-4999-8999-999999999999';
const CRN = encodeURIComponent('crn:v1:bluemix:public:some-service:global:a/1:2:bucket:x');

let subject: KeyProtectSubject;
let caller: Caller;
before(async () => {
  subject = await startKeyProtect();
  caller = await subject.addCaller('provoker', ['manager', 'user', 'registrar']);
});
after(() => subject.stop());

const send = (made: HandMade) => subject.send({ as: caller, ...made });
const get = (path: string) => send({ path });
const post = (path: string, body?: unknown) => send({ method: 'POST', path, body });
const put = (path: string, body?: unknown) => send({ method: 'PUT', path, body });
const remove = (path: string) => send({ method: 'DELETE', path });
const create = (members: Readonly<Record<string, unknown>> = {}) => post('/keys', keyBody(members));
const act = (id: string, action: string, body?: unknown) => post(`/keys/${id}/actions/${action}`, body);

async function key(members: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const made = await create(members);
  assert.equal(made.status, 201, made.text);
  return made.json.resources[0].id;
}

async function deleted(members: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const id = await key(members);
  await remove(`/keys/${id}`);
  return id;
}

async function registered(preventKeyDeletion: boolean): Promise<string> {
  const id = await key();
  await post(`/keys/${id}/registrations/${CRN}`, collection('registration_input', { preventKeyDeletion }));
  return id;
}

const policy = (members: Json) =>
  collection('policy', { type: 'application/vnd.ibm.kms.policy+json', ...members });
const inAnHour = () => new Date(subject.keyhold.clock.now() + HOUR_MS).toISOString();
const adapter = (crk_id: string, name?: string) =>
  post(
    '/kmip_adapters',
    collection('kmip_adapter', { name, profile: 'native_1.0', profile_data: { crk_id } }),
  );
const certificate = (members: Json) =>
  post('/kmip_adapters/of-certificates/certificates', collection('kmip_client_certificate', members));

/** The members of an import under a fresh token, proven with this nonce or the right one. */
async function sealed(nonce?: Buffer): Promise<Readonly<Record<string, string>>> {
  await post('/import_token', { expiration: 300 });
  const token = (await get('/import_token')).json;
  const material = Buffer.from(MATERIAL, 'base64');
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', material, iv);
  const proof = cipher.update(nonce ?? Buffer.from(token.nonce, 'base64'));
  const publicKey = createPublicKey(Buffer.from(token.payload, 'base64').toString('latin1'));
  return {
    payload: publicEncrypt({ key: publicKey, oaepHash: 'sha256' }, material).toString('base64'),
    encryptedNonce: Buffer.concat([proof, cipher.final(), cipher.getAuthTag()]).toString('base64'),
    iv: iv.toString('base64'),
  };
}

/** Those that no request alone brings about, each with the reason. */
const ELSEWHERE: Partial<Record<FaultCode, string>> = {
  KEY_SEARCH_TOO_BROAD: 'takes thousands of keys: lists.test.ts',
  FEATURE_RESTRICTED_ERR: 'the answer to what the core does not offer, which no body can ask for',
};

const PROVOKED: Readonly<Partial<Record<FaultCode, () => Promise<Exchange>>>> = {
  BAD_BODY_ERR: () => post('/keys', '{"metadata":'),
  NO_BODY_ERR: async () => act(await key(), 'unwrap'),
  INVALID_FIELD_ERR: () => create({ name: 'x' }),
  INVALID_QUERY_PARAM_ERR: () => get('/keys?limit=-1'),
  BODY_QUERY_PARAM_MISMATCH_ERR: async () =>
    put(`/keys/${await key()}/policies?policy=rotation`, policy({ dualAuthDelete: { enabled: true } })),
  COLLECTION_TOTAL_MISMATCH_ERR: () => {
    const body = keyBody();
    return post('/keys', { ...body, metadata: { ...body.metadata, collectionTotal: 2 } });
  },
  NUM_COLLECTION_RESOURCE_ERR: () => post('/keys', collection('key')),
  BEARER_SUB_EXTRACTION_ERR: () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return send({ path: '/keys', token: `${part({ alg: 'RS256' })}.${part({ iat: 1 })}.AAAA` });
  },
  KEY_ROOT_REQ_ERR: async () => act(await key({ extractable: true }), 'wrap'),
  KEY_PAYLOAD_REQ_ERR: async () => act(await key({ payload: MATERIAL }), 'rotate'),
  KEY_EXPIRED_ERR: async () => {
    const id = await deleted({ expirationDate: inAnHour() });
    subject.keyhold.clock.advance(2 * HOUR_MS);
    return post(`/keys/${id}/restore`);
  },
  KEY_RESTORE_EXPIRED: async () => {
    const id = await deleted();
    subject.keyhold.clock.advance(31 * DAY_MS);
    return post(`/keys/${id}/restore`);
  },
  INCORRECT_NONCE_ERR: async () => create(await sealed(randomBytes(12))),
  INCORRECT_NONCE_IV_ERR: async () => create({ ...(await sealed()), iv: 'AAAA' }),
  UNAUTHORIZED_ERR: () => send({ path: '/keys', instanceId: NOBODY }),
  SERVICE_ONLY_ERR: async () => {
    const { kms } = subject.keyhold;
    const { keyId } = await execute(kms, ensureServiceKey, systemContext(caller.instanceId), {
      namespace: 'aws/us-east-1',
      text: 'alias/aws/s3',
      owner: 'aws/s3',
      algorithm: 'aes-256',
      location: 'us-east-1',
      description: '',
      rotationPeriodMs: 365 * DAY_MS,
    });
    return act(keyId, 'disable');
  },
  KEY_NOT_FOUND_ERR: () => get(`/keys/${NOBODY}`),
  KEY_RING_NOT_FOUND_ERR: () => remove('/key_rings/no-such-ring'),
  KMIP_OBJECT_NOT_FOUND_ERR: () => get('/kmip_adapters/no-such-adapter'),
  NATIVE_CRK_ID_NOT_FOUND_ERR: () => adapter(NOBODY),
  KEY_ACTION_INVALID_STATE_ERR: async () => act(await key(), 'enable'),
  REQ_TOO_EARLY_ERR: async () => post(`/keys/${await deleted()}/restore`),
  KEY_ROTATION_NOT_PERMITTED: async () => {
    const id = await key();
    await act(id, 'rotate');
    return act(id, 'rotate');
  },
  PROTECTED_RESOURCE_ERR: async () => remove(`/keys/${await registered(false)}`),
  PREV_KEY_DEL_ERR: async () => remove(`/keys/${await registered(true)}?force=true`),
  AUTHORIZATIONS_NOT_MET: async () => {
    const id = await key();
    await put(`/keys/${id}/policies`, policy({ dualAuthDelete: { enabled: true } }));
    return remove(`/keys/${id}`);
  },
  NOT_DUAL_AUTH_ERR: async () => act(await key(), 'setKeyForDeletion'),
  KEY_CREATE_IMPORT_ACCESS_ERR: async () => {
    const access = (enabled: boolean, attributes?: Json) =>
      put(
        '/instance/policies',
        collection('policy', { policy_type: 'keyCreateImportAccess', policy_data: { enabled, attributes } }),
      );
    await access(true, { create_root_key: false });
    const refused = await create();
    await access(false);
    return refused;
  },
  IMPORT_TOKEN_EXPIRED_ERR: async () => {
    const members = await sealed();
    subject.keyhold.clock.advance(HOUR_MS);
    return create(members);
  },
  KEY_RING_NOT_EMPTY_ERR: async () => {
    await post('/key_rings/full');
    await send({ method: 'POST', path: '/keys', body: keyBody(), headers: { 'x-kms-key-ring': 'full' } });
    return remove('/key_rings/full');
  },
  KEY_RING_KEYS_NOT_DELETED_ERR: () => remove('/key_rings/full?force=true'),
  KEY_ALIAS_NOT_UNIQUE_ERR: async () => {
    await key({ aliases: ['taken'] });
    return create({ aliases: ['taken'] });
  },
  KEY_ALIAS_QUOTA_ERR: async () => {
    const id = await key({ aliases: ['q1', 'q2', 'q3', 'q4', 'q5'] });
    return post(`/keys/${id}/aliases/q6`);
  },
  KMIP_ADAPTER_DUPLICATE_NAME_ERR: async () => {
    await adapter(await key(), 'of-certificates');
    return adapter(await key(), 'of-certificates');
  },
  KMIP_CERT_DUPLICATE_ERR: async () => {
    const pem = selfSigned();
    await certificate({ certificate: pem });
    return certificate({ certificate: pem });
  },
  KMIP_CERT_DUPLICATE_NAME_ERR: async () => {
    await certificate({ name: 'twice', certificate: selfSigned() });
    return certificate({ name: 'twice', certificate: selfSigned() });
  },
  NATIVE_INVALID_CRK_ERR: async () => adapter(await key({ extractable: true })),
  KEY_DELETED_ERR: async () => act(await deleted(), 'wrap'),
  UNPROCESSABLE_CIPHERTEXT_ERR: async () => act(await key(), 'unwrap', { ciphertext: MATERIAL }),
  KEY_INVALID_STATE_ERR: async () => {
    const id = await key();
    await act(id, 'disable');
    return post(`/keys/${id}/registrations/${CRN}`, collection('registration_input', {}));
  },
  KEY_ROOT_REQ_REG_ERR: async () =>
    post(
      `/keys/${await key({ extractable: true })}/registrations/${CRN}`,
      collection('registration_input', {}),
    ),
  KEY_VERSION_INVALID: async () =>
    post(
      `/keys/${await key()}/registrations/${CRN}`,
      collection('registration_input', { keyVersionId: NOBODY }),
    ),
};

for (const code of Object.keys(FAULTS) as readonly FaultCode[]) {
  if (ELSEWHERE[code] !== undefined) continue;
  test(`${FAULTS[code].status} ${code}`, async () => {
    const provoke = must(PROVOKED[code], 'every code is provoked');
    const { status, json, headers } = await provoke();
    assert.equal(status, FAULTS[code].status, JSON.stringify(json));
    assert.match(String(headers['correlation-id']), /^[0-9a-f-]{36}$/);
    assert.deepEqual(json.metadata, {
      collectionType: 'application/vnd.ibm.kms.error+json',
      collectionTotal: 1,
    });
    const [{ errorMsg, reasons, ...nothing }] = json.resources;
    assert.deepEqual(nothing, {});
    assert.ok(errorMsg.startsWith(`${STATUS_CODES[status]}: `), errorMsg);
    assert.ok(errorMsg.endsWith(`: Please see \`reasons\` for more details (${code})`), errorMsg);
    const [{ message, moreInfo, target, ...reason }] = reasons;
    assert.deepEqual(reason, { code, status });
    assert.ok(message.length > 0 && moreInfo.startsWith('https://'));
    if (target !== undefined) assert.deepEqual(Object.keys(target).sort(), ['name', 'type']);
  });
}
