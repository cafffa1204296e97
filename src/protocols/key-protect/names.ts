// How this protocol names things: instances, keys, aliases, versions, CRNs.

import { createHash } from 'node:crypto';
import type { KeySelector } from '../../core/find-key.ts';
import { isId } from '../../core/references.ts';
import type { Key, KeyVersion } from '../../domain/key.ts';
import { fieldRefusal, refusal } from './fault.ts';

export const PROTOCOL_NAME = 'key-protect';

/** Of aliases, and of the facets of keys and projects. */
export const NAMESPACE = PROTOCOL_NAME;

export const ALIASES_PER_INSTANCE_MAX = 1_000;
const ALIAS = /^[A-Za-z0-9_-]{2,90}$/;
const KEY_RING_ID = /^[A-Za-z0-9_-]{2,100}$/;

/** Words of the paths. */
const RESERVED_ALIASES: ReadonlySet<string> = new Set([
  'allowed_ip',
  'key',
  'keys',
  'metadata',
  'policy',
  'policies',
  'registration',
  'registrations',
  'ring',
  'rings',
  'rotate',
  'wrap',
  'unwrap',
  'rewrap',
  'version',
  'versions',
]);

/** A UUID in any case, in ours; undefined for anything else. */
export function parseUuid(text: string | undefined): string | undefined {
  const lower = text?.toLowerCase();
  return lower !== undefined && isId(lower) ? lower : undefined;
}

/** The key that a path names by its id or an alias. Throws KEY_NOT_FOUND_ERR for what can be neither. */
export function keySelector(reference: string): KeySelector {
  const id = parseUuid(reference);
  if (id !== undefined) return { by: 'id', id, hideDestroyed: true };
  if (!ALIAS.test(reference)) throw refusal('KEY_NOT_FOUND_ERR');
  return { by: 'name', namespace: NAMESPACE, text: reference, hideDestroyed: true };
}

/** Throws INVALID_FIELD_ERR. */
export function requireAlias(field: string, alias: string): string {
  if (!ALIAS.test(alias)) {
    throw fieldRefusal(field, 'must have from 2 to 90 letters, digits, hyphens and underscores');
  }
  if (parseUuid(alias) !== undefined) throw fieldRefusal(field, 'must not be a UUID');
  if (RESERVED_ALIASES.has(alias)) throw fieldRefusal(field, 'must not be a reserved word');
  return alias;
}

/** Throws INVALID_FIELD_ERR for what can be no id of a key ring. */
export function requireKeyRingId(field: string, id: string): string {
  if (KEY_RING_ID.test(id)) return id;
  throw fieldRefusal(field, 'must have from 2 to 100 letters, digits, hyphens and underscores');
}

export interface InstanceName {
  /** The project. */
  readonly id: string;
  readonly region: string;
}

/** The account of an instance, as tokens name it too: the project's id without hyphens. */
export function accountOf(projectId: string): string {
  return projectId.replaceAll('-', '');
}

/** Exactly ten segments: clients take them apart. */
function crn({ id, region }: InstanceName, type: string, resource: string): string {
  return `crn:v1:bluemix:public:kms:${region}:a/${accountOf(id)}:${id}:${type}:${resource}`;
}

export const keyCrn = (instance: InstanceName, keyId: string): string => crn(instance, 'key', keyId);
/** Of the instance itself. */
export const instanceCrn = (instance: InstanceName): string => crn(instance, '', '');
export const adapterCrn = (instance: InstanceName, id: string): string => crn(instance, 'kmip_adapter', id);
export const policyCrn = (instance: InstanceName, policyId: string): string =>
  crn(instance, 'policy', policyId);

/** A UUID made from a text: RFC 9562 section 5.8 with SHA-256. */
export function derivedUuid(text: string): string {
  const digits = createHash('sha256').update(`keyhold key-protect ${text}`).digest('hex');
  const variant = '89ab'[Number.parseInt(digits.charAt(16), 16) & 3];
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

/** Versions are numbered here and named by UUIDs there: each has one, made from its key and number. */
export function versionId({ keyId, number }: Pick<KeyVersion, 'keyId' | 'number'>): string {
  return derivedUuid(`version ${keyId} ${number}`);
}

/** The number of the version that the id names; undefined for none. Versions are few, and the newest is asked for most. */
export function versionNumber(key: Pick<Key, 'id' | 'latestVersion'>, id: string): number | undefined {
  for (let number = key.latestVersion; number >= 1; number -= 1) {
    if (versionId({ keyId: key.id, number }) === id) return number;
  }
  return undefined;
}
