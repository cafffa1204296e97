// Every route, behind `/v3`.

import { APPLICATION_CREDENTIAL_ROUTES } from './operations/application-credentials.ts';
import { OWN_ROUTES } from './operations/own.ts';
import { PROJECT_ROUTES } from './operations/projects.ts';
import { ROLE_ROUTES } from './operations/roles.ts';
import { TOKEN_ROUTES } from './operations/tokens.ts';
import { USER_ROUTES } from './operations/users.ts';
import type { Route } from './route.ts';

export const ROUTES: readonly Route[] = [
  ...TOKEN_ROUTES,
  ...OWN_ROUTES,
  ...PROJECT_ROUTES,
  ...USER_ROUTES,
  ...ROLE_ROUTES,
  ...APPLICATION_CREDENTIAL_ROUTES,
];
