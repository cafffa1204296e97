// The version document, by which clients find that Keystone v3 is spoken here.

const UPDATED = '2020-04-07T00:00:00Z';
const MEDIA_TYPE = 'application/vnd.openstack.identity-v3+json';

function version(base: string): object {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: UPDATED,
    links: [{ rel: 'self', href: `${base}/v3/` }],
    'media-types': [{ base: 'application/json', type: MEDIA_TYPE }],
  };
}

export function versionDocument(base: string): object {
  return { version: version(base) };
}

export function versionsDocument(base: string): object {
  return { versions: { values: [version(base)] } };
}
