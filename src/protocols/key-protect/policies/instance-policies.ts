// The policies of an instance: what IBM calls them, what they hold, and the deny rules by which those that restrict are carried out in
// every protocol. The document about them is the facet of the project; the networks of allowedIP, which may be many, are in its rule alone.

import { parseNetwork } from '../../../core/conditions.ts';
import type { Denial } from '../../../core/operations/projects/project-denials.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Condition } from '../../../domain/rule.ts';
import { fieldRefusal } from '../fault.ts';
import type { Members } from '../members.ts';
import type { PolicyTrail } from './key-policies.ts';

export const POLICY_TYPES = [
  'allowedNetwork',
  'allowedIP',
  'dualAuthDelete',
  'keyCreateImportAccess',
  'metrics',
  'rotation',
] as const;

export type PolicyType = (typeof POLICY_TYPES)[number];

/** Type aliases: only these are canonical JSON to the compiler. */
export type Attributes = { readonly [name: string]: string | number | boolean };

export type StoredPolicy = PolicyTrail & {
  readonly enabled: boolean;
  readonly attributes: Attributes;
  /** The rules that carry it out. */
  readonly ruleIds: readonly string[];
};

export type StoredPolicies = Readonly<Partial<Record<PolicyType, StoredPolicy>>>;

/** The facet of a project. */
export function storedPolicies(document: FacetDocument | undefined): StoredPolicies {
  return (document ?? {}) as StoredPolicies;
}

/** What a policy is to be, as a request has it. */
export interface WantedPolicy {
  readonly enabled: boolean;
  readonly attributes: Attributes;
  /** Of allowedIP. */
  readonly networks: readonly string[];
}

interface PolicyRow {
  /** Attributes come with a policy that is switched off as well. */
  readonly attributesAlways?: boolean;
  /** Of an enabled policy. Throws INVALID_FIELD_ERR; undefined where the policy takes none. */
  read?(attributes: Members): Partial<WantedPolicy>;
  /** The rules of an enabled policy, without their ids. */
  denials?(wanted: WantedPolicy): readonly Omit<Denial, 'id'>[];
}

const ALLOWED_NETWORKS = ['public-and-private', 'private-only'];
const ALLOWED_IPS_MAX = 1_000;

/** Addresses that no public network routes: RFC 1918, 6598, 1122, 3927, 4193 and 4291. */
const PRIVATE_NETWORKS: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** Fields that are left out go back to these. */
const ACCESS_DEFAULTS = {
  create_root_key: true,
  create_standard_key: true,
  import_root_key: true,
  import_standard_key: true,
  enforce_token: false,
} as const;

export const POLICIES: Readonly<Record<PolicyType, PolicyRow>> = {
  allowedNetwork: {
    attributesAlways: true,
    read(attributes) {
      const network = attributes.text('allowed_network');
      if (network === undefined || !ALLOWED_NETWORKS.includes(network)) {
        throw fieldRefusal('allowed_network', `must be ${ALLOWED_NETWORKS.join(' or ')}`);
      }
      return { attributes: { allowed_network: network } };
    },
    denials: ({ attributes }) =>
      attributes.allowed_network === 'private-only' ? [outside(PRIVATE_NETWORKS)] : [],
  },
  allowedIP: {
    read(attributes) {
      const networks = attributes.texts('allowed_ip', ALLOWED_IPS_MAX);
      if (networks === undefined || networks.length === 0)
        throw fieldRefusal('allowed_ip', 'must not be empty');
      const wrong = networks.find(network => parseNetwork(network) === undefined);
      if (wrong !== undefined) throw fieldRefusal('allowed_ip', 'must hold networks in CIDR form');
      return { networks: [...new Set(networks)] };
    },
    denials: ({ networks }) => [outside(networks)],
  },
  dualAuthDelete: {},
  keyCreateImportAccess: {
    read(attributes) {
      const read: Record<string, boolean> = {};
      for (const [name, standard] of Object.entries(ACCESS_DEFAULTS)) {
        read[name] = attributes.flag(name) ?? standard;
      }
      return { attributes: read };
    },
    denials: ({ attributes }) => accessDenials(attributes),
  },
  metrics: {},
  rotation: {
    read(attributes) {
      const months = attributes.integer('interval_month', 1, 12);
      if (months === undefined) throw fieldRefusal('interval_month', 'is required');
      return { attributes: { interval_month: months } };
    },
  },
};

/** A rule denies an address that all of its conditions find outside of their networks. */
function outside(networks: readonly string[]): Omit<Denial, 'id'> {
  const size = LIMITS.valuesPerConditionMax;
  const conditions = Array.from({ length: Math.ceil(networks.length / size) }, (_, at): Condition => {
    const values = networks.slice(at * size, (at + 1) * size);
    return { attribute: 'source.address', operator: 'notInNetwork', values };
  });
  return { permissions: ['*'], conditions };
}

/** The networks of a rule made by {@link outside}. */
export function networksOf(conditions: readonly Condition[]): readonly string[] {
  return conditions.flatMap(({ values }) => values);
}

const is = (attribute: string, value: string): Condition => ({
  attribute,
  operator: 'equals',
  values: [value],
});

function accessDenials(attributes: Attributes): readonly Omit<Denial, 'id'>[] {
  const ofNewKeys = (permission: 'key.create' | 'key.import', exportable: boolean): Omit<Denial, 'id'> => ({
    permissions: [permission],
    conditions: [is('key.new', 'true'), is('key.exportable', String(exportable))],
  });
  return [
    ...(attributes.create_root_key === false ? [ofNewKeys('key.create', false)] : []),
    ...(attributes.create_standard_key === false ? [ofNewKeys('key.create', true)] : []),
    ...(attributes.import_root_key === false ? [ofNewKeys('key.import', false)] : []),
    ...(attributes.import_standard_key === false ? [ofNewKeys('key.import', true)] : []),
    ...(attributes.enforce_token === true
      ? [{ permissions: ['key.import' as const], conditions: [is('key.material', 'plain')] }]
      : []),
  ];
}
