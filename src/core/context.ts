// The circumstances of one request as every operation sees them. The protocol fills them in after it has authenticated the caller;
// core never asks which protocol it was.

import type { Role } from '../domain/permission.ts';
import type { Principal, RoleBinding } from '../domain/principal.ts';

/** Who acts: a proven principal, or the server itself (schedules, first start). */
export type Actor =
  | { readonly type: 'principal'; readonly principal: Principal; readonly credentialId: string }
  | { readonly type: 'system'; readonly name: string };

/** Who acts, in one text: the id of a principal, or the name of a part of the server. */
export function actorId(actor: Actor): string {
  return actor.type === 'principal' ? actor.principal.id : actor.name;
}

/** Who makes something, and when: a part of the arguments of every change. */
export interface Making {
  readonly context: RequestContext;
  readonly at: number;
}

/** What an object says of its making. */
export function madeBy({ context, at }: Making) {
  return { createdBy: actorId(context.actor), createdAt: at } as const;
}

/**
 * A session in one project: what the principal has been given in other projects counts for nothing in it, while roles of the whole system
 * do.
 */
export interface ProjectSession {
  /** Undefined: the session is in no project. */
  readonly projectId: string | undefined;
  /** Of the principal's own roles these alone, and nothing that rules allow; undefined: all of them. */
  readonly ownRoles?: readonly Role[] | undefined;
  /** Roles that hold for this request alone, since an identity service elsewhere has vouched for them. */
  readonly vouchedRoles: readonly Pick<RoleBinding, 'role' | 'scope'>[];
}

export interface RequestContext {
  /** UUID; the caller sees it, and the audit entry holds it. */
  readonly requestId: string;
  /** A label for the audit log, such as `aws-kms`. */
  readonly protocol: string;
  readonly actor: Actor;
  /** The project in which the request takes place: the principal's home, or the one that a system principal has named. */
  readonly projectId?: string | undefined;
  /** Undefined: every role of the principal counts where it holds. */
  readonly session?: ProjectSession | undefined;
  readonly sourceAddress?: string | undefined;
  /** Everything is checked and run, nothing is kept or answered: success is the error `dryRun`. */
  readonly dryRun?: boolean | undefined;
  /** Further attributes for the conditions of rules, such as `context.department`. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}
