// The root key on its way from each kind of provider to each other. Tokens: test/clients/pkcs11/custody.test.ts.

import { rootMoveContract } from '../../test/contract/custody-root-moves.ts';
import { SIDES } from '../../test/support/moving-sides.ts';

for (const from of SIDES) {
  for (const to of SIDES)
    if (from !== to) rootMoveContract({ from, to, missing: new RegExp(`"${from.name}"`) });
}
