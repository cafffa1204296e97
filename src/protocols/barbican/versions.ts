// Microversions and the version documents. What a request may see of newer versions it asks for by a header; without one it sees 1.0.

import { BarbicanRefusal } from './refusal.ts';

const SERVICE = 'key-manager';

export interface Microversion {
  readonly minor: number;
}

const MINOR_MAX = 2;

const OLDEST: Microversion = { minor: 0 };

/** What came with which version. */
export const SINCE = { versionRange: 1, consumersOfSecrets: 1, forcedDeletion: 2 } as const;

export function versionText({ minor }: Microversion): string {
  return `${SERVICE} 1.${minor}`;
}

/**
 * The version that `OpenStack-API-Version` asks for: of several services, what it says of this one. Throws 400 for what cannot be read and
 * 406 for a version that there is not.
 */
export function readMicroversion(header: string | undefined): Microversion {
  for (const part of (header ?? '').split(',')) {
    const [service, version, ...rest] = part.trim().split(/\s+/);
    if (service?.toLowerCase() !== SERVICE || version === undefined) continue;
    if (version === 'latest' && rest.length === 0) return { minor: MINOR_MAX };
    const match = /^(\d{1,3})\.(\d{1,3})$/.exec(version);
    if (match === null || rest.length > 0) {
      throw new BarbicanRefusal(400, 'Invalid service microversion string.', { early: true });
    }
    const minor = Number(match[2]);
    if (Number(match[1]) === 1 && minor <= MINOR_MAX) return { minor };
    throw new BarbicanRefusal(406, `Version ${version} is not supported by ${SERVICE}.`, { early: true });
  }
  return OLDEST;
}

function links(url: string) {
  return [
    { rel: 'self', href: `${url}/v1/` },
    { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
  ];
}

/** One version, in the form that the asked version has: before 1.1 there was no range. */
function versionDocument(url: string, { minor }: Microversion): Readonly<Record<string, unknown>> {
  if (minor >= SINCE.versionRange) {
    const range = { min_version: '1.0', max_version: `1.${MINOR_MAX}` };
    return { id: 'v1', status: 'CURRENT', ...range, links: links(url) };
  }
  const type = 'application/vnd.openstack.key-manager-v1+json';
  return {
    id: 'v1',
    status: 'stable',
    links: links(url),
    'media-types': [{ base: 'application/json', type }],
  };
}

export function versionList(url: string, version: Microversion): Readonly<Record<string, unknown>> {
  const document = versionDocument(url, version);
  return { versions: version.minor >= SINCE.versionRange ? [document] : { values: [document] } };
}

export function oneVersion(url: string, version: Microversion): Readonly<Record<string, unknown>> {
  return { version: versionDocument(url, version) };
}
