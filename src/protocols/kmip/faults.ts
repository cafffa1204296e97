// What a refused item is told: a result reason, which may differ from version to version, and a message. Nothing secret may enter one.

import { KmsError } from '../../domain/errors.ts';
import { VERSIONS, type Version } from '../../wire/ttlv/index.ts';
import { OF_ATTRIBUTES } from './faults/of-attributes.ts';
import { OF_CRYPTOGRAPHY } from './faults/of-cryptography.ts';
import { OF_MESSAGES } from './faults/of-messages.ts';
import { OF_OBJECTS } from './faults/of-objects.ts';
import type { FaultRow, FaultRows, Reason } from './faults/row.ts';

const FAULTS = {
  ...OF_MESSAGES,
  ...OF_OBJECTS,
  ...OF_ATTRIBUTES,
  ...OF_CRYPTOGRAPHY,
} as const satisfies FaultRows;

export type FaultName = keyof typeof FAULTS;

/** A refusal in the words of KMIP. */
export class KmipRefusal extends KmsError {
  readonly fault: FaultName;

  constructor(fault: FaultName, message?: string) {
    super(FAULTS[fault].code, message ?? FAULTS[fault].message);
    this.fault = fault;
  }
}

/** The message in place of the usual one: of ours alone, without values of the request. */
export function refusal(fault: FaultName, message?: string): KmipRefusal {
  return new KmipRefusal(fault, message);
}

export function reasonIn(version: Version, fault: FaultName): Reason {
  const reasons: FaultRow['reasons'] = FAULTS[fault].reasons;
  const since = VERSIONS.findLast(first => first <= version && reasons[first] !== undefined);
  return reasons[since ?? '1.0'] ?? reasons['1.0'];
}
