// Every route of the protocol, in one table.

import type { Route } from './route.ts';
import { ACCESS_ROUTES } from './routes/access.ts';
import { AUDIT_ROUTES } from './routes/audit.ts';
import { CRYPTO_ROUTES } from './routes/crypto.ts';
import { KEY_LIFE_ROUTES } from './routes/key-life.ts';
import { KEY_PERIOD_ROUTES } from './routes/key-periods.ts';
import { KEY_ROUTES } from './routes/keys.ts';
import { MECHANISM_ROUTES } from './routes/mechanisms.ts';
import { PRINCIPAL_ROUTES } from './routes/principals.ts';
import { PROJECT_ROUTES } from './routes/projects.ts';
import { PUBLIC_KEY_ROUTES } from './routes/public-keys.ts';
import { REGISTRATION_ROUTES } from './routes/registrations.ts';
import { SEALING_ROUTES } from './routes/sealing.ts';
import { TRANSPORT_KEY_ROUTES } from './routes/transport-keys.ts';

const ROUTES: readonly Route[] = [
  ...PROJECT_ROUTES,
  ...KEY_ROUTES,
  ...PUBLIC_KEY_ROUTES,
  ...KEY_LIFE_ROUTES,
  ...KEY_PERIOD_ROUTES,
  ...CRYPTO_ROUTES,
  ...MECHANISM_ROUTES,
  ...REGISTRATION_ROUTES,
  ...TRANSPORT_KEY_ROUTES,
  ...PRINCIPAL_ROUTES,
  ...ACCESS_ROUTES,
  ...AUDIT_ROUTES,
  ...SEALING_ROUTES,
];

/** A route at one of its addresses. */
export interface PlacedRoute {
  readonly route: Route;
  /** Behind the prefix of the protocol. */
  readonly path: string;
  readonly inProject: boolean;
}

/** Each route where it stands: below a project, in the system, or both. */
export const PLACED_ROUTES: readonly PlacedRoute[] = ROUTES.flatMap(placesOf);

function placesOf(route: Route): readonly PlacedRoute[] {
  const inProject = { route, path: `/projects/:project${route.path}`, inProject: true };
  const outside = { route, path: route.path, inProject: false };
  switch (route.realm) {
    case 'project':
      return [inProject];
    case 'system':
    case 'caller':
      return [outside];
    case 'either':
      return [inProject, outside];
  }
}
