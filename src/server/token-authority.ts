// The external Keystone of the settings, where there is one. Its service user stands in a file that nobody else may read, and is read anew
// whenever it is needed.

import { readFileSync, statSync } from 'node:fs';
import type { Logger } from '../base/logger.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { TokenAuthority } from '../core/ports/token-authority.ts';
import { KmsError } from '../domain/errors.ts';
import { keystoneAuthority } from '../identity/keystone/authority.ts';
import { type ServiceUser, serviceUserShape } from '../identity/keystone/client.ts';
import type { Settings } from './settings.ts';

const OTHERS = 0o077;

/** Throws `invalidInput` for a file that is not there, open to others, or malformed: better at the start than at the first request. */
export function createTokenAuthority(
  keystone: Settings['keystone'],
  clock: Clock,
  logger: Logger,
): TokenAuthority | undefined {
  if (keystone === undefined) return undefined;
  const { url, userFile } = keystone;
  readServiceUser(userFile);
  return keystoneAuthority({
    url,
    clock,
    serviceUser: () => readServiceUser(userFile),
    onFailure: error => logger.log('warn', 'Keystone cannot be asked about tokens', {}, error),
  });
}

function readServiceUser(file: string): ServiceUser {
  try {
    if ((statSync(file).mode & OTHERS) !== 0) throw new Error('others may read it: chmod 600');
    return serviceUserShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new KmsError(
      'invalidInput',
      `KEYHOLD_KEYSTONE_USER_FILE (--keystone-user-file) names ${file}, which must be JSON with the service user, readable for nobody else.`,
      { field: 'KEYHOLD_KEYSTONE_USER_FILE', file },
      cause,
    );
  }
}
