// How many objects of each kind a project may have.

import { tableKeys } from '../base/table.ts';

export const QUOTA_NOUNS = {
  secrets: 'secrets',
  orders: 'orders',
  containers: 'containers',
  consumers: 'consumers of secrets and containers',
  authorities: 'certificate authorities',
} as const satisfies Record<string, string>;

export type QuotaNoun = keyof typeof QUOTA_NOUNS;

export const ALL_QUOTA_NOUNS = tableKeys(QUOTA_NOUNS);

/** No bound. */
export const UNLIMITED = -1;

/** Undefined: as it is for every project. */
export type Quotas = { readonly [Noun in QuotaNoun]?: number | undefined };

export interface ProjectQuotas {
  /** As the one who set them calls the project: it need not exist yet. */
  readonly projectId: string;
  readonly quotas: Quotas;
}
