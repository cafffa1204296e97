// ML-KEM (FIPS 203): encapsulation with the public key, decapsulation with the private one.

import { decapsulate, encapsulate } from 'node:crypto';
import { SecretBytes } from '../../base/secret-bytes.ts';
import type { MechanismOfKind } from '../../domain/algorithms.ts';
import { KmsError } from '../../domain/errors.ts';
import { runSlow } from '../slow.ts';
import { doesNotOpen } from './checks.ts';
import type { Encapsulated, EncapsulationRow } from './kinds.ts';

const mlKem: EncapsulationRow = {
  kind: 'encapsulation',
  async encapsulate(publicKey): Promise<Encapsulated> {
    const { ciphertext, sharedKey } = await runSlow<{ ciphertext: Uint8Array; sharedKey: Uint8Array }>(done =>
      encapsulate(publicKey, done),
    );
    return { ciphertext, sharedSecret: SecretBytes.own(sharedKey) };
  },
  async decapsulate(privateKey, ciphertext) {
    try {
      return SecretBytes.own(await runSlow<Uint8Array>(done => decapsulate(privateKey, ciphertext, done)));
    } catch (thrown) {
      // FIPS 203 section 7.3: a ciphertext of another length is refused; every other one opens.
      throw thrown instanceof KmsError ? thrown : doesNotOpen(thrown);
    }
  },
};

export const ENCAPSULATION_ROWS = { 'ml-kem': mlKem } as const satisfies Record<
  MechanismOfKind<'encapsulation'>,
  EncapsulationRow
>;
