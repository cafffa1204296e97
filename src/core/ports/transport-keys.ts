// The part of the store that keeps transport keys: one for each owner of a project.

import type { TransportKey } from '../../domain/transport-key.ts';

export interface TransportKeyReads {
  find(projectId: string, owner: string): Promise<TransportKey | undefined>;
  /** Those of enabled projects whose time is over and whose private key is still there. */
  dueForErasure(at: number, limit: number): Promise<readonly TransportKey[]>;
}

export interface TransportKeyWrites {
  /** The owner's older one goes. */
  replace(transportKey: TransportKey): Promise<void>;
  /** Stores the private key and the reads left. */
  update(transportKey: TransportKey): Promise<void>;
}
