// Collections: the envelope in which nearly every body of this protocol travels, and the names of what it may hold.

import { mapTable } from '../../base/table.ts';

const NOUNS = {
  alias: 'alias',
  allowedIpMetadata: 'allowed_ip_metadata',
  error: 'error',
  importToken: 'import_token',
  key: 'key',
  keyAction: 'key_action',
  keyRing: 'key_ring',
  keyVersion: 'key.version',
  kmipAdapter: 'kmip_adapter',
  kmipCertificate: 'kmip_client_certificate',
  kmipObject: 'kmip_object',
  policy: 'policy',
  registration: 'registration',
  registrationInput: 'registration_input',
} as const;

export type CollectionNoun = keyof typeof NOUNS;

/** The texts of `collectionType`. */
export const COLLECTIONS = mapTable(NOUNS, noun => `application/vnd.ibm.kms.${noun}+json`);

export interface CollectionMetadata {
  /** How many there are in all, where that was asked for. */
  readonly totalCount?: number | undefined;
  readonly incompleteSearch?: boolean | undefined;
  readonly searchQuery?: Readonly<Record<string, unknown>> | undefined;
}

/** `resources` is always there, empty or not: some clients cannot do without it. */
export function collection(
  noun: CollectionNoun,
  resources: readonly Readonly<Record<string, unknown>>[],
  metadata: CollectionMetadata = {},
): Readonly<Record<string, unknown>> {
  return {
    metadata: { collectionType: COLLECTIONS[noun], collectionTotal: resources.length, ...metadata },
    resources,
  };
}

/** RFC 3339 in whole seconds, as IBM prints it; clients that parse dates strictly get no others. */
export function dateText(instantMs: number): string;
export function dateText(instantMs: number | undefined): string | undefined;
export function dateText(instantMs: number | undefined): string | undefined {
  return instantMs === undefined ? undefined : `${new Date(instantMs).toISOString().slice(0, 19)}Z`;
}
