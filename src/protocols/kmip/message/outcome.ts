// What becomes of one item of a batch.

import type { Bytes } from '../../../base/bytes.ts';
import type { TtlvField, ValueName } from '../../../wire/ttlv/index.ts';
import type { KmipRefusal } from '../faults.ts';

export interface Outcome {
  /** Undefined where the refusal is of the message as a whole. */
  readonly operation?: ValueName<'Operation'> | number | undefined;
  readonly id?: Bytes | undefined;
  readonly payload?: readonly (TtlvField | undefined)[] | undefined;
  readonly failure?: KmipRefusal | undefined;
  /** It worked, and was undone with its batch. */
  readonly isUndone?: boolean | undefined;
  /** By which the answer is polled for, where it comes later. */
  readonly pending?: Bytes | undefined;
}
