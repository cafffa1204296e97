// Long work on the installation. Its start is authorized and recorded here; its end is recorded by the server itself with `recordOutcome`,
// since the one who asked may long be gone.

import { KmsError } from '../../../domain/errors.ts';
import type { Kms } from '../../kms.ts';
import type { UseOperation } from '../../operation.ts';
import type { Maintenance, MaintenanceOutcome, MaintenanceRun } from '../../ports/maintenance.ts';
import { onSystem } from '../without-target.ts';

type Work = 'rotateRoot' | 'backup';

/** `to`: the provider that the root key moves to. */
export type RotateRootInput = { readonly to?: string | undefined } | undefined;

export const rotateRoot: UseOperation<RotateRootInput, undefined, MaintenanceRun> = {
  name: 'system.rotateRoot',
  kind: 'use',
  ...onSystem('system.rotateRoot'),
  run: (kms, { input }) => requireMaintenance(kms).rotateRoot(input?.to),
  record: input => ({
    targets: [{ type: 'system', id: 'rotateRoot' }],
    details: input?.to === undefined ? {} : { to: input.to },
  }),
};

export const backUp: UseOperation<undefined, undefined, MaintenanceRun> = {
  name: 'system.backup',
  kind: 'use',
  ...onSystem('system.backup'),
  run: kms => requireMaintenance(kms).backup(),
  record: () => ({ targets: [{ type: 'system', id: 'backup' }] }),
};

export interface OutcomeInput {
  readonly work: Work;
  /** The outcome, or the error by which the work failed. */
  readonly outcome: MaintenanceOutcome | KmsError;
}

/** For the server itself. Throws the error that it records, if the work has failed. */
export const recordOutcome: UseOperation<OutcomeInput, undefined, MaintenanceOutcome> = {
  name: 'system.maintenanceEnded',
  kind: 'use',
  ...onSystem('system.rotateRoot'),
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
