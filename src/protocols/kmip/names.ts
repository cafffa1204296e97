// What this protocol is called, and which versions of it are served.

import type { RequestContext } from '../../core/context.ts';
import type { Version } from '../../wire/ttlv/index.ts';
import { dialectOf, SERVED_VERSIONS } from './dialects.ts';

export const PROTOCOL_NAME = 'kmip';

/**
 * The namespace of the attribute Name. Who makes his keys in a ring of his own has names of his own as well: none that another client
 * has given is taken for him, and none of his tells that it is there.
 */
export function namespaceOf({ actor }: RequestContext): string {
  const ring = actor.type === 'principal' ? actor.principal.keyRingId : undefined;
  return ring === undefined ? PROTOCOL_NAME : `${PROTOCOL_NAME}:${ring}`;
}

/** Whether a namespace is one that `namespaceOf` tells, of whichever client. */
export function isOurs(namespace: string): boolean {
  return namespace === PROTOCOL_NAME || namespace.startsWith(`${PROTOCOL_NAME}:`);
}

export interface VersionNumbers {
  readonly major: number;
  readonly minor: number;
}

export function numbersOf(version: Version): VersionNumbers {
  return { major: Number(version.slice(0, 1)), minor: Number(version.slice(2)) };
}

export function servedVersion({ major, minor }: VersionNumbers): Version | undefined {
  return SERVED_VERSIONS.find(version => version === `${major}.${minor}`);
}

/** The newest served version that is not newer than this one, in which a caller of any other version is answered; 1.0 before the first. */
export function nearestVersion({ major, minor }: VersionNumbers): Version {
  const isNotNewer = (version: Version): boolean => {
    const served = numbersOf(version);
    return served.major < major || (served.major === major && served.minor <= minor);
  };
  return SERVED_VERSIONS.find(isNotNewer) ?? '1.0';
}

/** Whether attributes stand under their own tags (from 2.0 on), or by name in an Attribute (1.x). */
export function hasOwnTags(version: Version): boolean {
  return dialectOf(version).attributes === 'tagged';
}
