// What the policies of an instance mean for a key that is being made, and how their refusal is told.

import { readFacet } from '../../../core/facets.ts';
import { KmsError } from '../../../domain/errors.ts';
import { refusal } from '../fault.ts';
import { PROTOCOL_NAME } from '../names.ts';
import type { KeyProtectRequest } from '../request.ts';
import { type StoredPolicies, storedPolicies } from './instance-policies.ts';

export interface InstanceDefaults {
  /** Of generated root keys. */
  readonly rotationMonths: number | undefined;
  readonly dualAuthDelete: boolean;
}

/** Read for whoever makes a key, whether or not he may read the policies themselves. */
async function readPolicies({ kms, instance }: KeyProtectRequest): Promise<StoredPolicies> {
  return storedPolicies(await readFacet(kms.store, instance.id, PROTOCOL_NAME));
}

export async function readInstanceDefaults(request: KeyProtectRequest): Promise<InstanceDefaults> {
  const { rotation, dualAuthDelete } = await readPolicies(request);
  const months = rotation?.enabled === true ? rotation.attributes.interval_month : undefined;
  return {
    rotationMonths: typeof months === 'number' ? months : undefined,
    dualAuthDelete: dualAuthDelete?.enabled ?? false,
  };
}

/** A denial by a rule of the policy about making keys has a code of its own; everything else is told as it is. */
export async function creationRefusal(request: KeyProtectRequest, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof KmsError && thrown.code === 'denied')) return thrown;
  const { keyCreateImportAccess } = await readPolicies(request);
  const denials = keyCreateImportAccess?.ruleIds.map(id => `denied by rule ${id}`);
  if (!denials?.includes(String(thrown.details.reason))) return thrown;
  const told = refusal('KEY_CREATE_IMPORT_ACCESS_ERR');
  request.recorded.add(told);
  return told;
}
