// Long work on the installation. Its start is authorized and recorded here; its end is recorded by the server itself with `recordOutcome`,
// since the one who asked may long be gone.

import { KmsError } from '../../../domain/errors.ts';
import type { Permission } from '../../../domain/permission.ts';
import type { Kms } from '../../kms.ts';
import type { UseOperation } from '../../operation.ts';
import type { Maintenance, MaintenanceOutcome, MaintenanceRun } from '../../ports/maintenance.ts';

type Work = 'rotateRoot' | 'backup';

function startOf(work: Work, permission: Permission): UseOperation<undefined, undefined, MaintenanceRun> {
  return {
    name: `system.${work}`,
    kind: 'use',
    disclosure: 'denied',
    find: async () => undefined,
    demands: () => [{ permission, place: {} }],
    run: kms => requireMaintenance(kms)[work](),
    record: () => ({ targets: [{ type: 'system', id: work }] }),
  };
}

export const rotateRoot = startOf('rotateRoot', 'system.rotateRoot');

export const backUp = startOf('backup', 'system.backup');

export interface OutcomeInput {
  readonly work: Work;
  /** The outcome, or the error by which the work failed. */
  readonly outcome: MaintenanceOutcome | KmsError;
}

/** For the server itself. Throws the error that it records, if the work has failed. */
export const recordOutcome: UseOperation<OutcomeInput, undefined, MaintenanceOutcome> = {
  name: 'system.maintenanceEnded',
  kind: 'use',
  disclosure: 'denied',
  find: async () => undefined,
  demands: () => [{ permission: 'system.rotateRoot', place: {} }],
  async run(_kms, { input: { outcome } }) {
    if (outcome instanceof KmsError) throw outcome;
    return outcome;
  },
  record: ({ work, outcome }) => ({
    targets: [{ type: 'system', id: work }],
    details: outcome instanceof KmsError ? {} : outcome,
  }),
};

function requireMaintenance({ maintenance }: Kms): Maintenance {
  if (maintenance !== undefined) return maintenance;
  throw new KmsError(
    'unsupported',
    'This server does no such work. Use the command line beside its data directory.',
  );
}
