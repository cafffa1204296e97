// Everything that an operation may reach, as one value: operations take it and never each other.

import type { Key } from '../domain/key.ts';
import type { RequestContext } from './context.ts';
import type { AuditLog } from './ports/audit-log.ts';
import type { CertificateAuthority } from './ports/certificate-authority.ts';
import type { Clock, Random } from './ports/clock.ts';
import type { Custody } from './ports/custody.ts';
import type { Identity } from './ports/identity.ts';
import type { Maintenance } from './ports/maintenance.ts';
import type { Sealing } from './ports/sealing.ts';
import type { Store } from './ports/store.ts';
import type { TokenAuthority } from './ports/token-authority.ts';
import type { ReservedNames } from './reserved-names.ts';
import type { OpenStreams } from './streams.ts';

export type Replacer = (kms: Kms, context: RequestContext, key: Key) => Promise<void>;

export interface Kms {
  readonly store: Store;
  readonly custody: Custody;
  readonly auditLog: AuditLog;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Random;
  /** Messages in parts, from one request to the next. */
  readonly streams: OpenStreams;
  /** What the protocols keep from users. */
  readonly reservedNames: readonly ReservedNames[];
  /** By protocol: how it has another key take the place of one that is due. Each looks again before it acts. */
  readonly replacers?: ReadonlyMap<string, Replacer> | undefined;
  /** Of the installation, where the server has one. */
  readonly authority?: CertificateAuthority | undefined;
  /** An identity service elsewhere that vouches for tokens of clouds; undefined: such tokens are our own. */
  readonly tokenAuthority?: TokenAuthority | undefined;
  /** The coming and going of the root key, where the server knows of it. */
  readonly sealing?: Sealing | undefined;
  /** Work on the whole installation, where the server can do it. */
  readonly maintenance?: Maintenance | undefined;
}
