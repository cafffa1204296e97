// The cryptoperiod of a key as it is planned, and the usage periods inside it (NIST SP 800-57 part 1 sections 5.3 and 5.3.3): the
// originator usage period ends at `protectStopAt`, the recipient usage period begins at `processStartAt`. How an instant that has come
// counts is in key-state.ts.

import { invalidInput } from './errors.ts';
import { LIMITS } from './limits.ts';

/** Milliseconds since 1970-01-01T00:00:00Z; what is undefined is not planned. */
export interface Cryptoperiod {
  readonly activateAt?: number | undefined;
  readonly processStartAt?: number | undefined;
  readonly protectStopAt?: number | undefined;
  readonly deactivateAt?: number | undefined;
}

export const CRYPTOPERIOD_INSTANTS = [
  'activateAt',
  'processStartAt',
  'protectStopAt',
  'deactivateAt',
] as const satisfies readonly (keyof Cryptoperiod)[];

export type CryptoperiodInstant = (typeof CRYPTOPERIOD_INSTANTS)[number];

/** Throws `invalidInput` for what is no instant. */
export function requireInstants(
  period: { readonly [I in CryptoperiodInstant]?: number | null | undefined },
): void {
  for (const name of CRYPTOPERIOD_INSTANTS) {
    const instant = period[name];
    if (instant === undefined || instant === null) continue;
    if (!Number.isSafeInteger(instant) || instant < 0 || instant > LIMITS.instantMsMax) {
      throw invalidInput(name, `must be a whole number from 0 to ${LIMITS.instantMsMax}`);
    }
  }
}

/** Throws `invalidInput` unless the usage periods lie in the cryptoperiod, and this one ends after its beginning. */
export function requireOrdered({
  activateAt,
  processStartAt,
  protectStopAt,
  deactivateAt,
}: Cryptoperiod): void {
  const begins = activateAt ?? Number.NEGATIVE_INFINITY;
  const ends = deactivateAt ?? Number.POSITIVE_INFINITY;
  if (ends <= begins) throw invalidInput('deactivateAt', 'must come after activateAt');
  for (const [name, instant] of Object.entries({ processStartAt, protectStopAt })) {
    if (instant === undefined) continue;
    if (instant < begins) throw invalidInput(name, 'must not come before activateAt');
    if (instant > ends) throw invalidInput(name, 'must not come after deactivateAt');
  }
}

/**
 * What a change of the plan does to a key: whether it is used longer, in either direction, and whether it is used less long. A pre-active
 * key without a plan begins at no time; one that is active has begun.
 */
export function comparePlans(
  before: Cryptoperiod,
  after: Cryptoperiod,
  begun: boolean,
): { readonly widens: boolean; readonly narrows: boolean } {
  const never = begun ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // The longer, the greater.
  const reach = (plan: Cryptoperiod): readonly number[] => [
    -(plan.activateAt ?? never),
    -(plan.processStartAt ?? Number.NEGATIVE_INFINITY),
    plan.protectStopAt ?? Number.POSITIVE_INFINITY,
    plan.deactivateAt ?? Number.POSITIVE_INFINITY,
  ];
  const old = reach(before);
  const differences = reach(after).map((instant, place) => [instant, old[place] ?? instant] as const);
  return {
    widens: differences.some(([now, then]) => now > then),
    narrows: differences.some(([now, then]) => now < then),
  };
}
