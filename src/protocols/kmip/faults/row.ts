// What stands in the tables of faults.

import type { ErrorCode } from '../../../domain/errors.ts';
import type { ValueName, Version } from '../../../wire/ttlv/index.ts';

export type Reason = ValueName<'ResultReason'>;

export interface FaultRow {
  /** What the audit log keeps. */
  readonly code: ErrorCode;
  /** From the version on; the first is for all before the second. Where the specification and the published cases differ, the cases. */
  readonly reasons: Readonly<{ '1.0': Reason } & Partial<Record<Version, Reason>>>;
  readonly message: string;
}

export type FaultRows = Readonly<Record<string, FaultRow>>;
