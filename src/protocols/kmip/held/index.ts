// What a client may come back for: tickets, and requests that are answered later. One of each for a house, over whichever connection it is asked.

import type { Kms } from '../../../core/kms.ts';
import { DeferredRequests } from './deferred.ts';
import { Modules } from './modules.ts';
import { Tickets } from './tickets.ts';

export interface Held {
  readonly tickets: Tickets;
  readonly deferred: DeferredRequests;
  readonly modules: Modules;
}

const houses = new WeakMap<Kms['auditLog'], Held>();

export function heldFor({ auditLog, clock, random }: Kms): Held {
  const held = houses.get(auditLog) ?? {
    tickets: new Tickets(random),
    deferred: new DeferredRequests({ clock, random }),
    modules: new Modules(random),
  };
  houses.set(auditLog, held);
  return held;
}
