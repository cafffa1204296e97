// The policies of one key: how often it is rotated, and whether one user alone may delete it.

import { actorId } from '../../../core/context.ts';
import { type KeySelector, keyDemand } from '../../../core/find-key.ts';
import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import { requireDualControl } from '../../../core/operations/keys/dual-control.ts';
import { scheduleRotation, updateKey } from '../../../core/operations/keys/update-key.ts';
import type { Key } from '../../../domain/key.ts';
import { readCollection } from '../body.ts';
import { COLLECTIONS, collection } from '../collections.ts';
import { fieldRefusal, type KeyProtectRefusal, refusal } from '../fault.ts';
import { requireExpected } from '../kinds.ts';
import type { Members } from '../members.ts';
import { PROTOCOL_NAME } from '../names.ts';
import {
  type KeyFacet,
  type KeyPolicyKind,
  keyFacet,
  keyPolicies,
  type PolicyTrail,
  rotationPolicy,
} from '../policies/key-policies.ts';
import { requireSamePolicies } from '../query.ts';
import { IamIds, type KeyProtectRequest, performOn } from '../request.ts';
import type { Answer, Call, Route } from '../route.ts';
import { TIMES } from '../times.ts';
import { namedKey, withFacet } from './keys.ts';

const KINDS = ['rotation', 'dualAuthDelete'] as const;

/** IBM shows the policies of a key to those alone who may set them. */
const readPolicies: typeof describeKey = {
  ...describeKey,
  name: 'key.readPolicies',
  demands: ({ key }) => [keyDemand('key.update', key)],
};

function read(call: Call) {
  return performOn(call.request, readPolicies, { ...namedKey(call), withFacet: PROTOCOL_NAME }, {});
}

async function serveGet(call: Call): Promise<Answer> {
  const kind = call.query.oneOf('policy', KINDS);
  call.query.end();
  const { key, facet } = await read(call);
  return policiesAnswer(call.request, key, keyFacet(facet), kind === undefined ? KINDS : [kind]);
}

async function policiesAnswer(
  request: KeyProtectRequest,
  key: Key,
  facet: KeyFacet,
  kinds: readonly KeyPolicyKind[],
): Promise<Answer> {
  const policies = await keyPolicies(request.instance, key, facet, new IamIds(request.kms));
  const bodies = policies.filter(({ kind }) => kinds.includes(kind)).map(({ body }) => body);
  return { status: 200, body: collection('policy', bodies) };
}

interface Wanted {
  rotation?: { readonly enabled: boolean; readonly months: number | undefined };
  dualAuthDelete?: boolean;
}

async function servePut(call: Call): Promise<Answer> {
  const named = call.query.oneOf('policy', KINDS);
  call.query.end();
  const wanted = readWanted(readCollection(call.body, 'policy'));
  const kinds = KINDS.filter(kind => wanted[kind] !== undefined);
  requireSamePolicies(named, kinds);

  const { request } = call;
  const found = await read(call);
  const { key } = found;
  const facet = keyFacet(found.facet);
  requireExpected(key, { states: [0, 1, 2, 3] }, request.kms.clock.now());
  // All is judged before anything is changed.
  const rotation = wanted.rotation && plannedRotation(key, facet, wanted.rotation);
  if (wanted.dualAuthDelete === false && key.dualControl !== undefined) {
    throw fieldRefusal('dualAuthDelete.enabled', 'cannot be set to false once it is true');
  }

  const change = { request, facet, selector: { by: 'id', id: key.id } } as const;
  if (rotation !== undefined) await setRotation(change, rotation);
  if (wanted.dualAuthDelete !== undefined) await setDualAuthDelete(change, wanted.dualAuthDelete);
  const changed = await withFacet(request, key);
  return policiesAnswer(request, changed.key, keyFacet(changed.facet), kinds);
}

interface PolicyChange {
  readonly request: KeyProtectRequest;
  readonly selector: KeySelector;
  /** As it was before. */
  readonly facet: KeyFacet;
}

async function setRotation(
  { request, selector: key, facet }: PolicyChange,
  { enabled, months }: ReturnType<typeof plannedRotation>,
): Promise<void> {
  if (months === undefined) {
    await performOn(request, scheduleRotation, { key, periodMs: undefined }, { kind: 'root' });
    return;
  }
  const policy = { ...trailOf(request, facet.rotationPolicy), intervalMonths: months };
  const input = {
    key,
    periodMs: enabled ? months * TIMES.monthMs : undefined,
    facet: { protocol: PROTOCOL_NAME, document: { rotationPolicy: policy } },
  };
  await performOn(request, scheduleRotation, input, { kind: 'root' });
}

async function setDualAuthDelete(
  { request, selector: key, facet }: PolicyChange,
  enabled: boolean,
): Promise<void> {
  const document = { deletionPolicy: trailOf(request, facet.deletionPolicy) };
  const operation = enabled ? requireDualControl : updateKey;
  await performOn(request, operation, { key, facet: { protocol: PROTOCOL_NAME, document } }, {});
}

function readWanted(resources: readonly Members[]): Wanted {
  const wanted: Wanted = {};
  for (const resource of resources) {
    const type = resource.text('type');
    if (type !== COLLECTIONS.policy) throw fieldRefusal('type', `must be ${COLLECTIONS.policy}`);
    const rotation = resource.object('rotation');
    const deletion = resource.object('dualAuthDelete');
    resource.end();
    if (rotation === undefined && deletion === undefined) {
      throw fieldRefusal('resources', 'must hold `rotation` or `dualAuthDelete`');
    }
    if (rotation !== undefined) {
      if (wanted.rotation !== undefined) throw fieldRefusal('rotation', 'must not be given twice');
      const enabled = rotation.flag('enabled') ?? true;
      wanted.rotation = { enabled, months: rotation.integer('interval_month', 1, 12) };
      rotation.end();
    }
    if (deletion !== undefined) {
      if (wanted.dualAuthDelete !== undefined)
        throw fieldRefusal('dualAuthDelete', 'must not be given twice');
      const enabled = deletion.flag('enabled');
      if (enabled === undefined) throw fieldRefusal('dualAuthDelete.enabled', 'is required');
      wanted.dualAuthDelete = enabled;
      deletion.end();
    }
  }
  if (wanted.rotation === undefined && wanted.dualAuthDelete === undefined) {
    throw refusal('NUM_COLLECTION_RESOURCE_ERR', 'The collection must hold a policy.');
  }
  return wanted;
}

export function rotationOfImported(): KeyProtectRefusal {
  return fieldRefusal('rotation', 'is not for imported keys: they are rotated with new key material');
}

/** An interval that is left out is the one of before. */
function plannedRotation(key: Key, facet: KeyFacet, { enabled, months }: NonNullable<Wanted['rotation']>) {
  requireExpected(key, { kind: 'root' }, 0);
  if (key.origin === 'imported') throw rotationOfImported();
  const interval = months ?? rotationPolicy(key, facet)?.intervalMonths;
  if (enabled && interval === undefined) throw fieldRefusal('rotation.interval_month', 'is required');
  return { enabled, months: interval };
}

/** `before`: that of the policy which is changed; undefined of a new one. */
export function trailOf({ context, kms }: KeyProtectRequest, before: PolicyTrail | undefined): PolicyTrail {
  const by = actorId(context.actor);
  const at = kms.clock.now();
  return {
    createdBy: before?.createdBy ?? by,
    createdAt: before?.createdAt ?? at,
    updatedBy: by,
    updatedAt: at,
  };
}

const PATH = '/api/v2/keys/:id/policies';

export const KEY_POLICY_ROUTES: readonly Route[] = [
  { method: 'GET', path: PATH, failed: 'Policies could not be retrieved', serve: serveGet },
  { method: 'PUT', path: PATH, failed: 'Policies could not be set', serve: servePut },
];
