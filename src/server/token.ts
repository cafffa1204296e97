// The token that the settings name. Nothing is asked of it before it is needed.

import type { Clock } from '../core/ports/clock.ts';
import { Token } from '../custody/pkcs11/token.ts';
import { secretLineOf } from '../custody/root/private-file.ts';
import type { TokenSettings } from './settings.ts';

const PIN_BYTES_MAX = 256;
/** At a token that signs with RSA a thousand times a second, a second. */
const WAITING_MAX = 1_024;

export function tokenOf(settings: TokenSettings | undefined, clock: Clock): Token | undefined {
  if (settings === undefined) return undefined;
  const { library, label, serial, pinFile, sessions } = settings;
  return new Token({
    library,
    selector: { label, serial },
    readPin: () => secretLineOf(pinFile, 'PIN', PIN_BYTES_MAX),
    clock,
    sessions,
    waitingMax: WAITING_MAX,
  });
}
