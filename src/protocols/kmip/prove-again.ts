// What stands in for a credential asks for its proof anew, at its own time: tickets, and requests that are answered later.

import type { Proof } from '../../core/ports/identity.ts';

/** Undefined once what was proven before proves nothing any more. */
export type ProveAgain = (at: number) => Promise<Proof | undefined>;
