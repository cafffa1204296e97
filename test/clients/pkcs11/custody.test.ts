// Custody with its root key in a token (SoftHSM2): the contract that holds under every provider, and the root key on its way between a token
// and each of the others, and from one token to another.

import { after } from 'node:test';
import type { RootWrapping } from '../../../src/custody/pkcs11/root-key.ts';
import type { Token } from '../../../src/custody/pkcs11/token.ts';
import type { RootKeyProvider } from '../../../src/custody/root/root-key.ts';
import { custodyContract } from '../../contract/custody.ts';
import { type MovingSide, rootMoveContract } from '../../contract/custody-root-moves.ts';
import { custodyStore } from '../../support/custody-store.ts';
import { SIDES } from '../../support/moving-sides.ts';
import { manualClock, systemRandom } from '../../support/time-and-chance.ts';
import { openToken, rootProviderOf, startSoftHsm } from './softhsm.ts';

const hsm = startSoftHsm();
const [first, second] = [tokenNamed('first'), tokenNamed('second')] as const;
after(async () => {
  await Promise.all([first.close(), second.close()]);
  hsm[Symbol.dispose]();
});

function tokenNamed(label: string): Token {
  const { pin } = hsm.addToken(label);
  return openToken(hsm.library, { label, pin }, { clock: manualClock(), sessions: 2 });
}

const providerOf = (token: Token, wrapping?: RootWrapping): RootKeyProvider =>
  rootProviderOf(token, { random: systemRandom, wrapping });

for (const wrapping of ['aes-gcm', 'aes-kwp'] as const satisfies readonly RootWrapping[]) {
  let turns = 0;
  custodyContract({
    name: `pkcs11 with ${wrapping}`,
    makeStore: custodyStore,
    // One after the other is of the other token.
    async makeProvider() {
      turns += 1;
      return providerOf(turns % 2 === 0 ? first : second, wrapping);
    },
  });
}

const TOKEN: MovingSide = { name: 'pkcs11', make: async () => providerOf(first) };
const OTHER_TOKEN: MovingSide = { name: 'another pkcs11', make: async () => providerOf(second) };

for (const side of SIDES) {
  rootMoveContract({ from: side, to: TOKEN, missing: new RegExp(`"${side.name}"`) });
  rootMoveContract({ from: TOKEN, to: side, missing: /"pkcs11"/ });
}
rootMoveContract({ from: OTHER_TOKEN, to: TOKEN, missing: /The token "first" has no key with the CKA_ID/ });
rootMoveContract({ from: TOKEN, to: OTHER_TOKEN, missing: /The token "second" has no key with the CKA_ID/ });
