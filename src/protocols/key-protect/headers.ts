// The header fields of a request that mean something here. What is malformed is refused without reasons, and by the name of its field.

import type { IncomingHttpHeaders } from 'node:http';
import { headerRefusal } from './fault.ts';
import { parseUuid, requireKeyRingId } from './names.ts';
import type { Preference } from './route.ts';

export interface Headers {
  readonly correlationId: string | undefined;
  readonly instanceId: string | undefined;
  readonly keyRing: string | undefined;
  readonly prefer: Preference;
  readonly ifMatch: string | undefined;
}

/** Undefined for anything but a UUID: then the server makes one, and the request is refused by {@link readHeaders}. */
export function correlationId(headers: IncomingHttpHeaders): string | undefined {
  return parseUuid(textOf(headers, 'correlation-id'));
}

/** Throws what is wrong with them. */
export function readHeaders(headers: IncomingHttpHeaders, needsInstance: boolean): Headers {
  const correlation = textOf(headers, 'correlation-id');
  if (correlation !== undefined && parseUuid(correlation) === undefined) {
    throw headerRefusal('The header `Correlation-Id` must hold a valid UUID.');
  }
  const instanceId = parseUuid(textOf(headers, 'bluemix-instance'));
  if (instanceId === undefined && needsInstance) {
    throw headerRefusal(
      'Please provide a valid `Bluemix-Instance` header: it must hold the UUID of your instance.',
    );
  }
  const keyRing = textOf(headers, 'x-kms-key-ring');
  return {
    correlationId: parseUuid(correlation),
    instanceId,
    keyRing:
      keyRing === undefined || keyRing === '' ? undefined : requireKeyRingId('X-Kms-Key-Ring', keyRing),
    prefer: preferenceOf(textOf(headers, 'prefer')),
    ifMatch: textOf(headers, 'if-match'),
  };
}

function textOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** A server may ignore preferences that it does not know (RFC 7240 section 2). */
function preferenceOf(prefer: string | undefined): Preference {
  const asked = /(?:^|,)\s*return\s*=\s*"?(representation|minimal)"?\s*(?:[,;]|$)/i.exec(prefer ?? '')?.[1];
  return asked?.toLowerCase() as Preference;
}
