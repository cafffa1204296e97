// Every route of the protocol, in one table.

import { ACTION_ROUTES } from './operations/actions.ts';
import { ALIAS_ROUTES } from './operations/aliases.ts';
import { ENDPOINT_ROUTES } from './operations/endpoints.ts';
import { IMPORT_TOKEN_ROUTES } from './operations/import-token.ts';
import { INSTANCE_POLICY_ROUTES } from './operations/instance-policies.ts';
import { KEY_LIST_ROUTES } from './operations/key-lists.ts';
import { KEY_POLICY_ROUTES } from './operations/key-policies.ts';
import { KEY_RING_ROUTES } from './operations/key-rings.ts';
import { KEY_ROUTES } from './operations/keys.ts';
import { KMIP_ADAPTER_ROUTES } from './operations/kmip-adapters.ts';
import { KMIP_CERTIFICATE_ROUTES } from './operations/kmip-certificates.ts';
import { KMIP_OBJECT_ROUTES } from './operations/kmip-objects.ts';
import { NEW_KEY_ROUTES } from './operations/new-keys.ts';
import { REGISTRATION_ROUTES } from './operations/registrations.ts';
import type { Route } from './route.ts';

/** What the paths of routes begin with. */
export const PREFIXES = ['/api/v2', '/governance/v1', '/crypto_v2'] as const;

export const ROUTES: readonly Route[] = [
  ...NEW_KEY_ROUTES,
  ...KEY_LIST_ROUTES,
  ...KEY_ROUTES,
  ...ACTION_ROUTES,
  ...ALIAS_ROUTES,
  ...KEY_RING_ROUTES,
  ...INSTANCE_POLICY_ROUTES,
  ...KEY_POLICY_ROUTES,
  ...REGISTRATION_ROUTES,
  ...IMPORT_TOKEN_ROUTES,
  ...KMIP_ADAPTER_ROUTES,
  ...KMIP_CERTIFICATE_ROUTES,
  ...KMIP_OBJECT_ROUTES,
  ...ENDPOINT_ROUTES,
];
