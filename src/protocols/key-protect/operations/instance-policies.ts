// The policies of an instance, and the port by which its allow-list is met.

import { actorId } from '../../../core/context.ts';
import { contextProject } from '../../../core/find-project.ts';
import { type Denial, writeDenials } from '../../../core/operations/projects/project-denials.ts';
import { readProjectFacet } from '../../../core/operations/projects/project-facets.ts';
import { readCollection } from '../body.ts';
import { collection, dateText } from '../collections.ts';
import { fieldRefusal, KeyProtectRefusal, refusal } from '../fault.ts';
import type { Members } from '../members.ts';
import { PROTOCOL_NAME } from '../names.ts';
import {
  networksOf,
  POLICIES,
  POLICY_TYPES,
  type PolicyType,
  type StoredPolicy,
  storedPolicies,
  type WantedPolicy,
} from '../policies/instance-policies.ts';
import { requireSamePolicies } from '../query.ts';
import { IamIds, type KeyProtectRequest, perform } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, type Route } from '../route.ts';

/** IBM shows the policies of an instance to those alone who may set them. */
const readPolicies: typeof readProjectFacet = {
  ...readProjectFacet,
  name: 'project.readPolicies',
  demands: ({ id }) => [{ permission: 'project.configure', place: { projectId: id } }],
};

const DUPLICATE_TYPE = 'ipWhitelist';

/** An older name of allowedIP is still sent. */
function policyType(text: string | undefined): PolicyType | undefined {
  return POLICY_TYPES.find(type => type === (text === DUPLICATE_TYPE ? 'allowedIP' : text));
}

async function serveGet({ request, query }: Call): Promise<Answer> {
  const asked = policyType(query.oneOf('policy', [...POLICY_TYPES, DUPLICATE_TYPE]));
  query.end();
  const stored = storedPolicies(await perform(request, readPolicies, { protocol: PROTOCOL_NAME }));
  const iam = new IamIds(request.kms);
  const bodies: Readonly<Record<string, unknown>>[] = [];
  for (const type of POLICY_TYPES) {
    const policy = stored[type];
    if (policy !== undefined && (asked ?? type) === type)
      bodies.push(await bodyOf(request, type, policy, iam));
  }
  return { status: 200, body: collection('policy', bodies) };
}

async function bodyOf(request: KeyProtectRequest, type: PolicyType, policy: StoredPolicy, iam: IamIds) {
  const { enabled, attributes, createdBy, createdAt, updatedBy, updatedAt } = policy;
  const shown = type === 'allowedIP' ? { allowed_ip: await networks(request, policy) } : attributes;
  return {
    createdBy: await iam.of(createdBy),
    creationDate: dateText(createdAt),
    updatedBy: await iam.of(updatedBy),
    lastUpdated: dateText(updatedAt),
    policy_type: type,
    policy_data: { enabled, attributes: Object.keys(shown).length === 0 ? undefined : shown },
  };
}

async function networks({ kms }: KeyProtectRequest, { ruleIds }: StoredPolicy): Promise<readonly string[]> {
  const rules = await Promise.all(ruleIds.map(id => kms.store.rules.find(id)));
  return rules.flatMap(rule => networksOf(rule?.conditions ?? []));
}

async function servePut({ request, query, body }: Call): Promise<Answer> {
  const named = policyType(query.oneOf('policy', [...POLICY_TYPES, DUPLICATE_TYPE]));
  query.end();
  const wanted = new Map<PolicyType, WantedPolicy>();
  for (const resource of readCollection(body, 'policy')) {
    const [type, policy] = readPolicy(resource);
    if (wanted.has(type)) throw fieldRefusal('policy_type', 'must not be given twice');
    wanted.set(type, policy);
  }
  if (wanted.size === 0) throw refusal('NUM_COLLECTION_RESOURCE_ERR', 'The collection must hold a policy.');
  requireSamePolicies(named, [...wanted.keys()]);

  const { kms, context } = request;
  const project = await contextProject(kms.store, context);
  const stored = storedPolicies(await perform(request, readPolicies, { protocol: PROTOCOL_NAME }));
  const denials: Denial[] = [];
  for (const type of POLICY_TYPES)
    if (!wanted.has(type)) denials.push(...(await kept(request, stored[type])));
  const at = kms.clock.now();
  const by = actorId(context.actor);
  const document: Record<string, StoredPolicy> = {};
  for (const [type, policy] of wanted) {
    const made = (policy.enabled ? (POLICIES[type].denials?.(policy) ?? []) : []).map(denial => ({
      ...denial,
      id: kms.random.uuid(),
    }));
    denials.push(...made);
    document[type] = {
      enabled: policy.enabled,
      attributes: policy.attributes,
      ruleIds: made.map(({ id }) => id),
      createdBy: stored[type]?.createdBy ?? by,
      createdAt: stored[type]?.createdAt ?? at,
      updatedBy: by,
      updatedAt: at,
    };
  }
  const input = {
    facet: { protocol: PROTOCOL_NAME, document },
    owner: PROTOCOL_NAME,
    denials,
    expectedRevision: project.revision,
  };
  await perform(request, writeDenials, input, { conflict: changedMeanwhile });
  return NO_CONTENT;
}

function changedMeanwhile(): KeyProtectRefusal {
  const message = 'The policies of the instance were changed meanwhile. Read them and try again.';
  return new KeyProtectRefusal({ kind: 'bare', status: 409, message }, 'conflict');
}

/** The rules of a policy that stays. */
async function kept(
  { kms }: KeyProtectRequest,
  policy: StoredPolicy | undefined,
): Promise<readonly Denial[]> {
  const rules = await Promise.all((policy?.ruleIds ?? []).map(id => kms.store.rules.find(id)));
  return rules.filter(rule => rule !== undefined);
}

function readPolicy(resource: Members): readonly [PolicyType, WantedPolicy] {
  const type = policyType(resource.text('policy_type'));
  if (type === undefined) throw fieldRefusal('policy_type', `must be one of ${POLICY_TYPES.join(', ')}`);
  const data = resource.object('policy_data');
  resource.end();
  const enabled = data?.flag('enabled');
  if (data === undefined || enabled === undefined) throw fieldRefusal('policy_data.enabled', 'is required');
  const attributes = data.object('attributes');
  data.end();
  const row = POLICIES[type];
  const off: WantedPolicy = { enabled, attributes: {}, networks: [] };
  if (attributes === undefined) {
    if (enabled && row.read !== undefined) throw fieldRefusal('policy_data.attributes', 'is required');
    return [type, off];
  }
  if (row.read === undefined) throw fieldRefusal('policy_data.attributes', `is not for ${type}`);
  if (!enabled && row.attributesAlways !== true) {
    throw fieldRefusal('policy_data.attributes', 'must not be given with a policy that is switched off');
  }
  const read = row.read(attributes);
  attributes.end();
  return [type, { ...off, ...read }];
}

async function servePort({ request, query }: Call): Promise<Answer> {
  query.end();
  await perform(request, readProjectFacet, { protocol: PROTOCOL_NAME });
  return {
    status: 200,
    body: collection('allowedIpMetadata', [{ private_endpoint_port: portOf(request.url) }]),
  };
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

const PATH = '/api/v2/instance/policies';

export const INSTANCE_POLICY_ROUTES: readonly Route[] = [
  { method: 'GET', path: PATH, failed: 'Instance policies could not be retrieved', serve: serveGet },
  { method: 'PUT', path: PATH, failed: 'Instance policies could not be set', serve: servePut },
  {
    method: 'GET',
    path: '/api/v2/instance/allowed_ip_port',
    failed: 'The allowed IP port could not be retrieved',
    serve: servePort,
  },
];
