// Names that this protocol uses towards the core, and ids as its clients write them.

import { cloudId, ourId } from '../../core/cloud-ids.ts';
import type { ListedPrincipal } from '../../domain/access-list.ts';

/** The label in the audit log. */
export const PROTOCOL_NAME = 'barbican';

/** Of the versions with chance in them: 4, and 7, which new objects have. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Objects have such UUIDs in lower case; nothing else can be one. */
export function isObjectId(text: string): boolean {
  return UUID.test(text);
}

/** Ids of principals stand in clouds without dashes; a part of the server has a name instead. */
export function creatorId(createdBy: string): string {
  return UUID.test(createdBy) ? cloudId(createdBy) : createdBy;
}

export function listedPrincipal(user: string): ListedPrincipal {
  return { id: ourId(user), name: user };
}
