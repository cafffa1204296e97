// The path of a canonical request for AWS services other than S3.

import { percentEncode } from './percent.ts';

/**
 * Takes the path as it is on the wire, so encoded once by its sender; removes empty, `.` and `..` segments and encodes each segment once
 * more. A path that differs from another in such segments alone is signed alike: route only on paths that have none.
 */
export function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/';
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(percentEncode(segment));
  }
  if (segments.length === 0) return '/';
  return `/${segments.join('/')}${path.endsWith('/') ? '/' : ''}`;
}
