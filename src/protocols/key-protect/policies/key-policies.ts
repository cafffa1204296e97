// The policies of one key. What they do is in the key itself (its rotation schedule, its dual control), so that every protocol obeys and
// shows it; what IBM alone tells of them (who wrote them and when, the interval of a paused rotation) is in the key's facet.

import type { FacetDocument } from '../../../domain/facet.ts';
import type { Key } from '../../../domain/key.ts';
import { COLLECTIONS, dateText } from '../collections.ts';
import { derivedUuid, type InstanceName, policyCrn } from '../names.ts';
import type { IamIds } from '../request.ts';
import { TIMES } from '../times.ts';

/** Members of the facet that this file writes and reads. Type aliases: only these are canonical JSON to the compiler. */
export type PolicyTrail = {
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedBy: string;
  readonly updatedAt: number;
};

export type RotationFacet = PolicyTrail & { readonly intervalMonths: number };

export interface KeyFacet {
  readonly rotationPolicy?: RotationFacet | undefined;
  readonly deletionPolicy?: PolicyTrail | undefined;
  /** When the registered services were last asked to read the key again. */
  readonly syncedAt?: number | undefined;
}

export function keyFacet(document: FacetDocument | undefined): KeyFacet {
  return (document ?? {}) as KeyFacet;
}

export interface RotationPolicy {
  readonly enabled: boolean;
  readonly intervalMonths: number;
}

const MONTHS_MAX = 12;

/** Undefined where the key has no rotation, and none that is paused. Another protocol's period is told in months as near as they go. */
export function rotationPolicy(key: Key, facet: KeyFacet): RotationPolicy | undefined {
  const { rotation } = key;
  if (rotation === undefined) {
    return facet.rotationPolicy && { enabled: false, intervalMonths: facet.rotationPolicy.intervalMonths };
  }
  const months = Math.round(rotation.periodMs / TIMES.monthMs);
  return { enabled: true, intervalMonths: Math.min(Math.max(months, 1), MONTHS_MAX) };
}

export const rotationBody = ({ enabled, intervalMonths }: RotationPolicy) => ({
  enabled,
  interval_month: intervalMonths,
});

export type KeyPolicyKind = 'rotation' | 'dualAuthDelete';

/** The policies that the key has, as IBM lists them. */
export async function keyPolicies(
  instance: InstanceName,
  key: Key,
  facet: KeyFacet,
  iam: IamIds,
): Promise<readonly { readonly kind: KeyPolicyKind; readonly body: Readonly<Record<string, unknown>> }[]> {
  const rotation = rotationPolicy(key, facet);
  const born: PolicyTrail = {
    createdBy: key.createdBy,
    createdAt: key.createdAt,
    updatedBy: key.createdBy,
    updatedAt: key.createdAt,
  };
  const head = async (kind: KeyPolicyKind, { createdBy, createdAt, updatedBy, updatedAt }: PolicyTrail) => {
    const id = derivedUuid(`policy ${kind} ${key.id}`);
    return {
      id,
      crn: policyCrn(instance, id),
      createdBy: await iam.of(createdBy),
      creationDate: dateText(createdAt),
      updatedBy: await iam.of(updatedBy),
      lastUpdateDate: dateText(updatedAt),
      type: COLLECTIONS.policy,
    };
  };
  const policies: { readonly kind: KeyPolicyKind; readonly body: Readonly<Record<string, unknown>> }[] = [];
  if (rotation !== undefined) {
    const trail = facet.rotationPolicy ?? born;
    policies.push({
      kind: 'rotation',
      body: { ...(await head('rotation', trail)), rotation: rotationBody(rotation) },
    });
  }
  if (key.dualControl !== undefined || facet.deletionPolicy !== undefined) {
    const trail = facet.deletionPolicy ?? born;
    const dualAuthDelete = { enabled: key.dualControl !== undefined };
    policies.push({
      kind: 'dualAuthDelete',
      body: { ...(await head('dualAuthDelete', trail)), dualAuthDelete },
    });
  }
  return policies;
}
