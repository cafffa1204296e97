// What every operation on one registration has in common: it is found at its key, and the key decides who may.

import { excerpt } from '../../../domain/audit-entry.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Registration } from '../../../domain/registration.ts';
import { requireDescription, requireText, requireWithin } from '../../checks.ts';
import type { RequestContext } from '../../context.ts';
import { findKey } from '../../find-key.ts';
import type { AuditRecord } from '../../operation.ts';
import type { StoreReads } from '../../ports/store.ts';
import { type KeyInput, keyRecord, namedKey } from '../keys/on-key.ts';

export interface RegistrationInput extends KeyInput {
  readonly resource: string;
}

/** What is said of the resource. */
export interface RegistrationFacts {
  readonly preventsDestruction: boolean;
  readonly description: string;
  readonly metadata: string;
  /** Undefined: the primary version of the key. */
  readonly keyVersion: number | undefined;
}

/** What is undefined is not said. */
export type SomeFacts = { readonly [Name in keyof RegistrationFacts]?: RegistrationFacts[Name] | undefined };

export interface Registered {
  readonly of: KeyWithVersion;
  readonly registration: Registration;
}

/** Throws `notFound` alike for a key and a registration that are not there. */
export async function findRegistration(
  reads: StoreReads,
  context: RequestContext,
  { key, resource }: RegistrationInput,
): Promise<Registered> {
  const of = await findKey(reads, context, key);
  const registration = await reads.registrations.find(of.key.id, resource);
  if (registration !== undefined) return { of, registration };
  throw new KmsError('notFound', 'There is no such registration at the key.', { keyId: of.key.id });
}

export function requireResource(resource: string): void {
  requireText('resource', resource, 1, LIMITS.resourceCharactersMax);
}

export function requireFacts(facts: SomeFacts): void {
  requireDescription(facts.description);
  if (facts.metadata !== undefined) {
    requireText('metadata', facts.metadata, 0, LIMITS.registrationMetadataCharactersMax);
  }
  if (facts.keyVersion !== undefined) requireWithin('keyVersion', facts.keyVersion, 1, LIMITS.keyVersionsMax);
}

/** Throws `invalidInput` for a version that the key does not have. */
export function requireVersion({ key }: KeyWithVersion, number: number | undefined): void {
  if (number !== undefined && number > key.latestVersion) {
    throw invalidInput('keyVersion', 'must be a version of the key');
  }
}

export function registrationRecord(
  { key, resource }: RegistrationInput,
  of: KeyWithVersion | undefined,
): AuditRecord {
  const record = keyRecord(of);
  return {
    ...record,
    targets: [
      { type: 'registration', id: excerpt(resource, LIMITS.resourceCharactersMax) },
      ...record.targets,
    ],
    details: of === undefined ? namedKey(key) : {},
  };
}
