// The tokens that the settings name. Nothing is asked of them before it is needed.

import type { Clock } from '../core/ports/clock.ts';
import { Token } from '../custody/pkcs11/token.ts';
import { secretLineOf } from '../custody/root/private-file.ts';
import type { Settings, TokenSettings } from './settings.ts';

const PIN_BYTES_MAX = 256;
/** At a token that signs with RSA a thousand times a second, a second. */
const WAITING_MAX = 1_024;

export interface Tokens {
  /** Has hardware keys, and makes root keys. */
  readonly token: Token | undefined;
  /** Has a root key that moves to another provider. */
  readonly former: Token | undefined;
}

export function tokensOf({ token, formerToken }: Settings, clock: Clock): Tokens {
  const tokenOf = (settings: TokenSettings | undefined) => settings && openToken(settings, clock);
  return { token: tokenOf(token), former: tokenOf(formerToken) };
}

function openToken(settings: TokenSettings, clock: Clock): Token {
  const { library, label, serial, pinFile, sessions, timeoutMs } = settings;
  return new Token({
    library,
    selector: { label, serial },
    readPin: () => secretLineOf(pinFile, 'PIN', PIN_BYTES_MAX),
    clock,
    sessions,
    waitingMax: WAITING_MAX,
    callMsMax: timeoutMs,
  });
}

export async function closeTokens({ token, former }: Tokens): Promise<void> {
  await Promise.all([token?.close(), former?.close()]);
}
