// Every route of the protocol, in one table, and the paths below which nobody else answers.

import { ACL_ROUTES } from './operations/acls.ts';
import { CONSUMER_ROUTES } from './operations/consumers.ts';
import { CONTAINER_ROUTES } from './operations/containers.ts';
import { METADATA_ROUTES } from './operations/metadata.ts';
import { ORDER_ROUTES } from './operations/orders.ts';
import { QUOTA_ROUTES } from './operations/quotas.ts';
import { SECRET_ROUTES } from './operations/secrets.ts';
import { SERVICE_ROUTES } from './operations/service.ts';
import { STORE_ROUTES } from './operations/stores.ts';
import type { Method, Route } from './route.ts';

const ROUTES: readonly Route[] = [
  ...SERVICE_ROUTES,
  ...STORE_ROUTES,
  ...SECRET_ROUTES,
  ...METADATA_ROUTES,
  ...CONSUMER_ROUTES,
  ...ACL_ROUTES,
  ...CONTAINER_ROUTES,
  ...ORDER_ROUTES,
  ...QUOTA_ROUTES,
];

/** By path: what each method does there. */
export const PATHS: ReadonlyMap<string, ReadonlyMap<Method, Route>> = new Map(
  [...Map.groupBy(ROUTES, ({ path }) => path)].map(([path, routes]) => [
    path,
    new Map(routes.map(route => [route.method, route])),
  ]),
);

export const PREFIXES: readonly string[] = [
  ...new Set([...PATHS.keys()].map(path => path.split('/')[2] ?? '')),
]
  .filter(name => name !== '')
  .map(name => `/v1/${name}`);
