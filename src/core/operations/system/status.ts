// The state of the installation, for operators: nothing secret, nothing of any tenant.

import type { UseOperation } from '../../operation.ts';
import type { RootKeyRow, Store } from '../../ports/store.ts';
import { onSystem } from '../without-target.ts';

export interface SystemStatus {
  readonly at: number;
  readonly store: Store['engine'];
  readonly protectionLevels: readonly string[];
  /** Without the provider's parameters. */
  readonly rootKeys: readonly Omit<RootKeyRow, 'parameters'>[];
  /** One for each project. */
  readonly wrappingKeys: number;
  readonly checkpoint: string;
  readonly verifierKey: string;
}

export const readStatus: UseOperation<undefined, undefined, SystemStatus> = {
  name: 'system.status',
  kind: 'read',
  ...onSystem('system.read'),
  async run(kms) {
    const [rootKeys, wrappingKeys, checkpoint] = await Promise.all([
      kms.store.rootKeys.list(),
      kms.store.wrappingKeys.count(),
      kms.auditLog.checkpoint(),
    ]);
    return {
      at: kms.clock.now(),
      store: kms.store.engine,
      protectionLevels: kms.custody.protectionLevels,
      rootKeys: rootKeys.map(({ parameters: _parameters, ...row }) => row),
      wrappingKeys,
      checkpoint,
      verifierKey: kms.auditLog.verifierKey,
    };
  },
  record: () => ({ targets: [{ type: 'system', id: 'status' }] }),
};
