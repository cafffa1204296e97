// Keys made and imported.

import type { Bytes } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { createKey } from '../../../core/operations/keys/create-key.ts';
import { exportKey } from '../../../core/operations/keys/export-key.ts';
import { importKey } from '../../../core/operations/keys/import-key.ts';
import type { NewKeyInput } from '../../../core/operations/keys/new-key.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { readResource } from '../body.ts';
import { COLLECTIONS } from '../collections.ts';
import { fieldRefusal, refusal } from '../fault.ts';
import { type KeyKind, ROOT_ALGORITHMS, rootAlgorithm } from '../kinds.ts';
import { parseDate } from '../lists/dates.ts';
import type { Members } from '../members.ts';
import { ALIASES_PER_INSTANCE_MAX, NAMESPACE, PROTOCOL_NAME, requireAlias } from '../names.ts';
import {
  creationRefusal,
  type InstanceDefaults,
  readInstanceDefaults,
} from '../policies/instance-defaults.ts';
import { type KeyProtectRequest, perform, type Told } from '../request.ts';
import type { Answer, AnswerSecret, Call, Route } from '../route.ts';
import { TIMES } from '../times.ts';
import { type ImportTokenProof, incomingMaterial, readImportTokenMembers } from './incoming.ts';
import { rotationOfImported, trailOf } from './key-policies.ts';
import { keyAnswer, tagsOf } from './representation.ts';

const ALIASES_MAX = 5;
const TAGS_MAX = 30;
const STANDARD_BYTES_MAX = 7_500;
const CREATION_TOLD: Told = {
  alreadyExists: 'KEY_ALIAS_NOT_UNIQUE_ERR',
  notFound: ({ details }) => ('keyRing' in details ? 'KEY_RING_NOT_FOUND_ERR' : 'IMPORT_TOKEN_EXPIRED_ERR'),
  limitExceeded: 'KEY_ALIAS_QUOTA_ERR',
};
const TAG = /^[^<>:&|]{1,30}$/;

/** What the body says of a new key. */
function readKey(resource: Members, now: number) {
  const type = resource.text('type');
  if (type !== COLLECTIONS.key) throw fieldRefusal('type', `must be ${COLLECTIONS.key}`);
  const name = resource.text('name', { min: 2, max: 90 });
  if (name === undefined) throw fieldRefusal('name', 'is required');
  const aliases = resource.texts('aliases', ALIASES_MAX) ?? [];
  const expiration = resource.text('expirationDate');
  const kind: KeyKind = (resource.flag('extractable') ?? true) ? 'standard' : 'root';
  const tags = resource.texts('tags', TAGS_MAX, {
    pattern: TAG,
    rule: 'must hold texts of up to 30 characters without < > : & |',
  });
  const description = resource.text('description', { max: 240 });
  if (description?.length === 1) throw fieldRefusal('description', 'must have from 2 to 240 characters');
  // Its text was taken out of the body before.
  resource.text('payload');
  return {
    kind,
    facts: {
      label: name,
      description,
      names: [...new Set(aliases.map(alias => requireAlias('aliases', alias)))].map(text => ({
        namespace: NAMESPACE,
        text,
      })),
      namesPerNamespaceMax: ALIASES_PER_INSTANCE_MAX,
      tags: tags === undefined ? undefined : tagsOf(tags),
      deactivateAt: expiration === undefined ? undefined : readExpiration(expiration, now),
      exportable: kind === 'standard',
    },
  };
}

function readExpiration(text: string, now: number): number {
  const at = parseDate(text);
  if (at === undefined) throw fieldRefusal('expirationDate', 'must be an RFC 3339 date');
  if (at <= now) throw fieldRefusal('expirationDate', 'must be in the future');
  return at;
}

/** What stands in place of the instance's policies for new keys: all of them, also those that the body does not name. */
function readOverrides(resource: Members, kind: KeyKind): InstanceDefaults {
  const rotation = resource.object('rotation');
  const deletion = resource.object('dualAuthDelete');
  let rotationMonths: number | undefined;
  let dualAuthDelete = false;
  if (rotation !== undefined) {
    if (kind === 'standard') throw refusal('KEY_ROOT_REQ_ERR');
    const enabled = rotation.flag('enabled') ?? true;
    const months = rotation.integer('interval_month', 1, 12);
    rotation.end();
    if (enabled && months === undefined) throw fieldRefusal('rotation.interval_month', 'is required');
    rotationMonths = enabled ? months : undefined;
  }
  if (deletion !== undefined) {
    const enabled = deletion.flag('enabled');
    deletion.end();
    if (enabled === undefined) throw fieldRefusal('dualAuthDelete.enabled', 'is required');
    dualAuthDelete = enabled;
  }
  return { rotationMonths, dualAuthDelete };
}

async function serveCreate(call: Call, withOverrides: boolean): Promise<Answer> {
  const { request, query, body, secret } = call;
  query.end();
  const resource = readResource(body, 'key');
  const now = request.kms.clock.now();
  const { kind, facts } = readKey(resource, now);
  const token = readImportTokenMembers(resource);
  const defaults = withOverrides ? readOverrides(resource, kind) : await readInstanceDefaults(request);
  resource.end();
  if (secret === undefined && token !== undefined)
    throw fieldRefusal('payload', 'is required with `encryptedNonce`');
  if (withOverrides && secret !== undefined && defaults.rotationMonths !== undefined)
    throw rotationOfImported();

  const trail = trailOf(request, undefined);
  const months = kind === 'root' && secret === undefined ? defaults.rotationMonths : undefined;
  const document: FacetDocument = {
    ...(months === undefined ? {} : { rotationPolicy: { ...trail, intervalMonths: months } }),
    ...(defaults.dualAuthDelete ? { deletionPolicy: trail } : {}),
  };
  const key = {
    ...facts,
    keyRing: request.keyRing,
    location: request.instance.region,
    dualControl: defaults.dualAuthDelete,
    facet: { protocol: PROTOCOL_NAME, document },
  };
  try {
    const made =
      secret === undefined
        ? await makeKey(request, kind, key, months)
        : await bringKey(request, kind, key, secret, token);
    return await createdAnswer(call, kind, { ...made, facet: document });
  } catch (thrown) {
    throw await creationRefusal(request, thrown);
  }
}

function makeKey(
  request: KeyProtectRequest,
  kind: KeyKind,
  key: NewKeyInput,
  rotationMonths: number | undefined,
): Promise<KeyWithVersion> {
  const rotationPeriodMs = rotationMonths === undefined ? undefined : rotationMonths * TIMES.monthMs;
  const input = { ...key, algorithm: kind === 'root' ? 'aes-256' : 'opaque', rotationPeriodMs } as const;
  return perform(request, createKey, input, CREATION_TOLD);
}

async function bringKey(
  request: KeyProtectRequest,
  kind: KeyKind,
  key: NewKeyInput,
  secret: Bytes,
  token: ImportTokenProof | undefined,
): Promise<KeyWithVersion> {
  using plain = SecretBytes.copyOf(secret);
  if (token === undefined) requirePlainLength(kind, plain.length);
  const algorithm = kind === 'root' ? ROOT_ALGORITHMS : ('opaque' as const);
  const input = { ...key, algorithm, material: incomingMaterial(secret, plain, token) };
  return await perform(request, importKey, input, CREATION_TOLD);
}

function requirePlainLength(kind: KeyKind, bytes: number): void {
  if (kind === 'root' && rootAlgorithm(bytes) === undefined) {
    throw fieldRefusal('payload', 'must be the base64 text of 16, 24 or 32 bytes for a root key');
  }
  if (kind === 'standard' && bytes > STANDARD_BYTES_MAX) {
    throw fieldRefusal('payload', `must be the base64 text of at most ${STANDARD_BYTES_MAX} bytes`);
  }
}

/** Material is shown to those alone who may read it, and asked for. */
async function createdAnswer(
  { request, prefer }: Call,
  kind: KeyKind,
  made: KeyWithVersion & { readonly facet: FacetDocument },
): Promise<Answer> {
  if (kind === 'root' || prefer !== 'representation') return keyAnswer(request, 201, made, undefined, true);
  let secret: AnswerSecret | undefined;
  try {
    const exported = await perform(request, exportKey, { key: { by: 'id', id: made.key.id } });
    secret = { name: 'payload', value: exported.material, inResource: true };
  } catch (thrown) {
    if (!(thrown instanceof KmsError && thrown.code === 'denied')) throw thrown;
  }
  return keyAnswer(request, 201, made, secret, true);
}

const CREATE = {
  method: 'POST',
  failed: 'Key could not be created',
  secret: { name: 'payload', inResource: true },
} as const;

export const NEW_KEY_ROUTES: readonly Route[] = [
  { ...CREATE, path: '/api/v2/keys', serve: call => serveCreate(call, false) },
  { ...CREATE, path: '/api/v2/keys_with_policy_overrides', serve: call => serveCreate(call, true) },
];
