// Why a token proves nobody, as far as IBM tells: one in which no subject stands is told apart from one that is wrong.

import { decodeBase64Url, decodeUtf8 } from '../../base/bytes.ts';

const TOKEN = /^Bearer +[A-Za-z0-9_-]+\.([A-Za-z0-9_-]{1,16384})\.[A-Za-z0-9_-]*$/i;

/** Whether the token has the form of one (RFC 7519) and names no subject. Its signature is not looked at: it has failed already. */
export function lacksSubject(authorization: string | undefined): boolean {
  const claims = TOKEN.exec(authorization ?? '')?.[1];
  const bytes = claims === undefined ? undefined : decodeBase64Url(claims);
  if (bytes === undefined) return false;
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes));
    const subject = typeof value === 'object' && value !== null && 'sub' in value ? value.sub : undefined;
    return typeof subject !== 'string' || subject === '';
  } catch {
    return true;
  }
}
