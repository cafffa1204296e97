// The service catalogue: which services of a cloud this server is, and where.

import { REGION } from '../names.ts';

interface Service {
  readonly type: string;
  readonly name: string;
  /** Behind the URL of the server. Clients of the key manager want it without a version. */
  readonly path: string;
}

const SERVICES: readonly Service[] = [
  { type: 'identity', name: 'keystone', path: '/v3' },
  { type: 'key-manager', name: 'barbican', path: '' },
];

const INTERFACES = ['public', 'internal', 'admin'] as const;

/** Ids are the same in every answer. */
export function catalog(url: string): readonly object[] {
  return SERVICES.map(({ type, name, path }) => ({
    id: type,
    type,
    name,
    endpoints: INTERFACES.map(offered => ({
      id: `${type}-${offered}`,
      interface: offered,
      region: REGION,
      region_id: REGION,
      url: `${url}${path}`,
    })),
  }));
}

export function serviceDocuments(url: string): readonly object[] {
  return SERVICES.map(({ type, name }) => ({
    id: type,
    type,
    name,
    enabled: true,
    links: { self: `${url}/v3/services/${type}` },
  }));
}

export function endpointDocuments(url: string): readonly object[] {
  return SERVICES.flatMap(({ type, path }) =>
    INTERFACES.map(offered => ({
      id: `${type}-${offered}`,
      interface: offered,
      region: REGION,
      region_id: REGION,
      service_id: type,
      enabled: true,
      url: `${url}${path}`,
      links: { self: `${url}/v3/endpoints/${type}-${offered}` },
    })),
  );
}
