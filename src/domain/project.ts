// The tenant and its key rings. Every object belongs to exactly one project; nothing of one project is visible in another unless a
// role or rule says so.

export interface Project {
  /** UUID. */
  readonly id: string;
  /** Unique in the installation. */
  readonly name: string;
  /** Twelve digits, unique in the installation: the account number of protocols that have one. */
  readonly accountId: string;
  /** A disabled project authenticates nobody and uses nothing; its keys stay. */
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly revision: number;
}

/** A named group of keys in a project. The ring `default` always exists. */
export interface KeyRing {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  /** The protocol or service that made the ring for itself and alone may delete it; undefined for rings of administrators. */
  readonly owner?: string | undefined;
  /** Id of a principal, or the name of a part of the server. */
  readonly createdBy: string;
  readonly createdAt: number;
}

export const DEFAULT_KEY_RING_NAME = 'default';
